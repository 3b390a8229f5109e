"""Causes: for each rule a drop broke, the smallest description found in the data that covers all its failures.

A description is exact. It covers every failure of its rule, and says how many of the rows it describes fail. It names
values only of columns that hold words, days or numbers: never a pseudonym, a reference or free text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt

from expectations.masks import BITS
from pipeline.engine import Engine
from pipeline.readings import spelled_out
from pipeline.story import Story
from pipeline.whence import REFERENCES, SCOPE
from schemas.assault import ASSAULT
from schemas.force import Book
from schemas.mend import Mended
from schemas.personal import NOT_KEPT, PERSONAL_COLUMN, PUT_ASIDE
from schemas.table import Explained, Rule, Severity

# So many values of a column are still one description.
MOST_NAMED = 3
# A longer cell is a text somebody wrote, whatever its column is for.
LONGEST_NAMED = 60
# Few failures have some period or place in common by chance.
FEWEST_IN_PERIOD = 10
FEWEST_IN_PLACE = 5
# A column with more different words does not say where or what kind, but what.
MOST_WORDS = 50
# So many columns are looked at for what failures have in common.
MOST_COLUMNS = 3

# Texts without a list of codes that nevertheless name no person.
TEXTS_NAMED = frozenset({"district", "offence_code", "offence_title"})

WEIGHT = {Severity.ERROR: 0, Severity.QUERY: 1, Severity.NOTE: 2}

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Cause:
    """What the failures of one rule have in common.

    `rows` fail, `accepted` of them accepted all the same, out of the `of` that `description` covers (None where that is
    not known). `kind` is all, value, period, place, or none where nothing in common was found.
    """

    rule: str
    field: str
    column: str | None
    severity: str
    kind: str
    rows: int
    accepted: int
    of: int | None
    description: str
    message: str
    mend: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Failures:
    """The failures of a drop: what was laid down while it was judged.

    `counts` are the failures by rule, `let_in` those of them that are accepted, `columns` the force's own names of the column by rule, `shown` the field whose
    value as sent stands with a finding of a rule. `flagged` are the flagged records by their masks, `judged` the same with `state`,
    `found` the findings with the number of their wording. `in_scope` is how many records were judged.
    """

    engine: Engine
    book: Book
    story: Story
    rules: Sequence[Rule]
    masks: Sequence[str]
    wordings: Sequence[Rule]
    counts: Mapping[Rule, int]
    let_in: Mapping[Rule, int]
    columns: Mapping[Rule, str]
    shown: Mapping[Rule, str]
    flagged: ir.Table
    judged: ir.Table
    found: ir.Table
    accepted: Path
    in_scope: int
    out_of_scope: int

    @property
    def noun(self) -> str:
        return "row" if self.book.victims == 1 else "record"


@dataclass(frozen=True)
class Common:
    """What failures have in common, before it is put beside its rule; `first` is what to look at first."""

    kind: str
    of: int | None
    description: str
    first: str = ""


def find_causes(failures: Failures) -> tuple[Cause, ...]:
    """Return a cause for each rule that was broken: those that hold rows back first, then by rows and rule.

    The cheapest and plainest descriptions are looked for first: all rows, a few values of the rule's own column, a
    period, one value of another column.
    """
    common: dict[Rule, Common] = {}
    for look in (whole, own_values, scope_words, periods, places):
        left = [rule for rule in failures.counts if rule in failures.rules and rule not in common]
        if left:
            common.update(look(failures, left))
    aside = put_aside(failures)
    causes = [cause_of(failures, rule, common.get(rule), aside) for rule in failures.counts]
    order = {rule.name: WEIGHT[rule.severity] for rule in failures.counts}
    return tuple(sorted(causes, key=lambda cause: (order[cause.rule], -cause.rows, cause.rule)))


def put_aside(failures: Failures) -> Mapping[int, int]:
    """Return how many findings of each wording are of a value that was put aside as personal."""
    if not any(isinstance(rule.constraint, Explained) for rule in failures.counts):
        return {}
    personal = failures.found.filter(failures.found["value"].startswith(NOT_KEPT))
    counts = personal.group_by("wording").agg(records=personal.count())
    return {each["wording"]: each["records"] for each in failures.engine.rows(counts)}


def remedy_of(failures: Failures, rule: Rule, aside: Mapping[int, int]) -> str:
    """Return how to mend a rule's failures; what was put aside as personal is not to be explained to us."""
    if not isinstance(rule.constraint, Explained):
        return rule.remedy
    personal = aside.get(failures.wordings.index(rule), 0)
    others = personal < failures.counts[rule]
    return " ".join([PUT_ASIDE] * (personal > 0) + [rule.remedy] * others)


def cause_of(failures: Failures, rule: Rule, common: Common | None, aside: Mapping[int, int]) -> Cause:
    count = failures.counts[rule]
    if common is None:
        common = Common("none", None, counted(count, "column" if rule == PERSONAL_COLUMN else failures.noun))
    mend = " ".join(filter(None, (common.first, remedy_of(failures, rule, aside))))
    column = failures.columns[rule] or None
    return Cause(
        rule=rule.name,
        field=rule.field,
        column=column,
        severity=rule.severity.value,
        kind=common.kind,
        rows=count,
        accepted=failures.let_in.get(rule, 0),
        of=common.of,
        description=common.description,
        message=rule.sentence,
        mend=mend,
    )


def whole(failures: Failures, rules: Sequence[Rule]) -> Iterator[tuple[Rule, Common]]:
    """Yield the rules that every record judged breaks."""
    for rule in rules:
        if failures.counts[rule] == failures.in_scope:
            inside = " that are assaults" if failures.out_of_scope else ""
            said = share(failures, failures.in_scope, failures.in_scope) + inside
            first = "Every row breaks this rule, so one change is likely to mend them all."
            yield rule, Common("all", failures.in_scope, said, first if failures.in_scope > 1 else "")


def own_values(failures: Failures, rules: Sequence[Rule]) -> Iterator[tuple[Rule, Common]]:
    """Yield the rules whose failures say but a few things in the rule's own column."""
    numbers = {
        failures.wordings.index(rule): rule for rule in rules if namable(failures.shown[rule], failures)
    }
    if not numbers:
        return
    said = failures.found.group_by(["wording", "value"]).agg(records=failures.found.count())
    table = failures.engine.arrow(said)
    wordings = table.column("wording").to_numpy()
    different = np.bincount(wordings, minlength=len(failures.wordings))
    few = np.isin(wordings, [n for n in numbers if different[n] <= MOST_NAMED])
    values: dict[Rule, dict[str, int]] = {}
    for each in table.filter(few).to_pylist():
        by_value = values.setdefault(numbers[each["wording"]], {})
        by_value[each["value"] or ""] = by_value.get(each["value"] or "", 0) + each["records"]
    for rule, by_value in values.items():
        count = failures.counts[rule]
        words = sorted(by_value, key=lambda word: (-by_value[word], word))
        if sum(by_value.values()) != count or not all(map(plain, words)):
            continue
        all_said = records_by_word(failures, failures.shown[rule])
        of = sum(all_said.get(word, 0) for word in words) if all_said is not None else None
        # A rule of several columns shows the value of one of them.
        column = failures.columns[rule] or ", ".join(failures.story.columns_of(failures.shown[rule]))
        if of is None or any(all_said is not None and all_said.get(w, 0) < by_value[w] for w in words):
            yield rule, Common("value", None, f"{counted(count, failures.noun)} where {says(column, words)}")
        elif 2 * count >= of:
            yield rule, Common("value", of, f"{share(failures, count, of)} where {says(column, words)}")


def scope_words(failures: Failures, rules: Sequence[Rule]) -> Iterator[tuple[Rule, Common]]:
    """Yield the rule of the scope where but a few words of its one column are on no list."""
    lines = failures.story.said(SCOPE)
    for rule in rules:
        if rule.field != SCOPE or lines is None:
            continue
        unread: dict[str, int] = {}
        for word, _, not_read, records in lines:
            if not_read:
                unread[word] = unread.get(word, 0) + records
        words = sorted(unread, key=lambda word: (-unread[word], word))
        count = failures.counts[rule]
        if len(words) <= MOST_NAMED and sum(unread.values()) == count and all(map(plain, words)):
            where = says(failures.columns[rule], words)
            yield rule, Common("value", count, f"{share(failures, count, count)} where {where}")


def periods(failures: Failures, rules: Sequence[Rule]) -> Iterator[tuple[Rule, Common]]:
    """Yield the rules that every record of a period breaks, and no other."""
    asked = [rule for rule in rules if failures.counts[rule] >= FEWEST_IN_PERIOD]
    if not asked or "occurred_on" not in failures.flagged.columns:
        return
    every = days_judged(failures)
    by_day = failures.flagged.group_by([*failures.masks, "occurred_on"])
    failed = failures.engine.arrow(by_day.agg(records=failures.flagged.count()))
    masks = [failed.column(mask).to_numpy() for mask in failures.masks]
    days = failed.column("occurred_on").to_numpy().astype("datetime64[D]")
    for rule in asked:
        here = days[breaking(failures, rule, masks)]
        if not len(here) or np.isnat(here).any() or here.min() == here.max():
            continue
        count = failures.counts[rule]
        begins, ends = here.min(), here.max()
        since = sum(records for day, records in every.items() if day >= begins)
        until = sum(records for day, records in every.items() if day <= ends)
        between = sum(records for day, records in every.items() if begins <= day <= ends)
        if between != count:
            continue
        first, last = (spelled_out(day.astype(date)) for day in (begins, ends))
        rows = share(failures, count, count)
        if since == count == until:
            yield rule, Common("period", count, f"{rows} that have a day of the assault")
        elif since == count:
            look = f"Look at what changed in the system or the export on {first}."
            yield rule, Common("period", count, f"{rows} since {first}", look)
        elif until == count:
            look = f"Look at what changed in the system or the export after {last}."
            yield rule, Common("period", count, f"{rows} until {last}", look)
        else:
            look = f"Look at what was different in the system or the export from {first} to {last}."
            yield rule, Common("period", count, f"{rows} from {first} to {last}", look)


def days_judged(failures: Failures) -> Mapping[np.datetime64, int]:
    """Return how many records judged have each day of the assault."""
    engine = failures.engine
    lines = failures.story.said("occurred_on")
    # A mended time, 24:00, moves its record to another day than its words say.
    mended = any(isinstance(rule.constraint, Mended) for rule in failures.counts)
    if lines is not None and not failures.out_of_scope and not mended:
        # Nothing need be counted that the transform map has counted already.
        told: dict[np.datetime64, int] = {}
        for _, standard, _, count in lines:
            if standard is not None:
                day = np.datetime64(standard, "D")
                told[day] = told.get(day, 0) + count
        return told
    kept = engine.read_parquet(failures.accepted)
    other = failures.judged.filter(failures.judged["state"].isin(["held", "duplicate"]))
    every: dict[np.datetime64, int] = {}
    for records in (kept, other):
        table = engine.arrow(records.group_by("occurred_on").agg(records=records.count()))
        days = table.column("occurred_on").to_numpy().astype("datetime64[D]")
        for day, count in zip(days, table.column("records").to_pylist(), strict=True):
            if not np.isnat(day):
                every[day] = every.get(day, 0) + count
    return every


@dataclass(frozen=True)
class Place:
    """A standard value of a field, the words of the one column that become it, and how many records say these."""

    field: str
    column: str
    words: tuple[str, ...]
    standard: Any
    records: int


def places(failures: Failures, rules: Sequence[Rule]) -> Iterator[tuple[Rule, Common]]:
    """Yield the rules whose failures all say the same in some other column, at least half of the rows that say so."""
    asked = [rule for rule in rules if failures.counts[rule] >= FEWEST_IN_PLACE]
    candidates: dict[Rule, list[Place]] = {}
    if asked:
        known = [place for name in failures.flagged.columns for place in places_of(failures, name)]
        for rule in asked:
            candidates[rule] = [place for place in known if may_cover(failures, rule, place)]
    # The columns whose values come nearest to as many rows as fail are looked at.
    nearness: dict[str, int] = {}
    for rule, some in candidates.items():
        for place in some:
            far = abs(place.records - failures.counts[rule])
            nearness[place.field] = min(far, nearness.get(place.field, far))
    looked_at = sorted(nearness, key=lambda name: (nearness[name], name))[:MOST_COLUMNS]
    counted_at = {name: Spread(failures, name) for name in looked_at}
    for rule, some in candidates.items():
        count = failures.counts[rule]
        covering: list[tuple[int, str, Place]] = []
        for place in some:
            spread = counted_at.get(place.field)
            if spread is None or spread.failing(rule, place.standard) != count:
                continue
            of = place.records - spread.outside(place.standard)
            # A value that nearly every row says covers anything.
            if count <= of <= 2 * count and 2 * of <= failures.in_scope:
                covering.append((of, place.field, place))
        if covering:
            of, _, place = min(covering, key=lambda each: each[:2])
            inside = " and that are assaults" if failures.out_of_scope else ""
            said = f"{share(failures, count, of)} where {says(place.column, place.words)}{inside}"
            yield rule, Common("place", of, said, "Look first at how these rows are recorded and exported.")


def may_cover(failures: Failures, rule: Rule, place: Place) -> bool:
    """Return whether as many records say a value as would have to for it to be what a rule's failures share."""
    count = failures.counts[rule]
    own = place.field in (rule.field, failures.shown[rule]) or place.column == failures.columns[rule]
    return not own and count <= place.records <= 2 * count + failures.out_of_scope


def places_of(failures: Failures, name: str) -> Iterator[Place]:
    """Yield the values of a field that can be told from the words of its one column, and the other way round."""
    if not namable(name, failures) or name == "occurred_on" or ASSAULT[name].type == "list":
        return
    lines = failures.story.said(name, at_most=4 * MOST_WORDS)
    if lines is None:
        return
    standards: dict[str, set[Any]] = {}
    words: dict[Any, dict[str, int]] = {}
    for word, standard, _, records in lines:
        standards.setdefault(word, set()).add(standard)
        by_word = words.setdefault(standard, {})
        by_word[word] = by_word.get(word, 0) + records
    if len(standards) > MOST_WORDS:
        return
    (column,) = failures.story.columns_of(name)
    for standard, by_word in words.items():
        told = all(len(standards[word]) == 1 and plain(word) and word for word in by_word)
        if told and len(by_word) <= MOST_NAMED and isinstance(standard, str | bool | int):
            ordered = sorted(by_word, key=lambda word: (-by_word[word], word))
            yield Place(name, column, tuple(ordered), standard, sum(by_word.values()))


class Spread:
    """How the flagged records of each combination of masks spread over the values of a field."""

    def __init__(self, failures: Failures, name: str) -> None:
        records = failures.flagged.mutate(outside=failures.flagged["out_of_scope"].notnull())
        every = records.group_by([*failures.masks, "outside", name]).agg(records=records.count())
        table = failures.engine.arrow(every)
        self._failures = failures
        self._masks = [table.column(mask).to_numpy() for mask in failures.masks]
        self._records: Counts = table.column("records").to_numpy()
        self._outside = table.column("outside").to_numpy()
        self._values = np.array(table.column(name).to_pylist(), object)

    def failing(self, rule: Rule, standard: object) -> int:
        """Return how many records that break a rule have a value."""
        rows = breaking(self._failures, rule, self._masks) & (self._values == standard)
        return int(self._records[rows].sum())

    def outside(self, standard: object) -> int:
        """Return how many records out of scope have a value."""
        return int(self._records[self._outside & (self._values == standard)].sum())


def breaking(failures: Failures, rule: Rule, masks: Sequence[Counts]) -> npt.NDArray[np.bool_]:
    """Return which combinations of masks say that a rule is broken."""
    word, bit = divmod(failures.rules.index(rule), BITS)
    return (masks[word] >> bit & 1).astype(bool)


def records_by_word(failures: Failures, name: str) -> Mapping[str, int] | None:
    """Return how many records say each word of the one column a field is read from; None where it is not known."""
    mapped = failures.book.fields.get(name)
    lines = failures.story.said(name)
    if lines is None or (mapped is not None and mapped.take):
        return None
    records: dict[str, int] = {}
    for word, _, _, count in lines:
        records[word] = records.get(word, 0) + count
    return records


def namable(name: str, failures: Failures) -> bool:
    """Return whether the values of a field may stand in a description: no person is known by them."""
    if name not in ASSAULT.names or name in REFERENCES or not failures.story.columns_of(name):
        return False
    declared = ASSAULT[name]
    coded = declared.type != "string" or declared.codes is not None or name in TEXTS_NAMED
    return declared.given and coded and not declared.pseudonym


def plain(word: str) -> bool:
    """Return whether a cell is a word that can be said, not a text somebody wrote."""
    return len(word) <= LONGEST_NAMED and word.isprintable()


def says(column: str, words: Collection[str]) -> str:
    """Return what a column says in words: says "Slight" or "Grazed", holds a person's name, or is blank."""
    named = [f'"{word}"' for word in words if word and not word.startswith(NOT_KEPT)]
    aside = [word.removeprefix(NOT_KEPT).removesuffix("]") for word in words if word.startswith(NOT_KEPT)]
    parts = [f"says {listed(named)}"] if named else []
    parts += [f"holds {listed(aside)}"] if aside else []
    parts += ["is blank"] if "" in words else []
    return f'"{column}" {" or ".join(parts)}'


def listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def share(failures: Failures, count: int, of: int) -> str:
    """Return how many of so many rows: "all 214 rows", "200 of the 214 rows"."""
    if count != of:
        return f"{count:,} of the {counted(of, failures.noun)}"
    return f"the only {failures.noun}" if count == 1 else f"all {counted(count, failures.noun)}"


def counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
