"""How large, how wide, how deep and how slow a file may be before it is refused: every limit, in one place.

A limit is set by the environment variable COLLATE_LIMIT_ and its name in capitals, as a whole number:
`COLLATE_LIMIT_SECONDS=900`. They are read each time a file is opened, so a change needs no restart.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from pipeline.home import HomeUnusable
from pipeline.read.refused import Refused

if TYPE_CHECKING:
    # A process is started to read in before Arrow is there.
    import pyarrow as pa

PREFIX = "COLLATE_LIMIT_"

# Below this many bytes a file is never a bomb, however well it packs: a small table of zeros packs by hundreds.
HARMLESS = 32 << 20


class LimitUnusable(HomeUnusable):
    """A limit in the environment is no whole number; the sentence names the variable."""


@dataclass(frozen=True)
class Limits:
    """The limits on one file; `seconds` and `memory_bytes` hold for what is read in a process of its own."""

    file_bytes: int = 16 << 30
    expanded_bytes: int = 16 << 30
    expansion: int = 200
    members: int = 10_000
    cell_characters: int = 1_000_000
    columns: int = 16_384
    nesting: int = 256
    seconds: int = 300
    memory_bytes: int = 4 << 30

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Limits:
        """Return the limits the environment states, the defaults elsewhere; raises LimitUnusable."""
        stated = os.environ if environment is None else environment
        values = {}
        for limit in fields(cls):
            name = PREFIX + limit.name.upper()
            text = stated.get(name, "").strip()
            if not text:
                continue
            if not (text.isascii() and text.isdecimal()) or int(text) < 1:
                raise LimitUnusable(
                    f'The environment variable {name} is "{text}"; write a whole number from 1.'
                )
            values[limit.name] = int(text)
        return cls(**values)

    def environment(self) -> dict[str, str]:
        """Return the limits as an environment states them."""
        return {PREFIX + limit.name.upper(): str(getattr(self, limit.name)) for limit in fields(self)}

    def other_than(self, sentence: str) -> bool:
        """Return whether a refusal was for a limit that is another now, so that the file may be read."""
        return any(
            found.groups() != says(self)
            for pattern, says in REFUSALS
            if (found := re.search(pattern, sentence))
        )

    def check_file(self, name: str, size: int) -> None:
        """Raise Refused for a file of more bytes than are read."""
        if size > self.file_bytes:
            raise Refused(
                f"{name} has {said(size)}, and at most {said(self.file_bytes)} are read; "
                "send it in parts, by month for example."
            )

    def check_expanded(self, name: str, packed: int, expanded: int) -> None:
        """Raise Refused where a packed file is, or has already become, larger than is sensible."""
        if expanded > self.expanded_bytes:
            raise Refused(
                f"{name} unpacks to more than {said(self.expanded_bytes)}, which is more than is read; "
                "send it in parts, by month for example."
            )
        if expanded > HARMLESS and expanded > packed * self.expansion:
            raise Refused(
                f"{name} unpacks to more than {self.expansion} times its size, as no honest table does; "
                "save the table as CSV and send it as it is."
            )

    def check_columns(self, name: str, count: int) -> None:
        """Raise Refused for a table of more columns than are read."""
        if count > self.columns:
            raise Refused(
                f"{name} has {count:,} columns, and at most {self.columns:,} are read; "
                "export the table alone, one column a field."
            )

    def check_cells(self, batch: pa.RecordBatch) -> None:
        """Raise Refused for rows, `row_number` first, that hold a longer value than is read."""
        import pyarrow as pa
        import pyarrow.compute as pc

        for name, values in zip(batch.schema.names[1:], batch.columns[1:], strict=True):
            # Few columns have more bytes in a whole batch than one value may have characters.
            words = values.dictionary if pa.types.is_dictionary(values.type) else values
            if words.get_total_buffer_size() <= self.cell_characters or self._fit(words):
                continue
            if pa.types.is_dictionary(values.type):
                values = values.dictionary_decode()
            lengths = pc.utf8_length(values)
            if (pc.max(lengths).as_py() or 0) > self.cell_characters:
                row = batch.column(0)[pc.index(pc.greater(lengths, self.cell_characters), True).as_py()]
                raise self.cell_too_long(f'Row {row}, column "{name}",')

    def check_row(self, where: str, names: Sequence[str], cells: Iterable[str]) -> None:
        """Raise Refused for a row with a longer value than is read, in whichever of its columns it stands."""
        for name, cell in zip(names, cells, strict=False):
            if len(cell) > self.cell_characters:
                raise self.cell_too_long(f'{where}, column "{name}",')

    def _fit(self, words: pa.Array) -> bool:
        import pyarrow.compute as pc

        return (pc.max(pc.utf8_length(words)).as_py() or 0) <= self.cell_characters

    def cell_too_long(self, where: str) -> Refused:
        """Return the refusal of a file with a cell of more characters than are read."""
        return Refused(
            f"{where} holds a value of more than {self.cell_characters:,} characters, which is no table's; "
            "look at the file there and export it again."
        )

    def nested_too_deep(self, where: str) -> Refused:
        """Return the refusal of a file whose elements or values stand more deeply inside each other."""
        return Refused(
            f"{where} nests more than {self.nesting} levels deep, as no table does; "
            "export the table alone and send it again."
        )

    def spent(self, name: str) -> Refused:
        """Return the refusal of a file whose reading was stopped."""
        return Refused(
            f"{name} could not be read within the limits of {self.seconds:,} seconds and "
            f"{said(self.memory_bytes)} of memory, so reading it was stopped; save the table alone as CSV and "
            "send that, or send it in parts."
        )


def said(count: int) -> str:
    """Return a number of bytes as a person says it."""
    for unit, name in ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")):
        if count >= unit:
            return f"{count / unit:,.1f} {name}".replace(".0 ", " ")
    return f"{count} bytes"


# By which words each refusal for a limit is known, and how the limit stands in them.
REFUSALS: tuple[tuple[str, Callable[[Limits], tuple[str, ...]]], ...] = (
    (r", and at most (.+) are read; send it in parts", lambda limits: (said(limits.file_bytes),)),
    (r"unpacks to more than (.+), which is more than is read", lambda limits: (said(limits.expanded_bytes),)),
    (r"unpacks to more than (\d+) times its size", lambda limits: (f"{limits.expansion}",)),
    (r"files, and at most ([\d,]+) are looked at", lambda limits: (f"{limits.members:,}",)),
    (r"columns, and at most ([\d,]+) are read", lambda limits: (f"{limits.columns:,}",)),
    (r"a value of more than ([\d,]+) characters", lambda limits: (f"{limits.cell_characters:,}",)),
    (r"nests more than (\d+) levels deep", lambda limits: (f"{limits.nesting}",)),
    (
        r"within the limits of ([\d,]+) seconds and (.+) of memory",
        lambda limits: (f"{limits.seconds:,}", said(limits.memory_bytes)),
    ),
)
