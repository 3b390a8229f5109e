"""The method, from a file in the inbox to a published release. Everything that runs the pipeline calls this."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.again.round_trip import with_mended
from pipeline.again.standing import note_to_stand, promise_to_stand, stand_anew, stand_promised
from pipeline.answers.answered import key_to_ask_with, with_answers
from pipeline.beside import NOTHING, beside_of, reports_first
from pipeline.collecting.nil import misdeclared
from pipeline.consulted import consulted
from pipeline.data_docs import drop_page, named
from pipeline.drift import UNEXPLAINED, Sent, changes, is_coded, kept_header
from pipeline.engine import load_ahead
from pipeline.gatekeeper import Question, gatekeeper
from pipeline.home import Home, HomeUnusable
from pipeline.intake import (
    UNKNOWN,
    WORKFORCE,
    Drop,
    book_in,
    drop_id_of,
    fingerprint,
    registered,
    take_in,
    to_be_judged,
    why_no_book,
)
from pipeline.judge import judge
from pipeline.judgement import Judgement
from pipeline.ledger import DropSums, FindingCount, Ledger, LedgerUnavailable, Outcome
from pipeline.letter import Since, letter_of, occasion_of, since_of, write_letter
from pipeline.past import NO_PAST, past_of
from pipeline.profile import rows_of
from pipeline.read import Refused
from pipeline.receipt import Receipt, receipt_of, refusal_of
from pipeline.regrades import waived
from pipeline.returned import GivenBack
from pipeline.returned.key import Origin
from pipeline.rule_states import LOOKING_BESIDE, refused_states
from pipeline.status import not_standing, sent_by
from pipeline.store import Store, StoreFault, hash_of, write_json
from pipeline.version import VERSION
from pipeline.whole_drop import with_whole_drop
from schemas.force import Book, load_forces
from schemas.table import Severity

# A larger file is marked when it is asked for.
MARKED_ROWS = 200_000
MARKED_BYTES = 50 << 20

_log = logging.getLogger(__name__)

Progress = Callable[[str], None]


def collate(drop: Drop, store: Store, ledger: Ledger) -> Receipt:
    """Return the receipt of a drop once every row of it is accepted or held, or the drop is refused.

    What is wrong with the file becomes the receipt; what is wrong with us raises, and nothing is stored. The files
    appear first, each in one step, and the ledger last: a crash in between leaves a drop to be judged again.
    """
    if drop.book == WORKFORCE:
        from pipeline.denominators import collate_workforce

        return collate_workforce(drop, store, ledger)
    forces = load_forces(store.home.forces)
    force = forces.get(drop.force_id)
    book = force.books.get(drop.book) if force else None
    with store.staged() as folder:
        if book is None:
            why = misdeclared(drop.raw) or why_no_book(store.home, forces, drop.force_id, drop.file)
            return refuse(drop, None, why, store, ledger, folder)
        try:
            key = store.home.key(drop.force_id)
            beside = beside_of(store, ledger, drop.force_id, drop.drop_id, force.books if force else {})
            ask = gate_ahead(drop, book, store)
            judgement = judge(
                drop.raw, drop.file, book, drop.drop_id, key, drop.arrived_on, folder, beside, ask
            )
        except Refused as refused:
            return refuse(drop, book, refused.sentence, store, ledger, folder)
        past = past_of(store, ledger, drop.force_id, book.name, drop.drop_id, judgement.period)
        judgement = with_whole_drop(judgement, book, past, drop.named, folder)
        judgement = with_mended(judgement, drop.force_id, ledger)
        judgement = with_answers(judgement, drop.named, key, ledger)
        gate(judgement, ask)
        return commit(drop, book, judgement, store, ledger, folder)


def gate_ahead(drop: Drop, book: Book, store: Store) -> Callable[[Path], Question]:
    """Have the gate's process load its library, and return what asks it as soon as the accepted records are there.

    What has been asked already is not asked again.
    """
    keeper = gatekeeper()
    waivers = waived(book.on(drop.arrived_on))

    def ask(accepted: Path) -> Question:
        return keeper.ask(
            accepted, store.home, drop.force_id, drop.book, drop.drop_id, drop.arrived_on, waivers
        )

    return ask


def gate(judgement: Judgement, ask: Callable[[Path], Question]) -> None:
    """Have Great Expectations look at the accepted records; raises GateFailed where it and our masks disagree."""
    if judgement.accepted is not None and judgement.sums.accepted:
        ask(judgement.accepted).answer()


def commit(
    drop: Drop, book: Book, judgement: Judgement, store: Store, ledger: Ledger, folder: Path
) -> Receipt:
    """Return the receipt once records, findings and receipt are at rest and the ledger says so."""
    header = kept_header(judgement.header)
    receipt = {
        **receipt_of(drop.named, judgement),
        "drift": drift_of(drop.file, drop.arrived_on, drop.sequence, book, judgement, store, ledger),
    }
    if judgement.sums.accepted:
        page = drop_page(drop.arrived_on, drop.force_id, drop.book, drop.drop_id)
        receipt["data_docs"] = named(page, ".html").as_posix()
    back = folder / "return"
    back.mkdir()
    write_json(back / "receipt.json", receipt)
    if judgement.findings_file:
        judgement.findings_file.replace(back / "findings.csv")
    given = marked_copy(drop, book, judgement, back)
    write_letter(
        letter_of(receipt, occasion_of(drop, ledger, judgement.period, judgement.profile, given)), back
    )
    if judgement.transform_map:
        judgement.transform_map.replace(back / judgement.transform_map.name)
    files: dict[str, str] = {}
    for kind, written in (
        ("accepted", judgement.accepted),
        ("held", judgement.held),
        ("withdrawn", judgement.withdrawn),
    ):
        place = store.records_path(kind, drop.force_id, drop.book, drop.drop_id)
        if written is None or (kind == "accepted" and not judgement.sums.accepted):
            store.remove(place)
            continue
        files[f"{kind}.parquet"] = hash_of(written)
        store.place(written, place)
    store.place(back, store.return_path(drop.force_id, drop.drop_id))
    period = judgement.period or (None, None)
    # The same answer again changes nothing, so a crash before the drop is settled loses and doubles none.
    for answer in judgement.given:
        ledger.answer(answer)
    replaces = book.resend.how == "full"
    if replaces:
        promise_to_stand(store, drop.force_id, drop.book)
    ledger.settle(
        Outcome(
            drop_id=drop.drop_id,
            state="nil" if judgement.is_nil else "collated",
            mapping_fingerprint=fingerprint(book),
            code_version=VERSION,
            sums=judgement.sums,
            findings=[
                FindingCount(rule.name, rule.severity.value, rule.field, count)
                for rule, count in judgement.findings.items()
            ],
            period_from=period[0],
            period_to=period[1],
            files=files,
            header=header,
            profile=rows_of(judgement.profile) if judgement.profile else (),
            rules=tuple(judgement.states),
            beside=LOOKING_BESIDE,
            resend=book.resend.how if book.resend.how != "full" or judgement.stated_period else "amend",
        )
    )
    stand_anew(store, ledger, drop.force_id, drop.book)
    if replaces:
        store.remove(note_to_stand(store, drop.force_id, drop.book))
    return receipt


def marked_copy(drop: Drop, book: Book, judgement: Judgement, back: Path) -> GivenBack | None:
    """Write the force's own file with its cells marked beside its findings.

    None where nothing is to be marked, where the file has columns that are not read or personal data was found, which
    stay in the archive alone, or where it is so large that it is made when it is asked for.
    """
    if (
        judgement.personal
        or not {*judgement.header} <= {*book.columns}
        or any(rule.name.endswith(".personal") for rule in judgement.findings)
        or all(rule.severity is Severity.NOTE for rule in judgement.findings)
        or judgement.sums.rows > MARKED_ROWS
        or drop.raw.stat().st_size > MARKED_BYTES
    ):
        return None
    from pipeline.returned import give_back

    nothing = back / "none.parquet"
    try:
        return give_back(
            drop.raw,
            book,
            back / "findings.csv",
            judgement.accepted or nothing,
            judgement.held or nothing,
            back,
            Origin(drop.drop_id, drop.book, judgement.stated_period),
        )
    except Refused as refused:
        # The letter then names the command, which says the same.
        _log.warning("%s has no marked copy: %s", drop.label, type(refused).__name__)
        return None


def drift_of(
    file: str,
    arrived_on: date,
    sequence: int,
    book: Book,
    judgement: Judgement,
    store: Store,
    ledger: Ledger,
) -> list[dict[str, Any]]:
    """Return what is otherwise in a drop than in those of the force and book that came before it."""
    from pipeline.new_words import unexplained_words

    if not judgement.header:
        # A declaration that there is nothing to report has no columns to differ in.
        return []
    unexplained: dict[str, int] = {}
    for rule, count in judgement.findings.items():
        if rule.name.endswith(UNEXPLAINED):
            unexplained[rule.field] = unexplained.get(rule.field, 0) + count
    coded = {name for name in unexplained if is_coded(name, book)}
    sent_before = sent_by(store, ledger, book.force_id, book.name, book, coded)
    before = [each for number, each in sent_before if number < sequence]
    begins = judgement.period[0] if judgement.period else arrived_on
    said = (
        unexplained_words(judgement.transform_map, coded, book) if judgement.transform_map and before else {}
    )
    sent = Sent(
        file=file,
        since=begins.isoformat(),
        rows=judgement.sums.rows,
        header=kept_header(judgement.header),
        unexplained=unexplained,
        said=said,
    )
    return [change.as_dict() for change in changes(sent, before, book)]


def refuse(
    drop: Drop, book: Book | None, sentence: str, store: Store, ledger: Ledger, folder: Path
) -> Receipt:
    """Return the receipt of a file that could not be judged; it stays in the archive and in the ledger."""
    states = refused_states(book) if book else ()
    receipt = refusal_of(drop.named, sentence, states)
    back = folder / "return"
    back.mkdir()
    write_json(back / "receipt.json", receipt)
    write_letter(letter_of(receipt, occasion_of(drop, ledger)), back)
    store.place(back, store.return_path(drop.force_id, drop.drop_id))
    if book is not None:
        # It may have been judged before, by another mapping.
        for kind in ("accepted", "held", "withdrawn"):
            store.remove(store.records_path(kind, drop.force_id, book.name, drop.drop_id))
    ledger.settle(
        Outcome(
            drop_id=drop.drop_id,
            state="refused",
            mapping_fingerprint=fingerprint(book),
            code_version=VERSION,
            sums=DropSums(),
            sentence=sentence,
            rules=states,
        )
    )
    return receipt


def check_file(
    path: Path,
    force_id: str,
    home: Home,
    folder: Path,
    book_name: str | None,
    as_of: date,
    told: Callable[[Since], None] | None = None,
) -> Receipt:
    """Return the receipt a file would get, judged as `collate` judges it, with nothing stored.

    It has `drift` where the home has a ledger, which whoever checks a file need not have, and never `data_docs`: no
    page is written of a file that is only checked.

    `folder` is where the working files may be. `told` is given what a letter sets the file beside, where the home has
    a ledger. Raises HomeUnusable, ForceFileError or OSError with plain words
    where the question itself cannot be answered.
    """
    forces = load_forces(home.forces)
    named = {"force_id": force_id, "book": book_name or UNKNOWN, "file": path.name}
    force = forces.get(force_id)
    book = None
    if force is not None:
        book = force.books.get(book_name or book_in(forces, force_id, path))
    if book is None:
        return refusal_of(
            {**named, "sha256": hash_of(path), "drop_id": ""},
            misdeclared(path) or why_no_book(home, forces, force_id, path.name, book_name),
        )
    load_ahead()
    digest = hash_of(path)
    drop_id = drop_id_of(force_id, book, path.name, digest)
    named = {**named, "book": book.name, "sha256": digest, "drop_id": drop_id}
    with consulted(home, folder) as ledger:
        beside, store = NOTHING, Store(home)
        if ledger:
            beside = beside_of(store, ledger, force_id, drop_id, force.books if force else {})
        try:
            # A pseudonym that is thrown away needs no secret.
            judgement = judge(path, path.name, book, drop_id, b"checked, not kept", as_of, folder, beside)
        except Refused as refused:
            return refusal_of(named, refused.sentence, refused_states(book))
        past = past_of(store, ledger, force_id, book.name, drop_id, judgement.period) if ledger else NO_PAST
        judgement = with_whole_drop(judgement, book, past, named, folder)
        judgement = with_mended(judgement, force_id, ledger)
        judgement = with_answers(judgement, named, key_to_ask_with(home, force_id, ledger), ledger)
        receipt = receipt_of(named, judgement)
        if not ledger:
            return receipt
        drift = drift_of(path.name, as_of, beside.sequence, book, judgement, store, ledger)
        if told:
            period, profile = judgement.period, judgement.profile
            told(since_of(force_id, book.name, beside.sequence, ledger, period, profile))
        return {**receipt, "drift": drift}


def receive(home: Home, told: Callable[[int, Receipt], None] | None = None) -> dict[str, Any]:
    """Take in and collate every new drop of the inbox; return the receipts and what was left for later.

    `faults` are the drops that could not be judged through a fault of ours, each with the exception: they stay
    registered and are taken up again. A fault of the home or the ledger, which every drop would meet, is raised.
    """
    store = Store(home)
    home.prepare()
    load_ahead()
    with Ledger.open(home.ledger_url) as ledger:
        stand_promised(store, ledger)
        intake = take_in(store, ledger)
        receipts: list[Receipt] = []
        faults: list[tuple[Drop, Exception]] = []
        for drop in reports_first(intake.drops):
            try:
                receipts.append(collate(drop, store, ledger))
            except (StoreFault, HomeUnusable, LedgerUnavailable):
                raise
            except Exception as fault:
                # A fault over one force's drop must not keep the others waiting; it is told at the end.
                faults.append((drop, fault))
                continue
            if told:
                told(len(intake.drops), receipts[-1])
        new = {receipt["drop_id"] for receipt in receipts}
        waiting = [not_standing(d) for d in ledger.drops() if d.standing == "waits" and d.drop_id in new]
    if receipts:
        index_docs(home)
    return {
        "receipts": receipts,
        "already": intake.already,
        "growing": list(intake.growing),
        "misplaced": list(intake.misplaced),
        "passed_over": list(intake.passed_over),
        "waiting": waiting,
        "faults": faults,
    }


def new_drops(home: str | Path | None = None) -> list[str]:
    """Archive and register what is new in the inbox; return the labels of the drops to be judged, in order."""
    here = Home.at(home)
    here.prepare()
    store = Store(here)
    with Ledger.open(here.ledger_url) as ledger:
        stand_promised(store, ledger)
        return [drop.label for drop in reports_first(take_in(store, ledger).drops)]


def collate_path(drop: str, home: str | Path | None = None) -> dict[str, Any]:
    """Judge one registered drop by its label; return its receipt in counts, never values."""
    here = Home.at(home)
    here.prepare()
    store = Store(here)
    with Ledger.open(here.ledger_url) as ledger:
        receipt = collate(registered(store, ledger, drop), store, ledger)
    return in_counts(receipt)


def judged_path(drop: str, home: str | Path | None = None) -> dict[str, Any] | None:
    """Return the receipt, in counts, of a registered drop that is judged; None where it is still to be."""
    here = Home.at(home)
    here.prepare()
    store = Store(here)
    with Ledger.open(here.ledger_url) as ledger:
        known = registered(store, ledger, drop)
        record = ledger.drop(known.drop_id)
    place = store.return_path(known.force_id, known.drop_id) / "receipt.json"
    if record is None or to_be_judged(record, load_forces(here.forces)) or not place.is_file():
        return None
    return in_counts(json.loads(place.read_text(encoding="utf-8")))


def in_counts(receipt: Receipt) -> dict[str, Any]:
    """Return what may leave the force's own folder of a receipt: no finding, no value."""
    kept = (
        "force_id",
        "book",
        "file",
        "state",
        "rows",
        "records",
        "accepted",
        "held",
        "duplicates",
        "withdrawn",
        "out_of_scope",
    )
    counts = {name: receipt.get(name) for name in kept}
    return {**counts, "refused": receipt["refused"]} if "refused" in receipt else counts


def publish(month: str, home: str | Path | None = None) -> dict[str, Any]:
    """Publish the release of a month, or find that nothing has changed since its last one."""
    from pipeline.release import publish_month

    here = Home.at(home)
    here.prepare()
    with Ledger.open(here.ledger_url) as ledger:
        published = publish_month(month, Store(here), ledger)
    if published["changed"]:
        index_docs(here)
    return published


def sign_off(release_id: str, name: str, home: str | Path | None = None) -> dict[str, Any]:
    """Publish a release that waits for a person, exactly as it was built, under that person's name."""
    from pipeline.releases import sign_off

    here = Home.at(home)
    here.prepare()
    with Ledger.open(here.ledger_url) as ledger:
        published = sign_off.sign_off(release_id, name, Store(here), ledger)
    index_docs(here)
    return published


def refuse_release(release_id: str, name: str, reason: str, home: str | Path | None = None) -> dict[str, Any]:
    """Take a release that waits for a person away, under that person's name and for a reason."""
    from pipeline.releases import sign_off

    here = Home.at(home)
    here.prepare()
    with Ledger.open(here.ledger_url) as ledger:
        return sign_off.refuse(release_id, name, reason, Store(here), ledger)


def index_docs(home: Home) -> None:
    """Bring the index of the Data Docs up to date, and let the pages go that are past their time."""
    from pipeline.gate import build_docs

    build_docs(home)


def months_due(home: str | Path | None = None) -> list[str]:
    """Return the months to publish: the newest that drops cover and the two before it, which late drops mend."""
    from pipeline.release import due

    here = Home.at(home)
    here.prepare()
    with Ledger.open(here.ledger_url) as ledger:
        return due(ledger)
