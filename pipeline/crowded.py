"""Which few of many records may break a rule that looks at several: found by numbers alone, one number a record.

To ask the engine to group two million references or victims costs more than all other rules together. Sorting a
number for each is many times cheaper; what two records share by chance only means that both are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from expectations.rows import moment_of
from pipeline.engine import Engine

# So many records are looked at in one go: their numbers take 60 MB.
AT_ONCE = 4_000_000
# A moment takes 25 bits: the minutes from 1990 to 2053. The victim has the others.
MOMENT_BITS = 25
DAY = 1440

Numbers = npt.NDArray[np.uint64]


def shared_references(engine: Engine, records: ir.Table, count: int) -> pa.Array:
    """Return the numbers of the references that stand on more than one of so many records."""
    known = records.filter(records["source_record_id"].notnull())
    numbered = known.select(number=known["source_record_id"].hash())
    found = [shared(part.column("number").to_numpy()) for part in lots(engine, numbered, count)]
    return pa.array(np.concatenate([np.zeros(0, np.int64), *found]))


def crowded_victims(engine: Engine, records: ir.Table, count: int, minutes: int, most: int) -> pa.Array:
    """Return the rows of records whose victim stands on another within minutes, or on more than `most` in a day."""
    known = records.filter(records["victim_id"].notnull() & records["occurred_on"].notnull())
    time = known["occurred_time"]
    day = known.mutate(occurred_time=ibis.coalesce(time, ibis.time(0, 0, 0)))
    numbered = day.select("row_number", number=day["victim_id"].hash(), moment=moment_of(day).cast("int64"))
    found = [np.zeros(0, np.int64)]
    for part in lots(engine, numbered, count):
        moment = part.column("moment").to_numpy().view(np.uint64) & np.uint64((1 << MOMENT_BITS) - 1)
        number = (part.column("number").to_numpy().view(np.uint64) << np.uint64(MOMENT_BITS)) | moment
        ordered = np.argsort(number)
        near = close(number[ordered], minutes, most)
        found.append(part.column("row_number").to_numpy()[ordered[near]])
    return pa.array(np.unique(np.concatenate(found)))


def close(number: Numbers, minutes: int, most: int) -> npt.NDArray[np.bool_]:
    """Return which of the numbers, in order, have another within minutes, or `most` others within a day."""
    near = np.zeros(len(number), bool)
    for apart, at_most in ((1, minutes), (most, DAY)):
        if len(number) > apart:
            # The next victim's numbers lie a whole range of moments away.
            together = number[apart:] - number[:-apart] <= np.uint64(at_most)
            if apart == 1:
                near[1:] |= together
                near[:-1] |= together
            else:
                for first in np.flatnonzero(together):
                    near[first : first + apart + 1] = True
    return near


def shared(number: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the numbers that stand more than once."""
    ordered = np.sort(number)
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


def lots(engine: Engine, numbered: ir.Table, count: int) -> Iterator[pa.Table]:
    """Yield records with a `number` in lots of bounded size; those of one number are in one lot."""
    parts = -(-count // AT_ONCE)
    if parts <= 1:
        yield engine.arrow(numbered)
        return
    for part in range(parts):
        yield engine.arrow(numbered.filter((numbered["number"] & 4095) % parts == part))
