"""What became of a marked file that was mended and sent again: which rows are mended, which are as they were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pipeline.judgement import Judgement
from pipeline.ledger import DropRecord, Ledger
from pipeline.read import Noticed
from pipeline.read.noticed import SHOWN_ROWS, rows_said
from pipeline.returned.give_back import rows_of
from pipeline.returned.key import HEADING, HELD
from pipeline.returned.marked_export import Row


def with_mended(judgement: Judgement, force_id: str, ledger: Ledger | None) -> Judgement:
    """Return a judgement with what became of each row of a marked file that came back; any other as it is.

    `mended` counts: `of` rows held back in the drops it comes from, `mended` and `still` held back of them, `gone`
    those no longer in the file; `new` rows without a key of their own; and of the others `changed` and `unchanged`.
    All but `of` and `gone` sum to the rows of the file. Without a ledger the keys alone are believed.
    """
    rows = judgement.marked_rows
    if rows is None:
        return judgement
    sent = sent_before(force_id, judgement, ledger)
    strange = [row for row in rows if row.key and sent is not None and row.key.drop_id not in sent]
    unknown = {row.number for row in strange}
    first: dict[tuple[str, int], Row] = {}
    again: list[Row] = []
    for row in rows:
        if row.key is None or row.number in unknown:
            continue
        place = row.key.drop_id, row.key.row
        if place in first:
            again.append(row)
        else:
            first[place] = row
    held = {*rows_of(judgement.held).tolist()} if judgement.held else set()
    counts = dict.fromkeys(("of", "mended", "still", "gone", "new", "changed", "unchanged"), 0)
    counts["new"] = len(rows) - len(first)
    for row in first.values():
        assert row.key is not None
        if row.key.state == HELD:
            counts["still" if row.number in held else "mended"] += 1
        else:
            counts["unchanged" if row.hash == row.key.hash else "changed"] += 1
    counts["of"] = held_before({place[0] for place in first}, first.values(), sent)
    counts["gone"] = max(0, counts["of"] - counts["mended"] - counts["still"])
    noticed = [*judgement.noticed, *odd_keys(rows, again, strange)]
    return replace(judgement, mended=counts, noticed=noticed)


def sent_before(force_id: str, judgement: Judgement, ledger: Ledger | None) -> dict[str, DropRecord] | None:
    """Return the drops of the force's book by their ids; None where nobody knows them."""
    if ledger is None or judgement.book is None:
        return None
    return {drop.drop_id: drop for drop in ledger.drops(force_id, judgement.book.name)}


def held_before(drops: set[str], rows: Iterable[Row], sent: dict[str, DropRecord] | None) -> int:
    """Return how many rows were held back in the drops a file comes from, by the ledger or else by the keys."""
    known = [each.sums for drop in drops if sent and (each := sent.get(drop)) and each.sums]
    if sent is not None and len(known) == len(drops):
        return sum(sums.held for sums in known)
    return sum(1 for row in rows if row.key and row.key.state == HELD)


def odd_keys(rows: Sequence[Row], again: Sequence[Row], strange: Sequence[Row]) -> Iterator[Noticed]:
    """Yield what is to be said of keys that are gone, stand twice, or are of nothing the force sent."""
    if rows and not any(row.key for row in rows):
        yield Noticed(
            "row_keys_gone",
            f'The file is one we marked, but its column "{HEADING}" is gone or empty, so we cannot tell which rows were '
            "mended. Every row was judged as it stands; leave that column in next time.",
            count=len(rows),
        )
    if again:
        yield of_rows(
            "row_key_twice",
            again,
            'the "collate key" of another row stands once more, as where a row was copied. Each was judged as a row of '
            "its own: clear the key of what is a new row, and take out what is sent twice.",
        )
    if strange:
        yield of_rows(
            "row_key_unknown",
            strange,
            'the "collate key" is of no file of yours for this book that we have received. They were judged as new '
            "rows; mend the marked copy that came back with your own file.",
        )


def of_rows(kind: str, rows: Sequence[Row], said: str) -> Noticed:
    """Return what is said of some rows of the file."""
    numbers = tuple(row.number for row in rows[:SHOWN_ROWS])
    return Noticed(kind, f"In {rows_said(len(rows), numbers)} {said}", rows=numbers, count=len(rows))
