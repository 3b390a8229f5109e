"""What was odd about the reading of a file, said without holding anything back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# The first few row numbers are shown; how many there are is counted.
SHOWN_ROWS = 20


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something odd about how a file was written or read, and what to do about it.

    `kind` is a short word that does not change, `rows` the first few row numbers (at most 20) and `count` how
    many there are; `column` is empty where the oddity is the file's.
    """

    kind: str
    sentence: str
    column: str = ""
    rows: tuple[int, ...] = ()
    count: int = 0


class Tally:
    """How many rows something was seen in, and the first few of them."""

    def __init__(self) -> None:
        self.count = 0
        self.rows: tuple[int, ...] = ()

    def add(self, rows: Iterable[int], count: int) -> None:
        """Count rows in file order; of `rows` only the first few are looked at."""
        self.count += count
        if len(self.rows) < SHOWN_ROWS:
            for row in rows:
                if len(self.rows) == SHOWN_ROWS:
                    break
                self.rows = (*self.rows, int(row))


def rows_said(count: int, rows: tuple[int, ...]) -> str:
    """Return "row 7" or "31 rows (first 7, 9, 12)"."""
    if count == 1 and rows:
        return f"row {rows[0]}"
    first = ", ".join(str(row) for row in rows[:3])
    return f"{count:,} rows" + (f" (first {first})" if first else "")
