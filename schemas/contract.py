"""Tables as a Data Package: the descriptor other software reads a release by.

The shape is that of the Data Package, Tabular Data Resource and Table Schema specifications, version 1
(specs.frictionlessdata.io). A file that is not CSV is a plain data resource: the tabular profile is for CSV.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from schemas.table import Constraint, Field, Matches, NotEarlierThan, OneOf, Severity, Table, words

LICENCE = {
    "name": "OGL-UK-3.0",
    "title": "Open Government Licence v3.0",
    "path": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
}

TYPES = {
    "string": "string",
    "date": "date",
    "time": "time",
    "timestamp": "datetime",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "list": "array",
}

MISSING_VALUES = [""]

NOT_A_NAME = re.compile(r"[^a-z0-9._-]+")


def datapackage(name: str, tables: Mapping[str, Table]) -> dict[str, Any]:
    """Return the descriptor of a package: `tables` gives each file's path, relative to it, and its table.

    Raises ValueError for a name or a path the specification does not allow.
    """
    if NOT_A_NAME.search(name) or not name:
        raise ValueError(
            f'"{name}" is no name for a data package: use a-z, 0-9, full stop, dash and underscore.'
        )
    resources = [resource(path, table) for path, table in tables.items()]
    if not resources:
        raise ValueError(f"The data package {name} has no file to describe.")
    tabular = all(each["profile"] == "tabular-data-resource" for each in resources)
    return {
        "profile": "tabular-data-package" if tabular else "data-package",
        "name": name,
        "title": "Assaults on police: national collation",
        "licenses": [LICENCE],
        "resources": resources,
    }


def resource(path: str, table: Table) -> dict[str, Any]:
    """Return one file of a package with the schema of its table."""
    if path.startswith(("/", "~")) or ".." in path.split("/"):
        raise ValueError(f"{path} does not lie within the data package: give it relative to the package.")
    described = {
        "name": resource_name(path),
        "path": path,
        "title": words(table.name).capitalize(),
        "description": table.description,
    }
    if path.endswith(".csv"):
        form = {
            "profile": "tabular-data-resource",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
        }
    else:
        form = {"profile": "data-resource", "format": path.rpartition(".")[2]}
    return {**described, **form, "schema": table_schema(table)}


def resource_name(path: str) -> str:
    """Return a name of its own for a file: its path, without the ending where that is .csv."""
    return NOT_A_NAME.sub("-", path.lower().removesuffix(".csv"))


def table_schema(table: Table) -> dict[str, Any]:
    """Return a table as a Table Schema."""
    schema: dict[str, Any] = {
        "fields": [table_field(declared, table) for declared in table.fields],
        "missingValues": MISSING_VALUES,
    }
    if table.key:
        schema["primaryKey"] = list(table.key)
    return schema


def table_field(declared: Field, table: Table) -> dict[str, Any]:
    """Return one field with its unit, its constraints and the meaning of its codes.

    `unit` is ours, and `categories` is of version 2: the specification allows both. Only what every published
    record keeps is a constraint: rules of severity error. A list's codes stand in `categories` alone, for
    version 1 has no constraint on the members of an array.
    """
    described: dict[str, Any] = {
        "name": declared.name,
        "type": TYPES[declared.type],
        "format": "default",
        "description": declared.description,
    }
    if declared.unit:
        described["unit"] = declared.unit
    if declared.codes is not None:
        described["categories"] = [{"value": c.code, "label": c.meaning} for c in declared.codes.codes]
    constraints: dict[str, Any] = {}
    for constraint in declared.constraints:
        if constraint.severity is Severity.ERROR:
            constraints.update(table_constraint(declared, constraint))
    if declared.required or declared.name in table.key:
        constraints["required"] = True
    if constraints:
        described["constraints"] = constraints
    return described


def table_constraint(declared: Field, constraint: Constraint) -> dict[str, Any]:
    """Return a constraint in the words of Table Schema; empty where it has none for it."""
    match constraint:
        case OneOf(codes=known) if declared.type != "list":
            return {"enum": list(known)}
        case Matches(pattern=pattern):
            return {"pattern": pattern}
        case NotEarlierThan(day=day):
            return {"minimum": day.isoformat()}
    return {}
