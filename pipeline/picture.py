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

    def said(measure: str, form: str, unknown: str, period_type: str = "quarter") -> str:
        value = of.get((period_type, measure))
        return unknown if value is None else form.format(value)

    first = add_months(month, -2)
    injured = "{:,.0f} with injury", "how many with injury is not known"
    against_whom = "offences against on-duty personnel"
    quarter = (
        said("offences", f"{{:,.0f}} {against_whom}", f"how many {against_whom} is not known")
        + ", "
        + said("offences_with_injury", *injured),
        said("offences_per_day", "{:.2f} a day", "how many a day is not known"),
        said("officers_per_offence", "one for every {:.1f} officers", "the number of officers is not known"),
        said(
            "share_victims_police_officers",
            "{:.0%} of victims police officers",
            "the share of police officers among the victims is not known",
        ),
        said("share_charged", "suspect charged in {:.0%}", "in how many a suspect was charged is not known"),
        said(
            "weekend_night_share",
            "{:.0%} on Saturday and Sunday between midnight and 06:00",
            "how many at weekends between midnight and 06:00 is not known",
        ),
    )
    change = of.get(("quarter", "change_on_year_percent"))
    against = (
        "" if change is None else f"; {abs(change):.0f}% {'up' if change >= 0 else 'down'} on a year before"
    )
    whole = said("offences", "{:,.0f} offences", "how many offences is not known", "series")
    hurt = said("offences_with_injury", *injured, "series")
    return (
        f"{name}, {first:%B} to {month:%B %Y}: {'; '.join(quarter)}{against}. Whole series: {whole}, {hurt}."
    )
