"""Rules seen otherwise: a force's re-grades, with their reason and their end, and changes tried before they are made.

A re-grade gives a rule another severity for one force until a day. It never hides: the finding stands in every list.
A change is what somebody means to do to a rule for everybody; `collate rules preview` shows what would come of it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.table import Rule, Severity

if TYPE_CHECKING:
    from schemas.catalogue import Entry
    from schemas.force import Book, Checker

REGRADE_KEYS = ("rule", "severity", "reason", "by", "until", "book")
# The keys of a change that are not bounds of the rule itself.
CHANGE_KEYS = ("rule", "severity", "off", "force", "book")
DATES = ("since", "until")

# Nothing can be counted without these: force, book, reference, date, in the crime book an offence, that a row is an
# assault at all, and whether it is a record or takes one back.
COUNTED_BY = ("force_id", "book", "source_record_id", "occurred_on", "offence", "scope", "change")

# A reference in a form of its own is still a reference: the row can be counted, found again and told from others.
STILL_COUNTED = ("source_record_id.pattern",)

# What becomes of a row is these rules' own work, whatever their severity is called.
FIXED = ("source_record_id.repeated", "row.duplicate", "line.refused", "column.personal")


@dataclass(frozen=True)
class Regrade:
    """Another severity for a rule in one force's files: why, who said so, and the last day it holds."""

    rule: str
    severity: Severity
    reason: str
    by: str
    until: date
    book: str | None = None


@dataclass(frozen=True)
class Change:
    """What a rule would be like: another severity, switched off, or with other bounds; for some or for all."""

    rule: str
    severity: Severity | None = None
    off: bool = False
    bounds: Mapping[str, Any] = field(default_factory=dict)
    force: str | None = None
    book: str | None = None

    def concerns(self, book: Book) -> bool:
        return self.force in (None, book.force_id) and self.book in (None, book.name)

    def of(self, rule: Rule) -> Rule | None:
        """Return the rule as it would be, or None where it is switched off."""
        if self.off:
            return None
        changed = replace(rule.constraint, **self.bounds)
        return replace(rule, constraint=replace(changed, severity=self.severity or rule.severity))


def as_seen(rules: Sequence[Rule], book: Book) -> tuple[Rule, ...]:
    """Return rules as they are for a book: with the changes being tried, then with the re-grades in force."""
    if not book.changes and not book.in_force:
        return tuple(rules)
    seen: list[Rule] = []
    for rule in rules:
        left: Rule | None = rule
        for change in book.changes:
            if left is not None and change.rule == rule.name and change.concerns(book):
                left = change.of(left)
        if left is not None:
            seen.append(regraded(left, book.in_force))
    return tuple(seen)


def regraded(rule: Rule, regrades: Sequence[Regrade]) -> Rule:
    """Return a rule with the severity a re-grade gives it, or as it is."""
    for each in regrades:
        if each.rule == rule.name:
            return replace(rule, constraint=replace(rule.constraint, severity=each.severity))
    return rule


def read_regrades(
    spec: object, books: Mapping[str, Book], today: date, check: Checker
) -> tuple[Regrade, ...]:
    """Return the re-grades of a force's file; raises ForceFileError with the key and the mend.

    `today` bounds how far ahead a re-grade may end: a year, so that somebody looks at it again.
    """
    if not isinstance(spec, list) or not spec:
        raise check.error("regrade", "write it as [[regrade]], once for each rule")
    found: list[Regrade] = []
    for number, each in enumerate(spec, 1):
        key = f"regrade {number}"
        made = read_regrade(each, key, books, today, check)
        for other in found:
            both = other.book == made.book or None in (other.book, made.book)
            if other.rule == made.rule and both:
                raise check.error(key, f"{made.rule} is re-graded twice; keep one of the two")
        found.append(made)
    return tuple(found)


def read_regrade(spec: object, key: str, books: Mapping[str, Book], today: date, check: Checker) -> Regrade:
    """Return one re-grade of a force's file."""
    table = check.table(spec, key)
    check.keys(table, REGRADE_KEYS, key)
    entry = rule_of(table, key, check)
    book = book_named(table, key, books, check)
    severity = severity_of(table, key, check)
    if severity is None:
        raise check.error(f"{key}.severity", f"this is missing; it is one of {', '.join(Severity)}")
    refuse_unsafe(entry.rule, severity, off=False, key=f"{key}.severity", check=check)
    refuse_unjudged(entry, severity, book, books, key, check)
    said = {name: check.text(table, name, key).strip() for name in ("reason", "by")}
    for name, text in said.items():
        if not text:
            raise check.error(f"{key}.{name}", "this text is blank")
    until = check.day(table, "until", key)
    if until is None:
        raise check.error(f"{key}.until", "the last day it holds is missing; write it bare, as 2027-03-31")
    latest = year_after(today)
    if until > latest:
        raise check.error(
            f"{key}.until",
            f"{until} is more than a year away; write {latest} or sooner, so that somebody looks at it again",
        )
    return Regrade(entry.name, severity, said["reason"], said["by"], until, book)


def refuse_unsafe(rule: Rule, severity: Severity | None, *, off: bool, key: str, check: Checker) -> None:
    """Refuse another severity for a rule that decides by itself, or that nothing can be counted without."""
    if rule.name in FIXED and (off or severity is not None):
        raise check.error(
            key, f"{rule.name} decides what becomes of the row and cannot be given another severity"
        )
    weaker = off or (severity is not None and severity is not Severity.ERROR)
    needed = rule.field in COUNTED_BY and rule.name not in STILL_COUNTED
    if weaker and rule.severity is Severity.ERROR and needed:
        raise check.error(
            key, f"{rule.name} stays an error: no row that breaks it can be counted, whatever it is called"
        )


def refuse_unjudged(
    entry: Entry, severity: Severity, book: str | None, books: Mapping[str, Book], key: str, check: Checker
) -> None:
    """Refuse a re-grade of a rule that no row of these books is judged by, or that changes nothing."""
    from schemas.drop import rules_of

    chosen = [books[book]] if book else [*books.values()]
    severities = {rule.severity for each in chosen for rule in rules_of(each) if rule.name == entry.name}
    if not severities and not beyond_the_row(entry):
        raise check.error(f"{key}.rule", f"no row of this force is judged by {entry.name}")
    if severity is Severity.ERROR and beyond_the_row(entry):
        raise check.error(f"{key}.severity", holds_none(entry))
    if (severities or {entry.severity}) == {severity}:
        raise check.error(f"{key}.severity", f"{entry.name} is {a(severity)} already; take the re-grade out")


def beyond_the_row(entry: Entry) -> bool:
    """Return whether a rule looks at more than one record, so that it is asked once it is known which are accepted."""
    from schemas.beyond import Beyond
    from schemas.whole_drop import AboutDrop

    return isinstance(entry.rule.constraint, Beyond | AboutDrop)


def holds_none(entry: Entry) -> str:
    return f"{entry.name} looks at more than one record, and never holds any; write query or note"


def read_changes(path: Path) -> tuple[Change, ...]:
    """Return the changes of rules that a TOML file declares, each under `[[change]]`.

    Raises ForceFileError with the file, the change and the mend, and OSError where the file cannot be read.
    """
    from schemas.codes import BOOK
    from schemas.force import Checker, ForceFileError

    check = Checker(path.name)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ForceFileError(f"{path.name} is not valid TOML: {error}.") from error
    check.keys(content, ("change",), "")
    changes = content.get("change")
    if not isinstance(changes, list) or not changes:
        raise check.error("", "no change is declared; write [[change]], once for each rule")
    found = []
    for number, spec in enumerate(changes, 1):
        key = f"change {number}"
        table = check.table(spec, key)
        entry = rule_of(table, key, check)
        bounds = bounds_of(entry.rule)
        check.keys(table, (*CHANGE_KEYS, *bounds), key)
        off = table.get("off", False)
        if off is not True and "off" in table:
            raise check.error(f"{key}.off", "write true, or leave the key out")
        severity = severity_of(table, key, check)
        for name in (name for name in bounds if name in table):
            bounds[name](table[name], f"{key}.{name}", check)
        said = {name: table[name] for name in bounds if name in table}
        if bool(off) + bool(severity or said) != 1:
            raise check.error(
                key,
                f"say what would change: severity, off, or one of {', '.join(bounds) or 'its bounds (it has none)'}",
            )
        refuse_unsafe(entry.rule, severity, off=bool(off), key=key, check=check)
        if severity is Severity.ERROR and beyond_the_row(entry):
            raise check.error(f"{key}.severity", holds_none(entry))
        for name in ("force", "book"):
            if name in table:
                check.text(table, name, key)
        if "book" in table:
            check.known(table["book"], tuple(BOOK), f"{key}.book", "book")
        found.append(Change(entry.name, severity, bool(off), said, table.get("force"), table.get("book")))
    return tuple(found)


Check = Callable[[object, str, "Checker"], None]


def bounds_of(rule: Rule) -> dict[str, Check]:
    """Return the bounds of a rule that can be changed, each with the check of what is written for it."""
    found: dict[str, Check] = {}
    for part in fields(rule.constraint):
        value = getattr(rule.constraint, part.name)
        if part.name in DATES or (isinstance(value, date) and not isinstance(value, datetime)):
            found[part.name] = a_date
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[part.name] = a_number
    return found


def a_date(value: object, key: str, check: Checker) -> None:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise check.error(key, "write the date bare, as 2018-04-01")


def a_number(value: object, key: str, check: Checker) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or value != value:
        raise check.error(key, "write a number, without quotes")


def rule_of(table: Mapping[str, Any], key: str, check: Checker) -> Entry:
    """Return the rule a table names by code or name."""
    from schemas.catalogue import Retired, catalogue, find

    word = check.text(table, "rule", key)
    found = find(word)
    if isinstance(found, Retired):
        raise check.error(f"{key}.rule", found.sentence.rstrip("."))
    if found is None:
        known = [name for each in catalogue() for name in (each.code, each.name)]
        near = close_to(word, known)
        hint = f'; did you mean "{near}"?' if near else "; collate rules lists them all"
        raise check.error(f"{key}.rule", f'there is no rule "{word}"{hint}')
    return found


def close_to(word: str, known: Sequence[str]) -> str | None:
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, known, n=1)), None)


def severity_of(table: Mapping[str, Any], key: str, check: Checker) -> Severity | None:
    if "severity" not in table:
        return None
    check.known(table["severity"], tuple(Severity), f"{key}.severity", "severity")
    return Severity(table["severity"])


def book_named(table: Mapping[str, Any], key: str, books: Mapping[str, Book], check: Checker) -> str | None:
    if "book" not in table:
        return None
    check.known(table["book"], tuple(books), f"{key}.book", "book of this force")
    return str(table["book"])


def year_after(day: date) -> date:
    """Return the same day a year later; 28 February for 29 February."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def a(severity: Severity) -> str:
    """Return a severity with its article."""
    return f"{'an' if severity is Severity.ERROR else 'a'} {severity.value}"
