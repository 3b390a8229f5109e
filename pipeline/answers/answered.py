"""Queries that a force has answered: what it said before, what it says in a marked file, and the findings both speak of.

An answer is about a rule, and about one row or every row of the book. A row is known again by its reference, of which
only a keyed hash is kept, or, where it has none, by its drop and its number in it. The finding stays; it has the answer.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from hmac import digest
from pathlib import Path
from typing import Any

from pipeline.harmless import harmless_text
from pipeline.home import Home, HomeUnusable
from pipeline.judgement import Judgement
from pipeline.ledger import Answer, Ledger
from pipeline.read import Noticed
from pipeline.read.noticed import SHOWN_ROWS, rows_said
from pipeline.reason import NoReason, sound_reason
from pipeline.returned.give_back import rows_of
from pipeline.returned.marked_export import Row
from pipeline.returned.marks import ANSWER
from schemas.force import fold
from schemas.table import Severity


@dataclass(frozen=True)
class Answers:
    """The answers that hold on a day, by rule and row; a row of "" is every row."""

    by_row: Mapping[tuple[str, str], Answer]

    def of(self, rule: str, rows: Iterable[str]) -> Answer | None:
        """Return the answer to a query of a rule on a row that goes by some keys."""
        return next((said for row in (*rows, "") if (said := self.by_row.get((rule, row)))), None)


def with_answers(
    judgement: Judgement, drop: Mapping[str, str], key: bytes | None, ledger: Ledger | None
) -> Judgement:
    """Return a judgement whose findings have the answers that speak of them, and the answers given in the file itself.

    `drop` gives force_id, book and drop_id; without a `key` rows are known by their places alone. What a file answers
    is in `given`, and is not stored here. Only queries can be answered.
    """
    assert judgement.judged_on is not None
    standing = ledger.answers(drop["force_id"], drop["book"]) if ledger else []
    written = {row.number: row.answer for row in judgement.marked_rows or () if row.answer}
    path = judgement.findings_file
    if path is None or not (standing or written):
        return replace(judgement, noticed=[*judgement.noticed, *unasked(written, {})])
    keys = Keys(drop["drop_id"], key, judgement.marked_rows or ())
    reasons, refused = sound_reasons(written)
    given: dict[tuple[str, str], Answer] = {}
    asked: set[int] = set()
    for found in queries_in(path):
        row = int(found["row"] or 0)
        if row not in written:
            continue
        asked.add(row)
        if row in reasons:
            said = Answer(
                drop["force_id"], drop["book"], drop["drop_id"], found["rule"], reasons[row],
                row_key=keys.of(found)[0], who=f"force {drop['force_id']}",
            )  # fmt: skip
            given[said.rule, said.row_key] = said
    answers = Answers({**in_force(standing, judgement.judged_on).by_row, **given})
    held = {*rows_of(judgement.held).tolist()} if judgement.held else set()
    counts = write_answers(path, answers, keys, held)
    listed = [{**found, "answer": reason_of(found, answers, keys)} for found in judgement.listed]
    noticed = [*judgement.noticed, *refused, *unasked(written, asked)]
    return replace(judgement, listed=listed, noticed=noticed, given=(*given.values(),), answered=counts)


def in_force(standing: Sequence[Answer], day: date) -> Answers:
    """Return the answers that hold on a day; of several to the same query the last that was given."""
    return Answers(
        {(each.rule, each.row_key): each for each in standing if each.until is None or each.until >= day}
    )


class Keys:
    """The keys by which the rows of a drop are known again."""

    def __init__(self, drop_id: str, key: bytes | None, rows: Sequence[Row]) -> None:
        self._drop_id = drop_id
        self._key = key
        self._places = {row.number: place_key(row.key.drop_id, row.key.row) for row in rows if row.key}

    def of(self, found: Mapping[str, Any]) -> list[str]:
        """Return the keys of the row of a finding, the surest first; none where it is about the whole drop."""
        if not found["row"]:
            return []
        row = int(found["row"])
        keys = [place_key(self._drop_id, row)]
        if row in self._places:
            keys.insert(0, self._places[row])
        if self._key and (reference := as_sent(found["reference"] or "")):
            keys.insert(0, reference_key(self._key, reference))
        return keys


def reference_key(key: bytes, reference: str) -> str:
    """Return what a row with a reference is known by, from which the reference cannot be told."""
    return digest(key, b"row\x1f" + fold(reference).encode(), sha256).hex()[:16]


def place_key(drop_id: str, row: int) -> str:
    return f"{drop_id}-{row}"


def as_sent(text: str) -> str:
    """Return a value of a findings.csv without what keeps it from being a formula."""
    return text[1:] if text[:1] == "'" and harmless_text(text[1:]) == text else text


def queries_in(path: Path) -> Iterable[dict[str, str]]:
    """Yield the queries of a findings.csv."""
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8", newline="") as lines:
        yield from (found for found in csv.DictReader(lines) if found["severity"] == Severity.QUERY.value)


def reason_of(found: Mapping[str, Any], answers: Answers, keys: Keys) -> str:
    """Return the reason a force gave for a query; nothing for any other finding."""
    if found["severity"] != Severity.QUERY.value:
        return ""
    said = answers.of(found["rule"], keys.of(found))
    return harmless_text(said.reason) if said else ""


def write_answers(path: Path, answers: Answers, keys: Keys, held: set[int]) -> dict[str, int]:
    """Write the answers into a findings.csv; return how many queries have one by rule, but for those of held rows."""
    counts: Counter[str] = Counter()
    beside = path.with_name("findings-answered.csv")
    csv.field_size_limit(sys.maxsize)
    with (
        path.open(encoding="utf-8", newline="") as lines,
        beside.open("w", encoding="utf-8", newline="") as out,
    ):
        found_in = csv.DictReader(lines)
        written = csv.DictWriter(out, found_in.fieldnames or (), lineterminator="\n")
        written.writeheader()
        for found in found_in:
            reason = reason_of(found, answers, keys)
            if reason and int(found["row"] or 0) not in held:
                counts[found["rule"]] += 1
            written.writerow({**found, "answer": reason})
    beside.replace(path)
    return dict(sorted(counts.items()))


def sound_reasons(written: Mapping[int, str]) -> tuple[dict[int, str], list[Noticed]]:
    """Return the reasons that may be kept, by row, and what is said of the others."""
    sound: dict[int, str] = {}
    noticed: list[Noticed] = []
    for row, text in written.items():
        try:
            sound[row] = sound_reason(text)
        except NoReason as why:
            noticed.append(
                Noticed("answer_refused", f"The answer in row {row} was not kept. {why.sentence}", rows=(row,), count=1)
            )  # fmt: skip
    return sound, noticed


def unasked(written: Mapping[int, str], asked: Iterable[int]) -> list[Noticed]:
    """Return what is said of answers beside rows that have no query."""
    rows = sorted({*written} - {*asked})
    if not rows:
        return []
    return [
        Noticed(
            "answer_unasked",
            f'In {rows_said(len(rows), tuple(rows))} there is something in "{ANSWER}", but nothing was asked there, so it '
            "was not kept. What holds a row back is mended, not answered.",
            rows=tuple(rows[:SHOWN_ROWS]),
            count=len(rows),
        )
    ]


def key_to_ask_with(home: Home, force_id: str, ledger: Ledger | None) -> bytes | None:
    """Return the force's key for whoever only checks a file; None where none is set, or there is nothing to ask."""
    if ledger is None:
        return None
    try:
        return home.key(force_id)
    except HomeUnusable:
        return None
