"""The profile of a drop: how many of its records say what, in counts alone.

It is what one drop is compared by with others: no value as sent stands in it, only our fields, our codes and numbers
of records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

# How many months before a drop it is compared with.
MONTHS_BEFORE = 24


@dataclass(frozen=True)
class Profile:
    """What one drop holds, in counts of its records in scope.

    `months` are accepted records by the month of the assault ("2018-07"). `filled` has the fields the drop was read
    for: how many records have a value. `codes` are records by standard code, `marks` what the rules about a whole drop
    look at ("midnight" of `occurred_time`). The period is the stated one; `is_stated` is False where it was taken from
    the records.
    """

    drop_id: str
    force_id: str
    book: str
    file: str = ""
    sequence: int = 0
    begins: date | None = None
    ends: date | None = None
    is_stated: bool = False
    records: int = 0
    months: Mapping[str, int] = field(default_factory=dict)
    filled: Mapping[str, int] = field(default_factory=dict)
    unexplained: Mapping[str, int] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    marks: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def missing(self, name: str) -> int:
        """Return how many records have nothing in a field."""
        return max(0, self.records - self.filled[name] - self.unexplained.get(name, 0))

    def mark(self, name: str, key: str) -> int:
        return self.marks.get(name, {}).get(key, 0)

    def overlaps(self, other: Profile) -> bool:
        """Return whether two drops say they cover a common day."""
        if not (self.begins and self.ends and other.begins and other.ends):
            return False
        return self.begins <= other.ends and other.begins <= self.ends


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"


def months_between(begins: date, ends: date) -> list[str]:
    """Return the months of a period, in order."""
    first, last = begins.year * 12 + begins.month - 1, ends.year * 12 + ends.month - 1
    return [f"{index // 12:04}-{index % 12 + 1:02}" for index in range(first, last + 1)]


def months_before(begins: date, count: int = MONTHS_BEFORE) -> list[str]:
    """Return the months before a day's month, the oldest first."""
    index = begins.year * 12 + begins.month - 1
    return [f"{each // 12:04}-{each % 12 + 1:02}" for each in range(index - count, index)]


def latest_first(earlier: Iterable[Profile]) -> list[Profile]:
    """Return the drops that came before, the last first."""
    return sorted(earlier, key=lambda profile: -profile.sequence)


def volumes(earlier: Sequence[Profile]) -> dict[str, int]:
    """Return the records of each month that drops cover whole: of two drops that cover one, the later counts."""
    found: dict[str, int] = {}
    for profile in latest_first(earlier):
        if profile.begins and profile.ends and profile.is_stated:
            for month in months_between(profile.begins, profile.ends):
                found.setdefault(month, profile.months.get(month, 0))
    return found


def recent(earlier: Sequence[Profile], begins: date | None) -> Iterator[Profile]:
    """Yield the drops of the months before a day that have records, each period once, its last drop."""
    wanted = frozenset(months_before(begins)) if begins else frozenset()
    seen: list[Profile] = []
    for profile in latest_first(earlier):
        if not (profile.begins and profile.ends and profile.records):
            continue
        if month_of(profile.ends) not in wanted or any(profile.overlaps(other) for other in seen):
            continue
        seen.append(profile)
        yield profile


def summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return counts added by name."""
    total: dict[str, int] = {}
    for each in counts:
        for name, count in each.items():
            total[name] = total.get(name, 0) + count
    return total
