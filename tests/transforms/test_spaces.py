"""Spaces inside words: a word of the force's file and the same word in a cell are alike in Python and in the engine."""

from __future__ import annotations

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.force import fold
from schemas.spaces import tidy
from transforms.functions import folded, tidied

ODD = "\t\n\r\v\f\x1c\x1f \x85\xa0\xad\u1680\u2003\u200a\u200b\u200d\u200e\u2028\u202e\u202f\u205f\u2060\u3000\ufeff"


@pytest.mark.slow
@given(st.lists(st.text(st.sampled_from("aB/Z0é-" + ODD), max_size=12), min_size=1, max_size=40))
@settings(deadline=None, max_examples=40)
def test_python_and_the_engine_compare_words_alike(words: list[str]) -> None:
    table = ibis.memtable(pa.table({"word": pa.array(words, pa.string())}))
    asked = table.select("word", tidy=tidied(table.word), fold=folded(table.word))
    for row in ibis.duckdb.connect().to_pyarrow(asked).to_pylist():
        assert (row["tidy"], row["fold"]) == (tidy(row["word"]), fold(row["word"]))


@pytest.mark.parametrize(
    "word",
    [
        "Police\xa0Officer",
        "police  officer",
        "Police\u200b Officer\ufeff",
        " Police \t\u2009Officer",
        "Pol\xadice Officer",
    ],
)
def test_spaces_that_nobody_sees_do_not_part_words(word: str) -> None:
    assert fold(word) == "police officer"


def test_a_space_is_not_nothing() -> None:
    assert fold("Police Officer") != fold("PoliceOfficer")
