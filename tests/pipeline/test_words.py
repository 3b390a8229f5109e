"""Converting and judging word by word: the same answers as row by row, whatever is remembered of the words."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import judge as judging
from pipeline import spelled, words
from pipeline.engine import EngineFault, open_engine, unbound
from pipeline.judge import judge
from pipeline.judgement import Judgement
from pipeline.read import windows
from pipeline.words import Answers, combined, encoded, places_and_words
from schemas.force import load_forces
from tests.office import export
from tests.pipeline.test_judge import book_of

SAMPLES = Path("samples/inbox")
FORCES = load_forces()
AS_OF = date(2019, 1, 1)


def one_of_each_book() -> list[Path]:
    """Return one sample of every book of every force."""
    found: dict[tuple[str, str], Path] = {}
    for path in sorted(SAMPLES.rglob("*.*")):
        force = FORCES.get(path.parent.name)
        book = force.book_of(path.name) if force else None
        if book is not None:
            found.setdefault((path.parent.name, book.name), path)
    return list(found.values())


def told(judgement: Judgement) -> dict[str, Any]:
    """Return all a judgement says and left behind, texts as texts however they are written."""
    tables = {
        kind: pq.read_table(path).to_pylist() if path and path.exists() else []
        for kind, path in (("accepted", judgement.accepted), ("held", judgement.held))
    }
    findings = judgement.findings_file.read_text() if judgement.findings_file else ""
    counts = {rule.name: count for rule, count in judgement.findings.items()}
    return {**tables, "findings": findings, "counts": counts, "sums": judgement.sums}


def judged(path: Path, folder: Path) -> dict[str, Any]:
    book = FORCES[path.parent.name].book_of(path.name)
    assert book is not None
    folder.mkdir()
    return told(judge(path, path.name, book, "the drop", b"key", AS_OF, folder))


@pytest.mark.slow
@pytest.mark.parametrize("path", one_of_each_book(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_word_by_word_says_what_row_by_row_says(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_word = judged(path, tmp_path / "words")
    monkeypatch.setattr(judging, "parts", lambda *_: ())
    assert judged(path, tmp_path / "rows") == by_word


@pytest.mark.slow
@pytest.mark.parametrize(("remembered", "window"), [(3, 1), (3, 4), (200_000, 1)])
def test_what_is_remembered_of_the_words_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remembered: int, window: int
) -> None:
    rows = [
        {"Injury": f"Ouch {number % 5}", "Date": f"{1 + number % 28:02d}/07/2018"} for number in range(40)
    ]
    path = tmp_path / "crime_2018-07.csv"
    path.write_text(export(*rows, {"Date": ""}, {"Date": "31/02/2018"}), encoding="utf-8")
    book = book_of(tmp_path)

    def done(folder: str) -> dict[str, Any]:
        (tmp_path / folder).mkdir()
        return told(judge(path, path.name, book, "the drop", b"key", AS_OF, tmp_path / folder))

    usual = done("usual")
    monkeypatch.setattr(words, "MOST_REMEMBERED", remembered)
    monkeypatch.setattr(words, "MOST_DIFFERENT", remembered)
    monkeypatch.setattr(windows, "WINDOW", window)
    monkeypatch.setattr(windows, "FIRST", window)
    monkeypatch.setattr(spelled, "BATCH", 7)
    assert done("forgetful") == usual


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=3, max_size=3), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_combinations_of_words_are_those_of_the_rows(rows: list[list[str]]) -> None:
    columns = [places_and_words(encoded(pa.array(column))) for column in zip(*rows, strict=True)]
    places, keys = combined(columns, len(rows))
    assert [list(keys[place]) for place in places] == rows
    assert len(set(keys)) == len(keys)


@given(st.lists(st.one_of(st.none(), st.sampled_from(["x", "y", ""])), max_size=20), st.integers(0, 20))
@settings(max_examples=60, deadline=None)
def test_answers_are_given_back_in_the_order_they_are_asked_for(values: list[str | None], cut: int) -> None:
    answers = Answers(pa.string())
    for some in (values[:cut], values[cut:]):
        answers.extend(pa.array(some, pa.string()))
    places = np.arange(len(values), dtype=np.int32)[::-1]
    assert answers.at(places).cast(pa.string()).to_pylist() == values[::-1]


def test_two_questions_are_answered_of_one_table_after_another(tmp_path: Path) -> None:
    schema = pa.schema([("word", pa.string())])
    words = unbound("words", schema)
    with open_engine(tmp_path, threads=1) as engine:
        engine.tell(this_drop="it's", judged_on=AS_OF, period_ends=None)
        upper = engine.question("words", schema, words.select(said=words.word.upper()))
        length = engine.question("words", schema, words.select(said=words.word.length() + ibis.literal(1)))
        for asked in (["a", None], ["bb"], [], ["ccc", "d", "e"]):
            table = pa.table({"word": pa.array(asked, pa.string())})
            assert upper(table).column("said").to_pylist() == [word and word.upper() for word in asked]
            assert length(table).column("said").to_pylist() == [word and len(word) + 1 for word in asked]
        assert engine.duckdb.execute("SELECT this_drop(), judged_on()").fetchone() == ("it's", AS_OF)


def test_a_question_that_cannot_be_planned_says_so_once_it_is_asked(tmp_path: Path) -> None:
    schema = pa.schema([("word", pa.string())])
    with open_engine(tmp_path, threads=1) as engine:
        ask = engine.question("words", schema, unbound("not there", schema))
        with pytest.raises(EngineFault):
            ask(schema.empty_table())


def test_a_table_of_other_columns_is_not_taken_for_the_one_a_question_was_planned_for(tmp_path: Path) -> None:
    schema = pa.schema([("word", pa.string()), ("number", pa.int64())])
    with open_engine(tmp_path, threads=1) as engine:
        ask = engine.question("words", schema, unbound("words", schema).select("word"))
        with pytest.raises(ValueError, match="names"):
            ask(pa.table({"number": [1], "word": ["a"]}))


def test_an_expression_that_was_given_a_name_is_asked_by_it(tmp_path: Path) -> None:
    with open_engine(tmp_path) as engine:
        words = engine.read_small("words", pa.table({"word": ["a", "b"]}))
        named = engine.give_name("upper", words.mutate(said=words.word.upper()))
        assert "UPPER" not in engine.sql(named.filter(named.said == "B"))
        assert engine.rows(named.filter(named.said == "B")) == [{"word": "b", "said": "B"}]
