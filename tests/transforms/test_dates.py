"""Days and times of day in every form a force may write them, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from pipeline.engine import Engine, open_engine
from schemas.force import FieldMap
from schemas.mend import EPOCHS, Mend
from schemas.moments import DATE_FORMATS, ISO_DATES, TIME_FORMATS
from tests.transforms.test_convert import are_read, are_unexplained
from transforms.dates import read_day, read_time

THIRD, FOURTH = date(2018, 7, 3), date(2018, 7, 4)
HALF_PAST_ONE, HALF_PAST_THIRTEEN = time(1, 30), time(13, 30)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with open_engine(tmp_path_factory.mktemp("engine")) as opened:
        yield opened


def read(engine: Engine, kind: str, mapped: FieldMap, *cells: str) -> list[Any]:
    """Return what cells are read as."""
    table = engine.read_small(
        "cells", pa.table({"n": range(len(cells)), "cell": pa.array(cells, pa.string())})
    )
    value = (read_day if kind == "date" else read_time)(table["cell"], mapped)
    rows = engine.rows(table.select("n", value=value).order_by("n"))
    return [row["value"] for row in rows]


# Every form, in a table

DAYS = {
    "": {
        "03/07/2018": THIRD, "3/7/2018": THIRD, "03-07-2018": THIRD, "3.7.2018": THIRD, "3 Jul 2018": THIRD,
        "03 JULY 2018": THIRD, "3-Jul-2018": THIRD, "03/Jul/2018": THIRD, "9 Sept 2018": date(2018, 9, 9),
        "9 may 2018": date(2018, 5, 9), "03/07/2018 22:15": THIRD, "3/7/2018 22:15:30": THIRD,
        "2018-07-03": THIRD, "2018-07-03T22:15:00": THIRD, "03/07/2018 24:00": FOURTH,
        "31/12/2018 24:00:00": date(2019, 1, 1), "2018-07-03 24:00:00": FOURTH, "29/02/2016 24:00": date(2016, 3, 1),
    },
    'format = "%d/%m/%y"': {
        "03/07/18": THIRD, "3/7/18": THIRD, "03/07/68": date(2068, 7, 3), "03/07/69": date(1969, 7, 3),
        "2018-07-03": THIRD,
    },
    'format = ["%d/%m/%Y", "%d/%m/%y"]': {"03/07/18": THIRD, "03/07/2018": THIRD},
    'format = "%m/%d/%Y"': {"07/03/2018": THIRD, "7/31/2018": date(2018, 7, 31)},
    'format = "%d%m%Y"': {"03072018": THIRD},
    'format = "%Y%m%d"': {"20180703": THIRD},
    'format = "%d%m%Y", mend = { leading_zeros = 8 }': {"3072018": THIRD, "03072018": THIRD},
    'mend = { serial_dates = "1900" }': {
        "43284": THIRD, "43284.5": THIRD, "43284.99": THIRD, "03/07/2018": THIRD, "36617": date(2000, 4, 1),
    },
    'mend = { serial_dates = "1904" }': {"41822": THIRD, "41822.927083333": THIRD},
    "mend = { swapped_dates = true }": {
        "2018-03-07 00:00:00": THIRD, "2018-03-07": THIRD, "13/07/2018": date(2018, 7, 13),
    },
}  # fmt: skip

NO_DAYS = {
    "": (
        "07/31/2018", "03/07/18", "3 July", "July 2018", "3rd July 2018", "43284", "43284.5", "20180703", "03072018",
        "31/02/2018", "00/07/2018", "03/07/201", "03/07/20188", "3/7/2018 9:5", "soon", "03/07/0018", "3//7/2018",
        "03/07/2018 25:00", "24:00",
    ),
    'format = "%d%m%Y"': ("3072018", "372018", "030718", "03/07/2018"),
    'format = "%d%m%Y", mend = { leading_zeros = 8 }': ("372018", "72018", "3072018.0"),
    'mend = { serial_dates = "1900" }': ("4328", "432841", "-43284", "43284,5", "4.3284E+04", "043284"),
    "mend = { swapped_dates = true }": ("2018-07-13 00:00:00", "2018-07-31"),
}  # fmt: skip

TIMES = {
    "": {
        "1:30": HALF_PAST_ONE, "01:30": HALF_PAST_ONE, "01:30:00": HALF_PAST_ONE, "1:30 am": HALF_PAST_ONE,
        "1:30AM": HALF_PAST_ONE, "1.30am": HALF_PAST_ONE, "1:30 a.m.": HALF_PAST_ONE, "1.30pm": HALF_PAST_THIRTEEN,
        "1.30 P.M.": HALF_PAST_THIRTEEN, "1:30:15 pm": time(13, 30, 15), "13h30": HALF_PAST_THIRTEEN, "10pm": time(22),
        "12am": time(0), "12:30 am": time(0, 30), "12:30 pm": time(12, 30), "24:00": time(0), "24:00:00": time(0),
        "24h00": time(0), "2018-07-03 13:30:00": HALF_PAST_THIRTEEN, "03/07/2018 13:30": HALF_PAST_THIRTEEN,
        "03/07/2018 24:00": time(0),
    },
    'format = "%H%M"': {"0130": HALF_PAST_ONE, "1330": HALF_PAST_THIRTEEN, "2400": time(0), "0000": time(0)},
    'format = "%H%M", mend = { leading_zeros = 4 }': {
        "130": HALF_PAST_ONE, "0130": HALF_PAST_ONE, "30": time(0, 30), "5": time(0, 5), "0": time(0),
    },
    'format = "%H.%M"': {"1.30": HALF_PAST_ONE, "01.30": HALF_PAST_ONE, "13.30": HALF_PAST_THIRTEEN, "24.00": time(0)},
    'mend = { serial_dates = "1900" }': {
        "0.0625": HALF_PAST_ONE, "0.5625": HALF_PAST_THIRTEEN, "0.927083333333333": time(22, 15), "0": time(0),
        "43284.5625": HALF_PAST_THIRTEEN, "1:30": HALF_PAST_ONE,
    },
}  # fmt: skip

NO_TIMES = {
    "": (
        "25:10", "22:60", "22.15", "1.30", "0130", "130", "2215", "2400", "24.00", "24:01", "24:00:01", "1:3", "1:30:5",
        "13:00 pm", "0:30 am", "midnight", "0.0625", "30", "1h3",
    ),
    'format = "%H%M"': ("130", "1:30", "2460", "2401", "01300", "24:00"),
    'format = "%H%M", mend = { leading_zeros = 4 }': ("1300.0", "99", "01300"),
    'format = "%H.%M"': ("1.3", "1.300", "130", "13.60"),
    'mend = { serial_dates = "1900" }': ("43284", "0.93", "1.5", "-0.5", "0,0625", "6.25E-02"),
}  # fmt: skip


@pytest.mark.parametrize("mapping", DAYS)
def test_a_day_is_read_in_each_form(tmp_path: Path, mapping: str) -> None:
    assert are_read(tmp_path, "recorded_on", mapping, DAYS[mapping])


@pytest.mark.parametrize("mapping", NO_DAYS)
def test_what_is_no_day_in_a_stated_form_is_unexplained(tmp_path: Path, mapping: str) -> None:
    assert are_unexplained(tmp_path, "recorded_on", mapping, *NO_DAYS[mapping])


@pytest.mark.parametrize("mapping", TIMES)
def test_a_time_is_read_in_each_form(tmp_path: Path, mapping: str) -> None:
    assert are_read(tmp_path, "occurred_time", mapping, TIMES[mapping])


@pytest.mark.parametrize("mapping", NO_TIMES)
def test_what_is_no_time_in_a_stated_form_is_unexplained(tmp_path: Path, mapping: str) -> None:
    assert are_unexplained(tmp_path, "occurred_time", mapping, *NO_TIMES[mapping])


# Any moment, in any form

MORE_DATES = (
    "%d/%m/%y", "%d.%m.%y", "%d-%b-%y", "%d %B %y", "%m/%d/%Y", "%d%m%Y", "%Y%m%d", "%d%m%y", "%d %b %Y %H:%M",
    "%Y-%m-%dT%H:%M", "%d%m%Y%H%M", "%b %d, %Y",
)  # fmt: skip
MORE_TIMES = ("%H%M", "%H.%M", "%H%M%S", "%d/%m/%y %H:%M", "%I:%M %p", "%Y%m%d%H%M")

some = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
moments = st.datetimes(datetime(2000, 4, 1), datetime(2068, 12, 31)).map(
    lambda each: each.replace(microsecond=0)
)


@some
@given(form=st.sampled_from([*DATE_FORMATS, *MORE_DATES]), days=st.lists(moments, min_size=1, max_size=30))
def test_any_day_written_in_a_stated_form_is_read_back(
    engine: Engine, form: str, days: list[datetime]
) -> None:
    cells = [day.strftime(form) for day in days]
    mapped = FieldMap("recorded_on", formats=(form,))
    assert read(engine, "date", mapped, *cells) == [day.date() for day in days]


@some
@given(form=st.sampled_from([*TIME_FORMATS, *MORE_TIMES]), days=st.lists(moments, min_size=1, max_size=30))
def test_any_time_written_in_a_stated_form_is_read_back(
    engine: Engine, form: str, days: list[datetime]
) -> None:
    cells = [day.strftime(form) for day in days]
    expected = [datetime.strptime(cell, form).time() for cell in cells]
    assert read(engine, "time", FieldMap("occurred_time", formats=(form,)), *cells) == expected


@pytest.mark.slow
@some
@given(system=st.sampled_from(sorted(EPOCHS)), days=st.lists(moments, min_size=1, max_size=30))
@example(system="1900", days=[datetime(2000, 4, 1, 1, 58, 48)])
def test_any_day_number_is_read_back(engine: Engine, system: str, days: list[datetime]) -> None:
    begun = datetime.combine(EPOCHS[system], time(0))
    cells = [repr((day - begun) / timedelta(days=1)) for day in days]
    assume(all("." in cell and "e" not in cell for cell in cells))
    mend = Mend(serial_dates=system)
    assert read(engine, "date", FieldMap("recorded_on", mend=mend), *cells) == [day.date() for day in days]
    timed = [(cell, day) for cell, day in zip(cells, days, strict=True) if not cell.endswith(".0")]
    times = read(engine, "time", FieldMap("occurred_time", mend=mend), *(cell for cell, _ in timed))
    # With fewer than five decimals the second may have been cut off, so only a full minute is believed.
    whole = [len(cell.partition(".")[2]) >= 5 or not day.second for cell, day in timed]
    assert times == [day.time() if kept else None for kept, (_, day) in zip(whole, timed, strict=True)]


SIGNS = st.text(st.sampled_from("0123456789/.:- JulapmhTE+"), min_size=1, max_size=18)


def by_the_rules(cell: str, form: str) -> date | None:
    """Return the day of a text as Python's own parser reads it."""
    try:
        return datetime.strptime(cell.strip(), form).date()
    except ValueError:
        return None


@some
@given(form=st.sampled_from([*DATE_FORMATS, *MORE_DATES]), cells=st.lists(SIGNS, min_size=1, max_size=60))
def test_any_other_text_never_becomes_a_day(engine: Engine, form: str, cells: list[str]) -> None:
    found = read(engine, "date", FieldMap("recorded_on", formats=(form,)), *cells)
    for cell, day in zip(cells, found, strict=True):
        assert day is None or "24" in cell or day in [by_the_rules(cell, each) for each in (form, *ISO_DATES)]


@some
@given(
    form=st.sampled_from(["%d/%m/%Y", "%d%m%Y", "%d/%m/%y", "%Y%m%d"]),
    day=moments,
    cut=st.integers(0, 9),
    put=st.sampled_from(["", "0", "1", "/", " "]),
)
def test_a_day_with_one_sign_amiss_is_what_is_written_or_nothing(
    engine: Engine, form: str, day: datetime, cut: int, put: str
) -> None:
    whole = day.strftime(form)
    cell = whole[:cut] + put + whole[cut + 1 :]
    (found,) = read(engine, "date", FieldMap("recorded_on", formats=(form,)), cell)
    assert found is None or found == by_the_rules(cell, form)


def test_a_form_is_one_text_in_the_query_however_many_there_are(engine: Engine) -> None:
    table = ibis.table({"cell": "string"}, name="cells")
    sql = engine.sql(table.select(day=read_day(table["cell"], FieldMap("recorded_on"))))
    assert len(sql) < 2_500
