"""JSON lines: one flat object a line; its keys are the columns, in the order they first appear in the file.

A key a line lacks and a null are "". Numbers and true or false are text as they stand in the file, a nested
value is its JSON text. A line that is no object, or names a key twice, is refused. The file is read twice:
for its keys, then for its rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.read import layout
from pipeline.read.export import Export, Reading, Refused
from pipeline.read.limits import Limits
from pipeline.read.text import Text, is_readable

# As many as a spreadsheet has; more means that keys hold data.
MOST_COLUMNS = 16_384
HALVED = "names half of a character, as a text cut in two does"


def open_jsonl(path: Path, reading: Reading) -> Export:
    """Return the export in a file of JSON lines; raises Refused where no line of it is an object."""
    text = Text(path, reading.encoding)
    keys: dict[str, None] = {}
    for _, _, row in objects(text):
        if isinstance(row, dict):
            keys.update(dict.fromkeys(row))
        if len(keys) > MOST_COLUMNS:
            raise Refused(
                f"{path.name} has more than {MOST_COLUMNS:,} different keys; "
                "send one object a row, keyed by column."
            )
    if not keys:
        raise Refused(f"{path.name} holds no JSON object; send one object a line, keyed by column.")
    return JsonLinesExport(text, tuple(keys))


class JsonLinesExport(Export):
    """A file of JSON lines whose keys are known; it has no header line."""

    def __init__(self, text: Text, keys: tuple[str, ...]) -> None:
        super().__init__("jsonl", 0, layout.column_names([keys]))
        self._text = text
        self._keys = keys

    @property
    def encoding(self) -> str | None:
        """Return the encoding the text is read in."""
        return self._text.encoding

    def _rows(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        keys = [self._keys[self.columns.index(column)] for column in columns]
        numbers: list[int] = []
        rows: list[dict[str, Any]] = []
        block = 0
        limits = Limits.from_environment()
        for number, (at, line, row) in enumerate(objects(self._text), 1):
            if at != block:
                yield batch(numbers, rows, keys, schema)
                numbers, rows, block = [], [], at
            self.sums.lines += 1
            if isinstance(row, dict):
                self.sums.parsed_lines += 1
                self.sums.rows += 1
                numbers.append(number)
                rows.append(flat(row, line))
                if may_be_long(line, limits):
                    limits.check_row(f"Row {number}", [*rows[-1]], rows[-1].values())
            elif not line.strip():
                self.sums.blank += 1
            else:
                self._refuse(
                    number, number, f"Line {number} {row}; write each row as one object on one line."
                )
        yield batch(numbers, rows, keys, schema)


def objects(text: Text) -> Iterator[tuple[int, bytes, dict[str, Any] | str]]:
    """Yield each line with its block's place and its object, or what is wrong with it."""
    for at, (block, _) in enumerate(text.blocks()):
        for line in block.splitlines():
            yield at, line, _object(line)


def _object(line: bytes) -> dict[str, Any] | str:
    if not is_readable(line):
        return "is damaged: it holds bytes that are no characters in the file's encoding"
    try:
        row = DECODER.decode(line.decode("utf-8"))
    except RepeatedKey:
        return "names a key twice"
    except (json.JSONDecodeError, RecursionError):
        return "is not JSON, or is cut short"
    if b"\\u" in line and not is_text(row):
        return HALVED
    return row if isinstance(row, dict) else "is JSON but not an object"


def is_text(value: object) -> bool:
    """Return false for a value that names half of a character, which no text can hold."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


class RepeatedKey(ValueError):
    """An object in which a value would be lost to a later one of the same key."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        raise RepeatedKey
    return row


DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_float=str, parse_int=str, parse_constant=str)


def flat(row: dict[str, Any], line: bytes | str) -> dict[str, Any]:
    """Return the object with every value as text."""
    if any(isinstance(cell, (dict, list)) for cell in row.values()):
        # Numbers inside a nested value are numbers again, not the text they were kept as.
        nested = json.loads(line, parse_int=_whole)
        row = {key: nested[key] if isinstance(cell, (dict, list)) else cell for key, cell in row.items()}
    return {key: cell if isinstance(cell, str) else _text(cell) for key, cell in row.items()}


def may_be_long(text: bytes | str, limits: Limits) -> bool:
    """Return whether a value written in a text may be longer than is read: a nested one is written with more spaces."""
    return 2 * len(text) > limits.cell_characters


def _whole(digits: str) -> int | str:
    # Past this many digits Python makes no number of them.
    return int(digits) if len(digits) <= 640 else digits


def _text(cell: object) -> str:
    return "" if cell is None else json.dumps(cell, ensure_ascii=False)


def batch(
    numbers: list[int], rows: list[dict[str, Any]], keys: Sequence[str], schema: pa.Schema
) -> pa.RecordBatch:
    columns = [pa.array([row.get(key, "") for row in rows], pa.string()) for key in keys]
    return pa.RecordBatch.from_arrays([pa.array(np.array(numbers, dtype=np.int64)), *columns], schema=schema)
