"""What forces have answered about a whole rule of a book, for the notes of a release."""

from __future__ import annotations

from datetime import date
from typing import Any

from pipeline.ledger import Ledger


def answer_notes(ledger: Ledger, month: date) -> tuple[dict[str, Any], ...]:
    """Return the answers for every row of a book that hold in a month: force, book, rule, reason and last day.

    Only those that end are listed: they say how long figures are to be read with them. Whose rows an answer for one
    row speaks of is between the force and us.
    """
    notes = {
        (each.force_id, each.book, each.rule): {
            "force_id": each.force_id,
            "book": each.book,
            "rule": each.rule,
            "reason": each.reason,
            "until": each.until.isoformat(),
        }
        for each in ledger.answers()
        if not each.row_key and each.until is not None and each.until >= month
    }
    return tuple(note for _, note in sorted(notes.items()))
