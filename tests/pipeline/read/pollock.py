"""How well readers that find out a file's dialect for themselves read polluted files, scored alike.

The pollutions are those of Pollock, a benchmark for loading delimited files (Vitagliano et al., Pollock: A Data
Loading Benchmark, PVLDB 16, 2023), made anew over a table of our own, and some of ours: encodings, footnotes,
totals, blank columns, groups over names, a stump of another table. Like there, a reading is scored by the
precision, recall and F1 of its header, its records and its cells against the table that is meant, and by whether
it was read at all: ten measures, so ten points are full. A second table is not part of the table that is meant.

    python tests/pipeline/read/pollock.py [--full] [--worst]
"""

from __future__ import annotations

import csv
import io
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

Row = list[str]

HEADER = ["Date", "Time", "Days lost", "Crime ref", "Cost", "Offence", "Summary", "Link", "Remarks"]
OFFENCES = [
    "Assault, common",
    "Spat at",
    "Officer's 24\" baton taken",
    "Bitten on arm",
    "Threats, with a knife",
]
SUMMARIES = [
    "Officers were called to a dispute at a house; one was kicked, and then spat at, by a guest who didn't leave.",
    "On arrest he bit the arm of the officer who held him, hard enough to break the skin.",
    "The door was thrown shut, the officer's hand was in it: two fingers, left hand, were broken.",
    'He said "get off" and pushed, once, with both hands.',
    "Stopped for speeding, the driver got out, swore, and pulled at the officer's arm and radio.",
]
ROWS: list[Row] = [
    [
        f"{13 + n % 15}/{1 + n // 15 % 12:02}/2018",
        f"{n // 4 % 24:02}:{n % 4 * 15:02}",
        str(n % 7),
        f"{('MG', 'RI', 'CC', 'BH', 'YY')[n % 5]}-{1009 + n * 97}",
        f"£{n * 7 % 90}.{n * 13 % 90 + 10}",
        OFFENCES[n % 5],
        f"{SUMMARIES[n % 5]} No {n}.",
        f"https://www.example.com/record/{n}.html",
        "",
    ]
    for n in range(83)
]
# As the system behind the benchmark's file does, two columns are quoted whatever they hold.
QUOTED = (6, 7)


@dataclass(frozen=True)
class File:
    """A polluted file, and the table that is meant by it: None for its header where it has none."""

    name: str
    content: bytes
    header: Row | None
    rows: list[Row]


def line(
    cells: Sequence[str],
    delimiter: str = ",",
    quote: str = '"',
    escape: str | None = None,
    quoted: Sequence[int] = QUOTED,
    end: str = "\r\n",
) -> str:
    """Return the line a system writes for a row, its marks doubled, or preceded by `escape`."""
    written = []
    for place, cell in enumerate(cells):
        if place in quoted or delimiter[0] in cell or (delimiter == " " and not cell) or quote in cell:
            cell = quote + cell.replace(quote, (quote if escape is None else escape) + quote) + quote
        written.append(cell)
    return delimiter.join(written) + end


def text(delimiter: str = ",", quote: str = '"', escape: str | None = None, end: str = "\r\n") -> str:
    lines = [line(HEADER, delimiter, quote, escape, (), end)]
    return "".join([*lines, *(line(row, delimiter, quote, escape, end=end) for row in ROWS)])


def whole_file_pollutions() -> Iterator[File]:
    """Yield the pollutions of a whole file, by the benchmark's names where they are its own."""

    def made(name: str, content: str, header: Row | None = HEADER, rows: list[Row] = ROWS) -> File:
        return File(name, content.encode(), header, rows)

    plain, head = text(), line(HEADER, quoted=())
    body = plain[len(head) :]
    blank = line([""] * 9, quoted=())
    yield made("source", plain)
    yield made("file_no_payload", "", None, [])
    yield made("file_no_trailing_newline", plain.rstrip())
    yield made("file_double_trailing_newline", plain + "\r\n")
    yield made("file_no_header", body, None)
    yield made("file_header_multirow_2", head * 2 + body)
    yield made("file_header_multirow_3", head * 3 + body)
    yield made("file_preamble", line(["PREAMBLE", *[""] * 8], quoted=()) + blank + plain)
    yield made("file_preamble_bare", "PREAMBLE\r\n\r\n" + plain)
    yield made("file_preamble_3", "Force crime system\r\nAssaults on police\r\nApril 2018\r\n" + plain)
    for more, cut in (("less", 8), ("same", 9), ("more", 9)):
        extra = ["Grade"] if more == "more" else []
        second = [HEADER[:cut] + extra, *(row[:cut] + [""] * len(extra) for row in ROWS)]
        # One of the same header is the same table's, as after a page break.
        meant = ROWS * 2 if more == "same" else ROWS
        second_text = "".join(line(row, quoted=()) for row in second)
        yield made(f"file_multitable_{more}", plain + second_text, rows=meant)
    yield made("file_header_only", head, HEADER, [])
    yield made("file_one_data_row", head + line(ROWS[0]), HEADER, ROWS[:1])
    yield made("file_record_delimiter_0xA", text(end="\n"))
    yield made("file_record_delimiter_0xD", text(end="\r"))
    for delimiter in (";", "\t", ", ", " ", "|", ":", "\t\t", "^", "~"):
        name = "_".join(f"0x{ord(each):X}" for each in delimiter)
        yield made(f"file_field_delimiter_{name}", text(delimiter))
    yield made("file_quotation_char_0x27", text(quote="'"))
    yield made("file_escape_char_0x5C", text(escape="\\"))
    yield made("file_escape_char_0x00", text(escape=""))
    yield made("file_footnote", plain + "FOOTNOTE\r\n")
    yield made("file_footnote_delimited", plain + blank + line(["FOOTNOTE", *[""] * 8], quoted=()))
    # Ours.
    yield made("our_total", plain + "Total,,249,,,,,,\r\n")
    yield made("our_blank_rows", head + blank + "\r\n" + body.replace("No 40.", "No 40.") + "\r\n\r\n")
    yield made(
        "our_repeated_header", head + "".join(map(line, ROWS[:40])) + head + "".join(map(line, ROWS[40:]))
    )
    beside = [["", ""] + cells + [""] for cells in [HEADER, *ROWS]]
    yield made("our_blank_columns", "".join(line(cells, quoted=()) for cells in beside))
    groups = ["When", "", "Loss", "", "", "What", "", "", ""]
    joined = [f"{'When' if n < 2 else 'Loss' if n < 5 else 'What'} / {name}" for n, name in enumerate(HEADER)]
    yield made("our_groups", line(groups, quoted=()) + plain, joined)
    other = "Code,Meaning\r\nMG,Market Green\r\nRI,Riverside\r\nCC,City Centre\r\n"
    yield made("our_other_table_below", plain + "\r\n" + other)
    same = ["Ward", "Street", "Beat", "Sergeant", "Inspector", "Station", "Van", "Phone", "Note"]
    words = [[f"{name} {kind}" for name in same] for kind in ("north", "south", "east")]
    yield made(
        "our_other_table_same_width", plain + "\r\n" + "".join(line(row, quoted=()) for row in [same, *words])
    )
    yield made("our_title_row_delimited", "Assaults on police, 2018\r\n" + plain)
    for encoding in (
        "utf-8-sig",
        "utf-16",
        "utf-16-be",
        "cp1252",
        "latin-1",
        "iso-8859-15",
        "mac-roman",
        "cp850",
    ):
        content = plain if encoding != "utf-16-be" else "\ufeff" + plain
        yield File(f"our_encoding_{encoding}", content.encode(encoding, "replace"), HEADER, ROWS)


def row_pollutions(rows: Sequence[int]) -> Iterator[File]:
    """Yield the pollutions of one row, the header being row 0: a delimiter too few or many, a mark too many, spaces."""
    written = [line(HEADER, quoted=()), *map(line, ROWS)]
    table = [HEADER, *ROWS]
    for row in rows:
        cells = [
            line([cell], quoted=[0] if row and place in QUOTED else [], end="")
            for place, cell in enumerate(table[row])
        ]

        def made(name: str, polluted: str, meant: Row, row: int = row) -> File:
            header, body = (meant, ROWS) if row == 0 else (HEADER, [*ROWS[: row - 1], meant, *ROWS[row:]])
            content = "".join([*written[:row], polluted + "\r\n", *written[row + 1 :]])
            return File(name, content.encode(), header, body)

        for col in range(9):
            joined = ",".join(cells[:col]) + "," * (col > 0)
            yield made(f"row_more_sep_row{row}_col{col}", joined + "," + ",".join(cells[col:]), table[row])
            if col:
                less = ",".join(cells[:col]) + ",".join(cells[col:])
                yield made(f"row_less_sep_row{row}_col{col}", less, table[row])
            inside = '""' + cells[col][1:] if cells[col].startswith('"') else '"' + cells[col]
            meant = [*table[row][:col], '"' + table[row][col], *table[row][col + 1 :]]
            polluted = ",".join([*cells[:col], inside, *cells[col + 1 :]])
            yield made(f"row_extra_quote{row}_col{col}", polluted, meant)
        spaced = " ".join(cells) if row else line(HEADER, " ", quoted=(), end="")
        yield made(f"row_field_delimiter_{row}_0x20", spaced, table[row])


def pollutions(full: bool = False) -> list[File]:
    rows = range(84) if full else (0, 1, 2, 10, 83)
    return [*whole_file_pollutions(), *row_pollutions(rows)]


Read = tuple[Row | None, list[Row], bool]


def with_collate(path: Path) -> Read:
    """Return the header, the rows, and whether anything was said about the file."""
    from pipeline.look import has_no_header
    from pipeline.read import Reading, Refused, open_export

    try:
        export = open_export(path, Reading())
        rows = [list(row.values())[1:] for row in export.batches(export.columns).read_all().to_pylist()]
    except Refused:
        return None, [], True
    header = None if has_no_header(export) else list(export.columns)
    return header, rows, bool(export.noticed or export.refusals)


def with_sniffer(path: Path) -> Read:
    with path.open(encoding="utf-8", newline="") as file:
        content = file.read()
    dialect = csv.Sniffer().sniff(content[:20_000])
    rows = list(csv.reader(io.StringIO(content, newline=""), dialect))
    return rows[0], rows[1:], False


def with_clevercsv(path: Path) -> Read:
    from clevercsv.encoding import get_encoding
    from clevercsv.wrappers import read_table

    rows = read_table(str(path), encoding=get_encoding(str(path)))
    return rows[0], rows[1:], False


def with_pandas(path: Path) -> Read:
    import pandas as pd

    table = pd.read_csv(
        path, sep=None, engine="python", dtype=str, keep_default_na=False, on_bad_lines="skip"
    )
    return list(map(str, table.columns)), [[str(cell) for cell in row] for row in table.to_numpy()], False


def with_duckdb(path: Path, options: str = "") -> Read:
    import duckdb

    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT * FROM read_csv(?, all_varchar = true{options})", [str(path)])
        names = [each[0] for each in found.description or []]
        rows = [["" if cell is None else cell for cell in row] for row in found.fetchall()]
    # Names it made up for a file without a header do not stand in it.
    return None if names[:1] in (["column0"], ["column00"]) else names, rows, False


def with_lenient_duckdb(path: Path) -> Read:
    return with_duckdb(path, ", strict_mode = false, null_padding = true, ignore_errors = true")


READERS: dict[str, Callable[[Path], Read]] = {
    "collate": with_collate,
    "CleverCSV": with_clevercsv,
    "DuckDB": with_duckdb,
    "DuckDB, lenient": with_lenient_duckdb,
    "pandas": with_pandas,
    "csv.Sniffer": with_sniffer,
}


def measures(file: File, header: Row | None, rows: list[Row]) -> list[float]:
    """Return precision, recall and F1 of the header, the records and the cells that were read."""
    records = [Counter("".join(row) for row in table) for table in (file.rows, rows)]
    cells = [Counter(cell for row in table for cell in row) for table in (file.rows, rows)]
    found: list[float] = []
    for meant, read in ((Counter(file.header or []), Counter(header or [])), records, cells):
        both = (meant & read).total()
        if not meant:
            # Rows made of nothing, and a header made of a row, are no good reading.
            found += [float(not read)] * 3
            continue
        recall, precision = both / meant.total(), both / max(read.total(), 1)
        found += [precision, recall, 2 * precision * recall / (precision + recall) if both else 0.0]
    return found


@dataclass
class Score:
    """What one reader made of one file."""

    file: str
    points: float
    exact: bool
    said: bool


def scores(reader: Callable[[Path], Read], files: Sequence[File]) -> list[Score]:
    """Return what a reader makes of the files: points from 0 to 10, and whether the table is read to the cell."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            path = Path(folder, "drop.csv")
            path.write_bytes(file.content)
            try:
                header, rows, said = reader(path)
            except Exception:
                # The others refuse a file by faults of many kinds; one of ours is a fault, and to be seen.
                if reader is with_collate:
                    raise
                found.append(
                    Score(file.name, 10.0 if not file.rows and not file.header else 0.0, False, True)
                )
                continue
            exact = (header, rows) == (file.header, file.rows)
            found.append(Score(file.name, 1 + sum(measures(file, header, rows)), exact, said))
    return found


def main(arguments: Sequence[str]) -> None:
    files = pollutions("--full" in arguments)
    print(f"{'':18}{'points':>8}{'whole':>8}{'rows':>8}{'exact':>8}{'silent':>8}   of {len(files)} files")
    for name, reader in READERS.items():
        found = scores(reader, files)
        parts = [[each for each in found if each.file.startswith("row_") is row] for row in (False, True)]
        means = [sum(each.points for each in part) / len(part) for part in (found, *parts)]
        exact = sum(each.exact for each in found)
        silent = sum(not each.exact and not each.said for each in found)
        print(f"{name:18}{means[0]:8.2f}{means[1]:8.2f}{means[2]:8.2f}{exact:8}{silent:8}")
        if "--worst" in arguments and name == "collate":
            for each in sorted(found, key=lambda each: each.points):
                if not each.exact:
                    print(f"    {each.points:6.2f}  {each.file}{'' if each.said else '  SILENT'}")


if __name__ == "__main__":
    main(sys.argv[1:])
