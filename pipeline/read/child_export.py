"""An export whose rows another process reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from pipeline.read.child import FileReader
from pipeline.read.export import Export, Noticed, Refusal, Sums


class ChildExport(Export):
    """A file that another process holds open; its rows come from there, and what is odd about them."""

    # They are looked at there.
    looks = False

    def __init__(self, reader: FileReader) -> None:
        opened = reader.opened()
        super().__init__(
            opened["format"],
            opened["header_row"],
            tuple(opened["columns"]),
            delimiter=opened["delimiter"],
            sheet=opened["sheet"],
            first_column=opened["first_column"],
        )
        self._reader = reader
        self._learn(opened)

    @property
    def encoding(self) -> str | None:
        """Return the encoding the text is read in, None for a workbook."""
        return self._encoding

    def _rows(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        for heard in self._reader.rows(columns, schema):
            if isinstance(heard, pa.RecordBatch):
                yield heard
            else:
                self.sums = Sums(**heard["sums"])
                self.refusals = [Refusal(*refusal) for refusal in heard["refusals"]]
                self._learn(heard)

    def _learn(self, facts: dict[str, Any]) -> None:
        self._encoding: str | None = facts["encoding"]
        self.noticed = [
            Noticed(kind, sentence, column, tuple(rows), count)
            for kind, sentence, column, rows, count in facts["noticed"]
        ]
