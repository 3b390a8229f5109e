"""How each drop stands: in the releases, taken back by somebody, or waiting until somebody has looked at it.

It is a fold over the drops of a force's book in the order they came, so the same drops and the same rulings stand the
same way whenever it is worked out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.ledger import Act, DropRecord, Ledger
from pipeline.period import period_words
from pipeline.reason import NoReason, sound_reason
from pipeline.store import Store
from schemas.force import Force, load_forces
from schemas.resend import MOST_DROPPED

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from pipeline.engine import Engine
    from pipeline.ledger.facts import Ruling, Standing

WORDS: Mapping[str, str] = {
    "waits": (
        "# Your file waits for somebody to look at it\n\n"
        "{file} was read and judged, and is in no figures yet. {because}\n\n"
        "Until then your last good file stands. If the file is whole, tell the national team so that they approve it; "
        "if records are missing from it, send it again with them.\n"
    ),
    "reverted": (
        "# Your file was taken back\n\n"
        "{file} was read and judged, and somebody took it out of the figures. {because} Your last good file before it "
        "stands.\n"
    ),
}
RULED: Mapping[str | None, str] = {"approved": "approved", "reverted": "reverted", None: "reinstated"}


class CannotRule(Exception):
    """A drop cannot be approved, reverted or reinstated; the sentence says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def rule_on(
    store: Store, ledger: Ledger, drop_id: str, ruling: Ruling | None, reason: str, by: str = ""
) -> list[DropRecord]:
    """Approve or revert a drop, or with None take back what was ruled; return the drops that stand otherwise by it.

    Raises CannotRule where there is no such drop, it is not judged, the ruling is its own already, or the reason may not
    be kept.
    """
    drop = ledger.drop(drop_id)
    if drop is None:
        raise CannotRule(f"The ledger knows no drop {drop_id}. collate status lists what each force sent.")
    if not drop.is_settled:
        raise CannotRule(f"Drop {drop_id} ({drop.file}) is {drop.state}: nothing of it is in any release.")
    if ruling == drop.ruling:
        # A crash may have come between the ruling and how the drops stand by it.
        if changed := stand_anew(store, ledger, drop.force_id, drop.book):
            return changed
        raise CannotRule(f"Drop {drop_id} ({drop.file}) is {RULED[ruling]} already.")
    if ruling == "approved" and drop.standing != "waits":
        raise CannotRule(f"Drop {drop_id} ({drop.file}) does not wait for anybody: it {drop.standing}.")
    try:
        said = {"file": drop.file, "reason": sound_reason(reason)}
    except NoReason as why:
        raise CannotRule(why.sentence) from None
    act = Act(did=RULED[ruling], subject=drop_id, force_id=drop.force_id, said=said, who=by)
    ledger.rule_on(drop_id, ruling, act)
    return stand_anew(store, ledger, drop.force_id, drop.book)


def stand_anew(
    store: Store, ledger: Ledger, force_id: str, book: str, forces: Mapping[str, Force] | None = None
) -> list[DropRecord]:
    """Work out how the drops of a force's book stand, and return those that stand otherwise than before."""
    drops = [drop for drop in ledger.drops(force_id, book) if drop.is_settled]
    if not any(drop.resend == "full" or drop.ruling or drop.standing != "stands" for drop in drops):
        return []
    declared = (load_forces(store.home.forces) if forces is None else forces).get(force_id)
    known = declared.books.get(book) if declared else None
    found = fold(drops, store, known.resend.most_dropped if known else MOST_DROPPED)
    ledger.stand(found)
    for drop in drops:
        tell_force(store, drop, *found[drop.drop_id])
    return [
        replace(drop, standing=found[drop.drop_id][0], because=found[drop.drop_id][1])
        for drop in drops
        if found[drop.drop_id] != (drop.standing, drop.because)
    ]


def note_to_stand(store: Store, force_id: str, book: str) -> Path:
    """Return where it is noted that the drops of a force's book are to be stood anew, once one of them is settled."""
    return store.home.root / "to_stand" / f"{force_id}.{book}"


def promise_to_stand(store: Store, force_id: str, book: str) -> None:
    """Note that the drops of a force's book are to be stood anew, before the ledger hears of the one that asks for it."""
    note = note_to_stand(store, force_id, book)
    with store.faults_told():
        note.parent.mkdir(exist_ok=True)
        note.touch()


def stand_promised(store: Store, ledger: Ledger) -> None:
    """Have drops stand as was noted by a run that ended before it could do so."""
    folder = store.home.root / "to_stand"
    for note in sorted(folder.iterdir()) if folder.is_dir() else []:
        force_id, _, book = note.name.partition(".")
        stand_anew(store, ledger, force_id, book)
        store.remove(note)


def tell_force(store: Store, drop: DropRecord, standing: Standing, because: str) -> None:
    """Have a page in the return pack of a drop say that it is in no release, and why, as long as that is so."""
    page = store.return_path(drop.force_id, drop.drop_id) / "waiting.md"
    if standing == "stands":
        store.remove(page)
        return
    text = WORDS[standing].format(file=drop.file, because=because)
    if page.parent.is_dir() and not (page.is_file() and page.read_text(encoding="utf-8") == text):
        with store.staged() as folder:
            written = folder / page.name
            written.write_text(text, encoding="utf-8")
            store.place(written, page)


def stand_every(store: Store, ledger: Ledger) -> None:
    """Work out how every drop stands, also where a crash came between a drop and its standing."""
    forces = load_forces(store.home.forces)
    for force_id, book in sorted({(drop.force_id, drop.book) for drop in ledger.drops()}):
        stand_anew(store, ledger, force_id, book, forces)


def fold(drops: Sequence[DropRecord], store: Store, most_dropped: float) -> dict[str, tuple[Standing, str]]:
    """Return how each of a force's drops of a book, in the order they came, stands, and why where it does not."""
    found: dict[str, tuple[Standing, str]] = {}
    standing: list[DropRecord] = []
    for drop in drops:
        if drop.ruling == "reverted":
            found[drop.drop_id] = ("reverted", "It was reverted.")
            continue
        because = "" if drop.ruling == "approved" else why_it_waits(drop, standing, store, most_dropped)
        found[drop.drop_id] = ("waits", because) if because else ("stands", "")
        if not because:
            standing.append(drop)
    return found


def why_it_waits(drop: DropRecord, standing: Sequence[DropRecord], store: Store, most_dropped: float) -> str:
    """Return why a drop that replaces its whole period waits for a person; empty where it need not."""
    if drop.resend != "full" or not drop.period_from or not drop.period_to:
        return ""
    if not any(overlap(drop, earlier) for earlier in standing):
        return ""
    before, dropped = what_it_drops(drop, standing, store)
    if not before or dropped <= before * most_dropped:
        return ""
    period = period_words((drop.period_from, drop.period_to))
    return (
        f"It would withdraw {dropped:,} of the {before:,} records that stand for {period}, which is more than "
        f"{most_dropped:.0%}."
    )


def overlap(drop: DropRecord, earlier: DropRecord) -> bool:
    """Return whether two drops share a day."""
    if not (drop.period_from and drop.period_to and earlier.period_from and earlier.period_to):
        return False
    return earlier.period_from <= drop.period_to and earlier.period_to >= drop.period_from


def what_it_drops(drop: DropRecord, standing: Sequence[DropRecord], store: Store) -> tuple[int, int]:
    """Return how many records stand that a full drop replaces, and how many of those it holds no longer."""
    from pipeline.engine import open_engine
    from transforms.resolve import KEY, keyed, resolve
    from transforms.withdraw import superseded

    with store.staged() as folder, open_engine(folder) as engine:
        records = at_rest("accepted", standing, store, engine)
        current = resolve(records, table_of(standing, engine), withdrawn_of(standing, records, store, engine))
        both = [*standing, drop]
        held = at_rest("held", (), store, engine)
        replaced = engine.lay_down(
            "replaced", superseded(current, table_of(both, engine), held).select(KEY).distinct()
        )
        kept = [keyed(at_rest(kind, [drop], store, engine)).select(KEY) for kind in ("accepted", "held")]
        lost = replaced.anti_join(kept[0].union(kept[1]), KEY)
        (counted,) = engine.rows(replaced.aggregate(before=replaced.count()))
        (left,) = engine.rows(lost.aggregate(lost=lost.count()))
    return int(counted["before"]), int(left["lost"])


def withdrawn_of(
    drops: Sequence[DropRecord], records: ir.Table, store: Store, engine: Engine
) -> ir.Table | None:
    """Return the records that a later one of some drops takes away; None where none of them ever does."""
    if all(drop.resend == "amend" for drop in drops):
        return None
    from transforms.withdraw import withdrawn

    held = at_rest("held", [drop for drop in drops if drop.resend == "full"], store, engine)
    back = at_rest("withdrawn", [drop for drop in drops if drop.resend == "delta"], store, engine)
    return withdrawn(records, table_of(drops, engine), held, back)


def at_rest(kind: str, drops: Iterable[DropRecord], store: Store, engine: Engine) -> ir.Table:
    """Return key, drop and day of the records of some drops that are at rest as `kind`."""
    import pyarrow as pa

    from transforms.withdraw import TAKEN_BACK

    paths = [store.records_path(kind, drop.force_id, drop.book, drop.drop_id) for drop in drops]
    there = [path for path in paths if path.is_file()]
    if there:
        return engine.read_parquet(*there).select(*TAKEN_BACK)
    types = {"string": pa.string(), "int64": pa.int64(), "date": pa.date32()}
    empty = pa.schema([(name, types[word]) for name, word in TAKEN_BACK.items()]).empty_table()
    return engine.read_arrow(f"no_{kind}_keys", empty)


def table_of(drops: Sequence[DropRecord], engine: Engine) -> ir.Table:
    """Return drops as `transforms` looks at them."""
    return engine.read_arrow(f"drops_{len(drops)}", arrow_of(drops))


def arrow_of(drops: Sequence[DropRecord]) -> pa.Table:
    """Return drops with what replaces what: their order, their period and how they are sent again."""
    import pyarrow as pa

    schema = pa.schema(
        [("drop_id", pa.string()), ("sequence", pa.int64()), ("force_id", pa.string()), ("book", pa.string()),
         ("period_from", pa.date32()), ("period_to", pa.date32()), ("state", pa.string()),
         ("resend", pa.string())]
    )  # fmt: skip
    return pa.Table.from_pylist(
        [{name: getattr(drop, name) for name in schema.names} for drop in drops], schema
    )
