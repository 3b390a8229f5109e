"""The tables of the ledger; `pipeline/migrations` is how one written by an earlier version comes to have them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from pipeline.ledger.facts import BALANCES, MARKS, RULINGS, STANDINGS, SUMS
from pipeline.states import STATES
from schemas.resend import HOWS

SCHEMA_REVISION = "0004"

# The ledger may share a database with Airflow, whose own `alembic_version` must stay untouched.
VERSION_TABLE = "ledger_version"


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, aware in Python whether or not the database keeps time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC, refusing one without a time zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError("The ledger takes moments with a time zone only.")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored moment, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _one_of(column: str, words: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

DROP = Table(
    "drop",
    METADATA,
    Column("sequence", Integer, primary_key=True),
    Column("drop_id", String, nullable=False, unique=True),
    Column("force_id", String, nullable=False),
    Column("book", String, nullable=False),
    Column("file", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("arrived_at", Moment, nullable=False),
    Column("state", String, nullable=False),
    Column("sentence", Text),
    # Null until the drop is settled: not yet counted is not nought.
    *(Column(name, BigInteger) for name in SUMS),
    Column("period_from", Date),
    Column("period_to", Date),
    Column("mapping_fingerprint", Text),
    Column("code_version", String),
    Column("settled_at", Moment),
    Index(None, "force_id", "book"),
    CheckConstraint("length(sha256) = 64", "sha256"),
    CheckConstraint("size >= 0", "size"),
    CheckConstraint(_one_of("state", ("arrived", "collated", "refused", "nil")), "state"),
    CheckConstraint("state <> 'refused' OR sentence IS NOT NULL", "refused_with_sentence"),
    CheckConstraint("state <> 'nil' OR rows = 0", "nil_without_rows"),
    CheckConstraint("period_from <= period_to", "period"),
    CheckConstraint(
        "state = 'arrived' OR ("
        + " AND ".join(
            f"{name} IS NOT NULL" for name in ("settled_at", "mapping_fingerprint", "code_version", *SUMS)
        )
        + ")",
        "settled_whole",
    ),
    CheckConstraint(" AND ".join(f"{name} >= 0" for name in SUMS), "counts"),
    *(
        CheckConstraint(f"{total} = {' + '.join(parts)}", f"{total}_balance")
        for total, parts in BALANCES.items()
    ),
)

DROP_FINDING = Table(
    "drop_finding",
    METADATA,
    Column("drop_id", String, ForeignKey(DROP.c.drop_id), primary_key=True),
    Column("rule", String, primary_key=True),
    Column("severity", String, primary_key=True),
    # Part of the key, so a rule about the whole row is stored with an empty field, not with a null.
    Column("field", String, primary_key=True),
    Column("count", BigInteger, nullable=False),
    CheckConstraint(_one_of("severity", ("error", "query", "note")), "severity"),
    CheckConstraint("count > 0", "count"),
)

DROP_FILE = Table(
    "drop_file",
    METADATA,
    Column("drop_id", String, ForeignKey(DROP.c.drop_id), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("sha256", String(64), nullable=False),
    CheckConstraint("length(sha256) = 64", "sha256"),
)

DROP_COLUMN = Table(
    "drop_column",
    METADATA,
    Column("drop_id", String, ForeignKey(DROP.c.drop_id), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),  # from 1
    Column("name", Text, nullable=False),
    CheckConstraint("position > 0", "position"),
)

PROFILE = Table(
    "profile",
    METADATA,
    Column("drop_id", String, ForeignKey(DROP.c.drop_id), primary_key=True),
    Column("kind", String, primary_key=True),
    Column("field", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("count", BigInteger, nullable=False),
    CheckConstraint(
        _one_of("kind", ("records", "month", "filled", "unexplained", "code", "mark")),
        "kind",
    ),
    CheckConstraint("count >= 0", "count"),
)

RULE_STATE = Table(
    "rule_state",
    METADATA,
    Column("drop_id", String, ForeignKey(DROP.c.drop_id), primary_key=True),
    Column("rule", String, primary_key=True),
    Column("code", String, nullable=False),
    Column("state", String, nullable=False),
    Column("judged", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    CheckConstraint(_one_of("state", STATES), "state"),
    CheckConstraint("failed >= 0 AND failed <= judged", "counts"),
    CheckConstraint("(state = 'ran') = (judged > 0)", "judged"),
    CheckConstraint("(state = 'ran') = (why = '')", "why"),
)

RELEASE = Table(
    "release",
    METADATA,
    Column("release_id", String, primary_key=True),
    Column("month", String(7), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("code_version", String, nullable=False),
    Column("published_at", Moment, nullable=False),
    UniqueConstraint("month", "revision"),
    CheckConstraint("length(month) = 7", "month"),
    CheckConstraint("revision > 0", "revision"),
    CheckConstraint("length(content_hash) = 64", "content_hash"),
)

RELEASE_INPUT = Table(
    "release_input",
    METADATA,
    Column("release_id", String, ForeignKey(RELEASE.c.release_id), primary_key=True),
    Column("drop_id", String, ForeignKey(DROP.c.drop_id), primary_key=True, index=True),
)

RELEASE_MARK = Table(
    "release_mark",
    METADATA,
    Column("release_id", String, ForeignKey(RELEASE.c.release_id), primary_key=True),
    Column("mark", String, nullable=False),
    Column("signed_by", Text),
    Column("signed_at", Moment),
    CheckConstraint(_one_of("mark", MARKS), "mark"),
    CheckConstraint("(signed_by IS NULL) = (signed_at IS NULL)", "signed"),
)

# How a drop replaces those before it, a person's ruling on it, and how the drop stands by it and by the drops before it.
STANDING = Table(
    "standing",
    METADATA,
    Column("drop_id", String, ForeignKey(DROP.c.drop_id), primary_key=True),
    Column("resend", String, nullable=False),
    Column("ruling", String),
    Column("standing", String, nullable=False),
    Column("because", Text, nullable=False),
    CheckConstraint(_one_of("resend", HOWS), "resend"),
    CheckConstraint(_one_of("ruling", RULINGS), "ruling"),
    CheckConstraint(_one_of("standing", STANDINGS), "standing"),
    CheckConstraint("(standing = 'stands') = (because = '')", "because"),
)

ANSWER = Table(
    "answer",
    METADATA,
    Column("answer_id", String, primary_key=True),
    Column("force_id", String, nullable=False),
    Column("book", String, nullable=False),
    Column("drop_id", String, ForeignKey(DROP.c.drop_id), nullable=False),
    Column("rule", String, nullable=False),
    # Empty where the answer is about every row of the book that the rule asks about.
    Column("row_key", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("answered_at", Moment, nullable=False),
    Column("until", Date),
    Index(None, "force_id", "book"),
    CheckConstraint("reason <> '' AND who <> ''", "given"),
)

# Numbered without gaps, so by us and not by the database; the migration has the database refuse any change.
ACT = Table(
    "act",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("did", String, nullable=False),
    Column("force_id", String, nullable=False),
    Column("subject", Text, nullable=False, index=True),
    Column("said", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    CheckConstraint("sequence > 0", "sequence"),
    CheckConstraint("who <> ''", "who"),
    CheckConstraint("length(hash) = 64 AND length(previous) = 64", "chained"),
)
