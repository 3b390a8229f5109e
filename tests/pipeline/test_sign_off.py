"""A release that a person must sign off: what waits, what is published, and what is not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline import recipe
from pipeline.home import HomeUnusable
from pipeline.releases import sign_off
from pipeline.releases.sign_off import NotSignedOff
from pipeline.releases.waiting import is_required, same_waits
from tests.office import Office, equip, export, hash_of

RELEASE = "2018-07-r1"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Return a home in which July waits, for `office` to copy, and what was told when it was built."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COLLATE_SIGN_OFF", "yes")
        office = equip(tmp_path_factory.mktemp("built"), environment)
        office.receipt(export({}, {}))
        yield office.home.root, office.publish()


@pytest.fixture
def office(built: tuple[Path, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Return an office of a test's own, in which July waits."""
    monkeypatch.setenv("COLLATE_SIGN_OFF", "yes")
    office = equip(tmp_path / "office", monkeypatch)
    shutil.rmtree(office.home.root)
    shutil.copytree(built[0], office.home.root, symlinks=True)
    return office


def files_of(place: Path) -> dict[str, str]:
    return {str(path.relative_to(place)): hash_of(path) for path in place.rglob("*") if path.is_file()}


def did(office: Office) -> list[str]:
    """Return the acts on the release, in order."""
    with office.ledger() as ledger:
        return [act.did for act in ledger.acts(subject=RELEASE)]


def nothing_published(office: Office) -> bool:
    with office.ledger() as ledger:
        none = ledger.releases() == []
    return (
        none
        and not (office.home.releases / "latest").exists()
        and not (office.home.releases / RELEASE).exists()
    )


@pytest.mark.parametrize(
    ("word", "on"), [("", False), ("no", False), ("0", False), ("YES", True), ("1", True)]
)
def test_the_setting_is_off_unless_it_says_yes(monkeypatch: pytest.MonkeyPatch, word: str, on: bool) -> None:
    monkeypatch.setenv("COLLATE_SIGN_OFF", word)
    assert is_required() is on


def test_a_setting_that_is_neither_yes_nor_no_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLATE_SIGN_OFF", "Jane Smith")
    with pytest.raises(HomeUnusable, match="neither yes nor no"):
        is_required()


@pytest.mark.slow
def test_exactly_what_waited_is_published_under_a_name(office: Office, collate: Callable[..., Any]) -> None:
    told = collate("release", "--month", "2018-07")
    assert told.code == 0
    assert "Nothing has changed since release 2018-07-r1; it waits to be signed off." in told.out
    assert "waits for a person; nothing is published" in told.out
    assert "crime, constable without injury: 2 in 2018-07, no figure in 2018-06." in told.out
    assert nothing_published(office)
    place = office.home.releases / ".waiting" / RELEASE
    waited = files_of(place)

    assert f"Waits for a person: release {RELEASE}." in collate("status").out

    told = collate("sign-off", RELEASE, "--name", " Jane  Smith ")
    assert (told.code, told.out.endswith("signed off by Jane Smith.\n")) == (0, True)
    assert files_of(office.home.releases / RELEASE) == waited
    assert (office.home.releases / "latest").resolve().name == RELEASE
    assert not place.exists()
    with office.ledger() as ledger:
        (release,) = ledger.releases()
        assert (release.signed_by, release.mark) == ("Jane Smith", "provisional")
        assert release.signed_at is not None
        (act,) = ledger.acts(did="signed off")
    assert act.said == {"name": "Jane Smith", "manifest": waited["manifest.json"]}
    assert did(office) == ["prepared", "signed off", "published"]
    assert office.left_over() == []

    # once more is nothing new, and nobody else's
    assert recipe.sign_off(RELEASE, "Jane Smith", office.home.root)["changed"] is False
    with pytest.raises(NotSignedOff, match="published already, signed off by Jane Smith"):
        recipe.sign_off(RELEASE, "John Jones", office.home.root)
    published = office.publish()
    assert (published["waiting"], published["changed"]) == (False, False)


@pytest.mark.slow
def test_the_bytes_are_those_a_release_without_a_sign_off_has(office: Office, tmp_path: Path) -> None:
    recipe.sign_off(RELEASE, "Jane Smith", office.home.root)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COLLATE_SIGN_OFF", "")
        straight = equip(tmp_path / "straight", environment)
        straight.receipt(export({}, {}))
        place = Path(straight.publish()["path"])
    assert files_of(place) == files_of(office.home.releases / RELEASE)


@pytest.mark.slow
def test_a_drop_in_between_stops_the_sign_off_and_the_next_release_takes_the_place_of_the_one_that_waits(
    office: Office,
) -> None:
    office.receipt(export({}, {}, {}), name="crime_2018-07_v2.csv")
    with pytest.raises(NotSignedOff, match="has changed since it was built"):
        recipe.sign_off(RELEASE, "Jane Smith", office.home.root)
    assert nothing_published(office)
    again = office.publish()
    assert (again["release_id"], again["waiting"], again["replaces"]) == (RELEASE, True, True)
    place = Path(recipe.sign_off(RELEASE, "Jane Smith", office.home.root)["path"])
    assert json.loads((place / "manifest.json").read_text(encoding="utf-8"))["row_sums"]["rows"] == 5


@pytest.mark.slow
def test_what_somebody_changed_while_it_waited_is_not_published(office: Office) -> None:
    place = office.home.releases / ".waiting" / RELEASE
    figures = place / "national" / "coverage.csv"
    sound = figures.read_bytes()
    figures.chmod(0o644)
    for spoil, named in (
        (lambda: figures.write_bytes(sound + b"1"), "national/coverage.csv is not the file"),
        (lambda: (place / "more.csv").write_text("1"), "more.csv is not part"),
        (lambda: (figures.unlink(), figures.symlink_to("/etc/hostname")), "was not opened"),
        (lambda: (place / "manifest.json").unlink(), "not as it was built"),
    ):
        spoil()
        with pytest.raises(NotSignedOff, match=named):
            recipe.sign_off(RELEASE, "Jane Smith", office.home.root)
    assert nothing_published(office)
    assert "signed off" not in did(office)
    # what was spoilt is not taken for what was built, so the next release is built anew
    with office.ledger() as ledger:
        assert same_waits(RELEASE, "", office.store(), ledger) is None


@pytest.mark.slow
def test_a_refused_release_is_gone_and_the_log_knows_by_whom_and_why(
    office: Office, collate: Callable[..., Any]
) -> None:
    told = collate("sign-off", RELEASE, "--name", "Jane Smith", "--refuse")
    assert (told.code, "both --refuse and --reason" in told.err) == (2, True)
    told = collate("sign-off", RELEASE, "--name", "Jane Smith", "--refuse", "--reason", "Kent is wrong")
    assert (told.code, "nothing was published" in told.out) == (0, True)
    assert not (office.home.releases / ".waiting" / RELEASE).exists()
    with office.ledger() as ledger:
        (act,) = ledger.acts(did="refused release")
    assert (act.said["name"], act.said["reason"]) == ("Jane Smith", "Kent is wrong")
    assert nothing_published(office)
    told = collate("sign-off", RELEASE, "--name", "Jane Smith")
    assert (told.code, told.err) == (2, f"No release {RELEASE} waits to be signed off. No release waits.\n")


@pytest.mark.slow
def test_a_crash_after_the_name_was_given_is_mended_by_giving_it_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:

    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    for step in ("put_out", "remove"):
        with monkeypatch.context() as crash:
            crash.setattr(sign_off, step, killed)
            with pytest.raises(Killed):
                recipe.sign_off(RELEASE, "Jane Smith", office.home.root)
    recipe.sign_off(RELEASE, "Jane Smith", office.home.root)
    assert did(office) == ["prepared", "signed off", "published"]
    assert not (office.home.releases / ".waiting" / RELEASE).exists()


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "Jane\x1b[2J", "Jane\u202eSmith"])
def test_a_name_nobody_could_read_signs_nothing_off(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotSignedOff, match="Give a name"):
        recipe.sign_off(RELEASE, name, tmp_path)


@pytest.mark.parametrize("release_id", ["../../etc", ".", "", "2018-07-r1/..", "2018-07-r1"])
def test_an_id_under_which_nothing_waits_is_said(tmp_path: Path, release_id: str) -> None:
    with pytest.raises(NotSignedOff, match="waits to be signed off"):
        recipe.sign_off(release_id, "Jane Smith", tmp_path)
