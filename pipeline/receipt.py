"""The receipt: what goes back to a force about one drop, and the sentence a person reads first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.findings import LISTED
from pipeline.judgement import Judgement
from pipeline.period import period_words
from pipeline.read import Noticed
from pipeline.regrades import regrades_of
from pipeline.states import State
from schemas.table import Severity
from schemas.whole_drop import DROP

Receipt = dict[str, Any]


def receipt_of(drop: Mapping[str, str], judgement: Judgement) -> Receipt:
    """Return the receipt of a drop that was judged: counts, findings with row and field, and what was unknown.

    `drop` gives force_id, book, file, sha256 and drop_id. At most the first 1,000 findings are listed, in the order
    of the file; `findings_total` counts all, and `findings.csv` beside the receipt holds all.
    """
    sums = judgement.sums
    return {
        **drop,
        "state": "nil" if judgement.is_nil else "collated",
        "period": period_words(judgement.period),
        "lines": sums.lines,
        "line_sums": {
            "header": sums.header,
            "blank": sums.blank,
            "notes": sums.notes,
            "parsed": sums.parsed_lines,
            "refused": sums.refused,
        },
        "rows": sums.rows,
        "records": sums.records,
        "accepted": sums.accepted,
        "held": sums.held,
        "duplicates": sums.duplicate,
        "withdrawn": sums.withdrawn,
        "out_of_scope": sums.out_of_scope,
        "out_of_scope_by": dict(judgement.out_of_scope_by),
        "refused_lines": sums.refused,
        "queries": queries_of(judgement),
        "answered": {"queries": sum(judgement.answered.values()), "by_rule": dict(judgement.answered)},
        **({"mended": dict(judgement.mended)} if judgement.mended is not None else {}),
        "unexpected_columns": list(judgement.unexpected_columns),
        "absent_columns": list(judgement.absent_columns),
        "findings_total": sum(judgement.findings.values()),
        "findings_by_rule": {rule.name: count for rule, count in judgement.findings.items()},
        "causes": [cause.as_dict() for cause in judgement.causes],
        "findings": [finding(listed) for listed in judgement.listed],
        "findings_listed": min(LISTED, len(judgement.listed)),
        "read_as": dict(judgement.read_as),
        "noticed": [noticed_of(each) for each in judgement.noticed],
        "rules": [state.as_dict() for state in judgement.states],
        "personal_data": [each.as_dict() for each in judgement.personal],
        **judged_by(judgement),
        "summary": summary(judgement),
    }


def untold(receipt: Mapping[str, Any]) -> list[str]:
    """Return the unread columns nobody told us about; one whose name stands twice is told of by itself."""
    twice = {each["column"] for each in receipt["noticed"] if each.get("kind") == "column_twice"}
    return [column for column in receipt["unexpected_columns"] if column not in twice]


def judged_by(judgement: Judgement) -> dict[str, Any]:
    """Return the day a drop was judged and the re-grades of its force on that day."""
    if judgement.book is None or judgement.judged_on is None:
        return {}
    day = judgement.judged_on
    return {"judged_on": day.isoformat(), **regrades_of(judgement.book, day)}


def refusal_of(drop: Mapping[str, str], sentence: str, states: Sequence[State] = ()) -> Receipt:
    """Return the receipt of a drop that could not be judged at all."""
    counts = dict.fromkeys(
        (
            "lines",
            "rows",
            "records",
            "accepted",
            "held",
            "duplicates",
            "withdrawn",
            "out_of_scope",
            "refused_lines",
            "queries",
            "findings_total",
        ),
        0,
    )
    return {
        **drop,
        "state": "refused",
        **counts,
        "unexpected_columns": [],
        "causes": [],
        "findings": [],
        "noticed": [],
        "personal_data": [],
        "rules": [state.as_dict() for state in states],
        "refused": sentence,
        "summary": f"Nothing was taken from this file. {sentence}",
    }


def noticed_of(noticed: Noticed) -> dict[str, Any]:
    """Return what was odd about how a file was written, as a receipt lists it; it holds no row back."""
    return {
        "kind": noticed.kind,
        "sentence": noticed.sentence,
        "column": noticed.column or None,
        "rows": list(noticed.rows),
        "count": noticed.count,
    }


def finding(listed: Mapping[str, Any]) -> dict[str, Any]:
    """Return one finding as a receipt lists it, its message saying where to look."""
    where = "" if listed["row"] is None else f"Row {listed['row']}"
    if where and listed["column"]:
        where += f', column "{listed["column"]}"'
    return {
        "row": listed["row"],
        "victim": listed["victim"],
        "field": listed["field"],
        "column": listed["column"] or None,
        "cell": listed.get("cell") or None,
        "rule": listed["rule"],
        "code": listed["code"],
        "severity": listed["severity"],
        "value": listed["value"],
        "message": f"{where}: {listed['message']}" if where else listed["message"],
        "mend": listed["mend"],
        "answer": listed.get("answer") or None,
    }


def about_drop(receipt: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the findings of a receipt about the whole drop, in the order they are said in."""
    return [each for each in receipt["findings"] if each["rule"].startswith(f"{DROP}.")]


def queries_of(judgement: Judgement) -> int:
    """Return how many queries there are to look at: about accepted records, and about the whole drop."""
    about_rows = sum(each.accepted for each in judgement.causes if each.severity == Severity.QUERY)
    whole = {rule: count for rule, count in judgement.findings.items() if rule.field == DROP}
    return about_rows + sum(count for rule, count in whole.items() if rule.severity is Severity.QUERY)


def summary(judgement: Judgement) -> str:
    """Return what became of a file in one or two plain sentences."""
    sums = judgement.sums
    if judgement.is_nil:
        return f"A nil return for {period_words(judgement.period)}: thank you, nothing more is needed."
    parts = [f"{sums.accepted:,} of {counted(sums.rows, 'row')} accepted"]
    parts += [f"{count:,} {words}" for count, words in (
        (sums.held, "held back"),
        (sums.duplicate, "counted once already"),
        (sums.withdrawn, "withdrawn"),
        (sums.out_of_scope, "not assaults"),
    ) if count]  # fmt: skip
    said = ", ".join(parts) + "."
    if sums.refused:
        said += f" {counted(sums.refused, 'line')} could not be read as rows."
    if judgement.mended is not None and judgement.mended["of"]:
        said += f" {mended_words(judgement.mended)}."
    answered = sum(judgement.answered.values())
    queries = queries_of(judgement) - answered
    if queries > 0:
        said += f" {counted(queries, 'query', 'queries')} to look at; queries hold nothing back."
    if answered:
        are = "is" if answered == 1 else "are"
        said += f" {counted(answered, 'query', 'queries')} you have answered {are} not asked again."
    return said


def mended_words(mended: Mapping[str, int]) -> str:
    """Return how many of the rows that were held back are mended."""
    return f"{mended['mended']:,} of {mended['of']:,} mended"


def counted(count: int, one: str, several: str | None = None) -> str:
    """Return a count with its noun."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"
