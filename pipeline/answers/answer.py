"""Answering a query: which query of which drop is meant, and the answer kept in the ledger."""

from __future__ import annotations

import csv
import sys
from datetime import date
from typing import Any

from pipeline.answers.answered import Keys
from pipeline.explain import known_drop
from pipeline.home import Home
from pipeline.ledger import Answer, DropRecord, Ledger
from pipeline.reason import NoReason, sound_reason
from pipeline.store import Store
from schemas.catalogue import Entry, code_of, find
from schemas.table import Severity


class NotAnswered(Exception):
    """The answer cannot be kept; the sentence says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def answer_query(
    home: Home, label: str, rule: str, row: int | None, reason: str, until: date | None, today: date
) -> dict[str, Any]:
    """Keep a force's answer to a query of one of its drops; return what it speaks of, never the reason.

    Without a row it speaks of every row of the force's book that the rule asks about. Raises NotAsked where there is
    no such drop, NotAnswered where the drop has no such query or the reason may not be kept, HomeUnusable without a key.
    """
    home.must_be()
    try:
        said = sound_reason(reason)
    except NoReason as why:
        raise NotAnswered(f"{why.sentence} Nothing was stored.") from None
    if until is not None and until < today:
        raise NotAnswered(
            f"The answer would have ended on {until}, which is past. Name a later day with --until."
        )
    home.prepare()
    with Ledger.open(home.ledger_url) as ledger:
        drop = known_drop(ledger, label)
        name = asked_rule(drop, rule, ledger)
        row_key = "" if row is None else key_of_row(home, drop, name, row)
        kept = ledger.answer(
            Answer(drop.force_id, drop.book, drop.drop_id, name, said, row_key=row_key, until=until)
        )
    return {
        "answer_id": kept.answer_id,
        "force_id": kept.force_id,
        "book": kept.book,
        "drop_id": kept.drop_id,
        "rule": kept.rule,
        "code": code_of(kept.rule),
        "row": row,
        "until": kept.until.isoformat() if kept.until else None,
        "who": kept.who,
    }


def asked_rule(drop: DropRecord, rule: str, ledger: Ledger) -> str:
    """Return the name of a rule, by its code or name, that asks something of a drop; raises NotAnswered."""
    known = find(rule)
    if not isinstance(known, Entry):
        raise NotAnswered(
            f'There is no rule "{rule}". Its code stands beside each query in findings.csv, as A033.'
        )
    name = known.rule.name
    found = [each for each in ledger.findings(drop.drop_id) if each.rule == name]
    if not found:
        raise NotAnswered(
            f"The rule {rule} found nothing in drop {drop.drop_id}, so there is nothing to answer. Check the drop and the "
            "code against its receipt.json."
        )
    if not any(each.severity == Severity.QUERY.value for each in found):
        mend = (
            "what it finds is mended, not answered"
            if found[0].severity == Severity.ERROR.value
            else "it asks nothing"
        )
        raise NotAnswered(f"The rule {rule} is no query in drop {drop.drop_id}: {mend}.")
    return name


def key_of_row(home: Home, drop: DropRecord, rule: str, row: int) -> str:
    """Return what a row that a rule asks about is known by; raises NotAnswered where it does not ask there."""
    path = Store(home).return_path(drop.force_id, drop.drop_id) / "findings.csv"
    if not path.is_file():
        raise NotAnswered(
            f"The findings of drop {drop.drop_id} are no longer there, so its rows are not known."
        )
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8", newline="") as lines:
        for found in csv.DictReader(lines):
            if (
                found["row"] == str(row)
                and found["rule"] == rule
                and found["severity"] == Severity.QUERY.value
            ):
                return Keys(drop.drop_id, home.key(drop.force_id), ()).of(found)[0]
    raise NotAnswered(
        f"The rule {code_of(rule)} asks nothing in row {row} of {drop.file}. Take the row's number from findings.csv."
    )
