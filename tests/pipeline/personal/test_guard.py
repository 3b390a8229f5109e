"""Personal data in a drop: the column is told of, the row counts without it, and no value of it is anywhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.judge import judge
from pipeline.judgement import Judgement
from pipeline.personal.guard import Guard, hits_in
from pipeline.read import Reading, open_export
from pipeline.receipt import receipt_of
from schemas.force import Book, load_force
from tests.office import COLUMNS, FORCE, MAPPED, ROW, export, force_file

AS_OF = date(2026, 1, 1)
DROP = {"force_id": FORCE, "book": "crime", "file": "crime_2018-07.csv", "sha256": "", "drop_id": "the drop"}


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return book_of(tmp_path)


def book_of(folder: Path, mapped: str = MAPPED) -> Book:
    path = folder / f"{FORCE}.toml"
    path.write_text(force_file("North Yorkshire Police", "North Yorkshire", mapped), encoding="utf-8")
    return load_force(path).books["crime"]


def judged(book: Book, folder: Path, content: str | bytes, name: str = "crime_2018-07.csv") -> Judgement:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    work = folder / "work"
    work.mkdir(exist_ok=True)
    return judge(folder / name, name, book, "the drop", b"key", AS_OF, work)


def written(folder: Path) -> str:
    """Return all that judging wrote, as text."""
    parts = []
    for path in sorted((folder / "work").rglob("*")):
        if path.suffix == ".parquet":
            parts.append(str(pq.read_table(path).to_pylist()))
        elif path.is_file():
            parts.append(path.read_bytes().decode("utf-8", "ignore"))
    return "\n".join(parts)


def records(judgement: Judgement) -> list[Mapping[str, object]]:
    assert judgement.accepted is not None
    rows: list[Mapping[str, object]] = pq.read_table(judgement.accepted).to_pylist()
    return rows


def rules(judgement: Judgement) -> list[tuple[int | None, str]]:
    return [(each["row"], each["rule"]) for each in judgement.listed if each["rule"].endswith(".personal")]


@pytest.fixture(scope="module")
def drop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Judgement, str]:
    """Return the judgement of one file with personal data in three places, and all that was written of it."""
    folder = tmp_path_factory.mktemp("drop")
    content = export({}, {"Station": "j.smith@example.org"}, {"Injury": "Sarah Jones"}, {"Station": "Whitby"})
    content = content.replace("MO\n", "MO,Contact\n", 1).replace(",\n", ",,01952 123456\n")
    judgement = judged(book_of(folder), folder, content)
    return judgement, written(folder) + str(receipt_of(DROP, judgement))


def test_a_mapped_word_that_is_personal_is_missing_and_found_and_its_row_counts(
    drop: tuple[Judgement, str],
) -> None:
    judgement, _ = drop
    assert [each["district"] for each in records(judgement)] == ["Selby", None, "Selby", "Whitby"]
    assert (3, "district.personal") in rules(judgement)
    assert judgement.sums.accepted == 4


def test_each_column_with_personal_data_is_one_error_without_a_row(drop: tuple[Judgement, str]) -> None:
    judgement, _ = drop
    columns = [each for each in judgement.listed if each["rule"] == "column.personal"]
    assert [(each["row"], each["severity"]) for each in columns] == [(None, "error")] * 3
    assert [(each.column, each.kind, each.found, each.fields) for each in judgement.personal] == [
        ("Injury", "name", 1, ("injury",)),
        ("Station", "email", 1, ("district",)),
        ("Contact", "phone", 1, ()),
    ]
    told = receipt_of(DROP, judgement)["personal_data"]
    assert [each["kind"] for each in told] == ["people's names", "e-mail addresses", "telephone numbers"]
    assert told[2]["sentence"].startswith('In column "Contact" 1 of 1 different value looked at holds')


def test_no_personal_value_is_in_anything_that_is_written(drop: tuple[Judgement, str]) -> None:
    _, everything = drop
    assert "Whitby" in everything
    assert [value for value in ("j.smith", "Jones", "01952") if value in everything] == []


def test_a_coded_word_that_is_personal_is_unexplained_and_not_shown(drop: tuple[Judgement, str]) -> None:
    judgement, _ = drop
    (found,) = [each for each in judgement.listed if each["rule"] == "injury.unexplained"]
    assert (found["row"], found["value"]) == (4, "[not kept: a person's name]")


def test_the_map_says_that_a_value_was_put_aside_and_not_which(drop: tuple[Judgement, str]) -> None:
    judgement, _ = drop
    assert judgement.transform_map is not None
    with judgement.transform_map.open(encoding="utf-8", newline="") as lines:
        said = {line["as_sent"]: line for line in csv.DictReader(lines) if line["field"] == "district"}
    line = said["[not kept: an e-mail address]"]
    assert (line["standard"], line["by"]) == ("", "put aside as personal data")


@pytest.mark.slow
def test_a_word_on_the_forces_list_is_never_taken_for_personal(tmp_path: Path) -> None:
    listed = MAPPED.replace('"PCSO" = "pcso"', '"Grace Jones" = "pcso"')
    judgement = judged(book_of(tmp_path, listed), tmp_path, export({"Role": "Grace Jones"}))
    assert (records(judgement)[0]["victim_type"], judgement.personal) == ("pcso", ())


@pytest.mark.slow
def test_a_column_of_names_is_shut_as_a_whole_and_every_row_counts(book: Book, tmp_path: Path) -> None:
    people = ["Ann Brown", "Peter Smith", "Sarah Jones", "Dilys Quarrie", "N/K"]
    judgement = judged(book, tmp_path, export(*({"Station": name} for name in people)))
    assert {each["district"] for each in records(judgement)} == {None}
    assert judgement.sums.accepted == 5
    assert sorted(row for row, rule in rules(judgement) if rule == "district.personal" and row) == [
        2,
        3,
        4,
        5,
    ]
    (personal,) = judgement.personal
    assert (personal.kind, personal.found, personal.looked_at) == ("name", 3, 4)
    assert "Quarrie" not in written(tmp_path)


@pytest.mark.slow
def test_references_that_are_personal_are_missing_and_their_rows_held(tmp_path: Path) -> None:
    anything = MAPPED.replace(", pattern = '\\d{4,6}/18'", "")
    content = export({"Ref": "AB123456C"}, {"Ref": "AB123457C"})
    judgement = judged(book_of(tmp_path, anything), tmp_path, content)
    assert (judgement.sums.accepted, judgement.sums.held) == (0, 2)
    assert "AB12345" not in written(tmp_path)


@pytest.mark.slow
def test_an_ignored_column_is_not_looked_at(book: Book, tmp_path: Path) -> None:
    judgement = judged(book, tmp_path, export({"Surname": "Jones", "MO": "ring 01952 123456"}))
    assert (judgement.personal, judgement.listed) == ((), [])


@pytest.mark.slow
def test_a_word_far_down_a_file_is_put_aside_too(book: Book, tmp_path: Path) -> None:
    rows = [{"Station": f"Beat {number % 400}"} for number in range(3_000)]
    rows[2_900]["Station"] = "TF1 1AA"
    judgement = judged(book, tmp_path, export(*rows))
    assert (2_902, "district.personal") in rules(judgement)
    assert "TF1 1AA" not in written(tmp_path)


@pytest.mark.slow
def test_a_workbook_is_guarded_as_text_is(tmp_path: Path) -> None:
    sheet = openpyxl.Workbook()
    assert sheet.active is not None
    sheet.active.append([*COLUMNS, "E-mail"])
    row = [ROW[column] for column in COLUMNS]
    row[COLUMNS.index("Force")] = "North Yorkshire"
    row[COLUMNS.index("Station")] = "PC 1234"
    sheet.active.append([*row, "ann@example.org"])
    file = io.BytesIO()
    sheet.save(file)
    judgement = judged(book_of(tmp_path), tmp_path, file.getvalue(), "crime_2018-07.xlsx")
    assert [(each.column, each.kind) for each in judgement.personal] == [
        ("Station", "collar"),
        ("E-mail", "email"),
    ]
    assert "1234" not in written(tmp_path) and "ann@" not in written(tmp_path)


@pytest.mark.slow
def test_a_file_of_several_victims_a_row_is_guarded_as_well(tmp_path: Path) -> None:
    wide = MAPPED.replace('column = "Role"', 'column = "Role {n}"').replace(
        'column = "Collar"', 'column = "Collar {n}"'
    )
    path = tmp_path / f"{FORCE}.toml"
    path.write_text(
        force_file("North Yorkshire Police", "North Yorkshire", wide, "victims = 2"), encoding="utf-8"
    )
    content = (
        export({"Station": "jo@example.org"}, {}).replace("Role", "Role 1").replace("Collar", "Collar 1")
    )
    judgement = judged(load_force(path).books["crime"], tmp_path, content)
    assert [each["district"] for each in records(judgement)] == [None, "Selby"]
    assert "jo@" not in written(tmp_path)


@pytest.mark.parametrize("kind", ["csv", "cp1252", "jsonl"])
def test_personal_data_far_down_an_unexpected_column_is_told(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"rows.{'jsonl' if kind == 'jsonl' else 'csv'}"
    notes = ["fine"] * 2_500 + [f"jo{number}@example.org" for number in range(1_500)]
    if kind == "jsonl":
        text = "".join(f'{{"a": "{n}", "note": "{note}"}}\n' for n, note in enumerate(notes))
    else:
        text = "a,note\n" + "".join(f"caf\xe9 {n},{note}\n" for n, note in enumerate(notes))
    path.write_text(text, encoding="cp1252" if kind == "cp1252" else "utf-8")
    export_ = open_export(path, Reading())
    (hit,) = hits_in(export_, ["note"], AS_OF)["note"]
    assert hit.kind == "email"
    assert sum(batch.num_rows for batch in export_.batches(["a"])) == 4_000


def test_the_first_rows_are_read_apart_and_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n" + "".join(f'{n},"x\ny"\n' for n in range(5)) + "1,2,3\n", encoding="utf-8")
    export_ = open_export(path, Reading())
    before = (export_.sums.rows, list(export_.noticed), list(export_.refusals))
    first = export_.first_rows(["b"], 3)
    assert first.column("b").to_pylist() == ["x\ny"] * 3
    assert (export_.sums.rows, list(export_.noticed), list(export_.refusals)) == before
    assert sum(batch.num_rows for batch in export_.batches(["a"])) == 5
    assert export_.sums.refused == 1


def test_what_stands_for_a_value_is_said_word_by_word_in_columns_of_words(book: Book) -> None:
    guard = Guard(book)
    words = pa.array(["Selby", None, "a@b.example", "Whitby"])
    assert guard.clean("Station", words).to_pylist() == [
        "Selby",
        None,
        "[not kept: an e-mail address]",
        "Whitby",
    ]
    assert guard.clean("Collar", pa.array(["a@b.example"])).to_pylist() == ["a@b.example"]
