"""The blank force file: refused while blank, and a force's file once filled in."""

import re
from itertools import count
from pathlib import Path

import pytest

from schemas.assault import ASSAULT
from schemas.blank import blank
from schemas.codes import BOOK
from schemas.force import ForceFileError, load_force


def filled() -> str:
    """Return the blank file with a word of its own in each empty text."""
    numbers = count(1)
    return re.sub(r'""', lambda _: f'"Word {next(numbers)}"', re.sub(r"(?m)^#.*$|  #.*$", "", blank()))


def saved(folder: Path, text: str) -> Path:
    path = folder / "kent.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_once_filled_in_it_loads_with_every_field_of_every_book(tmp_path: Path) -> None:
    force = load_force(saved(tmp_path, filled()))
    assert list(force.books) == list(BOOK)
    for book in force.books.values():
        assert list(book.fields) == [declared.name for declared in ASSAULT.given]
        assert len(book.columns) == len(ASSAULT.given)


def test_every_code_of_every_field_can_be_reached(tmp_path: Path) -> None:
    book = load_force(saved(tmp_path, filled())).books["crime"]
    for declared in ASSAULT.given:
        if declared.codes is not None:
            assert list((book.fields[declared.name].codes or {}).values()) == list(declared.codes)


def test_left_blank_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ForceFileError, match="kent.toml, name: this text is missing"):
        load_force(saved(tmp_path, blank()))


def test_a_column_left_blank_is_refused_by_its_key(tmp_path: Path) -> None:
    words = filled().replace('[crime.fields.rank]\ncolumn = "Word', '[crime.fields.rank]\ncolumn = ""#', 1)
    with pytest.raises(ForceFileError, match=r"crime\.fields\.rank\.column: this is empty"):
        load_force(saved(tmp_path, words))


def test_fields_may_move_to_not_collected_and_books_may_go(tmp_path: Path) -> None:
    crime = filled().split("[health_safety]")[0]
    without = re.sub(r"(?s)\[crime\.fields\.crewing\].*?(?=\[crime\.fields\.injury\])", "", crime)
    assert without != crime
    text = without.replace("not_collected = []", 'not_collected = ["crewing"]')
    force = load_force(saved(tmp_path, text))
    assert list(force.books) == ["crime"]
    assert "crewing" not in force.books["crime"].fields


def test_each_field_is_commented_with_its_meaning() -> None:
    comments = re.sub(r"\n# ", " ", blank())
    for declared in ASSAULT.given:
        assert comments.count(declared.description) >= len(BOOK), declared.name


def test_the_options_in_comments_load_once_uncommented(tmp_path: Path) -> None:
    offered = blank().split("[health_safety]")[0]
    options = re.search(r"(?s)# \[crime\.read\].*?out = .*?\n", offered)
    assert options is not None
    opened = re.sub(r"(?m)^# (\[+[\w.]+\]+)  .*$", r"\1", options[0])
    opened = re.sub(r"(?m)^# ", "", opened)
    book = load_force(saved(tmp_path, filled().split("[health_safety]")[0] + opened)).books["crime"]
    assert book.read == {"format": "csv", "encoding": "cp1252", "sheet": "Data"}
    assert book.period is not None
    assert book.scope[0].outside == ("no", "")
