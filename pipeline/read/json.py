"""A JSON document: the list of flat objects in it, be it the whole document or one member of an object.

A row has the number of its record in the list, from one, since records need no lines of their own. Keys and
values are read as in JSON lines. What stands beside the list is said, not read. The file is read twice, a
piece at a time: for its keys, then for its rows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.read import layout
from pipeline.read.export import Export, Reading
from pipeline.read.jsonl import DECODER, HALVED, RepeatedKey, batch, flat, is_text, may_be_long
from pipeline.read.limits import Limits
from pipeline.read.noticed import Noticed
from pipeline.read.refused import Refused
from pipeline.read.text import Text

BATCH = 16_384
# Like the longest line of a text file.
LONGEST_RECORD = 32 << 20

_SPACE = re.compile(r"[ \t\n\r]*")
# What a list of records is called beside what is said of it; by another name it has two records or more.
_RECORDS = {
    "data",
    "entries",
    "features",
    "items",
    "records",
    "result",
    "results",
    "rows",
    "table",
    "value",
    "values",
}
_MEMBER = re.compile(r'\s*"([^"\\]*+)"\s*:\s*')
_LIST = re.compile(r"\[\s*\{")
_COMMA = re.compile(r"\s*,")
# A document's end in its own words: nothing after it.
_END = ""


def is_document(text: bytes) -> bool:
    """Return true where text that opens with a bracket is one document rather than one object a line.

    Its first line is left open, or it is the only line and one of its members is a list of objects: the first, or one
    below what is said of the list.
    """
    first, _, rest = text.partition(b"\n")
    if first.rstrip().endswith((b"{", b"[", b",")):
        return True
    return not rest.strip() and _lists_records(text.decode("utf-8", "replace"))


def _lists_records(text: str) -> bool:
    """Return true for the beginning of an object of which one member is a list of objects, as far as it is there."""
    at, place = 1, 0
    while (key := _MEMBER.match(text, at)) is not None:
        at, place = key.end(), place + 1
        if (listed := _LIST.match(text, at)) is not None:
            if place == 1 or key[1].casefold() in _RECORDS:
                return True
            # One record may hold a short list of its own.
            try:
                _, end = _PLAIN.raw_decode(text, listed.end() - 1)
            except (ValueError, RecursionError):
                return True
            if text[end:].lstrip().startswith(","):
                return True
        try:
            _, at = _PLAIN.raw_decode(text, at)
        except (ValueError, RecursionError):
            return False
        if (comma := _COMMA.match(text, at)) is None:
            return False
        at = comma.end()
    return False


def open_json(path: Path, reading: Reading) -> Export:
    """Return the export in a JSON document; raises Refused where it holds no one list of objects."""
    document = _Document(path, reading, Limits.from_environment())
    keys: dict[str, None] = {}
    for _, record, _ in document.records():
        if isinstance(record, dict):
            keys.update(dict.fromkeys(record))
            document.limits.check_columns(path.name, len(keys))
    if not keys:
        raise Refused(
            f"{path.name} holds no list of JSON objects; send a list with one object a row, keyed by column."
        )
    return JsonExport(document, tuple(keys))


class JsonExport(Export):
    """A JSON document whose keys are known; its lines are its records."""

    def __init__(self, document: _Document, keys: tuple[str, ...]) -> None:
        super().__init__("json", 0, layout.column_names([keys]))
        self._document = document
        self._keys = keys
        if document.beside:
            beside = ", ".join(f'"{key}"' for key in document.beside[:6])
            self.noticed.append(
                Noticed("beside_the_table", f"What stands beside the list of records is not read: {beside}.")
            )

    @property
    def encoding(self) -> str | None:
        """Return the encoding the text is read in."""
        return self._document.text.encoding

    def _rows(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        keys = [self._keys[self.columns.index(column)] for column in columns]
        numbers: list[int] = []
        rows: list[dict[str, Any]] = []
        for number, record, text in self._document.records():
            self.sums.lines += 1
            if isinstance(record, str):
                self._refuse(
                    number,
                    number,
                    f"Record {number} {record}; write each row as one object, keyed by column.",
                )
                continue
            self.sums.parsed_lines += 1
            self.sums.rows += 1
            numbers.append(number)
            rows.append(flat(record, text))
            if may_be_long(text, self._document.limits):
                self._document.limits.check_row(f"Row {number}", [*rows[-1]], rows[-1].values())
            if len(rows) == BATCH:
                yield batch(numbers, rows, keys, schema)
                numbers, rows = [], []
        yield batch(numbers, rows, keys, schema)


class _Document:
    """The records of a JSON document, found again at each reading."""

    def __init__(self, path: Path, reading: Reading, limits: Limits) -> None:
        self.text = Text(path, reading.encoding)
        self.limits = limits
        self.beside: list[str] = []
        self._name = path.name

    def records(self) -> Iterator[tuple[int, dict[str, Any] | str, str]]:
        """Yield each record's number, its object or what is wrong with it, and its text; raises Refused."""
        cursor = _Cursor(self.text.pieces(), self._name, self.limits)
        if cursor.next() == "[":
            yield from self._listed(cursor)
        else:
            yield from self._member(cursor)
        if cursor.next() != _END:
            raise cursor.broken()

    def _member(self, cursor: _Cursor) -> Iterator[tuple[int, dict[str, Any] | str, str]]:
        """Yield the records of the one member of an object that is a list of objects."""
        found = ""
        beside: dict[str, None] = {}
        cursor.take("{")
        while cursor.next() != "}":
            key, _ = cursor.value()
            cursor.take(":")
            if not isinstance(key, str):
                raise cursor.broken()
            if cursor.next() == "[" and cursor.second() == "{":
                if found:
                    raise Refused(
                        f'{self._name} holds several lists of records ("{found}" and "{key}"); '
                        "send them one by one."
                    )
                found = key or "(no name)"
                yield from self._listed(cursor)
            else:
                cursor.value()
                beside[key] = None
            if cursor.next() != "}":
                cursor.take(",")
        cursor.take("}")
        self.beside = list(beside)

    def _listed(self, cursor: _Cursor) -> Iterator[tuple[int, dict[str, Any] | str, str]]:
        cursor.take("[")
        number = 0
        while cursor.next() != "]":
            number += 1
            cursor.record = number
            record, text = cursor.value()
            if isinstance(record, RepeatedKey):
                yield number, "names a key twice", text
            elif not isinstance(record, dict):
                yield number, "is no object", text
            elif not text.isascii() and "\udcff" in text:
                yield number, "is damaged: it holds bytes that are no characters in the file's encoding", text
            elif "\\u" in text and not is_text(record):
                yield number, HALVED, text
            else:
                if any(isinstance(cell, (dict, list)) for cell in record.values()):
                    self._check_nesting(number, record)
                yield number, record, text
            if cursor.next() != "]":
                cursor.take(",")
        cursor.take("]")
        cursor.record = 0

    def _check_nesting(self, number: int, record: dict[str, Any]) -> None:
        level: list[Any] = [record]
        for _ in range(self.limits.nesting):
            below = (each.values() if isinstance(each, dict) else each for each in level)
            level = [cell for cells in below for cell in cells if isinstance(cell, (dict, list))]
            if not level:
                return
        raise self.limits.nested_too_deep(f"{self._name}, record {number},")


class _Cursor:
    """A place in a text of which only the part around it is held."""

    def __init__(self, pieces: Iterator[str], name: str, limits: Limits) -> None:
        self.record = 0
        self._pieces = pieces
        self._name = name
        self._limits = limits
        self._held = ""
        self._at = 0
        self._ended = False

    def next(self) -> str:
        """Return the next character that is no white space, "" at the end, and stand before it."""
        while True:
            self._at = _SPACE.match(self._held, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._more():
                return _END

    def second(self) -> str:
        """Return the character that follows the next one, white space left out."""
        self.next()
        while True:
            after = _SPACE.match(self._held, self._at + 1).end()  # type: ignore[union-attr]
            if after < len(self._held):
                return self._held[after]
            if len(self._held) - self._at > LONGEST_RECORD or not self._more():
                return _END

    def take(self, mark: str) -> None:
        """Step over a mark that must come next; raises Refused."""
        if self.next() != mark:
            raise self.broken()
        self._at += 1

    def value(self) -> tuple[Any, str]:
        """Return the next value, an object that names a key twice as a RepeatedKey, and its text."""
        self.next()
        wanted = 0
        while True:
            try:
                value, end = self._decoded()
            except json.JSONDecodeError:
                value, end = None, None
            except RecursionError:
                raise self._limits.nested_too_deep(self._where()) from None
            # A number at the very end of what is held may go on.
            if end is not None and (end < len(self._held) or self._ended):
                text = self._held[self._at : end]
                self._at = end
                return value, text
            if self._ended:
                raise self.broken()
            held = len(self._held) - self._at
            if held > LONGEST_RECORD:
                raise Refused(
                    f"{self._where()} runs on for more than {LONGEST_RECORD >> 20} million characters; "
                    "export the file again, one object a row."
                )
            # Twice as much each time, so that a long value is not gone through once for each piece.
            wanted = 2 * held
            while len(self._held) - self._at <= wanted and self._more():
                pass

    def broken(self) -> Refused:
        """Return the refusal of a file that is no JSON from here on."""
        if self._ended and self.next() == _END:
            return Refused(
                f"{self._where()} ends before its list does: the file is cut short or still being written; "
                "export it again."
            )
        return Refused(f"{self._where()} is not JSON, or is cut short; export the file again.")

    def _decoded(self) -> tuple[Any, int]:
        try:
            return DECODER.raw_decode(self._held, self._at)
        except RepeatedKey as repeated:
            return repeated, _PLAIN.raw_decode(self._held, self._at)[1]

    def _where(self) -> str:
        return f"{self._name}, record {self.record}," if self.record else self._name

    def _more(self) -> bool:
        piece = next(self._pieces, None)
        if piece is None:
            self._ended = True
            return False
        self._held = self._held[self._at :] + piece
        self._at = 0
        return True


_PLAIN = json.JSONDecoder(parse_int=str, parse_float=str)
