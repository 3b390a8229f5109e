"""What a reminder says: one message to a force for all its books and months of one kind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage
from hashlib import sha256
from itertools import groupby
from typing import Any

from pipeline.collecting.chase.due import Kind, Reminder
from pipeline.collecting.collection import State
from schemas.register import FORCES

SUBJECTS: dict[Kind, str] = {
    "first": "Assaults on police: we look forward to your file",
    "deadline": "Assaults on police: today is the last day",
    "late": "Assaults on police: your file is late",
}

BOOKS = {
    "crime": "crime records",
    "health_safety": "health and safety reports",
    "use_of_force": "use of force forms",
}

WHAT: dict[State, str] = {
    "awaited": "nothing has come yet",
    "late": "nothing has come",
    "partial": "what has come covers only some days of the month, or all its rows were held back",
    "refused": "what has come could not be taken in; the letter about it says why",
}


@dataclass(frozen=True)
class Message:
    """One message to one force, with the reminders it is for."""

    force_id: str
    kind: Kind
    reminders: tuple[Reminder, ...]
    subject: str
    text: str

    @property
    def key(self) -> str:
        """Return what is the same for the same reminders, whenever they are written."""
        said = [self.force_id, self.kind, *(f"{each.book} {each.month:%Y-%m}" for each in self.reminders)]
        return sha256("\x1f".join(said).encode()).hexdigest()[:16]

    def as_mail(self, to: Sequence[str], sender: str | None) -> EmailMessage:
        """Return the message as a mail without a date, so that a draft is the same whenever it is written."""
        mail = EmailMessage()
        mail["Subject"] = self.subject
        if sender:
            mail["From"] = sender
        if to:
            mail["To"] = ", ".join(to)
        domain = sender.rpartition("@")[2].strip("> ") if sender else "localhost"
        mail["Message-ID"] = f"<{self.key}@{domain}>"
        # Nobody's holiday notice need answer it.
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(self.text)
        return mail

    def as_json(self) -> dict[str, Any]:
        """Return the message for a webhook."""
        return {
            "key": self.key,
            "force_id": self.force_id,
            "reminder": self.kind,
            "subject": self.subject,
            "text": self.text,
            "missing": [
                {"book": each.book, "month": f"{each.month:%Y-%m}", "state": each.state}
                for each in self.reminders
            ],
        }

    def as_bytes(self) -> bytes:
        return json.dumps(self.as_json(), ensure_ascii=False, indent=1).encode()


def messages_of(reminders: Iterable[Reminder]) -> list[Message]:
    """Return one message for each force and kind, in order."""
    found = []
    for (force_id, kind), together in groupby(sorted(reminders), key=lambda each: (each.force_id, each.kind)):
        own = tuple(together)
        found.append(Message(force_id, kind, own, SUBJECTS[kind], text_of(force_id, own)))
    return found


def text_of(force_id: str, reminders: Sequence[Reminder]) -> str:
    """Return the message in plain words: what is missing, by when it is needed, and how to say that there is nothing."""
    name = FORCES[force_id].official_name if force_id in FORCES else force_id
    lines = [
        f"To {name}",
        "",
        "For the national collation of assaults on police these are not whole yet:",
        "",
    ]
    for each in reminders:
        lines.append(f"- {BOOKS[each.book]}, {each.month:%B %Y}: {WHAT[each.state]}.")
        lines.append(f"  {by_when(each)}")
    lines += [
        "",
        "Please send the file as you always do. If there was nothing to report, send an empty file with the word nil "
        "and the month in its name, or tell us and we record it: no file and nothing to report are two different things.",
        "",
        "If you have sent it since, you need do nothing.",
    ]
    return "\n".join(lines) + "\n"


def by_when(reminder: Reminder) -> str:
    """Return the deadlines that are still to come, and what a file is in that comes later."""
    days = reminder.days
    release = f"the release of {spelled(days.release)}"
    match reminder.kind:
        case "first":
            return f"What is in by {spelled(days.final)} is in {release}."
        case "deadline":
            return f"What is in today, {spelled(days.final)}, is in {release}."
        case "late":
            return f"The last day was {spelled(days.final)}. What comes now is in the next release."


def spelled(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"
