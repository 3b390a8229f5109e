"""Assaults that may stand in two forces' books: the questions to both, their answers, and what is counted once.

`transforms/across.py` says which records are alike. Here each force is asked about its own record and told only which other
force has one like it; the answers are acts in the ledger, the last of a force the one that holds.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.answers.pair_answers import ANSWERED, STATES, Replies, State, replies_in, state_of
from pipeline.engine import open_engine
from pipeline.harmless import harmless_text
from pipeline.ledger import Act, Ledger
from pipeline.period import add_months, month_end
from pipeline.reason import NoReason, sound_reason
from pipeline.release import accepted_records, current_records, drop_table, gather
from pipeline.store import Store, safe_name
from schemas.register import FORCES
from transforms.across import BOOK, Pair, Side, candidates, pairs_of

QUESTION = (
    "Does {other} also have this assault on the same victim? A record of theirs is like this one; speak to them if the "
    "record does not tell."
)
HOW = (
    'Tell the national collation team "{pair} same" or "{pair} not same", and why, in words that name nobody. They enter: '
    'collate across answer {pair} --force {force} --same (or --not-same) --reason "..."'
)
COLUMNS = (
    "pair", "reference", "victim", "occurred_on", "other_force", "likelihood", "question", "your_answer", "state",
    "how_to_answer",
)  # fmt: skip


class NotAnswered(Exception):
    """An answer that cannot be taken; the sentence says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Across:
    """The pairs of some months, in order of month and id, and what was answered about them."""

    pairs: Sequence[Pair]
    replies: Replies

    def state(self, pair: Pair) -> State:
        return state_of(self.replies.get(pair.pair_id, {}))


def look_across(store: Store, ledger: Ledger, month: str | None = None) -> Across:
    """Return the pairs of a month ("2018-09"), or of all: those to ask about, and those asked about before.

    Raises NothingToPublish where no drop covers the month or any before it.
    """
    first = date.fromisoformat(f"{month}-01") if month else None
    # A pair about midnight may end in the month after.
    until = add_months(first, 1) if first else latest_month(ledger)
    inputs = gather(until, store, ledger)
    replies = replies_in(ledger)
    with store.staged() as folder, open_engine(folder) as engine:
        records = accepted_records(inputs, store, engine)
        now = current_records(records, engine.read_arrow("drops", drop_table(inputs)), inputs, store, engine)
        if first:
            near = [add_months(first, -1), month_end(until)]
            now = now.filter(now["occurred_on"].between(*near))
        crimes = now.filter(now["book"] == BOOK)
        # One file, read twice, where the records of each drop would be put in order for both sides of a pair.
        engine.write_parquet(crimes, folder / "crimes.parquet", compression="snappy")
        rows = engine.rows(candidates(engine.read_parquet(folder / "crimes.parquet")))
    by_state: dict[State, set[str]] = {state: set() for state in STATES}
    for pair_id, given in replies.items():
        by_state[state_of(given)].add(pair_id)
    asked = pairs_of(rows, by_state["same"], by_state["not same"] | by_state["disputed"])
    wanted = [pair for pair in asked if month is None or pair.month == month]
    return Across(sorted(wanted, key=lambda pair: (pair.month, pair.pair_id)), replies)


def latest_month(ledger: Ledger) -> date:
    """Return the first day of the last month any drop covers; of the present one where none covers any."""
    ends = [drop.period_to for drop in ledger.drops() if drop.period_to]
    return max(ends, default=date.today()).replace(day=1)


def questions(found: Across) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return the rows of each force's file by force and month: its own record, and which other force has one like it."""
    asked: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for pair in found.pairs:
        for own, other in (pair.sides, pair.sides[::-1]):
            asked.setdefault((own.force_id, pair.month), []).append(question(found, pair, own, other))
    return asked


def question(found: Across, pair: Pair, own: Side, other: Side) -> dict[str, Any]:
    """Return a row of a force's file: nothing in it is of the other force but its name and whether it agrees."""
    reply = found.replies.get(pair.pair_id, {}).get(own.force_id)
    return {
        "pair": pair.pair_id,
        "reference": own.source_record_id,
        "victim": own.victim_number or None,
        "occurred_on": f"{own.occurred_on}",
        "other_force": name_of(other.force_id),
        "likelihood": "likely" if pair.weight >= 0 else "possible",
        "question": QUESTION.format(other=name_of(other.force_id)),
        "your_answer": None if reply is None else "same" if reply.same else "not same",
        "state": f"{found.state(pair)}: {STATES[found.state(pair)]}",
        "how_to_answer": HOW.format(pair=pair.pair_id, force=own.force_id),
    }


def name_of(force_id: str) -> str:
    return FORCES[force_id].official_name if force_id in FORCES else force_id


def write_questions(found: Across, store: Store, month: str | None, out: Path | None = None) -> list[Path]:
    """Write each force's questions and return where they are: in the force's returns, or under `out`.

    In the returns, a file of the months looked at that has no question any more is removed.
    """
    root = out or store.home.returns
    written = []
    with store.staged() as folder:
        for (force_id, asked_in), rows in sorted(questions(found).items()):
            target = root / safe_name(force_id) / "across" / f"{asked_in}.csv"
            text = as_csv(rows)
            if out is None:
                staged = folder / f"{force_id}-{asked_in}.csv"
                staged.write_text(text, encoding="utf-8")
                store.place(staged, target)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
            written.append(target)
    if out is None:
        for left in sorted(root.glob(f"*/across/{month or '*'}.csv")):
            if left not in written:
                store.remove(left)
    return written


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the rows as a CSV no cell of which a spreadsheet takes for a formula."""
    text = io.StringIO()
    lines = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    lines.writeheader()
    for row in rows:
        lines.writerow({**row, "reference": harmless_text(row["reference"])})
    return text.getvalue()


def give_answer(
    store: Store, ledger: Ledger, pair_id: str, force_id: str, same: bool, reason: str
) -> tuple[State, bool]:
    """Record a force's answer about a pair; return what the pair comes to, and whether the answer is a new one.

    Raises NotAnswered where there is no such pair, it is not of that force, or the reason names somebody.
    """
    try:
        told = sound_reason(reason)
    except NoReason as why:
        raise NotAnswered(why.sentence) from None
    earlier = replies_in(ledger).get(pair_id, {})
    if earlier:
        known = next(iter(earlier.values()))
        keys, forces, month = known.keys, known.forces, known.month
    else:
        pair = asked_about(store, ledger, pair_id)
        keys, forces = (tuple(getattr(side, name) for side in pair.sides) for name in ("key", "force_id"))
        month = pair.month
    if force_id not in forces:
        raise NotAnswered(
            f"Pair {pair_id} is of {' and '.join(forces)}, not of {force_id}. Check the id and the force after --force."
        )
    last = earlier.get(force_id)
    if last is not None and (last.same, last.reason) == (same, told):
        return state_of(earlier), False
    said = {"same": same, "reason": told, "records": list(keys), "forces": list(forces), "month": month}
    ledger.record(Act(did=ANSWERED, subject=pair_id, force_id=force_id, said=said))
    return state_of(replies_in(ledger)[pair_id]), True


def asked_about(store: Store, ledger: Ledger, pair_id: str) -> Pair:
    """Return a pair both forces are asked about."""
    found = look_across(store, ledger)
    for pair in found.pairs:
        if pair.pair_id == pair_id:
            return pair
    raise NotAnswered(
        f'There is no pair "{pair_id}" to answer. collate across lists them; a pair goes when a record of it is corrected '
        "or withdrawn."
    )


def in_words(found: Across, written: Sequence[Path]) -> dict[str, Any]:
    """Return what machines are told: each force's own record of each pair, never the other's."""
    states = [found.state(pair) for pair in found.pairs]
    return {
        "pairs": len(found.pairs),
        **{state.replace(" ", "_"): states.count(state) for state in STATES},
        "questions": [
            {"force_id": force_id, "month": month}
            | {key: row[key] for key in COLUMNS if key not in ("question", "how_to_answer", "state")}
            | {"state": row["state"].partition(":")[0]}
            for (force_id, month), rows in sorted(questions(found).items(), key=lambda each: each[0][::-1])
            for row in rows
        ],
        "files": [str(path) for path in written],
    }
