"""The calendar of a series: which months it has, and which months every published period is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

FISCAL_YEAR_BEGINS = 4

CALENDAR = pa.schema(
    {
        "period_type": pa.string(),
        "period": pa.string(),
        "begins_on": pa.date32(),
        "ends_on": pa.date32(),
        "months": pa.int64(),
        "month_from": pa.date32(),
    }
)


@dataclass(frozen=True)
class Series:
    """The months from the first to the last, both first days of a month, both in."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.first.day != 1 or self.last.day != 1 or self.first > self.last:
            raise ValueError(f"A series runs from the first day of a month to a later one, not {self.label}.")

    @property
    def months(self) -> tuple[date, ...]:
        count = months_between(self.first, self.last) + 1
        return tuple(later(self.first, months) for months in range(count))

    @property
    def ends_on(self) -> date:
        return later(self.last, 1) - timedelta(days=1)

    @property
    def label(self) -> str:
        return f"{self.first:%Y-%m} to {self.last:%Y-%m}"


def later(month: date, months: int) -> date:
    """Return the first day of the month that comes so many months after (before, if negative)."""
    year, index = divmod(month.year * 12 + month.month - 1 + months, 12)
    return date(year, index + 1, 1)


def months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def quarter(month: date) -> tuple[str, date]:
    """Return the label of the calendar quarter a month lies in, and its first month."""
    number = (month.month - 1) // 3
    return f"{month.year}-Q{number + 1}", date(month.year, number * 3 + 1, 1)


def year_ending_march(month: date) -> tuple[str, date]:
    """Return the label of the year from April to March a month lies in, as 2017-18, and its April."""
    year = month.year if month.month >= FISCAL_YEAR_BEGINS else month.year - 1
    return f"{year}-{(year + 1) % 100:02}", date(year, FISCAL_YEAR_BEGINS, 1)


def calendar(series: Series, *period_types: str) -> ir.Table:
    """Return one row for each month of each period of the given types that has a month in the series.

    Key: `period_type`, `period`, `month_from`. `months` counts the months of the whole period, those outside
    the series too, so that an unfinished year is seen to be unfinished. `ends_on` is never after the series.
    """
    rows = [row for row in periods(series) if not period_types or row["period_type"] in period_types]
    return ibis.memtable(pa.Table.from_pylist(rows, schema=CALENDAR))


def periods(series: Series) -> Iterator[dict[str, object]]:
    for month in series.months:
        quarter_label, quarter_from = quarter(month)
        year_label, year_from = year_ending_march(month)
        for period_type, label, begins_on, months in (
            ("month", f"{month:%Y-%m}", month, 1),
            ("quarter", quarter_label, quarter_from, 3),
            ("year_ending_march", year_label, year_from, 12),
            ("series", series.label, series.first, len(series.months)),
        ):
            yield {
                "period_type": period_type,
                "period": label,
                "begins_on": begins_on,
                "ends_on": min(later(begins_on, months) - timedelta(days=1), series.ends_on),
                "months": months,
                "month_from": month,
            }


def series_months(series: Series) -> ir.Table:
    """Return one row a month: its first and last day, its label, its days and the month a year before."""
    return ibis.memtable(
        pa.table(
            {
                "month_from": pa.array(series.months, pa.date32()),
                "month_to": pa.array(
                    [later(month, 1) - timedelta(days=1) for month in series.months], pa.date32()
                ),
                "year_before": pa.array([later(month, -12) for month in series.months], pa.date32()),
                "period": [f"{month:%Y-%m}" for month in series.months],
                "days_expected": pa.array(
                    [(later(month, 1) - month).days for month in series.months], pa.int64()
                ),
            }
        )
    )
