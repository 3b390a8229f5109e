"""A shared copy breaks the same rules on the same rows, and holds nothing of what was sent."""

from __future__ import annotations

import csv
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipeline.shared.scramble import Scrambler, free_places, scrambled
from schemas.force import load_forces
from schemas.offences import offences
from tests.office import COLUMNS, FORCE, ROW, Office, export

DAY = "2018-08-10"
FAULTS: list[dict[str, str]] = [
    {"Date": "31/02/2018"},
    {"Date": ""},
    {"Date": "21/07/2118"},
    {"Date": "14/08/2018", "Recorded": "15/08/2018"},
    {"Recorded": "01/07/2018"},
    {"Injury": "Bitten by Rex, see PC Miller"},
    {"Days lost": "2400"},
    {"Days lost": "about 3"},
    {"Spat at": "Perhaps"},
    {"Factors": "Alcohol;Full moon"},
    {"Role": "PCSO"},
    {"Ref": "AB/17 private"},
    {"Ref": "1001/18"},
    {"Force": "Humberside"},
    {"Time": "25:10"},
    {"Code": "", "Offence": ""},
    {"Code": "99999", "Offence": "Hit PC Miller with a spade"},
]
PEOPLE = ("Miller", "Okafor", "Featherstone", "Higginbottom")


def rows(faults: list[dict[str, str]], clean: int = 12) -> list[dict[str, str]]:
    """Return rows with collars, stations, names and stories of their own, faulty ones among sound ones."""
    every = [{} for _ in range(clean)] + faults
    random.Random(7).shuffle(every)
    return [
        {
            "Collar": f"K{5000 + 7 * number}",
            "Station": f"{PEOPLE[number % 4]} House {number}",
            "Surname": PEOPLE[number % 4],
            "MO": f"struck {PEOPLE[number % 3]} at home",
            "Date": f"{3 + number % 20:02}/07/2018",
            "Recorded": f"{24 + number % 5:02}/07/2018",
            **fault,
        }
        for number, fault in enumerate(every)
    ]


def told(collate: Callable[..., Any], file: Path, out: Path, force: str = FORCE) -> Counter[tuple[str, str]]:
    ended = collate("check", file, "--force", force, "--book", "crime", "--out", out, "--as-of", DAY)
    assert ended.code in (0, 1), ended.err
    with (out / "findings.csv").open(encoding="utf-8", newline="") as lines:
        # What is said of the whole file, beside what came before, has no row and is not copied.
        return Counter((each["row"], each["rule"]) for each in csv.DictReader(lines) if each["row"])


def cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


def forbidden(rows: list[Mapping[str, str]]) -> set[str]:
    """Return what must not be in a copy: references, collars, stations, names, stories, and what could not be read."""
    texts = {
        row[name] for row in rows for name in ("Ref", "Collar", "Station", "Surname", "MO") if row.get(name)
    }
    texts |= {
        "31/02/2018",
        "Bitten by Rex, see PC Miller",
        "about 3",
        "Perhaps",
        "Full moon",
        "25:10",
        "99999",
    }
    return texts | {"Hit PC Miller with a spade", "Humberside", *PEOPLE}


@pytest.mark.slow
def test_a_shared_copy_is_judged_alike_and_holds_nothing_that_was_sent(
    office: Office, collate: Callable[..., Any], tmp_path: Path
) -> None:
    file, out = tmp_path / "crime_2018-07.csv", tmp_path / "shared"
    made = rows(FAULTS)
    file.write_text(export(*made), encoding="utf-8")
    ended = collate("share", file, "--force", FORCE, "--out", out, "--as-of", DAY)
    copy = out / file.name
    assert (ended.code, ended.err) == (0, ""), ended.out
    assert told(collate, copy, tmp_path / "b") == told(collate, file, tmp_path / "a")
    assert "the same rules are broken on the same rows" in ended.out
    sent, shared = cells(file), cells(copy)
    assert shared[0] == sent[0] and len(shared) == len(sent)
    text = copy.read_text(encoding="utf-8").lower()
    whole = [dict(zip(sent[0], line, strict=True)) for line in sent[1:]]
    assert not [word for word in forbidden([*made, *whole]) if word.lower() in text]


@pytest.mark.slow
def test_a_workbook_is_shared_as_one_of_the_same_rows(
    office: Office, collate: Callable[..., Any], tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "For PC Miller"
    for row, values in enumerate([dict(zip(COLUMNS, COLUMNS, strict=True)), *rows(FAULTS[4:8])], 4):
        for place, name in enumerate(COLUMNS, 1):
            sheet.cell(row, place).value = {
                **ROW,
                "Ref": f"{998 + row}/18",
                "Force": "North Yorkshire",
                **values,
            }[name]
    file = tmp_path / "crime_2018-07.xlsx"
    book.save(file)
    ended = collate(
        "share", file, "--force", FORCE, "--book", "crime", "--out", tmp_path / "out", "--as-of", DAY
    )
    assert ended.code == 0, ended.out + ended.err
    copy = tmp_path / "out" / file.name
    assert told(collate, copy, tmp_path / "b") == told(collate, file, tmp_path / "a")
    shown = [
        str(cell.value) for row in openpyxl.load_workbook(copy).worksheets[0].iter_rows() for cell in row
    ]
    assert not [word for word in PEOPLE if any(word in cell for cell in shown)]


@pytest.mark.slow
def test_of_a_large_file_the_rows_that_fail_are_shared_under_their_numbers(
    office: Office, collate: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.shared.share.MOST_ROWS", 30)
    made = rows([{"Injury": "Ouch"}, {"Days lost": "2400"}], clean=100)
    file = tmp_path / "crime_2018-07.csv"
    file.write_text(export(*made), encoding="utf-8")
    ended = collate("share", file, "--force", FORCE, "--out", tmp_path / "out", "--as-of", DAY, "--json")
    said = json.loads(ended.out)
    assert said["of"] == 102 and said["rows"] < 10
    assert told(collate, tmp_path / "out" / file.name, tmp_path / "b") == told(collate, file, tmp_path / "a")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reference", "fit"),
    [
        ("jo.bloggs{number}@police.example.uk", True),
        ("AB 1{number} 22 45 C", True),
        ("Mary Smith{letter}", False),
    ],
)
def test_a_copy_that_cannot_be_judged_alike_is_not_left_behind(
    office: Office, collate: Callable[..., Any], tmp_path: Path, reference: str, fit: bool
) -> None:
    made = [{"Ref": reference.format(number=number, letter=chr(87 + number))} for number in range(10, 26)]
    file, copy = tmp_path / "crime_2018-07.csv", tmp_path / "out" / "crime_2018-07.csv"
    file.write_text(export(*made, {"Injury": "Ouch", "Ref": made[0]["Ref"]}), encoding="utf-8")
    ended = collate("share", file, "--force", FORCE, "--out", tmp_path / "out", "--as-of", DAY)
    assert (ended.code, copy.exists()) == ((0, True) if fit else (1, False)), ended.out
    if not fit:
        assert re.search(r"Rule \w\d{3} \(column.personal\)", ended.out)
        assert "No copy was written" in ended.out and "Ask for help with" in ended.out


def test_a_file_is_not_written_over(office: Office, collate: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "crime_2018-07.csv"
    file.write_text(export({}), encoding="utf-8")
    ended = collate("share", file, "--force", FORCE, "--out", tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert "name another folder" in ended.err


def test_another_text_has_the_shape_of_the_first_and_is_never_one_that_was_sent() -> None:
    sent = {f"{number}" for number in range(10)}
    scrambler = Scrambler(sent, random.Random(1))
    others = [scrambler.of(text) for text in sorted(sent)]
    assert not sent & set(others) and len(set(others)) == 10
    assert scrambler.of("3") == others[3]
    one = scrambled("Ab-12 é", random.Random(1))
    assert [sign.isalpha() for sign in one] == [True, True, False, False, False, False, True]
    assert one[0].isupper() and one[2] == "-" and one[3:5].isdigit()


def test_what_a_pattern_needs_stays() -> None:
    assert free_places("1001/18", r"\d{4,6}/18") == (frozenset({5, 6}), True)
    assert free_places("ABC", r"\d+") == (frozenset(), False)


@pytest.mark.parametrize(
    "name",
    [
        "suffolk/suffolk_assaults_2018-07.csv", "avon_and_somerset/asp_assaults_2018-Q3.jsonl",
        "staffordshire/niche_assaults_201808.txt", "thames_valley/TVP_2018_Q3.xlsx",
    ],
)  # fmt: skip
@pytest.mark.slow
def test_a_sample_is_shared_without_its_references(name: str, tmp_path: Path) -> None:
    from datetime import date

    from pipeline.read import Reading, open_export
    from pipeline.shared import share_file

    file = Path(__file__).parents[2] / "samples" / "inbox" / name
    book = load_forces()[file.parent.name].book_of(file.name)
    assert book is not None
    work = tmp_path / "work"
    work.mkdir()
    shared = share_file(file, book, tmp_path / "out", date(2018, 12, 1), work)
    assert not shared.differing
    public = {each.title.lower() for each in offences()}
    named = ("source_record_id", "victim_id", "health_safety_ref", "district")
    columns = [
        c
        for field in named
        if field in book.fields
        for n in book.fields[field].names
        for c in book.numbered(n)
    ]
    sent = open_export(file, Reading(**book.read), expected=book.columns)
    columns = [name for name in columns if name in sent.columns] + [
        n for n in sent.columns if n in book.ignored
    ]
    read = {name: value for name, value in book.read.items() if name != "format"}
    copied = open_export(shared.path, Reading(**read), expected=book.columns)
    before = {v for b in sent.batches(columns) for c in b.columns[1:] for v in c.to_pylist()} - {""}
    after = {v for b in copied.batches(copied.columns) for c in b.columns[1:] for v in c.to_pylist()}
    listed = {
        word for mapped in book.fields.values() for word in (*(mapped.codes or {}), *mapped.yes, *mapped.no)
    }
    assert not {v for v in before & after if v.lower() not in public and v not in listed}
