"""The rules about a whole drop, asked once its rows are judged: what they found, and what became of every rule."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from expectations.answers import Answer, Found, could_not_run
from expectations.history import (
    code_gone,
    less_filled,
    references_gone,
    references_of,
    sent_before,
    shared,
    volume,
)
from expectations.peers import unlike_peers
from expectations.profile import Profile, latest_first
from expectations.whole_drop import (
    another_force,
    dates_lost,
    month_first,
    one_value,
    times_lost,
    units,
    wrong_period,
)
from pipeline.engine import Engine, open_engine
from pipeline.findings import FINDING_COLUMNS
from pipeline.judgement import Judgement
from pipeline.past import Past
from pipeline.pointed import EXPECTED_OF_DROP
from pipeline.rule_states import complete, of_answers, states_of
from schemas.assault import ASSAULT
from schemas.catalogue import code_of
from schemas.force import Book
from schemas.regrade import as_seen
from schemas.table import Rule
from schemas.whole_drop import DROP_RULES, SAID_FIRST, VOLUME

# How many earlier drops of other days are looked into for the same references.
LOOKED_INTO = 3


def with_whole_drop(
    judgement: Judgement, book: Book, past: Past, drop: Mapping[str, str], folder: Path
) -> Judgement:
    """Return a judgement with what the rules about the whole drop found, first of all, and the state of every rule.

    `drop` gives its drop_id and the name of its file.
    """
    assert judgement.profile is not None
    profile = replace(judgement.profile, drop_id=drop["drop_id"])
    book = judgement.book or book
    seen = {rule.name: rule for rule in as_seen(DROP_RULES, book)}
    answers = [
        replace(answer, rule=seen[answer.rule.name])
        for answer in answers_of(profile, judgement, book, past, folder)
        if answer.rule.name in seen
    ]
    states = complete([*states_of(judgement, book, profile), *judgement.states, *of_answers(answers)], book)
    said = [
        as_finding(answer.rule, found, drop["file"], judgement, book)
        for answer in sorted(answers, key=lambda each: place_of(each.rule))
        for found in answer.found
    ]
    if not said:
        return replace(judgement, states=states)
    path = judgement.findings_file or folder / "findings.csv"
    put_first(path, said)
    counts = {answer.rule: len(answer.found) for answer in answers if answer.found}
    return replace(
        judgement,
        states=states,
        findings={**judgement.findings, **counts},
        listed=[*said, *judgement.listed],
        findings_file=path,
    )


def place_of(rule: Rule) -> int:
    """Return where a rule's findings are said: some before all others."""
    return SAID_FIRST.index(rule.name) if rule.name in SAID_FIRST else len(SAID_FIRST)


def answers_of(
    profile: Profile, judgement: Judgement, book: Book, past: Past, folder: Path
) -> Iterator[Answer]:
    """Yield what each rule about a whole drop comes to, in the order of their codes."""
    gone, again = references(profile, judgement, past, folder)
    period, force = wrong_period(profile), another_force(profile, book.force is not None)
    wrong = next((answer.rule for answer in (again, force, period) if answer.found), None)
    if wrong:
        # Its months are those of other records: what is unusual about them is no news.
        why = f"{wrong.sentence} Until the right file is there, its months cannot be compared."
        yield could_not_run(VOLUME, why)
    else:
        yield volume(profile, past.own)
    yield gone
    yield less_filled(profile, past.own)
    yield code_gone(profile, past.own)
    yield unlike_peers(profile, past.peers)
    yield period
    yield again
    yield force
    yield units(profile, past.own)
    yield dates_lost(profile)
    yield times_lost(profile)
    yield one_value(profile, [name for name, field in book.fields.items() if field.constant is not None])
    yield month_first(only_month_first(judgement, book), judgement.sums.rows)


def only_month_first(judgement: Judgement, book: Book) -> dict[str, int]:
    """Return how many rows have a date that can only be read month first, by field, where none is only day first."""
    only: dict[str, int] = {}
    for seen in judgement.noticed:
        for name, mapped in book.fields.items():
            columns = {column for written in mapped.names for column in book.numbered(written)}
            is_date = name in ASSAULT.names and ASSAULT[name].type == "date"
            if seen.kind == "month_first" and is_date and seen.column in columns:
                only[name] = max(seen.count, only.get(name, 0))
    return only


def references(profile: Profile, judgement: Judgement, past: Past, folder: Path) -> tuple[Answer, Answer]:
    """Return what the two rules come to that look for references in records sent before."""
    # A drop with fewer records than this one is asked the same, of fewer.
    earlier = [each for each in latest_first(past.own) if each.drop_id in past.accepted]
    same_days = next(
        (each for each in latest_first(past.own) if each.overlaps(profile) and each.records), None
    )
    others = [each for each in earlier if not each.overlaps(profile)][:LOOKED_INTO]
    here = judgement.accepted if judgement.sums.accepted_records else None
    gone: Mapping[str, int] | None = None
    again: dict[str, Mapping[str, int]] = {}
    if here is not None and (others or same_days):
        with open_engine(folder) as engine:
            records = engine.read_parquet(here)
            if same_days and same_days.drop_id in past.accepted and profile.begins and profile.ends:
                before = engine.read_parquet(past.accepted[same_days.drop_id])
                asked = references_of(before, (profile.begins, profile.ends))
                gone = one_row(engine, shared(engine.lay_down("asked", asked), records))
            if others:
                looked_for = engine.lay_down("looked_for", references_of(records))
                for other in others:
                    sent = engine.read_parquet(past.accepted[other.drop_id])
                    again[other.file] = one_row(engine, shared(looked_for, sent))
    return references_gone(profile, same_days, gone), sent_before(profile, again)


def one_row(engine: Engine, table: Any) -> Mapping[str, int]:
    (row,) = engine.rows(table)
    return row


def as_finding(rule: Rule, found: Found, file: str, judgement: Judgement, book: Book) -> dict[str, Any]:
    """Return a finding about the drop: it has no row, no cell and no value."""
    return {
        **dict.fromkeys(FINDING_COLUMNS),
        "file": file,
        "sheet": judgement.read_as.get("sheet"),
        "field": found.field,
        "column": columns_of_field(found.field, judgement, book),
        "expected": EXPECTED_OF_DROP[rule.constraint.name],
        "rule": rule.name,
        "code": code_of(rule.name),
        "severity": rule.severity.value,
        "message": found.message,
        "mend": rule.remedy,
    }


def columns_of_field(name: str, judgement: Judgement, book: Book) -> str:
    """Return the force's own name of the column a field is read from."""
    if name == "force_id":
        return book.force.column if book.force else ""
    if name not in book.fields or name not in ASSAULT.names:
        return ", ".join(cell.column for cell in book.lists if name in cell.fields())
    mapped = book.fields[name]
    here = [c for written in mapped.names for c in book.numbered(written) if c in judgement.header]
    return ", ".join(here or mapped.names)


def put_first(path: Path, said: Sequence[Mapping[str, Any]]) -> None:
    """Put findings before those of a findings.csv, under its columns; the file is made where there is none."""
    columns = list(FINDING_COLUMNS)
    if path.exists():
        with path.open(encoding="utf-8", newline="") as lines:
            columns = next(csv.reader(lines))
    whole = path.with_name("findings-whole.csv")
    with whole.open("w", encoding="utf-8", newline="") as written:
        writer = csv.DictWriter(written, columns, restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(said)
        if path.exists():
            with path.open(encoding="utf-8", newline="") as lines:
                lines.readline()
                shutil.copyfileobj(lines, written, 1 << 20)
    whole.replace(path)
