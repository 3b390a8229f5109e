"""Where the table stands and how it is written: one pollution a file, each read right, or told with its lines."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.read.csv import CsvExport, open_csv
from pipeline.read.export import Export, Reading, Refused
from pipeline.read.workbook import open_workbook

HEADER = ["Ref", "Date", "Time", "Offence", "Notes", "Link", "Comment"]
OFFENCES = ["Assault, common", "Men's 24\" bat", "Spat at", "Assault"]
NOTES = ["He said, quite loudly: stop.", 'Say "hi"; always', "Kicked and fled"]
ROWS = [
    [
        f"WM/{3000 + n}", f"{13 + n % 15}/0{1 + n % 9}/2018", f"{n % 24:02}:15", OFFENCES[n % 4], NOTES[n % 3],
        f"https://www.example.com/{n}", "",
    ]
    for n in range(60)
]  # fmt: skip


def written(
    rows: list[list[str]],
    delimiter: str = ",",
    quote: str = '"',
    end: str = "\r\n",
    escape: str | None = None,
) -> str:
    lines = []
    for row in rows:
        cells = []
        for place, value in enumerate(row):
            if place in (3, 4) or delimiter in value or (delimiter == " " and not value):
                inside = value.replace(quote, (quote if escape is None else escape) + quote)
                value = quote + inside + quote
            cells.append(value)
        lines.append(delimiter.join(cells) + end)
    return "".join(lines)


FILE = written([HEADER, *ROWS])


def read(
    folder: Path, content: str | bytes, expected: tuple[str, ...] = (), reading: Reading | None = None
) -> tuple[CsvExport, list[list[str]]]:
    path = folder / "drop.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    export = open_csv(path, reading or Reading(), expected)
    rows = [list(row.values())[1:] for row in export.batches(export.columns).read_all().to_pylist()]
    assert isinstance(export, CsvExport)
    assert export.sums.balanced
    assert export.sums.lines == len(path.read_bytes().decode(export.encoding or "", "replace").splitlines())
    return export, rows


def kinds(export: Export) -> list[str]:
    return [each.kind for each in export.noticed]


USUAL_DELIMITERS = [",", ";", "\t", "|"]
UNUSUAL_DELIMITERS = [":", "^", "~", " ", ", ", "||", "\t\t", "\\t"]


@pytest.mark.parametrize(
    ("delimiter", "quote"),
    [(delimiter, '"') for delimiter in USUAL_DELIMITERS + UNUSUAL_DELIMITERS]
    + [(delimiter, "'") for delimiter in USUAL_DELIMITERS],
)
def test_any_sensible_delimiter_and_quote_is_found(tmp_path: Path, delimiter: str, quote: str) -> None:
    """Not promised: an unusual delimiter together with an unusual quotation mark, for which a force's file has pins."""
    export, rows = read(tmp_path, written([HEADER, *ROWS], delimiter, quote))
    assert export.delimiter == delimiter
    assert list(export.columns) == HEADER
    assert rows == ROWS
    assert kinds(export) == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_any_encoding_and_line_end_is_found(tmp_path: Path, encoding: str, end: str) -> None:
    rows = [["WM/1", "13/04/2018", "01:15", "Café £5", "x", "y", ""], *ROWS]
    path = tmp_path / "drop.csv"
    path.write_bytes(written([HEADER, *rows], end=end).encode(encoding))
    export = open_csv(path, Reading())
    assert [list(row.values())[1:] for row in export.batches(export.columns).read_all().to_pylist()] == rows


def test_marks_escaped_by_a_backslash_are_marks(tmp_path: Path) -> None:
    assert read(tmp_path, written([HEADER, *ROWS], escape="\\"))[1] == ROWS


def test_marks_that_are_not_doubled_are_read_in_the_only_way_there_is_and_said(tmp_path: Path) -> None:
    export, rows = read(tmp_path, written([HEADER, *ROWS], escape=""))
    assert rows == ROWS
    (said,) = export.noticed
    marked = [line for line, row in enumerate(ROWS, 2) if '"' in row[3] + row[4]]
    assert (said.kind, said.count, said.rows) == ("stray_mark", len(marked), tuple(marked[:20]))


def test_a_mark_too_many_in_any_cell_costs_at_most_its_own_row(tmp_path: Path) -> None:
    lines = FILE.splitlines(keepends=True)
    for line in (1, 2, 30, 60):
        for place in range(7):
            cells = lines[line].split(",")
            cells[place] = '"' + cells[place]
            export, rows = read(tmp_path, "".join([*lines[:line], ",".join(cells), *lines[line + 1 :]]))
            others = [row for number, row in enumerate(ROWS, 1) if number != line]
            assert [row for row in rows if row in others] == others
            assert len(rows) + export.sums.refused == 60


@pytest.mark.parametrize("line", [1, 30, 60])
def test_a_delimiter_too_few_too_many_or_of_another_kind_costs_its_own_row(tmp_path: Path, line: int) -> None:
    lines = FILE.splitlines(keepends=True)
    others = [row for number, row in enumerate(ROWS, 1) if number != line]
    for broken in (
        lines[line].replace(",", "", 1),
        lines[line].replace(",", ",,", 1),
        lines[line].replace(",", " "),
    ):
        export, rows = read(tmp_path, "".join([*lines[:line], broken, *lines[line + 1 :]]))
        assert rows == others
        assert [(refusal.row_number, refusal.last_row) for refusal in export.refusals] == [
            (line + 1, line + 1)
        ]


def test_preambles_and_footnotes_are_no_rows(tmp_path: Path) -> None:
    blank = "," * 6 + "\r\n"
    foot = blank + "FOOTNOTE\r\nSource: crime system\r\n"
    export, rows = read(tmp_path, "PREAMBLE" + blank + blank + FILE + foot)
    assert (rows, export.header_row, export.sums.notes) == (ROWS, 3, 2)


def test_a_file_without_a_header_has_numbered_columns_or_is_refused_where_they_must_be_known(
    tmp_path: Path,
) -> None:
    export, rows = read(tmp_path, written(ROWS))
    assert rows == ROWS
    assert export.columns[:2] == ("column_1", "column_2")
    assert (export.header_row, export.sums.header, kinds(export)) == (0, 0, ["no_header"])
    with pytest.raises(Refused, match="The file has no header: its first row already holds values"):
        read(tmp_path, written(ROWS), ("Ref", "Date"))


def test_a_header_of_years_is_a_header(tmp_path: Path) -> None:
    export, _ = read(tmp_path, "Offence,2016,2017,2018\nAssault,1,2,3\nSpitting,4,5,6\nBiting,7,8,9\n")
    assert export.columns == ("Offence", "2016", "2017", "2018")


def test_groups_above_names_are_one_header_without_a_pin(tmp_path: Path) -> None:
    content = "Ref,Injury,,When,\n,Head,Arm,Day,Hour\nA1x,Y,N,03/05/2018,05:00\nA2x,Y,N,04/05/2018,06:00\n"
    export, rows = read(tmp_path, content)
    assert export.columns == ("Ref", "Injury / Head", "Injury / Arm", "When / Day", "When / Hour")
    assert len(rows) == 2
    assert read(tmp_path, content, ("Head", "Arm", "Day"))[0].columns[1] == "Head"


def test_a_column_named_only_in_the_row_of_groups_tells_the_groups(tmp_path: Path) -> None:
    content = "Form,,Officer,,,Place\nNo,Day,Collar,Role,Crew,\n" + "".join(
        f"A{n}x,03/05/2018,{n}1,PC,Single,Street\n" for n in range(10, 16)
    )
    export, rows = read(tmp_path, content)
    assert export.columns[:2] == ("Form / No", "Form / Day")
    assert export.columns[5] == "Place"
    assert len(rows) == 6
    assert read(tmp_path, content, ("Collar", "Role", "Day"))[0].columns[2] == "Collar"


def test_another_table_below_is_said_and_refused_as_one(tmp_path: Path) -> None:
    for other in (
        "Name,Age,Town\r\nAda,20,Bath\r\nBob,30,Hull\r\n",
        "Id,Kind,Size,Made,Paid,Due,Note\r\n1,a,2,b,3,4,c\r\n",
    ):
        export, rows = read(tmp_path, FILE + "\r\n" + other)
        assert rows == ROWS
        (said,) = export.noticed
        lines = len(other.splitlines())
        assert (said.kind, said.rows, said.count) == ("second_table", (63,), lines)
        assert [(refusal.row_number, refusal.last_row) for refusal in export.refusals] == [(63, 62 + lines)]


def test_a_table_above_the_one_with_the_expected_words_is_said(tmp_path: Path) -> None:
    other = "Name,Age,Town\r\nAda,20,Bath\r\nBob,30,Hull\r\n\r\n"
    export, rows = read(tmp_path, other + FILE, ("Ref", "Offence", "Notes"))
    assert (rows, export.header_row, kinds(export)) == (ROWS, 5, ["second_table"])


def test_a_file_cut_short_in_its_last_line_is_said(tmp_path: Path) -> None:
    export, rows = read(tmp_path, FILE[:-70])
    assert rows == ROWS[:59]
    assert (kinds(export), export.noticed[0].rows) == (["cut_short"], (61,))


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "drop.csv"
    path.write_text(FILE)
    export = open_csv(path, Reading())
    with path.open("a") as more:
        more.write(FILE)
    with pytest.raises(Refused, match="still being written"):
        export.batches(export.columns).read_all()


def test_a_header_with_a_stray_mark_is_read_and_said(tmp_path: Path) -> None:
    for place in range(7):
        names = [*HEADER[:place], '"' + HEADER[place], *HEADER[place + 1 :]]
        content = ",".join(names) + "\r\n" + written(ROWS)
        export, rows = read(tmp_path, content)
        assert (list(export.columns), rows, kinds(export)) == (names, ROWS, ["stray_mark"])
        assert list(read(tmp_path, content, tuple(HEADER))[0].columns) == HEADER


def test_a_table_below_or_beside_another_on_a_sheet_is_said(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    for row in (["Ref", "Days"], ["A1x", 1], ["A2x", 2], [], ["Name", "Town"], ["Ada", "Bath"]):
        made.active.append(row)
    made.active["E1"], made.active["F1"] = "Code", "Meaning"
    made.active["E2"], made.active["F2"] = "1", "Slight"
    made.save(tmp_path / "drop.xlsx")
    export = open_workbook(tmp_path / "drop.xlsx", "xlsx", Reading(), ("Ref", "Days"))
    assert export.columns == ("Ref", "Days")
    assert export.batches(["Ref"]).read_all()["Ref"].to_pylist() == ["A1x", "A2x"]
    assert export.sums.balanced
    assert kinds(export) == ["second_table", "second_table"]
    assert export.refusals[0].row_number == 5


def test_beside_a_table_lists_on_other_sheets_are_said_and_not_read(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    for row in [["Ref", "Date"], *([f"A{n}x", f"{n}/04/2018"] for n in range(1, 60))]:
        made.active.append(row)
    lists = made.create_sheet("Lists")
    lists.append(["Code", "Meaning"])
    lists.append(["1", "Slight"])
    made.save(tmp_path / "drop.xlsx")
    export = open_workbook(tmp_path / "drop.xlsx", "xlsx", Reading())
    assert (export.sheet, kinds(export)) == ("Sheet", ["other_sheet"])


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(",;\t|^"), st.sampled_from(["\n", "\r\n", "\r"]), st.integers(0, 10**6), st.integers(0, 4)
)
def test_no_mess_loses_a_row_without_a_word(delimiter: str, end: str, seed: int, faults: int) -> None:
    chance = random.Random(seed)
    lines = written([HEADER, *ROWS], delimiter, end=end).splitlines(keepends=True)
    touched = set()
    for _ in range(faults):
        line, at = chance.randrange(1, 61), 0
        at = chance.randrange(len(lines[line].rstrip("\r\n")))
        mess = chance.choice(['"', delimiter, "\n", "'", ""])
        lines[line] = lines[line][:at] + mess + lines[line][at + (mess == "") :]
        touched.add(line)
    with tempfile.TemporaryDirectory() as folder:
        export, rows = read(Path(folder), "".join(lines))
    untouched = [row for number, row in enumerate(ROWS, 1) if number not in touched]
    kept = [row for row in rows if row in untouched]
    assert kept == untouched
    assert len(rows) >= 60 - export.sums.refused
