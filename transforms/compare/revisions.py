"""The revisions triangle: each month's figure in every release, and how far first figures fall short of the newest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from transforms.compare.chain_ladder import FEWEST_MONTHS, expected_final
from transforms.compare.monthly import worked_out

CELL = ("force_id", "book", "measure")

RELEASES = pa.schema(
    [
        ("place", pa.int64()),
        ("release_id", pa.string()),
        ("last_month", pa.date32()),
        ("vintage", pa.date32()),
    ]
)

UNDERSTATED = pa.schema(
    [
        *((name, pa.string()) for name in CELL),
        *((name, pa.int64()) for name in ("months", "first_total", "newest_total", "youngest_months")),
        ("understated", pa.float64()),
    ]
)

EXPECTED = pa.schema(
    [
        *((name, pa.string()) for name in CELL),
        ("period", pa.string()), ("age_months", pa.int64()), ("value", pa.int64()),
        ("expected_final", pa.float64()), ("standard_error", pa.float64()),
        ("low_95", pa.float64()), ("high_95", pa.float64()), ("at_age_months", pa.int64()), ("why_not", pa.string()),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Published:
    """A release as the triangle sees it: its name, its last month, and what tells its drops from those of another."""

    release_id: str
    month: date
    made_of: str


def vintages(published: Sequence[Published]) -> dict[str, date]:
    """Return the month as of which each release knows, by release; `published` in the order of publication.

    Releases made of the same drops know the same, whatever month they end in, and none knows less than one published
    before it: so neither an old month published late nor three months published at once are taken for early figures.
    No day is asked for, so that releases made again elsewhere, later, in the same order, give the same.
    """
    newest: dict[str, date] = {}
    for each in published:
        newest[each.made_of] = max(newest.get(each.made_of, each.month), each.month)
    known: dict[str, date] = {}
    reached = date.min
    for each in published:
        reached = max(reached, newest[each.made_of])
        known[each.release_id] = reached
    return known


def releases_table(published: Sequence[Published]) -> pa.Table:
    """Return the releases with their `place` in the order of publication, from 1, and their `vintage`."""
    known = vintages(published)
    rows = [
        {
            "place": place,
            "release_id": each.release_id,
            "last_month": each.month,
            "vintage": known[each.release_id],
        }
        for place, each in enumerate(published, 1)
    ]
    return pa.Table.from_pylist(rows, RELEASES)


def revisions(figures: ir.Table, releases: ir.Table) -> ir.Table:
    """Return the figure of each force, book, measure and month in every release that reaches the month.

    `figures` are the rows of `assaults_by_force` of every release, with `release_id`; `releases` as
    `releases_table` gives them. Key: `force_id`, `book`, `measure`, `period`, `place`. `value` is missing where the
    release has no figure, never nought; `change` is against the newest earlier release that has one; `age_months` is
    how many months the release knows of after the month itself. Sorted by key.
    """
    monthly = figures.filter(figures.period_type == "month")
    cells = monthly.select(*CELL, "period").distinct()
    dated = cells.mutate(month=(cells.period + "-01").cast("date"))
    grid = dated.cross_join(releases)
    grid = grid.filter(grid.month <= grid.last_month)
    key = [*CELL, "period", "release_id"]
    found = monthly.select(*key, "value", "value_status")
    table = grid.left_join(found, key).drop(*(f"{name}_right" for name in key))
    there = table.filter(table.value.notnull())
    in_order = ibis.window(group_by=[*CELL, "period"], order_by="place")
    before = there.select(*key, before=there.value.lag().over(in_order))
    table = table.left_join(before, key).drop(*(f"{name}_right" for name in key))
    age = (table.vintage.year() - table.month.year()) * 12 + table.vintage.month() - table.month.month()
    return table.select(
        *CELL,
        "period",
        "place",
        "release_id",
        age_months=age.cast("int64"),
        value=table.value.cast("int64"),
        value_status=table.value_status,
        change=(table.value - table.before).cast("int64"),
    ).order_by([*CELL, "period", "place"])


def understatement(triangle: ir.Table) -> ir.Table:
    """Return by force, book and measure how far first figures fell short of the newest ones.

    Counted over the months that have a figure in releases of at least two ages: `months`, `first_total`, `newest_total`,
    and `understated`, the share of the newest total that was not there at first (below nought: it was too high). The
    newest figure of a month need not be its last; `youngest_months` is the least age of the newest figures.
    """
    there = triangle.filter(triangle.value.notnull())
    month = [*CELL, "period"]
    ends = there.group_by(month).agg(
        first=there.value.argmin(there.place),
        newest=there.value.argmax(there.place),
        ages=there.age_months.nunique(),
        newest_age=there.age_months.max(),
    )
    several = ends.filter(ends.ages > 1)
    summed = several.group_by(list(CELL)).agg(
        months=several.count(),
        first_total=several["first"].sum().cast("int64"),
        newest_total=several.newest.sum().cast("int64"),
        youngest_months=several.newest_age.min(),
    )
    share = (summed.newest_total - summed.first_total) / summed.newest_total.nullif(0)
    return summed.mutate(understated=share).order_by(list(CELL))


def expected_finals(triangle: ir.Table, fewest: int = FEWEST_MONTHS) -> pa.Table:
    """Return what each month's newest figure may come to, one row a month that has a figure, sorted by key.

    An estimate beside the figures and no figure: see `chain_ladder`. Of several releases of one age the newest counts.
    `at_age_months` is the age that stands for the end: the last that at least `fewest` months have grown to, age by age.
    `national` has none: its figures also grow where a force joins. Where there is none, `why_not` says why.
    """
    there = triangle.filter(triangle.value.notnull() & (triangle.force_id != "national"))
    newest = there.group_by([*CELL, "period", "age_months"]).agg(value=there.value.argmax(there.place))
    rows = worked_out(newest.order_by([*CELL, "period", "age_months"])).to_pyarrow().to_pylist()
    grouped: dict[tuple[str, ...], dict[str, dict[int, int]]] = {}
    for row in rows:
        months = grouped.setdefault(tuple(row[name] for name in CELL), {})
        months.setdefault(row["period"], {})[row["age_months"]] = row["value"]
    return pa.Table.from_pylist(
        [
            {**dict(zip(CELL, cell, strict=True)), **each}
            for cell, months in grouped.items()
            for each in of_cell(months, fewest)
        ],
        EXPECTED,
    )


def of_cell(months: Mapping[str, Mapping[int, int]], fewest: int) -> Iterable[dict[str, Any]]:
    """Yield the estimate of each month of one force, book and measure."""
    last_age = age_of_the_end(months.values(), fewest)
    found = expected_final(
        [[ages.get(age) for age in range(last_age + 1)] for ages in months.values()], fewest
    )
    for (period, ages), each in zip(months.items(), found, strict=True):
        newest = max(ages)
        estimate = None if newest > last_age else each
        if last_age == 0:
            reason = f"Too little history: fewer than {fewest} earlier months were seen at both of two ages."
        elif estimate is None:
            reason = f"The month is past {last_age} months, the last age that enough months have reached."
        else:
            reason = estimate.why_not
        yield {
            "period": period,
            "age_months": newest,
            "value": ages[newest],
            "expected_final": estimate.final if estimate else None,
            "standard_error": estimate.standard_error if estimate else None,
            "low_95": estimate.low if estimate else None,
            "high_95": estimate.high if estimate else None,
            "at_age_months": last_age,
            "why_not": reason or None,
        }


def age_of_the_end(months: Collection[Mapping[int, int]], fewest: int) -> int:
    """Return the last age that enough months have reached one by one: what stands for the end of a month's growth."""
    age = 0
    while sum(age in ages and age + 1 in ages for ages in months) >= fewest:
        age += 1
    return age
