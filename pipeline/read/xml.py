"""XML records: the element that repeats is a row, its attributes and the elements inside it are the columns.

A row has the number of its record in the file, from one, since a whole file may stand on one line. A column is
named by the way to it ("victim / age"), without namespaces; the second of its kind in one record is numbered
("victim (2) / age"). The attributes of the elements around the records, but not the outermost's, are columns
too. What stands beside the records is said, not read. The file is read three times, a piece at a time: for the
records' element, for the columns, and for the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.read import layout
from pipeline.read.export import Export, Reading
from pipeline.read.limits import Limits
from pipeline.read.markup import MARK, Local, parsed
from pipeline.read.noticed import Noticed
from pipeline.read.refused import Refused

BATCH = 16_384
# A repeated element that holds this many times as many of another is that one's group, not a record.
GROUP = 4

_INSTANCE = f"http://www.w3.org/2001/XMLSchema-instance{MARK}"

Way = tuple[str, ...]


def open_xml(path: Path, reading: Reading, expected: Collection[str] = ()) -> Export:
    """Return the export of the records in an XML file; raises Refused where none repeat, or several kinds do."""
    limits = Limits.from_environment()
    outline = _Outline(path.name, limits)
    for _ in parsed(path, reading.encoding, outline):
        pass
    way = _record_way(outline, path.name, expected)
    keys: dict[str, None] = {}
    records = _Records(path.name, way, limits)
    for _ in parsed(path, reading.encoding, records):
        for record in records.taken():
            keys.update(dict.fromkeys(record))
        limits.check_columns(path.name, len(keys))
    return XmlExport(path, reading.encoding, way, tuple(keys), records.beside, limits)


class XmlExport(Export):
    """An XML file whose records and columns are known; its lines are its records."""

    def __init__(
        self,
        path: Path,
        encoding: str | None,
        way: Way,
        keys: tuple[str, ...],
        beside: Counter[str],
        limits: Limits,
    ) -> None:
        super().__init__(
            "xml", 0, layout.column_names([[key.replace("@", "") for key in keys]]), sheet=way[-1]
        )
        self._path = path
        self._pinned = encoding
        self._way = way
        self._keys = keys
        self._limits = limits
        if beside:
            names = ", ".join(f'"{name}"' for name in list(beside)[:6])
            sentence = f"What stands beside the records is not read: {names}."
            self.noticed.append(Noticed("beside_the_table", sentence, count=beside.total()))

    def _rows(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        keys = [self._keys[self.columns.index(column)] for column in columns]
        records = _Records(self._path.name, self._way, self._limits)
        for _ in parsed(self._path, self._pinned, records):
            if len(records.found) >= BATCH:
                yield self._batch(records.taken(), keys, schema)
        yield self._batch(records.taken(), keys, schema)

    def _batch(self, rows: list[dict[str, str]], keys: Sequence[str], schema: pa.Schema) -> pa.RecordBatch:
        first = self.sums.rows + 1
        self.sums.rows += len(rows)
        self.sums.lines = self.sums.parsed_lines = self.sums.rows
        numbers = pa.array(np.arange(first, first + len(rows)), pa.int64())
        columns = [pa.array([row.get(key, "") for row in rows], pa.string()) for key in keys]
        return pa.RecordBatch.from_arrays([numbers, *columns], schema=schema)


class _Element:
    """All elements that one way leads to: how many, how many in one parent, and whether they hold parts."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.inside: dict[str, _Element] = {}
        self.count = 0
        self.most = 0
        self.parted = False
        # How many of them this far in the parent that was counted last.
        self.run = 0
        self.parent = 0


class _Outline:
    """Which elements a file has, by the way to them."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.elements: list[_Element] = []
        self._name = name
        self._limits = limits
        self._local = Local()
        self._open = [_Element(())]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        parent = self._open[-1]
        parent.parted = True
        element = parent.inside.get(name)
        if element is None:
            element = self._new(parent, name)
        element.count += 1
        if element.parent != parent.count:
            element.parent, element.run = parent.count, 0
        element.run += 1
        if element.run > element.most:
            element.most = element.run
        if attributes and not element.parted:
            element.parted = any(not each.startswith(_INSTANCE) for each in attributes)
        self._open.append(element)

    def end(self, name: str) -> None:
        self._open.pop()

    def text(self, text: str) -> None:
        """What is in an element does not matter yet."""

    def _new(self, parent: _Element, name: str) -> _Element:
        if len(self._open) > self._limits.nesting:
            raise self._limits.nested_too_deep(self._name)
        element = _Element((*parent.way, self._local[name]))
        parent.inside[name] = element
        self.elements.append(element)
        self._limits.check_columns(self._name, len(self.elements))
        return element


class _Part:
    """An element open inside a record: its key, how many it holds of each name, and its text."""

    __slots__ = ("held", "key", "text")

    def __init__(self, key: str) -> None:
        self.key = key
        self.held: dict[str, int] | None = None
        self.text = ""


class _Records:
    """The records of a file as they come, each its cells by key; "@" stands before an attribute's name."""

    def __init__(self, name: str, way: Way, limits: Limits) -> None:
        self.found: list[dict[str, str]] = []
        self.beside: Counter[str] = Counter()
        self._name = name
        self._record = list(way)
        self._limits = limits
        self._most = limits.cell_characters
        self._local = Local()
        self._count = 0
        self._way: list[str] = []
        self._around: list[dict[str, str]] = []
        self._row: dict[str, str] | None = None
        self._open: list[_Part] = []
        self._outside = ""

    def taken(self) -> list[dict[str, str]]:
        found, self.found = self.found, []
        return found

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = self._local[name]
        if self._row is None:
            self._start_outside(name, attributes)
            return
        around = self._open[-1]
        if around.held is None:
            around.held = {}
        count = around.held[name] = around.held.get(name, 0) + 1
        part = name if count == 1 else f"{name} ({count})"
        key = f"{around.key} / {part}" if around.key else part
        self._open.append(_Part(key))
        if attributes:
            for each, text in self._given(attributes).items():
                self._row[f"{key} / @{each}"] = text

    def end(self, name: str) -> None:
        if self._row is None:
            if self._outside.strip():
                self.beside[self._way[-1]] += 1
            self._outside = ""
            self._way.pop()
            self._around.pop()
            return
        part = self._open.pop()
        # White space around parts is layout; around nothing else it is the value.
        if part.held is None or part.text.strip():
            if part.key:
                self._row[part.key] = part.text
            elif part.text.strip():
                self._row[self._local[name]] = part.text
        if not self._open:
            self.found.append(self._row)
            self._row = None
            self._way.pop()

    def text(self, text: str) -> None:
        if self._row is None:
            self._outside += text
            length = len(self._outside)
        else:
            part = self._open[-1]
            part.text += text
            length = len(part.text)
        if length > self._most:
            raise self._limits.cell_too_long(f"{self._name}, record {max(self._count, 1)},")

    def _start_outside(self, name: str, attributes: dict[str, str]) -> None:
        given = self._given(attributes)
        self._way.append(name)
        if self._way == self._record:
            self._count += 1
            self._row = {key: text for around in self._around[1:] for key, text in around.items()}
            self._row |= {f"@{each}": text for each, text in given.items()}
            self._open.append(_Part(""))
        else:
            if given and not self._around:
                self.beside[name] += 1
            self._around.append({f"{name} / @{each}": text for each, text in given.items()})
            self._outside = ""

    def _given(self, attributes: dict[str, str]) -> dict[str, str]:
        given = {
            self._local[each]: text for each, text in attributes.items() if not each.startswith(_INSTANCE)
        }
        if any(len(text) > self._most for text in given.values()):
            raise self._limits.cell_too_long(f"{self._name}, record {max(self._count, 1)},")
        return given


def _record_way(outline: _Outline, name: str, expected: Collection[str]) -> Way:
    """Return the way to the element that is a record."""
    parted = [element for element in outline.elements if element.parted]
    repeated = [element for element in parted if element.most > 1]
    found = [one for one in repeated if not any(_is_group(one, inner) for inner in repeated)]
    if not found:
        found = [one for one in parted if not any(_is_inside(inner, one) for inner in parted)]
    shallowest = min((len(element.way) for element in found), default=0)
    ways = list(dict.fromkeys(sorted(element.way for element in found if len(element.way) == shallowest)))
    if len(ways) > 1 and expected:
        wanted = {layout.folded(word).casefold() for word in expected}
        known = [
            len(
                wanted & {part.way[-1].casefold() for part in outline.elements if part.way[: len(way)] == way}
            )
            for way in ways
        ]
        best = max(known)
        if best > 1 and known.count(best) == 1:
            return ways[known.index(best)]
    if not ways:
        raise Refused(
            f"{name} is XML in which no element repeats with values inside it; export one element a row, or CSV."
        )
    if len(ways) > 1:
        listed = ", ".join(f'"{way[-1]}"' for way in ways[:6])
        raise Refused(f"{name} holds several kinds of records ({listed}); send them one by one.")
    return ways[0]


def _is_group(element: _Element, inner: _Element) -> bool:
    return _is_inside(inner, element) and inner.count >= GROUP * element.count


def _is_inside(inner: _Element, element: _Element) -> bool:
    return len(inner.way) > len(element.way) and inner.way[: len(element.way)] == element.way
