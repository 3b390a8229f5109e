"""Reading what forces send: one module a format behind `open_export`.

The format is the pinned one, else what the file's first bytes say, whatever its name ends in; a format that is
not read is refused by name. What is parsed by other people's code (workbooks, web pages, XML, Parquet, archives
and what is in them) is read in a bounded process of its own; delimited text and JSON in this one.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from pipeline.read.child import open_in_child
from pipeline.read.export import Export, Reading, Refusal, Sums
from pipeline.read.forms import IN_PROCESS, form_of, open_form
from pipeline.read.limits import Limits
from pipeline.read.locked import with_password
from pipeline.read.noticed import Noticed
from pipeline.read.refused import Refused

__all__ = ["Export", "Noticed", "Reading", "Refusal", "Refused", "Sums", "open_export"]


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
        export = open_form(path, form, reading, expected)
    else:
        export = open_in_child(path, form, with_password(reading), expected)
    limits.check_columns(path.name, len(export.columns))
    return export
