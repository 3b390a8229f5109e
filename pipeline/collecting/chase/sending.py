"""The two ways a message leaves: a mail server and a webhook. Each says whether it is sure that nothing left.

| variable | meaning | default |
|---|---|---|
| `COLLATE_SMTP_HOST` | the mail server | none: no mail is sent |
| `COLLATE_SMTP_PORT` | its port | 587, and 465 with `tls` |
| `COLLATE_SMTP_SECURITY` | `starttls`, `tls`, or `none`, which is for this machine itself alone | `starttls` |
| `COLLATE_SMTP_CA` | a file with the certificates to trust, where the server's is not publicly known | the system's |
| `COLLATE_SMTP_USER`, `COLLATE_SMTP_PASSWORD` | how to sign in, where the server asks for it | none |
| `COLLATE_MAIL_FROM` | whom the mails are from | none: no mail is sent |
| `COLLATE_WEBHOOK_TOKEN` | sent to webhooks as a bearer token | none |
"""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Protocol

from pipeline.collecting.chase.contacts import Contact, is_loopback
from pipeline.collecting.chase.mail import Message

SECONDS = 30.0

_SECURITIES = ("starttls", "tls", "none")


class NotSent(Exception):
    """Nothing left, for sure; the sentence says why, without an address."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Doubtful(NotSent):
    """The connection broke while the message was on its way, so that it may or may not have left."""


class Channel(Protocol):
    """A way for a message to leave."""

    @property
    def name(self) -> str:
        """Return what the log of acts calls it."""

    def reaches(self, contact: Contact) -> bool:
        """Return whether a force has told us an address of this kind."""

    def send(self, message: Message, contact: Contact) -> None:
        """Send a message; raises NotSent where nothing left, Doubtful where nobody knows."""


@dataclass(frozen=True)
class Smtp:
    """A mail server."""

    host: str
    port: int
    security: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str | None = None
    name: str = "mail"

    def reaches(self, contact: Contact) -> bool:
        return bool(contact.mail)

    def send(self, message: Message, contact: Contact) -> None:
        mail = message.as_mail(contact.mail, self.sender)
        mail["Date"] = formatdate(localtime=False)
        try:
            server = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(f"The mail server would not have us ({plain(error)}).") from error
        try:
            refused = server.send_message(mail)
        except smtplib.SMTPServerDisconnected as error:
            raise Doubtful("The mail server hung up while the mail was on its way.") from error
        except smtplib.SMTPException as error:
            raise NotSent(f"The mail server did not take the mail ({plain(error)}).") from error
        except OSError as error:
            raise Doubtful(f"The connection broke while the mail was on its way ({plain(error)}).") from error
        finally:
            hang_up(server)
        if refused:
            # Somebody at the force has it; the address that is wrong is for the contacts to mend.
            raise PartlySent(
                f"{len(refused)} of {len(contact.mail)} addresses were refused; the others have it."
            )

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context(cafile=self.ca)
        if self.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=SECONDS)
        try:
            if self.security == "starttls":
                server.starttls(context=context)
            if self.user:
                server.login(self.user, self.password)
        except BaseException:
            hang_up(server)
            raise
        return server


class PartlySent(Exception):
    """The message left, but not to every address; the sentence says to how many not."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Webhook:
    """Any service that takes a message as JSON; the key in its header tells it a message it has already."""

    token: str = field(default="", repr=False)
    name: str = "webhook"

    def reaches(self, contact: Contact) -> bool:
        return contact.webhook is not None

    def send(self, message: Message, contact: Contact) -> None:
        import httpx

        assert contact.webhook is not None
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": message.key}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            # A redirect would carry the message, and the token, to an address nobody wrote down.
            with httpx.stream(
                "POST", contact.webhook, content=message.as_bytes(), headers=headers, timeout=SECONDS,
                follow_redirects=False,
            ) as answer:  # fmt: skip
                status = answer.status_code
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL) as error:
            raise NotSent(f"The webhook cannot be reached ({type(error).__name__}).") from error
        except httpx.HTTPError as error:
            raise Doubtful(f"The webhook gave no answer ({type(error).__name__}).") from error
        if not 200 <= status < 300:
            raise NotSent(f"The webhook answered with status {status}.")


def channels_of(environment: Mapping[str, str] = os.environ) -> list[Channel]:
    """Return the ways that are set up; raises NotSent for a setting that makes no sense."""
    found: list[Channel] = [Webhook(environment.get("COLLATE_WEBHOOK_TOKEN", ""))]
    host, sender = environment.get("COLLATE_SMTP_HOST", ""), environment.get("COLLATE_MAIL_FROM", "")
    if not host:
        return found
    security = environment.get("COLLATE_SMTP_SECURITY", "starttls")
    if security not in _SECURITIES:
        raise NotSent(f"COLLATE_SMTP_SECURITY is not one of {', '.join(_SECURITIES)}.")
    if security == "none" and not is_loopback(host):
        raise NotSent(
            "COLLATE_SMTP_SECURITY is none, and the mail server is another machine. Use starttls or tls."
        )
    if "@" not in sender or "\n" in sender or "\r" in sender:
        raise NotSent("COLLATE_MAIL_FROM does not say whom the mails are from. Write an address.")
    port = environment.get("COLLATE_SMTP_PORT") or ("465" if security == "tls" else "587")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise NotSent("COLLATE_SMTP_PORT is not a port. Write a number, such as 587.")
    user, password = (environment.get(f"COLLATE_SMTP_{word}", "") for word in ("USER", "PASSWORD"))
    ca = environment.get("COLLATE_SMTP_CA") or None
    return [Smtp(host, int(port), security, sender, user, password, ca), *found]


def plain(error: Exception) -> str:
    """Return what kind of fault it is, with the server's number where it gave one, and never its words or an address."""
    code = getattr(error, "smtp_code", None)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return f"every address was refused, {len(error.recipients)} in all"
    if isinstance(error, OSError) and error.strerror and not code:
        return error.strerror
    return f"{type(error).__name__}{f' {code}' if code else ''}"


def hang_up(server: smtplib.SMTP) -> None:
    """End a conversation; what goes wrong in it now changes nothing."""
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()
