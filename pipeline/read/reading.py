"""What a force pins about its files."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reading:
    """How a force says its file is written; whatever is None is found from the file.

    `force_id` names the environment variable a password is looked up in, unless `password` carries it.
    """

    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote: str = '"'
    sheet: str | None = None
    header_row: int | None = None
    header_rows: int = 1
    force_id: str | None = None
    password: str | None = field(default=None, repr=False)
