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

from pipeline.read import Reading, open_export, text

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
