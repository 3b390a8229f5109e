"""A class that is missing only for want of what another finding tells of is not told of a second time."""

import pytest

from tests.office import Office, export

OPEN = {"Code": "008/06", "Offence": "Assault occasioning actual bodily harm", "Injury": "Slight"}
SCOTTISH = {"Code": "", "Offence": "Common assault of an emergency worker"}


@pytest.mark.slow
def test_only_a_class_that_nothing_else_explains_is_undecided(office: Office) -> None:
    rows = [
        {**OPEN, "Role": "Bailiff"},  # a role nobody explained
        {**OPEN, "Date": "31/02/2018"},
        {**OPEN, "Role": ""},
        {**SCOTTISH},  # known, and of no class
        {**SCOTTISH, "Role": ""},
    ]
    findings = office.receipt(export(*rows))["findings"]
    assert [each["row"] for each in findings if each["rule"] == "offence_class.undecided"] == [4, 6]
    told = {(each["row"], each["rule"]) for each in findings}
    assert {(2, "victim_type.unexplained"), (3, "occurred_on.unexplained")} <= told
