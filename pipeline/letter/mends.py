"""What a letter says is to be mended first: the wrong file before all, then what holds rows back, then what is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from expectations.masks import columns_of
from pipeline.fate import answered_all, elsewhere, held_rows, queries_accepted
from pipeline.letter.words import LONGEST, counted, named, shortened
from pipeline.receipt import about_drop
from schemas.assault import ASSAULT
from schemas.catalogue import Entry, find
from schemas.drop import REFUSED_LINE
from schemas.personal import PERSONAL_COLUMN
from schemas.table import InPeriod, Severity
from schemas.whole_drop import SAID_FIRST, WRONG_PERIOD

# One page holds so many mends, and rows of each.
MENDS = 3
ROWS_NAMED = 5


@dataclass(frozen=True)
class ToMend:
    """One thing to mend: where, what is wrong, how it is mended, and what that is worth."""

    where: str
    what: str
    how: str
    worth: str
    rows: str


def mends_of(receipt: Mapping[str, Any]) -> tuple[list[ToMend], int]:
    """Return what to mend first, and how many more things there are to mend or to look at.

    A query on rows that are held back anyway waits until these are mended, and what the same slip broke as well is
    mended with it: neither takes a place.
    """
    asked = [
        cause
        for cause in receipt["causes"]
        if cause["severity"] != Severity.NOTE.value and not answered_all(cause, receipt)
    ]
    whole = [
        each
        for each in about_drop(receipt)
        if each["severity"] != Severity.NOTE.value and not each.get("answer")
    ]
    listed = by_rule([each for each in receipt["findings"] if not each.get("answer")])
    errors = [cause for cause in asked if cause["severity"] == Severity.ERROR.value]
    queries = queries_accepted(receipt)
    if any(each["rule"] == WRONG_PERIOD.name for each in whole):
        # That is said of the whole file.
        queries = [cause for cause in queries if not cause["rule"].endswith(f".{InPeriod.name}")]
    own = own_slips([*errors, *queries], listed)
    held = held_rows(receipt)
    sheet = receipt.get("read_as", {}).get("sheet")
    wrong = [of_file(each) for each in whole if each["rule"] in SAID_FIRST][:1]
    mends = [
        *wrong,
        *(of_rows(cause, listed, held, sheet) for cause in errors if cause in own),
        *(of_file(each) for each in whole if each["rule"] not in SAID_FIRST),
        *(
            of_earlier(cause, before) if before else of_rows(cause, listed, held, sheet)
            for cause in queries
            if cause in own
            for before in [elsewhere(cause, receipt["findings"])]
        ),
    ]
    return mends[:MENDS], len(asked) + len(whole) - min(len(mends), MENDS)


def by_rule(findings: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Return the findings a receipt lists of rows, by their rule."""
    listed: dict[str, list[Mapping[str, Any]]] = {}
    for each in findings:
        if each["row"] is not None:
            listed.setdefault(each["rule"], []).append(each)
    return listed


def own_slips(
    causes: Sequence[Mapping[str, Any]], listed: Mapping[str, Sequence[Mapping[str, Any]]]
) -> list[Mapping[str, Any]]:
    """Return the causes without those whose rows another, before them, has too, and that look at the same field."""
    own: list[Mapping[str, Any]] = []
    for cause in causes:
        if not any(covers(other, cause, listed) for other in own):
            own.append(cause)
    return own


def covers(
    cause: Mapping[str, Any],
    other: Mapping[str, Any],
    listed: Mapping[str, Sequence[Mapping[str, Any]]],
) -> bool:
    """Return whether all rows of another cause have this one, as far as they are listed, and a field is the same."""
    rows, others = ({each["row"] for each in listed.get(one["rule"], ())} for one in (cause, other))
    whole = other["rows"] in (len(listed.get(other["rule"], ())), cause["rows"])
    return bool(whole and others and others <= rows and fields(cause) & fields(other))


def fields(cause: Mapping[str, Any]) -> set[str]:
    """Return the fields that the rule of a cause looks at."""
    known = find(cause["rule"])
    looked_at = columns_of(known.rule) if isinstance(known, Entry) else frozenset()
    return {cause["field"], *looked_at.intersection(ASSAULT.names)}


def of_file(finding: Mapping[str, Any]) -> ToMend:
    """Return a finding about the whole file as something to mend."""
    return ToMend(
        where="The whole file",
        what=shortened(finding["message"]),
        how=shortened(finding["mend"], 2 * LONGEST),
        worth="It holds no row back, but it may make every figure of this file wrong",
        rows="",
    )


def of_rows(
    cause: Mapping[str, Any],
    listed: Mapping[str, Sequence[Mapping[str, Any]]],
    held: frozenset[int],
    sheet: str | None,
) -> ToMend:
    """Return one cause as something to mend, with the first cells of a sheet or rows of a text."""
    found = listed.get(cause["rule"], ())
    is_error = cause["severity"] == Severity.ERROR.value
    count = cause["rows"]
    if cause["rule"] == PERSONAL_COLUMN.name:
        worth = f"It holds no row back; {counted(count, 'column')} held what should not leave the force"
    elif cause["rule"] == REFUSED_LINE.name:
        worth = (
            f"Worth {counted(count, 'line')} that could not be read as {'a row' if count == 1 else 'rows'}"
        )
    elif is_error:
        worth = f"Worth {counted(count, 'row')} that {'is' if count == 1 else 'are'} held back"
    else:
        worth = f"Worth a look: {counted(count, 'row')}, accepted as {'it is' if count == 1 else 'they are'}"
    return ToMend(
        where=f'Column "{named(cause["column"])}"' if cause["column"] else "The whole row",
        what=shortened(f"{cause['message']} {described(cause)}".strip()),
        how=shortened(cause["mend"], 2 * LONGEST),
        worth=worth,
        rows=places(found if is_error else [each for each in found if each["row"] not in held], count, sheet),
    )


def of_earlier(cause: Mapping[str, Any], before: Sequence[str]) -> ToMend:
    """Return one cause that stands in no row of this file as something to look at in those sent before."""
    count = cause["rows"]
    where = [shortened(each) for each in before[:ROWS_NAMED]]
    more = count - len(where)
    said = "; ".join(where) + (f"; and {more:,} more" if where and more > 0 else "")
    return ToMend(
        where="In what you sent before",
        what=shortened(cause["message"]),
        how=shortened(cause["mend"], 2 * LONGEST),
        worth=f"Worth a look: {counted(count, 'row')} of earlier files",
        rows=said[:1].upper() + said[1:],
    )


def places(found: Sequence[Mapping[str, Any]], count: int, sheet: str | None) -> str:
    """Return the first places of some findings, and how many more there are."""
    said = [each["cell"] if sheet and each["cell"] else f"{each['row']:,}" for each in found]
    said = list(dict.fromkeys(said))[:ROWS_NAMED]
    if not said:
        return ""
    in_cells = bool(sheet and any(each["cell"] for each in found))
    noun = "Cell" if in_cells else "Row"
    more = count - len(said)
    named_places = ", ".join(said) + (f" and {more:,} more" if more > 0 else "")
    inside = f'Sheet "{named(sheet)}", {noun.lower()}' if sheet else noun
    return f"{inside}{'s' if count > 1 else ''} {named_places}"


def described(cause: Mapping[str, Any]) -> str:
    """Return what the rows of a cause have in common, as a sentence; nothing where that is only their number."""
    if cause["kind"] == "none":
        return ""
    said = str(cause["description"])
    return f"{said[:1].upper()}{said[1:]}."
