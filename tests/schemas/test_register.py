"""The register of forces, and how a force is known by what others call it."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.register import FORCES, force_by_code, force_by_name, nearest_force, read_register


def test_the_register_holds_the_48_forces_of_the_united_kingdom():
    assert len(FORCES) == 48
    assert sum(1 for entry in FORCES.values() if entry.ons_pfa_code) == 43
    assert {"police_scotland", "psni", "btp", "mdp", "cnc"} <= set(FORCES)


def test_every_force_id_is_lower_case_words_joined_by_underscores():
    assert all(force_id == entry.force_id for force_id, entry in FORCES.items())
    assert all(force_id.replace("_", "").isalpha() and force_id.islower() for force_id in FORCES)


def test_the_register_agrees_with_the_shared_reference(shared_data: Path):
    with (shared_data / "reference" / "forces.csv").open(encoding="utf-8", newline="") as lines:
        reference = {row["force_id"].replace("-", "_"): row for row in csv.DictReader(lines)}
    assert list(FORCES) == list(reference)
    for force_id, entry in FORCES.items():
        row = reference[force_id]
        assert (entry.official_name, entry.ons_pfa_code, entry.region) == (
            row["official_name"],
            row["ons_pfa_code"],
            row["ho_region"],
        )
        assert entry.aliases == tuple(row["aliases"].split("|"))
        assert not row["ons_pfa_name"] or force_by_name(row["ons_pfa_name"]) == force_id


def test_every_row_says_how_surely_it_is_known():
    assert FORCES["west_mercia"].confidence == "confirmed"
    assert FORCES["psni"].confidence == "mixed"
    assert FORCES["mdp"].confidence == "recalled"


@pytest.mark.parametrize(
    ("text", "force_id"),
    [
        ("West Mercia Police", "west_mercia"),
        ("west mercia", "west_mercia"),
        ("west_mercia", "west_mercia"),
        ("  WEST  MERCIA ", "west_mercia"),
        ("Devon & Cornwall", "devon_and_cornwall"),
        ("Devon and Cornwall", "devon_and_cornwall"),
        ("Dyfed Powys", "dyfed_powys"),
        ("Dyfed–Powys Police", "dyfed_powys"),
        ("London, City of", "city_of_london"),
        ("City of London", "city_of_london"),
        ("The Met", "metropolitan"),
        ("Northamptonshire3", "northamptonshire"),
        ("Lincolnshire1,2", "lincolnshire"),
        ("Norfolk²", "norfolk"),
        ("Greater Manchester (4)", "greater_manchester"),
        ("Surrey [note 2]", "surrey"),
        ("Surrey [r]", "surrey"),
    ],
)
def test_a_force_is_known_by_every_way_its_name_is_written(text: str, force_id: str):
    assert force_by_name(text) == force_id


@pytest.mark.parametrize("text", ["", "12", "Action Fraud", "CIFAS", "Wales", "London", "Eastern", "Total"])
def test_what_is_not_a_force_has_no_force_id(text: str):
    assert force_by_name(text) is None


def test_a_police_force_area_code_names_its_force():
    assert force_by_code(" e23000016 ") == "west_mercia"
    assert force_by_code("E12000005") is None
    assert force_by_code("") is None


def test_a_misspelt_name_is_given_its_nearest_force():
    assert nearest_force("West Mersia") == "west_mercia"
    assert nearest_force("Glostershire") == "gloucestershire"
    assert nearest_force("zzzz") is None


def test_a_name_two_forces_share_is_refused(tmp_path: Path):
    from schemas.register import names_of

    register = tmp_path / "register.csv"
    register.write_text(
        "force_id,official_name,short_name,ons_pfa_code,region,nation,force_type,aliases,confidence\n"
        "first,First Police,First,,,,territorial,WMP,recalled\n"
        "second,Second Police,Second,,,,territorial,wmp,recalled\n",
        encoding="utf-8",
    )
    with pytest.raises(ValueError, match="gives the name wmp to first and to second"):
        names_of(read_register(register))


@given(
    st.sampled_from(sorted(FORCES)),
    st.integers(1, 99),
    st.sampled_from(["{}{}", "{} ({})", "{} [{}]", "{} {}"]),
)
def test_a_footnote_mark_never_changes_whose_name_it_is(force_id: str, note: int, mark: str):
    for name in (FORCES[force_id].official_name, *FORCES[force_id].aliases):
        assert force_by_name(mark.format(name, note)) == force_id
