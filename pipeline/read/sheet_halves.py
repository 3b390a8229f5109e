"""A long sheet of an XLSX or XLSM, its two halves read at the same time.

Nothing in calamine's own reading of a sheet runs beside itself, but two workbooks with half of the rows each are
read in little more than half the time. The sheet is cut as bytes between two rows, where nothing but a row can end;
wherever that is in doubt, or the rows are out of order, the sheet is read whole.
"""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from pipeline.read.sheet_marks import SheetMarks
from pipeline.read.sheet_xml import part_of

if TYPE_CHECKING:
    # Which brings Arrow; the halves are being read before it is here.
    from pipeline.read.cell_text import Cell

# What a shorter sheet would gain is not worth it; a longer one would take too much of the disk.
LEAST_BYTES, MOST_BYTES = 16 << 20, 1 << 30
# What both workbooks hold beside the sheet, shared strings above all, is read twice.
MOST_BESIDE = 0.25
# Few large pieces: after each this thread may have to wait for the others.
CHUNK = 4 << 20

# The upper half is begun with sooner, so it is the larger.
UPPER = 0.53

_TOP = b"<sheetData>"
_ROW_END = b"</row>"
_BOTTOM = b"</sheetData></worksheet>"
_NEXT_ROW = re.compile(rb'\s*<row\s(?:[^>]*?\s)?r="\d+"[^>]*>')


class HalvedSheet:
    """Two halves of a sheet as the one sheet they are, with what `CalamineSheet` says of one."""

    def __init__(self, upper: CalamineSheet, lower: CalamineSheet) -> None:
        """Put two halves together; raises ValueError where they are not the upper and the lower of one."""
        if not (upper.start and upper.end and lower.start and lower.end and upper.end[0] < lower.start[0]):
            raise ValueError("These are no halves of a sheet.")
        self.name = upper.name
        self.start = (upper.start[0], min(upper.start[1], lower.start[1]))
        self.end = (lower.end[0], max(upper.end[1], lower.end[1]))
        self.height = self.end[0] - self.start[0] + 1
        self.width = self.end[1] - self.start[1] + 1
        self.merged_cell_ranges = [*(upper.merged_cell_ranges or ()), *(lower.merged_cell_ranges or ())]
        # Each with its first row, and the empty cells it lacks on its left and on its right.
        self._halves = [
            (half, first, [""] * (start[1] - self.start[1]), [""] * (self.end[1] - end[1]))
            for half, first, start, end in (
                (upper, 0, upper.start, upper.end),
                (lower, upper.end[0] + 1, lower.start, lower.end),
            )
        ]

    def iter_rows(self) -> Iterator[list[Cell]]:
        """Return the rows from the sheet's first, as many cells each as the sheet is wide."""
        return chain.from_iterable(
            ([*left, *row, *right] for row in rows) if left or right else rows
            for half, first, left, right in self._halves
            for rows in [islice(half.iter_rows(), first, None)]
        )


Sheet = CalamineSheet | HalvedSheet


def read_sheet(
    book: CalamineWorkbook, path: Path, name: str, scratch: Path, marks: Callable[[], Future[SheetMarks]]
) -> Sheet:
    """Return a sheet of an opened workbook, by halves where that is sooner; raises CalamineError.

    The halves are written to a folder in `scratch`, and are gone from there once they are read. `marks` has the
    sheet looked through: that too takes time, so not before the halves are there.
    """
    try:
        halves = _halves(path, name, scratch, marks)
        if halves and marks().result().in_order:
            return HalvedSheet(*halves)
    except (
        KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError,
        CalamineError,
    ):  # fmt: skip
        # What is wrong with it is said by the reader of the whole.
        pass
    marks()
    return book.get_sheet_by_name(name)


def _halves(
    path: Path, name: str, scratch: Path, marks: Callable[[], Future[SheetMarks]]
) -> tuple[CalamineSheet, CalamineSheet] | None:
    # So little packs no sheet that is long enough.
    if path.stat().st_size < LEAST_BYTES // 200 or (os.cpu_count() or 1) < 2:
        return None
    with (
        zipfile.ZipFile(path) as archive,
        TemporaryDirectory(dir=scratch) as folder,
        ThreadPoolExecutor(1, thread_name_prefix="half") as beside,
    ):
        part = part_of(archive, name)
        if part is None or not _is_worth_it(archive, part):
            return None
        others = {
            member.filename: archive.read(member) for member in archive.infolist() if _is_needed(member, part)
        }
        with archive.open(part) as stream:
            cut = _Cut(stream, archive.getinfo(part).file_size)
            top = cut.top()
            if top is None:
                return None
            upper = Path(folder, "upper.xlsx")
            _write(upper, others, part, chain((top,), cut.upper(), (_BOTTOM,)))
            if not cut.is_clean():
                return None
            first = beside.submit(_opened, upper, name)
            lower = Path(folder, "lower.xlsx")
            _write(lower, others, part, chain((top,), cut.lower()))
        if not cut.is_clean():
            return None
        marks()
        second = _opened(lower, name)
        return first.result(), second


def _is_needed(member: zipfile.ZipInfo, part: str) -> bool:
    """Return whether a reader of the sheet may look at a member of the archive, other than the sheet itself."""
    return member.filename != part and not member.filename.startswith(("xl/worksheets/", "xl/media/"))


def _is_worth_it(archive: zipfile.ZipFile, part: str) -> bool:
    members = archive.infolist()
    size = archive.getinfo(part).file_size
    beside = sum(member.file_size for member in members if _is_needed(member, part))
    # A reader may take another of two members of one name.
    names = {member.filename.casefold() for member in members}
    return LEAST_BYTES <= size <= MOST_BYTES and beside <= size * MOST_BESIDE and len(names) == len(members)


class _Cut:
    """A sheet's XML, from its first byte to the last, cut after a row that ends about half way."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream = stream
        self._size = size
        self._read = 0
        self._rest = b""
        self._before = b""
        self._is_clean = True

    def is_clean(self) -> bool:
        """Return false once something read could hold the mark of a row's end, or no numbered row follows the cut."""
        return self._is_clean

    def top(self) -> bytes | None:
        """Return what stands above the first row, None where the rows do not begin as expected."""
        text = self._chunk()
        end = text.find(_TOP) + len(_TOP)
        if end < len(_TOP):
            return None
        self._rest = text[end:]
        return text[:end]

    def upper(self) -> Iterator[bytes]:
        """Yield the rows above the cut."""
        text = self._rest
        while self._read < self._size * UPPER and (chunk := self._chunk()):
            yield text
            text = chunk
        # A row may be longer than what is read at once, and may not end in it.
        text += self._chunk()
        end = text.find(_ROW_END) + len(_ROW_END)
        self._rest = text[end:]
        self._is_clean = self._is_clean and end >= len(_ROW_END) and bool(_NEXT_ROW.match(self._rest))
        yield text[:end]

    def lower(self) -> Iterator[bytes]:
        """Yield what stands below the cut, to the end."""
        yield self._rest
        while chunk := self._chunk():
            yield chunk

    def _chunk(self) -> bytes:
        chunk = self._stream.read(CHUNK)
        self._read += len(chunk)
        if self._read > self._size:
            raise ValueError("The sheet is longer than the archive says.")
        # Comments, sections of plain characters and instructions may hold any mark; only one stands at the top.
        for sign in (b"!", b"?"):
            if sign in chunk and b"<" + sign in self._before + chunk.removeprefix(b"<?xml"):
                self._is_clean = False
        self._before = chunk[-1:]
        return chunk


def _write(path: Path, others: dict[str, bytes], part: str, pieces: Iterator[bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, body in others.items():
            archive.writestr(name, body)
        with archive.open(part, "w") as sheet:
            for piece in pieces:
                sheet.write(piece)


def _opened(path: Path, name: str) -> CalamineSheet:
    return CalamineWorkbook.from_path(path).get_sheet_by_name(name)
