"""Tables as a Data Package descriptor, version 1."""

import json
import re

import pytest

from schemas.assault import ASSAULT
from schemas.contract import datapackage, table_schema
from schemas.dictionary import EVERY_TABLE
from schemas.national import COVERAGE_TABLE, TABLES
from schemas.table import Between, Field, Matches, NotEarlierThan, Severity, Table

PACKAGE = datapackage(
    "assaults-on-police-2018-09-r1", {f"national/{table.name}.csv": table for table in TABLES}
)

# Table Schema, version 1: the types, and the constraints each of them may have.
TYPE_CONSTRAINTS = {
    "string": {"required", "unique", "pattern", "enum", "minLength", "maxLength"},
    "integer": {"required", "unique", "minimum", "maximum", "pattern", "enum"},
    "number": {"required", "unique", "minimum", "maximum", "pattern", "enum"},
    "boolean": {"required", "unique", "enum"},
    "date": {"required", "unique", "minimum", "maximum", "enum"},
    "time": {"required", "unique", "minimum", "maximum", "enum"},
    "datetime": {"required", "unique", "minimum", "maximum", "enum"},
    "array": {"required", "unique", "minLength", "maxLength", "enum"},
}


def field_of(table: Table, name: str) -> dict:
    return next(field for field in table_schema(table)["fields"] if field["name"] == name)


def test_the_package_has_what_version_1_asks_of_a_tabular_package() -> None:
    assert PACKAGE["profile"] == "tabular-data-package"
    assert re.fullmatch(r"[-a-z0-9._/]+", PACKAGE["name"])
    assert len(PACKAGE["resources"]) == len(TABLES)
    for resource in PACKAGE["resources"]:
        assert resource["profile"] == "tabular-data-resource"
        assert re.fullmatch(r"[-a-z0-9._/]+", resource["name"])
        assert resource["path"].endswith(".csv")
        assert resource["encoding"] == "utf-8"
        assert resource["mediatype"] == "text/csv"


def test_the_licence_is_the_open_government_licence() -> None:
    (licence,) = PACKAGE["licenses"]
    assert licence["name"] == "OGL-UK-3.0"
    assert licence["path"].startswith("https://")


def test_resource_names_are_distinct() -> None:
    names = [resource["name"] for resource in PACKAGE["resources"]]
    assert len(set(names)) == len(names)


def test_every_field_has_a_type_and_only_constraints_that_version_1_allows_it() -> None:
    for table in EVERY_TABLE:
        schema = table_schema(table)
        assert [field["name"] for field in schema["fields"]] == list(table.names)
        for field in schema["fields"]:
            assert set(field.get("constraints", {})) <= TYPE_CONSTRAINTS[field["type"]], field


def test_the_primary_key_is_of_fields_that_must_be_filled() -> None:
    schema = table_schema(ASSAULT)
    assert schema["primaryKey"] == ["force_id", "book", "source_record_id", "victim_number"]
    for name in schema["primaryKey"]:
        assert field_of(ASSAULT, name)["constraints"]["required"] is True


def test_an_empty_cell_is_the_missing_value() -> None:
    assert table_schema(COVERAGE_TABLE)["missingValues"] == [""]


def test_a_coded_field_lists_its_codes_and_their_meanings() -> None:
    status = field_of(COVERAGE_TABLE, "status")
    assert status["constraints"]["enum"] == ["received", "nil", "missing", "refused"]
    assert status["categories"][1] == {"value": "nil", "label": "The force said it had nothing to send"}


def test_a_list_field_keeps_its_codes_out_of_enum_which_would_be_of_whole_lists() -> None:
    factors = field_of(ASSAULT, "impact_factors")
    assert factors["type"] == "array"
    assert "constraints" not in factors
    assert factors["categories"][0]["value"] == "alcohol"


def test_a_field_carries_its_meaning_and_unit() -> None:
    held = field_of(COVERAGE_TABLE, "held")
    assert held["unit"] == "rows"
    assert held["description"].startswith("Rows held back")


def test_only_rules_that_hold_a_row_are_constraints() -> None:
    constraints = (
        Between(low=0, high=5),
        Matches(pattern="[A-Z]+", meaning="capitals"),
        NotEarlierThan(severity=Severity.QUERY),
    )
    table = Table("t", "T.", (Field("code", "string", "The code.", constraints),))
    assert field_of(table, "code")["constraints"] == {"pattern": "[A-Z]+"}


def test_a_package_with_parquet_is_a_plain_one_that_still_has_its_schema() -> None:
    package = datapackage("p", {"assaults/force_id=kent/assaults.parquet": ASSAULT})
    (resource,) = package["resources"]
    assert package["profile"] == "data-package"
    assert resource["profile"] == "data-resource"
    assert resource["format"] == "parquet"
    assert resource["name"] == "assaults-force_id-kent-assaults.parquet"
    assert resource["schema"]["primaryKey"] == list(ASSAULT.key)


def test_the_descriptor_is_the_same_bytes_each_time_and_plain_json() -> None:
    again = datapackage("assaults-on-police-2018-09-r1", {f"national/{t.name}.csv": t for t in TABLES})
    assert json.dumps(again) == json.dumps(PACKAGE)


@pytest.mark.parametrize("name", ["", "Assaults", "a b"])
def test_a_name_the_specification_does_not_allow_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no name for a data package"):
        datapackage(name, {"a.csv": COVERAGE_TABLE})


@pytest.mark.parametrize("path", ["/srv/a.csv", "../a.csv"])
def test_a_path_outside_the_package_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="does not lie within the data package"):
        datapackage("p", {path: COVERAGE_TABLE})


def test_a_package_without_files_is_refused() -> None:
    with pytest.raises(ValueError, match="has no file to describe"):
        datapackage("p", {})
