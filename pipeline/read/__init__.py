"""Reading what forces send: one module a format behind `open_export`.

The format is the pinned one, else what the file's first bytes say, whatever its name ends in; a format that is
not read is refused by name. What is parsed by other people's code (workbooks, web pages, XML, Parquet, archives
and what is in them) is read in a bounded process of its own; delimited text and JSON in this one.

Little is imported with this module: the process that reads a workbook is at work before Arrow is here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.read.child import open_in_child, start_ahead
from pipeline.read.forms import IN_PROCESS, form_of
from pipeline.read.limits import Limits
from pipeline.read.noticed import Noticed
from pipeline.read.password import with_password
from pipeline.read.reading import Reading
from pipeline.read.refused import Refused

if TYPE_CHECKING:
    from pipeline.read.export import Export, Refusal, Sums

__all__ = ["Export", "Noticed", "Reading", "Refusal", "Refused", "Sums", "open_export", "ready_for"]


def open_export(path: Path, reading: Reading, expected: Collection[str] = ()) -> Export:
    """Return a force's file opened for reading: its header is found, its rows are read by `Export.batches`.

    `expected` are header words the force file knows, used as evidence for where the header is. Raises
    Refused, with the sentence to send back, for a file that cannot be read safely or is beyond the limits;
    OSError where the file cannot be reached.
    """
    limits = Limits.from_environment()
    limits.check_file(path.name, path.stat().st_size)
    form = form_of(path, reading.format)
    if form in IN_PROCESS:
        from pipeline.read.opening import open_form

        export = open_form(path, form, reading, expected)
    else:
        export = open_in_child(path, form, with_password(reading), expected)
    limits.check_columns(path.name, len(export.columns))
    return export


def ready_for(path: Path) -> None:
    """Start the process a file will be read in, where it needs one; whether it can be read is seen when it is opened."""
    with contextlib.suppress(Refused, OSError):
        if form_of(path) not in IN_PROCESS:
            start_ahead()


def __getattr__(name: str) -> Any:
    """Return what comes with Arrow once it is asked for."""
    if name in ("Export", "Refusal", "Sums"):
        from pipeline.read import export

        return getattr(export, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
