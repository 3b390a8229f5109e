"""Denominators are a drop too: the Home Office's workforce tables, archived, summed and kept like any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.intake import Drop
from pipeline.ledger import DropSums, Ledger, Outcome
from pipeline.letter import workforce_letter, write_letter
from pipeline.read import Refused
from pipeline.receipt import Receipt, refusal_of
from pipeline.store import Store, hash_of, write_json
from pipeline.version import VERSION
from pipeline.workforce import read_workforce

# The readers of these publications are code, not a force's file: their fingerprint is their version.
FINGERPRINT = "workforce-readers"


def collate_workforce(drop: Drop, store: Store, ledger: Ledger) -> Receipt:
    """Return the receipt of a workforce publication; its figures become denominators, or it is refused."""
    with store.staged() as folder:
        back = folder / "return"
        back.mkdir()
        try:
            workforce = read_workforce(drop.raw)
        except Refused as refused:
            receipt = refusal_of(drop.named, refused.sentence)
            outcome = settled(drop, "refused", DropSums(), sentence=refused.sentence)
        else:
            sums = workforce.sums
            set_aside = sums.rows_seen - sums.rows_kept
            counts = DropSums(
                lines=sums.rows_seen, parsed_lines=sums.rows_seen, rows=sums.rows_seen, accepted=sums.rows_kept,
                out_of_scope=set_aside, records=workforce.figures.num_rows,
                accepted_records=workforce.figures.num_rows,
            )  # fmt: skip
            figures = folder / "figures.parquet"
            pq.write_table(workforce.figures, figures, compression="zstd")
            outcome = settled(drop, "collated", counts, files={"figures.parquet": hash_of(figures)})
            store.place(figures, figures_path(store, drop.drop_id))
            receipt = {
                **drop.named,
                "state": "collated",
                "lines": counts.lines,
                "rows": counts.rows,
                "records": counts.records,
                **told(workforce.figures),
                "accepted": counts.accepted,
                "held": 0,
                "duplicates": 0,
                "out_of_scope": counts.out_of_scope,
                "unexpected_columns": [],
                "findings": [],
                "findings_total": 0,
                "findings_by_rule": {},
                "set_aside": [
                    {
                        "row": each.first_row,
                        "sheet": each.sheet,
                        "name": each.label,
                        "rows": each.rows,
                        "why": each.reason,
                    }
                    for each in sums.set_aside
                ],
                "summary": f"{counts.records:,} workforce figures read; {set_aside:,} rows set aside.",
            }
        write_json(back / "receipt.json", receipt)
        write_letter(workforce_letter(receipt, drop.arrived_on), back)
        store.place(back, store.return_path(drop.force_id, drop.drop_id))
        ledger.settle(outcome)
    return receipt


def told(figures: pa.Table) -> dict[str, Any]:
    """Return how many forces some figures are of, and the first and the last day they are of."""
    days = pc.min_max(figures["as_at"]).as_py()
    return {
        "forces": pc.count_distinct(figures["force_id"]).as_py(),
        "as_at": [day.isoformat() for day in (days["min"], days["max"]) if day],
    }


def settled(drop: Drop, state: Any, sums: DropSums, **more: Any) -> Outcome:
    """Return the outcome of a workforce drop for the ledger."""
    return Outcome(
        drop_id=drop.drop_id,
        state=state,
        mapping_fingerprint=FINGERPRINT,
        code_version=VERSION,
        sums=sums,
        **more,
    )


def figures_path(store: Store, drop_id: str) -> Path:
    """Return where the figures of a workforce drop are."""
    return store.home.workforce / f"{drop_id}.parquet"
