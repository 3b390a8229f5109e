"""The log of acts, looked at: whether it is as it was written, and whether ledger and log say the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.care.health import Check, broken, listed, look, ok
from pipeline.ledger import Act, ActRecord, DropRecord, Ledger, ReleaseRecord, broken_link
from pipeline.visible import visible

RECEIVED, JUDGED, PUBLISHED = "received", "judged", "published"

# Clocks of two machines may differ by so much.
AHEAD = timedelta(minutes=5)

FIND_OUT = "Find out who had access to the ledger, set it beside the newest backup, and tell whoever answers for the data."


def check_log(ledger: Ledger, now: datetime | None = None) -> list[Check]:
    """Return whether the chain of acts holds, whether drops and releases are in it, and whether the clock went back."""
    try:
        acts = ledger.acts()
    except ValueError:
        # What was put in place of an act need not even be one.
        return [broken("acts", "An act in the log cannot be read, so it is not as it was written.", FIND_OUT)]
    drops, releases = ledger.drops(), ledger.releases()
    if not acts and (drops or releases):
        return [
            look(
                "acts", f"The log of acts is empty, though the ledger has {len(drops):,} drops.",
                "That is so once, after an upgrade from a version that kept no log. If this is not then: " + FIND_OUT,
            )
        ]  # fmt: skip
    return [chain(acts), agreement(acts, drops, releases), clock(acts, now or datetime.now(UTC))]


def chain(acts: Sequence[ActRecord]) -> Check:
    """Return whether every act is as it was written and in its place."""
    place = broken_link(acts)
    if place is None:
        return ok(
            "acts",
            f"Each of the {len(acts):,} acts in the log is as it was written, and none is missing between.",
        )
    return broken(
        "acts", f"Act {place} of the log is not as it was written, or one before it is missing.", FIND_OUT
    )


def agreement(
    acts: Sequence[ActRecord], drops: Sequence[DropRecord], releases: Sequence[ReleaseRecord]
) -> Check:
    """Return whether the log has what the ledger has, of all that came since the log began."""
    newest: dict[tuple[str, str], Act] = {(act.did, act.subject): act for act in acts}
    faults = [
        *faults_of_drops(newest, drops),
        *faults_of_releases(newest, releases),
    ]
    if faults:
        return broken("acts", " ".join(faults), FIND_OUT)
    return ok("acts", "Every drop and release since the log began is in it, as the ledger has it.")


def faults_of_drops(newest: dict[tuple[str, str], Act], drops: Sequence[DropRecord]) -> list[str]:
    known = {drop.drop_id for drop in drops}
    # Drops taken in before there was a log have no act, and none that came after the first that has one may lack it.
    began = min((drop.sequence for drop in drops if (RECEIVED, drop.drop_id) in newest), default=None)
    unlogged: list[str] = []
    other: list[str] = []
    for drop in drops:
        received, judged = newest.get((RECEIVED, drop.drop_id)), newest.get((JUDGED, drop.drop_id))
        since = began is not None and drop.sequence >= began
        if since and (received is None or (judged is None and drop.state != "arrived")):
            unlogged.append(drop.drop_id)
        elif (received and told_of(received) != arrival_of(drop)) or (
            judged and judged.said != judging_of(drop)
        ):
            other.append(drop.drop_id)
    gone = {subject for did, subject in newest if did in (RECEIVED, JUDGED) and subject not in known}
    return sentences("drop", unlogged, other, gone)


def faults_of_releases(newest: dict[tuple[str, str], Act], releases: Sequence[ReleaseRecord]) -> list[str]:
    known = {release.release_id for release in releases}
    in_order = sorted(
        releases, key=lambda each: (each.published_at or datetime.min.replace(tzinfo=UTC), each.release_id)
    )
    began = next(
        (at for at, each in enumerate(in_order) if (PUBLISHED, each.release_id) in newest), len(in_order)
    )
    unlogged = [each.release_id for each in in_order[began:] if (PUBLISHED, each.release_id) not in newest]
    other = [
        each.release_id
        for each in releases
        if (act := newest.get((PUBLISHED, each.release_id)))
        and (act.said.get("manifest"), act.said.get("mark")) != (each.content_hash, each.mark)
    ]
    gone = {subject for did, subject in newest if did == PUBLISHED and subject not in known}
    return sentences("release", unlogged, other, gone)


def sentences(what: str, unlogged: Sequence[str], other: Sequence[str], gone: set[str]) -> list[str]:
    said = (
        (unlogged, f"The ledger has {what}s that the log does not: "),
        (other, f"The ledger has {what}s otherwise than the log: "),
        (gone, f"The log has {what}s that are gone from the ledger: "),
    )
    return [f"{sentence}{listed(names)}." for names, sentence in said if names]


def told_of(received: Act) -> tuple[Any, ...]:
    return (
        received.force_id,
        received.said.get("book"),
        received.said.get("file"),
        received.said.get("sha256"),
    )


def arrival_of(drop: DropRecord) -> tuple[Any, ...]:
    return (drop.force_id, drop.book, drop.file, drop.sha256)


def judging_of(drop: DropRecord) -> dict[str, Any]:
    """Return what the log says of a drop that is judged as the ledger has it."""
    if drop.sums is None:
        return {}
    return {
        "state": drop.state, "rows": drop.sums.rows, "accepted": drop.sums.accepted, "held": drop.sums.held,
        "mapping": drop.mapping_fingerprint, "version": drop.code_version,
    }  # fmt: skip


def clock(acts: Sequence[ActRecord], now: datetime) -> Check:
    """Return whether the clock is behind an act that was done already."""
    newest = max((act.at for act in acts), default=now)
    if newest <= now + AHEAD:
        return ok("clock", "The clock is not behind the log.")
    return look(
        "clock",
        f"The clock says {moment(now)}, and the log has an act of {moment(newest)}: it has stepped back, or was ahead then.",
        "Set the clock of this machine right before the next run: the day a drop arrives decides which rules it is judged by.",
    )


def moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def in_words(act: ActRecord) -> str:
    """Return an act on one line, as a terminal may show it."""
    said = ", ".join(f"{name} {value}" for name, value in act.said.items() if value not in (None, ""))
    parts = (f"{act.sequence:>6}", moment(act.at), act.who, act.did, act.force_id or "-", act.subject, said)
    return visible("  ".join(parts).rstrip())


def in_facts(act: ActRecord) -> dict[str, Any]:
    """Return an act for machines."""
    return {
        "sequence": act.sequence, "at": act.at.astimezone(UTC).isoformat(), "who": act.who, "did": act.did,
        "force_id": act.force_id, "subject": act.subject, "said": dict(act.said), "previous": act.previous,
        "hash": act.hash,
    }  # fmt: skip
