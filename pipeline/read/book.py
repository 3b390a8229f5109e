"""A workbook's sheets, read by calamine on a thread of their own as soon as the workbook is opened.

calamine reads a sheet whole and lets other threads run meanwhile, so this module imports little.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from pipeline.read.reading import Reading
from pipeline.read.refused import Refused
from pipeline.read.sheet_halves import Sheet, read_sheet
from pipeline.read.sheet_marks import SheetMarks, read_marks
from pipeline.read.sheet_xml import part_of

# Of what stands beside a pinned sheet no larger one is looked at, in bytes of XML.
LARGEST_BESIDE = 8 << 20


class Book:
    """An opened workbook; a pinned sheet stands for all of them, and what is beside it is only looked at.

    A long sheet is read by halves where there is a folder for them, `scratch`. `visible` is whether each worksheet is shown, by name in the workbook's order. Raises Refused for a
    workbook that is encrypted or damaged, and where a pinned sheet is not in it.
    """

    def __init__(self, path: Path, form: str, reading: Reading, scratch: Path | None = None) -> None:
        self.path = path
        self.form = form
        try:
            book = _opened(path, form)
        except PasswordError:
            raise Refused(_locked(path.name, form)) from None
        except CalamineError:
            raise _damaged(path.name) from None
        self.visible = {
            sheet.name: sheet.visible == SheetVisibleEnum.Visible
            for sheet in book.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet
        }
        # The sheets that stand beside a pinned one.
        self.beside: tuple[str, ...] = ()
        if reading.sheet is not None:
            if reading.sheet not in self.visible:
                there = f"its sheets are {listed(self.visible)}" if self.visible else "it has no worksheets"
                raise Refused(f'{path.name} has no sheet "{reading.sheet}"; {there}.')
            self.beside = tuple(name for name in self.visible if name != reading.sheet)
            self.visible = {reading.sheet: self.visible[reading.sheet]}
        self._book = book
        values = self._values = ThreadPoolExecutor(1, thread_name_prefix="sheets")
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="marks")
        self._sheets: dict[str, Future[Sheet]]
        self._marks: dict[str, Future[SheetMarks]] = {}
        if len(self.visible) == 1:
            name = next(iter(self.visible))
            if scratch is not None and form in ("xlsx", "xlsm"):
                looked = partial(self.marks, name)
                self._sheets = {name: values.submit(read_sheet, book, path, name, scratch, looked)}
                return
            self.marks(name)
        self._sheets = {name: values.submit(book.get_sheet_by_name, name) for name in self.visible}

    def sheets(self) -> list[Sheet]:
        """Return every worksheet, with its values, in the workbook's order; raises Refused."""
        try:
            return [sheet.result() for sheet in self._sheets.values()]
        except PasswordError:
            raise Refused(_locked(self.path.name, self.form)) from None
        except CalamineError:
            raise _damaged(self.path.name) from None

    def other(self, name: str) -> Sheet | None:
        """Return a sheet beside a pinned one; None for one that is too large to look at, or damaged."""
        try:
            if self.form != "xls" and zipfile.is_zipfile(self.path):
                with zipfile.ZipFile(self.path) as archive:
                    part = part_of(archive, name) if self.form in ("xlsx", "xlsm") else None
                    sizes = [each.file_size for each in archive.infolist() if part in (None, each.filename)]
                if max(sizes, default=0) > LARGEST_BESIDE:
                    return None
            return self._values.submit(self._book.get_sheet_by_name, name).result()
        except (CalamineError, zipfile.BadZipFile, KeyError, ValueError):
            return None

    def marks(self, name: str) -> Future[SheetMarks]:
        """Return what the workbook says of a sheet beside its values, which another thread looks for."""
        if name not in self._marks:
            self._marks[name] = self._beside.submit(read_marks, self.path, self.form, name)
        return self._marks[name]


def listed(names: Iterable[str]) -> str:
    """Return the names as a sentence shows them, the first few of many."""
    all_names = list(names)
    shown = ", ".join(f'"{name}"' for name in all_names[:6])
    return shown if len(all_names) <= 6 else f"{shown} and {len(all_names) - 6} more"


def _opened(path: Path, form: str) -> CalamineWorkbook:
    # Read by a path that says what it is, calamine tells a password from damage; a file it reads by content.
    if path.suffix.lower() == f".{form}":
        return CalamineWorkbook.from_path(path)
    with path.open("rb") as file:
        return CalamineWorkbook.from_filelike(file)


def _locked(name: str, form: str) -> str:
    if form == "ods":
        return (
            f"{name} is an OpenDocument workbook protected by a password, which cannot be opened here; save it as "
            ".xlsx with the same password, or send it without one."
        )
    return f"{name} is protected by a password, so it cannot be read; send it again without one."


def _damaged(name: str) -> Refused:
    return Refused(
        f"{name} is damaged or is not the workbook its name says; open it, save it as .xlsx and send it again."
    )
