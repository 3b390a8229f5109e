"""One round of reminders: who is to be reminded today, the drafts, and, where it is asked for, the sending.

Drafts are written under `outbox/<day>/` of the home and nothing leaves, unless sending is asked for. A message that is to
leave is written into the log of acts before and after, so that a crash between the two leaves a doubt to be looked into
and never a second message.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pipeline.collecting.chase.contacts import Contact, read_contacts
from pipeline.collecting.chase.due import Reminder, due, months_chased
from pipeline.collecting.chase.mail import Message, messages_of
from pipeline.collecting.chase.sending import Channel, Doubtful, NotSent, PartlySent, Smtp, channels_of
from pipeline.collecting.collection import begin_of, grid, pairs_of, sent_of
from pipeline.home import Home, HomeUnusable
from pipeline.ledger import Act, Ledger
from pipeline.store import Store
from schemas.force import load_forces
from schemas.register import FORCES

BEGUN, DONE, NOT_DONE = "reminding", "reminded", "not reminded"

Way = Literal["mail", "webhook"]
WAYS: tuple[Way, ...] = ("mail", "webhook")

# By which way a force was reminded of which book and month, and with which reminder.
Key = tuple[str, str, str, str, str]


@dataclass
class Chased:
    """What a round came to, by force and kind of reminder; `drafts` are paths under the home."""

    as_of: date
    sending: bool
    drafts: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    no_contact: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "as_of": self.as_of.isoformat()}


def chase(home: Home, as_of: date, *, send: bool = False, again: bool = False) -> Chased:
    """Return what a round of reminders as on a day came to.

    With `send` messages leave by the ways that are set up, each once; `again` sends also those of which an earlier
    round could not tell whether they left. Raises ContactsUnusable or NotSent for settings that make no sense, and
    HomeUnusable where another round is at work.
    """
    home.must_be()
    home.prepare()
    forces = load_forces(home.forces)
    contacts = read_contacts(home.root, {*FORCES, *forces})
    channels = {channel.name: channel for channel in channels_of()} if send else {}
    chased = Chased(as_of, send)
    with Store(home).faults_told(), alone(home), Ledger.open(home.ledger_url) as ledger:
        sent = [*sent_of(ledger.drops(), forces, ledger.profiles())]
        cells = grid(sent, pairs_of(forces), months_chased(as_of), as_of, begin_of(sent, as_of))
        before = reminded_before(ledger)
        reminders = [*due(cells, as_of)]
        for way in WAYS:
            left = [each for each in reminders if outstanding(before.get(key_of(way, each)), again)]
            doubtful = [each for each in reminders if before.get(key_of(way, each)) == BEGUN and not again]
            chased.doubts += [
                f"{named(m)} by {way}: it may have left in an earlier round" for m in messages_of(doubtful)
            ]
            for message in messages_of(left):
                contact = contacts.get(message.force_id, Contact())
                if way == "webhook" and contact.webhook is None or way == "mail" and goes_elsewhere(contact):
                    continue
                sender = next((each.sender for each in channels.values() if isinstance(each, Smtp)), None)
                path = write_draft(home, as_of, message, way, contact, sender)
                chased.drafts.append(str(path.relative_to(home.root)))
                if not send:
                    continue
                if contact == Contact():
                    chased.no_contact.append(message.force_id)
                elif way not in channels:
                    chased.faults.append(f"{named(message)}: no mail server is set up (COLLATE_SMTP_HOST).")
                else:
                    leave(message, contact, channels[way], ledger, chased)
    chased.no_contact = sorted(set(chased.no_contact))
    return chased


def leave(message: Message, contact: Contact, channel: Channel, ledger: Ledger, chased: Chased) -> None:
    """Send a message, with what is written before and after it."""

    def record(did: str, **more: str) -> None:
        missing = [{"book": each.book, "month": f"{each.month:%Y-%m}"} for each in message.reminders]
        said = {"by": channel.name, "kind": message.kind, "missing": missing, **more}
        ledger.record(Act(did=did, subject=message.key, force_id=message.force_id, said=said))

    record(BEGUN)
    try:
        channel.send(message, contact)
    except Doubtful as doubt:
        chased.faults.append(f"{named(message)}: {doubt.sentence} It is not sent again by itself.")
    except NotSent as fault:
        record(NOT_DONE, why=fault.sentence)
        chased.faults.append(f"{named(message)}: {fault.sentence} The next round tries again.")
    except PartlySent as partly:
        record(DONE, why=partly.sentence)
        chased.sent.append(named(message))
        chased.said.append(f"{named(message)}: {partly.sentence}")
    else:
        record(DONE)
        chased.sent.append(named(message))


def reminded_before(ledger: Ledger) -> dict[Key, str]:
    """Return how the last attempt at each reminder ended: it left, or it was begun and nobody knows."""
    found: dict[Key, str] = {}
    acts = [act for did in (BEGUN, DONE, NOT_DONE) for act in ledger.acts(did=did)]
    for act in sorted(acts, key=lambda each: each.sequence):
        for each in act.said["missing"]:
            key = (act.said["by"], act.force_id, act.said["kind"], each["book"], each["month"])
            if act.did == NOT_DONE:
                found.pop(key, None)
            else:
                found[key] = act.did
    return found


def key_of(way: Way, reminder: Reminder) -> Key:
    return (way, reminder.force_id, reminder.kind, reminder.book, f"{reminder.month:%Y-%m}")


def outstanding(ended: str | None, again: bool) -> bool:
    """Return whether a reminder is still to leave."""
    return ended is None or (again and ended == BEGUN)


def goes_elsewhere(contact: Contact) -> bool:
    """Return whether a force has a webhook and no address for mail."""
    return contact.webhook is not None and not contact.mail


def named(message: Message) -> str:
    return f"{message.force_id}, {message.kind} reminder"


def write_draft(
    home: Home, as_of: date, message: Message, way: Way, contact: Contact, sender: str | None
) -> Path:
    """Return where a message is written, whole or not at all."""
    ending, content = (
        ("eml", bytes(message.as_mail(contact.mail, sender)))
        if way == "mail"
        else ("json", message.as_bytes())
    )
    path = home.root / "outbox" / as_of.isoformat() / f"{message.force_id}_{message.kind}.{ending}"
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


@contextmanager
def alone(home: Home) -> Iterator[None]:
    """Keep a second round out while one is at work; raises HomeUnusable there."""
    outbox = home.root / "outbox"
    outbox.mkdir(exist_ok=True)
    with (outbox / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeUnusable(
                "Another collate chase is at work in this home. Wait until it has ended, then look again."
            ) from None
        yield
