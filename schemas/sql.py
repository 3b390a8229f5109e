"""A table as a SQLAlchemy table: for a database that should refuse what the rules hold back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from schemas.table import Field, OneOf, RequiredOneOf, Severity, Table

TYPES: dict[str, TypeEngine[Any]] = {
    "string": sa.String(),
    "date": sa.Date(),
    "time": sa.Time(),
    "timestamp": sa.DateTime(timezone=True),
    "integer": sa.BigInteger(),
    "number": sa.Double(),
    "boolean": sa.Boolean(),
    "list": sa.JSON(none_as_null=True),
}


def sql_table(table: Table, metadata: sa.MetaData) -> sa.Table:
    """Return the SQL table of a declaration, added to `metadata`.

    Its columns, primary key and comments are the declaration's. Rules of severity error that say what must be
    filled and which codes there are become NOT NULL and CHECK constraints; queries and notes do not, for they
    never hold a row. Lists are JSON arrays, whose codes no portable CHECK can look into.
    """
    return sa.Table(
        table.name,
        metadata,
        *(column(declared, table) for declared in table.fields),
        *checks(table),
        comment=table.description,
    )


def column(declared: Field, table: Table) -> sa.Column[Any]:
    """Return one column with its comment, the unit in brackets."""
    in_key = declared.name in table.key
    return sa.Column(
        declared.name,
        TYPES[declared.type],
        primary_key=in_key,
        autoincrement=False,
        nullable=not (declared.required or in_key),
        comment=f"{declared.description} [{declared.unit}]" if declared.unit else declared.description,
    )


def checks(table: Table) -> Iterator[sa.CheckConstraint]:
    """Yield a CHECK for every code list, and for every choice of fields of which one must be filled.

    Each is named after the rule it comes from, so that the database's refusal and the finding say the same.
    """
    for declared in table.fields:
        for constraint in declared.constraints:
            if isinstance(constraint, OneOf) and declared.type != "list":
                known = sa.column(declared.name).in_(list(constraint.codes))
                yield sa.CheckConstraint(known, name=f"{table.name}_{declared.name}_{constraint.name}")
    for name, constraint in table.constraints:
        if isinstance(constraint, RequiredOneOf) and constraint.severity is Severity.ERROR:
            filled = sa.or_(*(sa.column(field).is_not(None) for field in constraint.fields))
            elsewhere = sa.column("book") != constraint.book
            yield sa.CheckConstraint(sa.or_(elsewhere, filled), name=f"{table.name}_{name}_{constraint.name}")
