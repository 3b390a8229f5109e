"""In whatever dialect, encoding and line ends a table is written, it is read back equal, line by line."""

from __future__ import annotations

import csv
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.read import Reading, Refused, open_export, text

HEADER = [f"Column {letter}" for letter in "ABCDEFGH"]
MARKS = {"utf-8-sig": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


@dataclass(frozen=True)
class Drop:
    """A file as written, and what must be read from it."""

    content: bytes
    reading: Reading
    header: list[str]
    rows: list[tuple[int | str, ...]]
    lines: int
    blank: int


def values(delimiter: str) -> st.SearchStrategy[str]:
    """Return values of one line or several, none of whose lines could be a record of four columns."""
    line = st.text("ab09£é\"-' " + delimiter, max_size=6).filter(lambda written: written.count(delimiter) < 2)
    several = st.lists(line, max_size=4)
    return st.builds(lambda end, parts: end.join(parts), st.sampled_from(["\n", "\r\n", "\r"]), several)


@st.composite
def drops(draw: st.DrawFn) -> Drop:
    delimiter = draw(st.sampled_from(",;\t|"))
    width = draw(st.integers(4, 8))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16-le", "utf-16-be"]))
    written = [_line(HEADER[:width], delimiter, quoting)]
    rows: list[tuple[int | str, ...]] = []
    number, blank = 2, 0
    for place in range(draw(st.integers(0, 12))):
        if draw(st.booleans()):
            row = [f"R{place}", *draw(st.lists(values(delimiter), min_size=width - 1, max_size=width - 1))]
            written.append(_line(row, delimiter, quoting))
            rows.append((number, *row))
        else:
            written.append(draw(st.sampled_from(["", "  ", delimiter * 2, f'""{delimiter}" "'])))
            blank += 1
        # The dot keeps a blank line, or a last line end inside quotation marks, from being passed over.
        number += len((written[-1] + ".").encode().splitlines())
    # Without its line end a blank last line is no line.
    content = end.join(written) + (end if written[-1] == "" else draw(st.sampled_from([end, ""])))
    return Drop(
        MARKS.get(encoding, b"") + content.encode(encoding.removesuffix("-sig")),
        # Bytes of cp1252 may be well-formed UTF-8 by accident.
        Reading(encoding="cp1252" if encoding == "cp1252" else None),
        HEADER[:width],
        rows,
        number - 1,
        blank,
    )


def _line(row: list[str], delimiter: str, quoting: int) -> str:
    line = io.StringIO(newline="")
    csv.writer(line, delimiter=delimiter, quoting=quoting).writerow(row)
    return line.getvalue().removesuffix("\r\n")


@pytest.mark.slow
@settings(max_examples=120, deadline=None)
@given(drops(), st.sampled_from([16, 64, 4 << 20]))
def test_a_table_written_in_any_dialect_is_read_back_equal(drop: Drop, block: int) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "BLOCK", block)
        patch.setattr(text, "SLIVER", block // 8)
        path = Path(folder, "drop.csv")
        path.write_bytes(drop.content)
        export = open_export(path, drop.reading, drop.header)
        rows = [tuple(row.values()) for row in export.batches(export.columns).read_all().to_pylist()]
    assert list(export.columns) == drop.header
    assert rows == drop.rows
    assert export.refusals == []
    sums = export.sums
    assert (sums.lines, sums.header, sums.blank, sums.rows) == (drop.lines, 1, drop.blank, len(drop.rows))
    assert sums.balanced


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.text('ab9",\n\r', max_size=120), st.sampled_from([16, 64, 4 << 20]))
def test_every_line_of_any_mess_is_counted_once(mess: str, block: int) -> None:
    content = ("Ref,Town,Days\n" + mess).encode()
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "BLOCK", block)
        patch.setattr(text, "SLIVER", block // 8)
        path = Path(folder, "drop.csv")
        path.write_bytes(content)
        export = open_export(path, Reading(delimiter=",", header_row=1))
        numbers = export.batches(export.columns[:1]).read_all()["row_number"].to_pylist()
    assert export.sums.balanced
    assert export.sums.lines == len(content.splitlines())
    assert numbers == sorted(set(numbers))
    lost = {line for refusal in export.refusals for line in range(refusal.row_number, refusal.last_row + 1)}
    assert len(lost) == export.sums.refused
    assert not lost.intersection(numbers)


@dataclass(frozen=True)
class Mess:
    """A file in a random dialect with random mess around its table, and the table that was written."""

    content: bytes
    header: list[str]
    rows: list[list[str]]
    faulty: bool


NAMES = ["Ref", "Date", "Days lost", "Offence", "Where it was", "Grade", "Remarks"]
WORDS = st.text("abcde é£.'-", min_size=1, max_size=12).map(str.strip)


@st.composite
def messes(draw: st.DrawFn) -> Mess:
    """Return a table of four columns and more, whose rows begin with a reference and a date."""
    delimiter = draw(st.sampled_from([",", ";", "\t", "|", "~", "^", ":"]))
    quote = draw(st.sampled_from(['"', '"', '"', "'", ""]))
    escape = draw(st.sampled_from([quote, quote, "\\"]))
    ends = draw(st.sampled_from([["\n"], ["\r\n"], ["\r"], ["\n", "\r\n"]]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    always = draw(st.booleans()) and bool(quote)
    width = draw(st.integers(4, len(NAMES)))
    inside = st.one_of(
        WORDS,
        st.just(""),
        st.sampled_from(["", "none", f"a{delimiter} b", f"say {quote}no{quote}", "one\ntwo"]),
    )

    def cell(value: str) -> str:
        if not quote:
            return value.replace(delimiter, " ").replace("\n", " ")
        if always or delimiter in value or quote in value or "\n" in value or "\\" in value:
            return quote + value.replace(quote, escape + quote) + quote
        return value

    def plain(value: str) -> str:
        return value if quote else value.replace(delimiter, " ").replace("\n", " ")

    rows = [
        [
            f"WM-{1000 + n}",
            f"{13 + n % 15}.04.2018",
            *map(plain, draw(st.lists(inside, min_size=width - 2, max_size=width - 2))),
        ]
        for n in range(draw(st.integers(3, 14)))
    ]
    header = NAMES[:width]
    written = [delimiter.join(map(cell, row)) for row in [header, *rows]]
    # Mess that is not part of any row, each kind of it seldom.
    if draw(st.integers(0, 3)) == 0:
        written[1:1] = [draw(st.sampled_from(["", delimiter * (width - 1)]))]
    if draw(st.integers(0, 3)) == 0:
        written.insert(len(written) // 2 + 1, delimiter.join(map(cell, header)))
    if draw(st.integers(0, 3)) == 0:
        written[:0] = draw(
            st.sampled_from(
                [["Assaults on police"], ["Assaults on police", ""], ["Force crime system", "April 2018"]]
            )
        )
    if draw(st.integers(0, 3)) == 0:
        written += draw(
            st.sampled_from(
                [["Source: crime system"], ["", "Note: provisional"], ["Total" + delimiter * (width - 1)]]
            )
        )
    if draw(st.integers(0, 5)) == 0:
        written += [
            "",
            delimiter.join(["Code", "Meaning"]),
            delimiter.join(["S", "Slight"]),
            delimiter.join(["G", "Grave"]),
        ]
    # Faults in lines, which may cost rows, though never without a word.
    faults = draw(st.sampled_from([0, 0, 0, 1, 2]))
    for _ in range(faults):
        line = draw(st.integers(0, len(written) - 1))
        at = draw(st.integers(0, len(written[line])))
        fault = draw(st.sampled_from([delimiter, quote, "\n", "cut"]))
        if fault == "cut":
            # A line that is cut to nothing, or in its last value, bears no trace of it.
            at = min(max(at, 1), max(written[line].rfind(delimiter), 1))
        rest = written[line][at:]
        written[line] = written[line][:at] + ("" if fault == "cut" else fault + rest)
    text_written = "".join(line + draw(st.sampled_from(ends)) for line in written)
    return Mess(text_written.encode(encoding, "replace"), header, rows, faults > 0)


def is_told_or_equal(mess: Mess, block: int) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "BLOCK", block)
        patch.setattr(text, "SLIVER", block // 8)
        path = Path(folder, "drop.csv")
        path.write_bytes(mess.content)
        try:
            export = open_export(path, Reading())
            rows = [list(row.values())[1:] for row in export.batches(export.columns).read_all().to_pylist()]
        except Refused as refused:
            assert refused.sentence
            return
    assert export.sums.balanced
    # The usual encoding is assumed with a word, and must be right; another is a guess that was told.
    usual = {"encoding"} if export.encoding == "cp1252" else set()
    told = [each.kind for each in export.noticed if each.kind not in usual] or export.refusals
    if len(rows) < len(mess.rows):
        assert told
    meant = [[" ".join(cell.split()) for cell in row] for row in mess.rows]
    found = [[" ".join(cell.split()) for cell in row] for row in rows]
    # A delimiter, a mark or a line break too many inside a quoted value is a value like any other.
    if not told and not mess.faulty:
        assert (list(export.columns), found) == (mess.header, meant)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(messes(), st.sampled_from([400, 4 << 20]))
def test_a_messy_file_is_read_back_equal_or_what_is_amiss_is_told(mess: Mess, block: int) -> None:
    is_told_or_equal(mess, block)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(messes(), st.sampled_from([400, 4 << 20]))
def test_a_thousand_messy_files_are_read_back_equal_or_what_is_amiss_is_told(mess: Mess, block: int) -> None:
    is_told_or_equal(mess, block)
