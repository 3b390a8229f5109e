"""The current picture in words: the campaign's measures of each force that has sent every month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.engine import Engine
from pipeline.period import add_months
from schemas.national import NATIONAL


def pictures(engine: Engine, path: Path, month: date, names: Mapping[str, str]) -> list[str]:
    """Return a sentence a force, for the forces whose whole series is in and whose last quarter ends with the month.

    `path` is the published table current_picture. Figures are rounded for reading; the table holds them unrounded.
    """
    quarter = f"{month.year}-Q{(month.month + 2) // 3}"
    table = engine.read_parquet(path)
    wanted = table.filter(
        (table["force_id"] != NATIONAL)
        & (table["book"] == "crime")
        & ((table["period_type"] == "series") | (table["period"] == quarter))
    )
    cells: dict[str, dict[tuple[str, str], Any]] = {}
    whole: dict[str, bool] = {}
    for row in engine.rows(wanted.order_by(["force_id", "period_type", "measure"])):
        cells.setdefault(row["force_id"], {})[row["period_type"], row["measure"]] = row["value"]
        if row["measure"] == "offences":
            complete = row["months_included"] == row["months_expected"]
            whole[row["force_id"]] = whole.get(row["force_id"], True) and complete
    return [
        sentence(names.get(f, f), of, month)
        for f, of in cells.items()
        if whole[f] and ("quarter", "offences") in of
    ]


def sentence(name: str, of: Mapping[tuple[str, str], Any], month: date) -> str:
    """Return one force's picture: its last quarter, and its whole series."""

    def said(measure: str, form: str, period_type: str = "quarter") -> str:
        value = of.get((period_type, measure))
        return "not known" if value is None else form.format(value)

    first = add_months(month, -2)
    change = of.get(("quarter", "change_on_year_percent"))
    against = (
        "" if change is None else f"; {abs(change):.0f}% {'up' if change >= 0 else 'down'} on a year before"
    )
    return (
        f"{name}, {first:%B} to {month:%B %Y}: {said('offences', '{:,.0f}')} offences against on-duty personnel, "
        f"{said('offences_with_injury', '{:,.0f}')} with injury; {said('offences_per_day', '{:.2f}')} a day; one for "
        f"every {said('officers_per_offence', '{:.1f}')} officers; "
        f"{said('share_victims_police_officers', '{:.0%}')} of victims police officers; suspect charged in "
        f"{said('share_charged', '{:.0%}')}; {said('weekend_night_share', '{:.0%}')} on Saturday and Sunday between "
        f"midnight and 06:00{against}. Whole series: {said('offences', '{:,.0f}', 'series')} offences, "
        f"{said('offences_with_injury', '{:,.0f}', 'series')} with injury."
    )
