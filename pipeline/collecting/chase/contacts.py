"""Whom a force's reminders go to: `contacts.toml` in the home.

[cumbria]
mail = ["performance@cumbria.example"]
webhook = "https://hooks.cumbria.example/assaults"     # either, or both
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FILE = "contacts.toml"

# Enough to catch a slip and to keep a line break out of a header; whether it is anybody's the mail server says.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


class ContactsUnusable(Exception):
    """The file of contacts cannot be used; the sentence names the force, the key and the mend."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Contact:
    """Where one force's reminders go."""

    mail: tuple[str, ...] = ()
    webhook: str | None = None


def read_contacts(root: Path, known: Collection[str]) -> dict[str, Contact]:
    """Return the contacts of a home by force, none where there is no file; raises ContactsUnusable."""
    path = root / FILE
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # What the parser says names a line and a column, and no address.
        raise ContactsUnusable(f"{path} is not valid TOML: {error}.") from error
    return {force_id: contact_of(force_id, spec, known) for force_id, spec in content.items()}


def contact_of(force_id: str, spec: object, known: Collection[str]) -> Contact:
    """Return one force's contact, checked."""
    if force_id not in known:
        raise ContactsUnusable(
            f"{FILE}: [{force_id}] is no force we know. Write the force's id, as west_mercia."
        )
    if not isinstance(spec, Mapping) or set(spec) - {"mail", "webhook"}:
        raise ContactsUnusable(f"{FILE}: [{force_id}] may hold mail and webhook, and nothing else.")
    mail: Any = spec.get("mail", [])
    addresses = (mail,) if isinstance(mail, str) else tuple(mail) if isinstance(mail, list) else (None,)
    if not all(isinstance(each, str) and _ADDRESS.fullmatch(each) for each in addresses):
        raise ContactsUnusable(
            f'{FILE}: [{force_id}] mail is not a list of addresses, as ["name@force.example"].'
        )
    hook = spec.get("webhook")
    if hook is not None and not (isinstance(hook, str) and is_safe(hook)):
        raise ContactsUnusable(
            f"{FILE}: [{force_id}] webhook is not an https address; http is for this machine itself alone."
        )
    return Contact(addresses, hook)


def is_safe(url: str) -> bool:
    """Return whether what is sent to an address is encrypted, or does not leave this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
