"""Reminders: who gets one on which day, what it says, and that each leaves once, over real servers on this machine."""

from __future__ import annotations

import asyncio
import email
import email.policy
import functools
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from pipeline.collecting.chase import chase
from pipeline.collecting.chase.contacts import Contact, ContactsUnusable, read_contacts
from pipeline.collecting.chase.due import due
from pipeline.collecting.chase.mail import messages_of
from pipeline.collecting.chase.sending import NotSent, Smtp, channels_of
from pipeline.collecting.collection import Place
from pipeline.home import HomeUnusable
from pipeline.ledger import Arrival, Outcome
from tests.office import FORCE, OTHER_FORCE, Office

# August 2018 is collected from 3 September; final deadline 14 September, release 21 September.
FIRST, DEADLINE, LATE = date(2018, 9, 5), date(2018, 9, 14), date(2018, 9, 17)
AUGUST = date(2018, 8, 1)


def place(book: str = "crime", month: date = AUGUST, force_id: str = "cumbria") -> Place:
    return Place(force_id, book, month)


def kinds(state: Any, as_of: date) -> list[str]:
    return [each.kind for each in due({place(): state}, as_of)]


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2018, 9, 4), []),
        (FIRST, ["first"]),
        (date(2018, 9, 13), ["first"]),
        (DEADLINE, ["deadline"]),
        (date(2018, 9, 15), []),  # a Saturday
        (LATE, ["late"]),
    ],
)
def test_a_month_that_is_not_whole_is_reminded_of_before_on_and_after_its_deadline(
    day: date, kind: list[str]
) -> None:
    for state in ("awaited", "partial", "refused", "late"):
        assert kinds(state, day) == kind


@pytest.mark.parametrize("state", ["not due", "received", "nil return", "provisional", "final"])
def test_a_force_that_can_do_nothing_about_it_is_not_reminded(state: str) -> None:
    assert kinds(state, DEADLINE) == []


def test_a_force_gets_one_message_of_a_kind_for_all_its_books_and_months() -> None:
    cells = {
        place(): "late", place("use_of_force"): "refused", place(month=date(2018, 7, 1)): "partial",
        place(force_id="kent"): "late",
    }  # fmt: skip
    first, second = messages_of(due(cells, LATE))  # type: ignore[arg-type]
    assert (first.force_id, second.force_id) == ("cumbria", "kent")
    assert "To Cumbria Constabulary" in first.text
    assert "- crime records, July 2018: what has come covers only some days" in first.text
    assert "- crime records, August 2018: nothing has come." in first.text
    assert "- use of force forms, August 2018: what has come could not be taken in" in first.text
    assert "The last day was Friday 14 September 2018. What comes now is in the next release." in first.text
    assert "the word nil" in first.text


class Inbox:
    """The mails a real server on this machine took; `answer` is what it says to a mail, if not that it took it."""

    def __init__(self) -> None:
        self.mails: list[email.message.EmailMessage] = []
        self.answer: str | None = None
        self.hangs_up = False

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.hangs_up:
            server.transport.close()
            return "421 gone"
        if self.answer:
            return self.answer
        assert isinstance(envelope.content, bytes)
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append(parsed)  # type: ignore[arg-type]
        return "250 taken"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    """Return the inbox of a mail server on this machine, which the environment names."""
    inbox = Inbox()
    with listening(inbox) as port:
        monkeypatch.setenv("COLLATE_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("COLLATE_SMTP_PORT", str(port))
        monkeypatch.setenv("COLLATE_SMTP_SECURITY", "none")
        monkeypatch.setenv("COLLATE_MAIL_FROM", "Collation <collation@home-office.example>")
        yield inbox


@contextmanager
def listening(inbox: Inbox, under: ssl.SSLContext | None = None, **asked: Any) -> Iterator[int]:
    """Yield the port of a real mail server on this machine, under TLS from the first byte where told."""
    loop = asyncio.new_event_loop()
    make = functools.partial(SMTP, inbox, loop=loop, hostname="localhost", **asked)
    opened = loop.run_until_complete(loop.create_server(make, "127.0.0.1", 0, ssl=under))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield opened.sockets[0].getsockname()[1]
    loop.call_soon_threadsafe(opened.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)


@pytest.fixture
def hook() -> Iterator[Any]:
    """Return a real web server on this machine that keeps what is sent to it; `status` is what it answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            web.taken.append((self.path, dict(self.headers), json.loads(body)))  # type: ignore[attr-defined]
            self.send_response(web.status)  # type: ignore[attr-defined]
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *said: Any) -> None:
            pass

    web: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.taken, web.status = [], 200
    threading.Thread(target=web.serve_forever, daemon=True).start()
    yield web
    web.shutdown()
    web.server_close()


@pytest.fixture
def waiting(office: Office) -> Office:
    """Return an office that has July of one force, nothing of the other, and a contact for each."""
    contacts(
        office, f'[{FORCE}]\nmail = "a@ny.example"\n[{OTHER_FORCE}]\nmail = ["b@c.example", "d@c.example"]\n'
    )
    with office.ledger() as ledger:
        ledger.arrive(Arrival("d1", FORCE, "crime", "crime_2018-07.csv", "0" * 64, 1))
        july = date(2018, 7, 1), date(2018, 7, 31)
        ledger.settle(
            Outcome(
                drop_id="d1",
                state="nil",
                mapping_fingerprint="m",
                code_version="1",
                period_from=july[0],
                period_to=july[1],
            )
        )
    return office


def contacts(office: Office, text: str) -> None:
    (office.home.root / "contacts.toml").write_text(text, encoding="utf-8")


def test_nothing_leaves_unless_it_is_asked_for(waiting: Office, server: Inbox) -> None:
    chased = chase(waiting.home, FIRST)
    assert chased.drafts == [
        f"outbox/2018-09-05/{OTHER_FORCE}_first.eml",
        f"outbox/2018-09-05/{OTHER_FORCE}_late.eml",
        f"outbox/2018-09-05/{FORCE}_first.eml",
    ]
    assert server.mails == []
    draft = waiting.home.root / chased.drafts[0]
    mail = email.message_from_bytes(draft.read_bytes(), policy=email.policy.default)
    assert mail["To"] == "b@c.example, d@c.example"
    before = draft.read_bytes()
    assert chase(waiting.home, FIRST).drafts == chased.drafts
    assert draft.read_bytes() == before
    with waiting.ledger() as ledger:
        assert [act.did for act in ledger.acts() if "remind" in act.did] == []


def test_a_reminder_leaves_once_and_the_log_says_so(waiting: Office, server: Inbox) -> None:
    sent = chase(waiting.home, FIRST, send=True)
    assert sent.sent == [
        f"{OTHER_FORCE}, first reminder", f"{OTHER_FORCE}, late reminder", f"{FORCE}, first reminder",
    ]  # fmt: skip
    assert (sent.faults, sent.no_contact) == ([], [])
    assert [mail["To"] for mail in server.mails] == ["b@c.example, d@c.example"] * 2 + ["a@ny.example"]
    (mine,) = [mail for mail in server.mails if mail["To"] == "a@ny.example"]
    assert mine["From"] == "Collation <collation@home-office.example>"
    assert "crime records, August 2018: nothing has come yet." in mine.get_content()
    for again in (FIRST, date(2018, 9, 6)):
        chased = chase(waiting.home, again, send=True)
        assert (chased.drafts, chased.sent) == ([], [])
    assert len(server.mails) == 3
    with waiting.ledger() as ledger:
        acts = [act for act in ledger.acts(force_id=FORCE) if "remind" in act.did]
    assert [act.did for act in acts] == ["reminding", "reminded"]
    assert "ny.example" not in json.dumps([dict(act.said) for act in acts])
    # The next reminder is another one.
    assert f"{FORCE}, deadline reminder" in chase(waiting.home, DEADLINE, send=True).sent


def test_a_mail_the_server_does_not_take_is_tried_again_in_the_next_round(
    waiting: Office, server: Inbox
) -> None:
    server.answer = "451 busy"
    first = chase(waiting.home, FIRST, send=True)
    assert (first.sent, len(first.faults)) == ([], 3)
    assert "451" in first.faults[0]
    server.answer = None
    assert len(chase(waiting.home, FIRST, send=True).sent) == 3


def test_a_mail_nobody_knows_the_fate_of_is_sent_again_only_when_a_person_says_so(
    waiting: Office, server: Inbox
) -> None:
    server.hangs_up = True
    first = chase(waiting.home, FIRST, send=True)
    assert "not sent again by itself" in first.faults[0]
    server.hangs_up = False
    second = chase(waiting.home, FIRST, send=True)
    assert (second.sent, second.faults, len(second.doubts)) == ([], [], 3)
    assert server.mails == []
    assert len(chase(waiting.home, FIRST, send=True, again=True).sent) == 3
    assert chase(waiting.home, FIRST, send=True, again=True).drafts == []


def test_a_crash_while_a_mail_leaves_does_not_send_it_twice(
    waiting: Office, server: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Smtp.send

    def sent_and_killed(self: Smtp, message: Any, contact: Contact) -> None:
        send(self, message, contact)
        raise KeyboardInterrupt

    monkeypatch.setattr(Smtp, "send", sent_and_killed)
    with pytest.raises(KeyboardInterrupt):
        chase(waiting.home, FIRST, send=True)
    monkeypatch.setattr(Smtp, "send", send)
    chased = chase(waiting.home, FIRST, send=True)
    assert len(server.mails) == 3
    assert chased.doubts == [f"{OTHER_FORCE}, first reminder by mail: it may have left in an earlier round"]


def test_no_server_and_no_address_are_told_by_force(waiting: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLLATE_SMTP_HOST", raising=False)
    contacts(waiting, f'[{FORCE}]\nmail = "a@ny.example"\n')
    chased = chase(waiting.home, FIRST, send=True)
    assert chased.no_contact == [OTHER_FORCE]
    assert chased.faults == [f"{FORCE}, first reminder: no mail server is set up (COLLATE_SMTP_HOST)."]


def test_a_webhook_gets_json_with_a_key_and_the_token(
    waiting: Office, hook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLATE_WEBHOOK_TOKEN", "open-sesame")
    contacts(waiting, f'[{FORCE}]\nwebhook = "http://127.0.0.1:{hook.server_port}/in"\n')
    chased = chase(waiting.home, FIRST, send=True)
    assert (chased.sent, chased.faults) == ([f"{FORCE}, first reminder"], [])
    ((path, headers, body),) = hook.taken
    assert (path, headers["Authorization"]) == ("/in", "Bearer open-sesame")
    assert headers["Idempotency-Key"] == body["key"]
    assert body["missing"] == [{"book": "crime", "month": "2018-08", "state": "awaited"}]
    assert chase(waiting.home, FIRST, send=True).sent == []


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_webhook_that_does_not_take_it_is_tried_again_and_no_redirect_is_followed(
    waiting: Office, hook: Any, status: int
) -> None:
    contacts(waiting, f'[{FORCE}]\nwebhook = "http://127.0.0.1:{hook.server_port}/in"\n')
    hook.status = status
    assert f"status {status}" in chase(waiting.home, FIRST, send=True).faults[0]
    assert [path for path, _, _ in hook.taken] == ["/in"]
    hook.status = 202
    assert chase(waiting.home, FIRST, send=True).sent == [f"{FORCE}, first reminder"]


def certificate(folder: Path) -> Path:
    """Return a new certificate for 127.0.0.1 with its key, in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_goes_encrypted_signed_in_and_only_to_a_server_we_trust(tmp_path: Path, security: str) -> None:
    pem = certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    inbox = Inbox()

    def known(server: Any, session: Any, envelope: Any, mechanism: Any, auth: Any) -> AuthResult:
        return AuthResult(success=(auth.login, auth.password) == (b"collate", b"secret"), handled=False)

    asked: dict[str, Any] = {"authenticator": known, "auth_required": True}
    if security == "tls":
        # Under TLS from the first byte the server itself knows of no encryption.
        opened = listening(inbox, context, **asked, auth_require_tls=False)
    else:
        opened = listening(inbox, **asked, tls_context=context, require_starttls=True)
    with opened as port:
        setting = Smtp("127.0.0.1", port, security, "c@home.example", "collate", "secret", ca=str(pem))
        (message,) = messages_of(due({place(): "awaited"}, FIRST))
        setting.send(message, Contact(("a@cumbria.example",)))
        assert [mail["To"] for mail in inbox.mails] == ["a@cumbria.example"]
        with pytest.raises(NotSent, match="would not have us"):
            Smtp("127.0.0.1", port, security, "c@home.example", "collate", "secret").send(
                message, Contact(("a@cumbria.example",))
            )
        with pytest.raises(NotSent, match=r"SMTPAuthenticationError 535"):
            Smtp("127.0.0.1", port, security, "c@home.example", "collate", "wrong", ca=str(pem)).send(
                message, Contact(("a@cumbria.example",))
            )
        assert len(inbox.mails) == 1
        assert "secret" not in repr(setting)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"COLLATE_SMTP_SECURITY": "none"}, "another machine"),
        ({"COLLATE_SMTP_SECURITY": "ssl"}, "not one of starttls, tls, none"),
        ({"COLLATE_SMTP_PORT": "smtp"}, "not a port"),
        ({"COLLATE_MAIL_FROM": ""}, "whom the mails are from"),
    ],
)
def test_a_setting_that_makes_no_sense_is_told_before_anything_leaves(
    changed: dict[str, str], sentence: str
) -> None:
    sound = {"COLLATE_SMTP_HOST": "mail.example", "COLLATE_MAIL_FROM": "a@b.example"}
    with pytest.raises(NotSent, match=sentence):
        channels_of({**sound, **changed})
    assert [channel.name for channel in channels_of(sound)] == ["mail", "webhook"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[kent\n", "not valid TOML"),
        ('[kend]\nmail = "a@b.example"\n', "no force we know"),
        ('[kent]\nphone = "1"\n', "mail and webhook, and nothing else"),
        ('[kent]\nmail = ["a@b.example\\nBcc: c@d.example"]\n', "not a list of addresses"),
        ("[kent]\nmail = [1]\n", "not a list of addresses"),
        ('[kent]\nwebhook = "http://hooks.example/"\n', "not an https address"),
        ('[kent]\nwebhook = "file:///etc/passwd"\n', "not an https address"),
    ],
)
def test_a_slip_in_the_contacts_is_told_with_the_force(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "contacts.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ContactsUnusable, match=sentence):
        read_contacts(tmp_path, {"kent"})


def test_two_rounds_at_once_are_not_let_in(waiting: Office) -> None:
    from pipeline.collecting.chase.rounds import alone

    with alone(waiting.home), pytest.raises(HomeUnusable, match="at work"):
        chase(waiting.home, FIRST)


def test_collate_chase_drafts_and_says_so(waiting: Office, collate: Callable[..., Any]) -> None:
    ended = collate("chase", "--as-of", "2018-09-05")
    assert ended.code == 0
    assert f"outbox/2018-09-05/{FORCE}_first.eml" in ended.out
    assert "nothing has left" in ended.out
    assert collate("chase", "--as-of", "2018-09-05", "--send").code == 2
    assert json.loads(collate("chase", "--as-of", "2018-09-05", "--json").out)["sent"] == []
