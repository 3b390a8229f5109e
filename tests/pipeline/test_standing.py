"""How drops stand: files of a whole period, those that wait for a person, and those taken back."""

import json
from collections.abc import Callable
from datetime import date

import pytest

from pipeline.again.standing import CannotRule, rule_on, stand_every
from pipeline.letter.before import before
from pipeline.past import past_of
from pipeline.release import due
from tests.office import FORCE, Office, export, force_file
from tests.pipeline.conftest import Ended

ROWS = [{"Ref": f"{1001 + n}/18", "Station": "Selby"} for n in range(10)]


@pytest.fixture
def whole(office: Office) -> Office:
    """Return an office whose force sends whole months."""
    (office.forces / f"{FORCE}.toml").write_text(
        force_file("North Yorkshire Police", "North Yorkshire", options='resend = "full"'), encoding="utf-8"
    )
    return office


def send(office: Office, *rows: dict[str, str], name: str = "crime_2018-07.csv") -> str:
    return str(office.receipt(export(*rows), name)["drop_id"])


def standing(office: Office) -> list[str]:
    return [drop.standing for drop in office.drops()]


def counted(office: Office) -> int:
    (summary,) = [row for row in office.publish()["summary"] if row["force_id"] == FORCE]
    import pyarrow.parquet as pq

    place = office.home.releases / "latest" / "assaults" / f"force_id={FORCE}" / "assaults.parquet"
    assert summary["name"]
    return int(pq.read_metadata(place).num_rows) if place.is_file() else 0


@pytest.mark.slow
def test_a_whole_month_sent_again_withdraws_what_it_leaves_out(whole: Office) -> None:
    send(whole, *ROWS)
    send(whole, *ROWS[:9])
    assert standing(whole) == ["stands", "stands"]
    assert counted(whole) == 9


@pytest.mark.slow
def test_a_file_that_leaves_much_out_waits_and_the_last_good_one_stands_until_somebody_has_looked(
    whole: Office,
) -> None:
    send(whole, *ROWS)
    short = send(whole, *ROWS[:3])
    drop = whole.drops()[1]
    assert (drop.standing, drop.because) == (
        "waits",
        "It would withdraw 7 of the 10 records that stand for 2018-07-01 to 2018-07-31, which is more than 20%.",
    )
    page = whole.store().return_path(FORCE, short) / "waiting.md"
    assert "crime_2018-07.csv was read and judged, and is in no figures yet." in page.read_text(
        encoding="utf-8"
    )
    assert counted(whole) == 10
    with whole.ledger() as ledger:
        changed = rule_on(whole.store(), ledger, short, "approved", "The force confirmed it.", "Ann Other")
        assert [(each.drop_id, each.standing) for each in changed] == [(short, "stands")]
        assert [(act.did, act.who) for act in ledger.acts(subject=short)][-2] == ("approved", "Ann Other")
        with pytest.raises(CannotRule, match="approved already"):
            rule_on(whole.store(), ledger, short, "approved", "Again.")
    assert not page.exists()
    assert counted(whole) == 3


@pytest.mark.slow
def test_reverting_brings_back_what_stood_before_and_can_be_taken_back(whole: Office) -> None:
    first = send(whole, *ROWS)
    second = send(whole, *ROWS[:9])
    with whole.ledger() as ledger:
        rule_on(whole.store(), ledger, second, "reverted", "Sent by mistake.")
    assert counted(whole) == 10
    with whole.ledger() as ledger:
        rule_on(whole.store(), ledger, second, None, "It was right after all.")
        rule_on(whole.store(), ledger, first, "reverted", "Not needed.")
    assert standing(whole) == ["reverted", "stands"]
    assert counted(whole) == 9
    with whole.ledger() as ledger, pytest.raises(CannotRule, match="knows no drop nosuch"):
        rule_on(whole.store(), ledger, "nosuch", "reverted", "")


@pytest.mark.slow
def test_a_crash_between_a_drop_and_its_standing_is_made_good_by_the_next_release(
    whole: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(whole, *ROWS)
    with monkeypatch.context() as patched:
        patched.setattr("pipeline.recipe.stand_anew", lambda *asked: [])
        send(whole, *ROWS[:3])
    assert standing(whole) == ["stands", "stands"]
    assert counted(whole) == 10
    assert standing(whole) == ["stands", "waits"]
    with whole.ledger() as ledger:
        acts = len(ledger.acts())
        stand_every(whole.store(), ledger)
        assert len(ledger.acts()) == acts


@pytest.mark.slow
def test_a_force_that_amends_withdraws_nothing(office: Office) -> None:
    send(office, *ROWS)
    send(office, *ROWS[:3])
    assert standing(office) == ["stands", "stands"]
    assert counted(office) == 10


@pytest.mark.slow
def test_the_command_line_says_what_waits_and_lets_it_in(
    whole: Office, collate: Callable[..., Ended]
) -> None:
    send(whole, *ROWS)
    whole.drop(export(*ROWS[:3]), "crime_2018-07.csv")
    said = collate("receive").out
    short = whole.drops()[1].drop_id
    line = (
        f"Waits for a person: {FORCE} crime_2018-07.csv. It would withdraw 7 of the 10 records that stand for "
        f"2018-07-01 to 2018-07-31, which is more than 20%. Ask the force; then collate approve --drop {short} lets it "
        "in, or the last good file stands."
    )
    assert line in said
    assert line in collate("status").out
    ended = collate("approve", "--drop", short, "--reason", "The force confirmed it.", "--name", "Ann Other")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        f"crime_2018-07.csv of {FORCE} is approved, and the log says by whom and why.",
        f"  crime_2018-07.csv ({short}) is in the figures of the next release.",
    ]
    explained = collate("explain", "--drop", whole.drops()[0].drop_id, "--row", "9").out
    assert "Accepted, and withdrawn since: a later file of its period no longer holds it." in explained
    assert collate("revert", "--drop", "nosuch", "--reason", "x").code == 2
    ended = collate("revert", "--drop", short, "--reason", "Sent by mistake.", "--json")
    assert json.loads(ended.out)["changed"][0]["standing"] == "reverted"
    assert f"collate reinstate --drop {short} takes it back in." in collate("status").out
    explained = collate("explain", "--drop", short, "--row", "2").out
    assert "Accepted, but its drop is in no release. It was reverted." in explained


@pytest.mark.slow
def test_a_reverted_drop_is_no_part_of_what_later_ones_are_held_against(office: Office) -> None:
    send(office, *ROWS)
    wrong = send(office, {"Date": "03/09/2018", "Recorded": "04/09/2018"}, name="crime_2018-09.csv")

    def seen() -> tuple[list[str], list[str], str]:
        with office.ledger() as ledger:
            october = (date(2018, 10, 1), date(2018, 10, 31))
            past = past_of(office.store(), ledger, FORCE, "crime", "new", october)
            earlier = before(ledger, FORCE, "crime", 99, october[0])
            assert earlier is not None
            return due(ledger), [*past.accepted], earlier.file

    months, drops, earlier = seen()
    assert (months[-1], wrong in drops, earlier) == ("2018-09", True, "crime_2018-09.csv")
    with office.ledger() as ledger:
        rule_on(office.store(), ledger, wrong, "reverted", "The wrong month was exported.")
    months, drops, earlier = seen()
    assert (months, wrong in drops, earlier) == (["2018-07"], False, "crime_2018-07.csv")


@pytest.mark.slow
def test_a_reason_that_names_somebody_is_not_kept_and_nothing_is_decided(office: Office) -> None:
    drop = send(office, *ROWS)
    with office.ledger() as ledger:
        acts = ledger.acts()
        for reason, said in (("ring 07700 900123", "a telephone number"), (" ", "needs a reason")):
            with pytest.raises(CannotRule, match=said):
                rule_on(office.store(), ledger, drop, "reverted", reason)
        assert ledger.acts() == acts
    assert standing(office) == ["stands"]
