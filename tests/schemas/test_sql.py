"""A table as a SQL table, made and filled in SQLite."""

from datetime import date, time

import pytest
import sqlalchemy as sa

from schemas.assault import ASSAULT
from schemas.dictionary import EVERY_TABLE
from schemas.sql import sql_table
from schemas.support import SUPPORT

RECORD = {
    "force_id": "kent",
    "book": "crime",
    "source_record_id": "46/1/18",
    "victim_number": 1,
    "occurred_on": date(2018, 7, 4),
    "occurred_time": time(23, 5),
    "offence_code": "104/23",
    "injury": "minor",
    "spat_at": True,
    "impact_factors": ["alcohol", "drugs"],
}


@pytest.fixture
def connection():
    """Return a connection to an empty database with every table in it."""
    metadata = sa.MetaData()
    for table in EVERY_TABLE:
        sql_table(table, metadata)
    engine = sa.create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as opened:
        yield opened


def assaults() -> sa.Table:
    return sql_table(ASSAULT, sa.MetaData())


def test_a_record_goes_in_and_comes_out_with_its_types(connection: sa.Connection) -> None:
    connection.execute(assaults().insert(), RECORD)
    kept = connection.execute(sa.select(assaults())).mappings().one()
    assert {name: kept[name] for name in RECORD} == RECORD
    assert kept["weapon"] is None


@pytest.mark.parametrize(
    ("field", "value", "refusal"),
    [
        ("injury", "slight", "assault_injury_one_of"),
        ("book", "diary", "assault_book_one_of"),
        ("occurred_on", None, "NOT NULL constraint failed: assault.occurred_on"),
        ("victim_number", None, "NOT NULL constraint failed: assault.victim_number"),
        ("offence_code", None, "assault_offence_required"),
    ],
)
def test_what_a_rule_would_hold_is_refused(connection, field: str, value: object, refusal: str) -> None:
    with pytest.raises(sa.exc.IntegrityError, match=refusal):
        connection.execute(assaults().insert(), RECORD | {field: value})


def test_a_report_of_another_book_needs_no_offence(connection: sa.Connection) -> None:
    connection.execute(assaults().insert(), RECORD | {"book": "use_of_force", "offence_code": None})
    assert connection.execute(sa.select(sa.func.count()).select_from(assaults())).scalar() == 1


def test_the_same_victim_of_the_same_record_goes_in_once(connection: sa.Connection) -> None:
    connection.execute(assaults().insert(), RECORD)
    with pytest.raises(sa.exc.IntegrityError, match="UNIQUE"):
        connection.execute(assaults().insert(), RECORD | {"injury": "none"})


def test_a_query_never_refuses_a_record(connection: sa.Connection) -> None:
    connection.execute(assaults().insert(), RECORD | {"days_lost": 99_999})
    assert connection.execute(sa.select(assaults().c.days_lost)).scalar() == 99_999


def test_a_step_of_a_plan_that_is_not_on_the_list_is_refused(connection: sa.Connection) -> None:
    step = {"force_id": "kent", "source_record_id": "46/1/18", "victim_number": 1, "plan": "seven_point"}
    support = sql_table(SUPPORT, sa.MetaData())
    connection.execute(support.insert(), step | {"step": "victims_code", "done": True})
    with pytest.raises(sa.exc.IntegrityError, match="support_step_one_of"):
        connection.execute(support.insert(), step | {"step": "tea"})


def test_columns_and_table_carry_their_meaning_as_comments() -> None:
    assert assaults().comment == "One row is one victim in one record of one book."
    assert assaults().c.days_lost.comment == "Working days lost through the assault so far. [days]"


def test_the_primary_key_is_the_declared_key() -> None:
    for table in EVERY_TABLE:
        made = sql_table(table, sa.MetaData())
        assert {column.name for column in made.primary_key} == set(table.key)


def test_postgresql_takes_the_tables_too() -> None:
    from sqlalchemy.dialects import postgresql

    written = str(sa.schema.CreateTable(assaults()).compile(dialect=postgresql.dialect()))
    assert "impact_factors JSON" in written
    assert "occurred_time TIME WITHOUT TIME ZONE" in written
