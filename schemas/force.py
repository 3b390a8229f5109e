"""A force's file: how one force's exports become our records, declared in TOML and checked when loaded.

The language is described in schemas/forces/README.md. A file that names an unknown key, field or code, maps a
field twice or forgets one is refused with the file, the key and the nearest right word.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as made
from datetime import date, datetime
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

from schemas.assault import ASSAULT
from schemas.codes import BOOK
from schemas.mend import Mend, read_mend
from schemas.moments import check_formats
from schemas.regrade import Change, Regrade, read_regrades
from schemas.resend import Actions, Resend, read_actions, read_resend
from schemas.spaces import tidy
from schemas.system import check_name, with_codes_of_systems
from schemas.table import CodeList, Field

FORCES = Path(__file__).parent / "forces"

YES = ("yes", "y", "true", "1")
NO = ("no", "n", "false", "0")

# A list of a "..." key that stands for every word not written out.
ANY = "*"

FIELD_KEYS = (
    "column", "columns", "join", "constant", "flags", "yes", "no", "count_within", "format", "codes",
    "codes_of", "codes_from", "missing", "take", "separator", "pattern", "mend",
)  # fmt: skip
BOOK_KEYS = (
    "system", "files", "missing", "ignored", "not_collected", "victims", "read", "period", "force", "scope",
    "fields", "lists", "resend", "most_dropped", "change",
)  # fmt: skip
READ_KEYS = ("format", "encoding", "delimiter", "quote", "sheet", "header_row", "header_rows")
READ_FORMATS = ("csv", "xlsx", "xlsm", "xlsb", "xls", "ods", "html", "xml", "json", "jsonl", "parquet")
SOURCES = ("column", "columns", "constant", "flags", "count_within")


class ForceFileError(Exception):
    """A force's file that cannot be used; the sentence names the file, the key and the mend."""


@dataclass(frozen=True)
class Column:
    """One name a column may go by, with the dates the force used it, where known."""

    name: str
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class DatedCodes:
    """A value map that holds for records from a day on."""

    since: date
    codes: Mapping[str, str]


@dataclass(frozen=True)
class FieldMap:
    """Where one of our fields comes from in a force's export, and how its words become ours."""

    field: str
    column: tuple[Column, ...] = ()
    columns: tuple[str, ...] = ()
    join: str = " "
    constant: str | None = None
    flags: Mapping[str, str] = made(default_factory=dict)
    yes: tuple[str, ...] = YES
    no: tuple[str, ...] = NO
    count_within: str | None = None
    formats: tuple[str, ...] = ()
    codes: Mapping[str, str] | None = None
    codes_from: tuple[DatedCodes, ...] = ()
    missing: tuple[str, ...] = ()
    take: str | None = None
    separator: str | None = None
    pattern: str | None = None
    mend: Mend = Mend()

    @property
    def names(self) -> tuple[str, ...]:
        """Return every column name the field may be read from."""
        return tuple(c.name for c in self.column) + self.columns + tuple(self.flags)


@dataclass(frozen=True)
class ListMap:
    """One list-valued cell whose words set several fields."""

    column: str
    separator: str
    words: Mapping[str, tuple[str, str] | None]

    def fields(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(target[0] for target in self.words.values() if target))


@dataclass(frozen=True)
class Scope:
    """A condition on a column that says which rows are assaults at all."""

    column: str
    inside: tuple[str, ...]
    outside: tuple[str, ...]


@dataclass(frozen=True)
class Period:
    """How a file's name says which period it covers."""

    pattern: str
    year_begins: int = 1


@dataclass(frozen=True)
class OwnForce:
    """A column that names the force, and the words that mean this one."""

    column: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Book:
    """How a force sends one book."""

    force_id: str
    name: str
    system: str
    files: tuple[str, ...]
    missing: tuple[str, ...]
    ignored: tuple[str, ...]
    not_collected: tuple[str, ...]
    victims: int
    read: Mapping[str, Any]
    period: Period | None
    force: OwnForce | None
    scope: tuple[Scope, ...]
    fields: Mapping[str, FieldMap]
    lists: tuple[ListMap, ...]
    fingerprint: str
    resend: Resend = Resend()
    # The first condition of the scope is then that a row is a record, and not one that takes another back.
    actions: Actions | None = None
    regrades: tuple[Regrade, ...] = ()
    # None of them is in force until `on` says which day it is, so that an expired one never slips through.
    in_force: tuple[Regrade, ...] = ()
    changes: tuple[Change, ...] = ()

    def on(self, day: date) -> Book:
        """Return the book with the re-grades that are in force on a day."""
        if not self.regrades:
            return self
        return replace(self, in_force=tuple(each for each in self.regrades if day <= each.until))

    def takes(self, name: str) -> bool:
        """Return whether a file of this name is of this book."""
        return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in self.files)

    @property
    def deciding(self) -> tuple[Scope, ...]:
        """Return the conditions that say which rows are assaults, without that of a file of changes."""
        return self.scope[1:] if self.actions else self.scope

    def numbered(self, name: str) -> tuple[str, ...]:
        """Return a column name once for each victim side by side, or as it is."""
        if "{n}" not in name:
            return (name,)
        return tuple(name.replace("{n}", str(n)) for n in range(1, self.victims + 1))

    @property
    def columns(self) -> tuple[str, ...]:
        """Return every column name the book's file knows and reads, in the order first written."""
        names: list[str] = []
        for mapped in self.fields.values():
            for name in mapped.names:
                names.extend(self.numbered(name))
        for cell in self.lists:
            names.extend(self.numbered(cell.column))
        names.extend(condition.column for condition in self.scope)
        if self.force:
            names.append(self.force.column)
        return tuple(dict.fromkeys(names))


@dataclass(frozen=True)
class Force:
    """A force and the books it sends."""

    force_id: str
    name: str
    pfa_code: str | None
    books: Mapping[str, Book]

    def book_of(self, file_name: str) -> Book | None:
        """Return the one book a file of this name belongs to, or None where none or several take it."""
        taking = [book for book in self.books.values() if book.takes(file_name)]
        return taking[0] if len(taking) == 1 else None


def load_forces(folder: Path = FORCES) -> dict[str, Force]:
    """Return every force of a folder of force files, by force id."""
    return {path.stem: load_force(path) for path in sorted(folder.glob("*.toml"))}


def load_force(path: Path, today: date | None = None) -> Force:
    """Return the force a TOML file declares, checked against the schema.

    A re-grade may end a year after `today` at the latest. Raises ForceFileError with the file, the key and the nearest
    right word.
    """
    check = Checker(path.name)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ForceFileError(f"{path.name} is not valid TOML: {error}.") from error
    check.keys(content, ("name", "pfa_code", "regrade", *BOOK), "")
    name = check.text(content, "name", "")
    books = {book: read_book(path.stem, book, content[book], check) for book in BOOK if book in content}
    if not books:
        raise check.error("", f"no book is declared; add at least one of {', '.join(f'[{b}]' for b in BOOK)}")
    pfa_code = content.get("pfa_code")
    if pfa_code is not None and not (isinstance(pfa_code, str) and re.fullmatch(r"[A-Z]\d{8}", pfa_code)):
        raise check.error("pfa_code", "write the police force area code as E23000016, or leave the key out")
    if "regrade" in content:
        books = with_regrades(books, read_regrades(content["regrade"], books, today or date.today(), check))
    return Force(path.stem, name, pfa_code, books)


def with_regrades(books: Mapping[str, Book], regrades: Sequence[Regrade]) -> dict[str, Book]:
    """Return the books with their re-grades, which are part of what a drop is judged by and so of its fingerprint."""
    regraded = {}
    for name, book in books.items():
        own = tuple(each for each in regrades if each.book in (None, name))
        said = f"{book.fingerprint}{sorted(map(repr, own))}" if own else ""
        fingerprint = hashlib.sha256(said.encode()).hexdigest()[:16] if own else book.fingerprint
        regraded[name] = replace(book, regrades=own, fingerprint=fingerprint)
    return regraded


def read_book(force_id: str, book: str, table: Mapping[str, Any], check: Checker) -> Book:
    """Return one book of a force file."""
    check.table(table, book)
    check.keys(table, BOOK_KEYS, book)
    table = with_codes_of_systems(book, table, check)
    victims = table.get("victims", 1)
    if type(victims) is not int or not 1 <= victims <= 50:
        raise check.error(f"{book}.victims", "this is not a whole number from 1 to 50")
    not_collected = check.texts(table, "not_collected", book)
    for name in not_collected:
        check.known(name, given_names(), f"{book}.not_collected", "field")
    lists = tuple(read_list(cell, f"{book}.lists", check) for cell in table.get("lists", ()))
    fields = {
        name: read_field(name, spec, f"{book}.fields.{name}", check)
        for name, spec in check.table(table.get("fields", {}), f"{book}.fields").items()
    }
    check_each_field_once(book, fields, lists, not_collected, check)
    refuse_shared_pseudonyms(book, fields, check)
    check_victims(book, victims, fields, lists, check)
    system = check.text(table, "system", book)
    check_name(system, f"{book}.system", check)
    declared = Book(
        force_id=force_id,
        name=book,
        system=system,
        files=check.texts(table, "files", book, needed=True),
        missing=tuple(dict.fromkeys(("", *(fold(word) for word in check.texts(table, "missing", book))))),
        ignored=check.texts(table, "ignored", book),
        not_collected=not_collected,
        victims=victims,
        read=read_pins(table.get("read", {}), f"{book}.read", check),
        period=read_period(table.get("period"), f"{book}.period", check),
        force=read_own_force(table.get("force"), f"{book}.force", check),
        scope=tuple(read_scope(scope, f"{book}.scope", check) for scope in table.get("scope", ())),
        fields=fields,
        lists=lists,
        fingerprint=hashlib.sha256(repr(sorted_deep(table)).encode()).hexdigest()[:16],
        resend=read_resend(table, book, check),
        actions=read_actions(table, book, check),
    )
    if declared.actions:
        is_record = Scope(
            declared.actions.column,
            (*declared.actions.add, *declared.actions.change),
            declared.actions.withdraw,
        )
        declared = replace(declared, scope=(is_record, *declared.scope))
    for column in declared.columns:
        if column in declared.ignored:
            raise check.error(f"{book}.ignored", f'"{column}" is ignored and read; keep one of the two')
    return declared


def read_pins(spec: object, key: str, check: Checker) -> dict[str, Any]:
    """Return how the book's files are written, as far as the force's file pins it."""
    table = check.table(spec, key)
    check.keys(table, READ_KEYS, key)
    for pin in ("encoding", "sheet", "format"):
        if pin in table:
            check.text(table, pin, key)
    for pin in ("delimiter", "quote"):
        if pin in table and len(check.text(table, pin, key)) != 1:
            raise check.error(f"{key}.{pin}", "this is not one character")
    for pin in ("header_row", "header_rows"):
        if pin in table and (type(table[pin]) is not int or table[pin] < 1):
            raise check.error(f"{key}.{pin}", "this is not a whole number from 1")
    if "format" in table:
        check.known(table["format"], READ_FORMATS, f"{key}.format", "format")
    try:
        codecs.lookup(table.get("encoding", "utf-8"))
    except LookupError as error:
        raise check.error(f"{key}.encoding", f'"{table["encoding"]}" is not an encoding we know') from error
    return dict(table)


def check_victims(
    book: str, victims: int, fields: Mapping[str, FieldMap], lists: Sequence[ListMap], check: Checker
) -> None:
    """Refuse columns of victims side by side without their number, and the number without such columns."""
    numbered = [f"fields.{name}" for name, mapped in fields.items() if any("{n}" in c for c in mapped.names)]
    numbered += ["lists" for cell in lists if "{n}" in cell.column]
    if numbered and victims == 1:
        raise check.error(f"{book}.{numbered[0]}", "its column holds {n} but victims is not set")
    if victims > 1 and not any(name.startswith("fields.") for name in numbered):
        raise check.error(f"{book}.victims", "no field has a column that holds {n}, the victim's number")
    if victims > 1 and "victim_number" in fields:
        raise check.error(
            f"{book}.fields.victim_number",
            "victims side by side are numbered by their columns; list victim_number in not_collected",
        )


def read_field(name: str, spec: object, key: str, check: Checker) -> FieldMap:
    """Return how one field is mapped."""
    check.known(name, given_names(), key, "field")
    table = check.table(spec, key)
    check.keys(table, FIELD_KEYS, key)
    sources = [source for source in SOURCES if source in table]
    if len(sources) != 1:
        said = " and ".join(sources) if sources else "none"
        raise check.error(key, f"give exactly one of {', '.join(SOURCES)} (now: {said})")
    for word in (sources[0], "codes"):
        if table.get(word) in ("", [], {}):
            raise check.error(f"{key}.{word}", "this is empty")
    declared = ASSAULT[name]
    mapped = FieldMap(
        field=name,
        column=read_columns(table.get("column", ()), key, check),
        columns=check.texts(table, "columns", key),
        join=check.joint(table, key),
        constant=None if "constant" not in table else str(table["constant"]),
        flags=check.words(table.get("flags", {}), f"{key}.flags"),
        yes=tuple(fold(word) for word in check.texts(table, "yes", key)) or YES,
        no=tuple(fold(word) for word in check.texts(table, "no", key)) or NO,
        count_within=table.get("count_within"),
        formats=check.texts(table, "format", key),
        codes=check.words(table["codes"], f"{key}.codes") if "codes" in table else None,
        codes_from=read_dated_codes(table.get("codes_from", ()), key, check),
        missing=tuple(fold(word) for word in check.texts(table, "missing", key)),
        take=check.regex(table.get("take"), f"{key}.take", groups=1),
        separator=None if "separator" not in table else check.text(table, "separator", key),
        pattern=check.regex(table.get("pattern"), f"{key}.pattern"),
    )
    check_targets(declared, mapped, key, check)
    check_fit(declared, table, key, check)
    check_formats(declared.type, mapped.formats, key, check)
    if "mend" not in table:
        return mapped
    return replace(mapped, mend=read_mend(declared, mapped, table["mend"], f"{key}.mend", check))


def check_fit(declared: Field, table: Mapping[str, Any], key: str, check: Checker) -> None:
    """Refuse a key that would be passed over in silence because the field or its source does not use it."""
    is_list, ticked = declared.type == "list", declared.type == "boolean" or "flags" in table
    misfits = (
        ("join", "columns" in table, "only several columns are joined"),
        ("separator", is_list and "flags" not in table, "only one cell of a list field is separated"),
        ("codes_from", not is_list, "a list field has one value map"),
        ("yes", ticked, "yes words are for yes/no columns"),
        ("no", ticked, "no words are for yes/no columns"),
        ("codes", "flags" not in table and "constant" not in table, "nothing is left to look up"),
        ("take", "column" in table or "columns" in table, "there is no cell to take a part of"),
    )
    for word, fits, sentence in misfits:
        if word in table and not fits:
            raise check.error(f"{key}.{word}", sentence)
    if "yes" in table and "codes" in table:
        raise check.error(f"{key}.yes", "codes already say which words mean yes")


def check_targets(declared: Field, mapped: FieldMap, key: str, check: Checker) -> None:
    """Refuse a mapping whose words lead to values the field does not know, or that does not fit its type."""
    allowed = (
        tuple(declared.codes) if declared.codes else ("true", "false") if declared.type == "boolean" else None
    )
    maps = [("codes", mapped.codes or {}), *(("codes_from", dated.codes) for dated in mapped.codes_from)]
    maps.append(("flags", mapped.flags))
    if mapped.constant is not None:
        maps.append(("constant", {"constant": mapped.constant}))
    for part, words in maps:
        if words and allowed is None and part != "constant":
            raise check.error(f"{key}.{part}", f"{declared.name} takes free values and needs no codes")
        for target in words.values():
            if allowed is not None:
                check.known(target, allowed, f"{key}.{part}", "code")
    if mapped.flags and declared.type != "list":
        raise check.error(f"{key}.flags", "flags fill a list field; give a yes/no field its column instead")
    if declared.pseudonym and (mapped.take or mapped.columns or mapped.constant is not None):
        raise check.error(
            key, f"{declared.name} becomes a pseudonym as it is read; give it its column as it is"
        )
    if declared.type == "list" and not (mapped.flags or mapped.separator):
        raise check.error(key, "a list field needs a separator, or flags")
    if mapped.count_within is not None and (
        declared.name != "victim_number" or mapped.count_within != "source_record_id"
    ):
        raise check.error(
            f"{key}.count_within", 'only victim_number can be counted, within "source_record_id"'
        )
    if mapped.formats and declared.type not in ("date", "time"):
        raise check.error(f"{key}.format", f"{declared.name} is not a date or a time")
    if mapped.pattern and declared.name != "source_record_id":
        raise check.error(f"{key}.pattern", "a pattern is for source_record_id")
    if mapped.codes_from and declared.name == "occurred_on":
        raise check.error(f"{key}.codes_from", "the day of the assault cannot depend on itself")


def refuse_shared_pseudonyms(book: str, fields: Mapping[str, FieldMap], check: Checker) -> None:
    """Refuse a column that is replaced by pseudonyms as it is read and that another field reads too."""
    for name, mapped in fields.items():
        if not ASSAULT[name].pseudonym:
            continue
        for other, others in fields.items():
            shared = set(mapped.names) & set(others.names) if other != name else set()
            if shared:
                raise check.error(
                    f"{book}.fields.{other}",
                    f'"{sorted(shared)[0]}" becomes a pseudonym for {name} and can serve no other field',
                )


def check_each_field_once(
    book: str,
    fields: Mapping[str, FieldMap],
    lists: Sequence[ListMap],
    not_collected: Sequence[str],
    check: Checker,
) -> None:
    """Refuse a book that forgets one of the schema's fields or speaks of one twice."""
    spoken = [*fields, *(name for cell in lists for name in cell.fields()), *not_collected]
    for name in given_names():
        times = spoken.count(name)
        if times == 0:
            raise check.error(f"{book}", f"{name} is neither mapped nor in not_collected")
        if times > 1:
            raise check.error(
                f"{book}", f"{name} is spoken of {times} times; map it once or list it in not_collected"
            )
    for name in not_collected:
        if ASSAULT[name].required:
            raise check.error(f"{book}.not_collected", f"{name} is required and must be mapped")
    if book == "crime" and {"offence_code", "offence_title"} <= set(not_collected):
        raise check.error(f"{book}.not_collected", "the crime book needs offence_code or offence_title")


def read_columns(spec: object, key: str, check: Checker) -> tuple[Column, ...]:
    """Return the names a column may go by: one text, several, or tables with the dates of each."""
    if isinstance(spec, str):
        return (Column(spec),)
    if not isinstance(spec, list | tuple):
        raise check.error(f"{key}.column", "this is not a column name or a list of them")
    columns = []
    for name in spec:
        if isinstance(name, str) and name:
            columns.append(Column(name))
            continue
        table = check.table(name, f"{key}.column")
        check.keys(table, ("name", "from", "until"), f"{key}.column")
        columns.append(
            Column(
                check.text(table, "name", f"{key}.column"),
                check.day(table, "from", f"{key}.column"),
                check.day(table, "until", f"{key}.column"),
            )
        )
    return tuple(columns)


def read_dated_codes(spec: object, key: str, check: Checker) -> tuple[DatedCodes, ...]:
    """Return the dated value maps of a field, the newest first."""
    if not isinstance(spec, list | tuple):
        raise check.error(f"{key}.codes_from", "write it as [[...codes_from]], once a date")
    maps = []
    for dated in spec:
        table = check.table(dated, f"{key}.codes_from")
        check.keys(table, ("from", "codes"), f"{key}.codes_from")
        since = check.day(table, "from", f"{key}.codes_from")
        if since is None:
            raise check.error(f"{key}.codes_from", "the date it holds from is missing")
        maps.append(DatedCodes(since, check.words(table.get("codes"), f"{key}.codes_from")))
    return tuple(sorted(maps, key=lambda dated: dated.since, reverse=True))


def read_list(spec: object, key: str, check: Checker) -> ListMap:
    """Return one list-valued cell and the fields its words set."""
    table = check.table(spec, key)
    check.keys(table, ("column", "separator", "words"), key)
    targets: dict[str, tuple[str, str] | None] = {}
    for word, target in check.words(table.get("words"), f"{key}.words").items():
        if not target:
            targets[fold(word)] = None
            continue
        name, _, code = target.partition(".")
        check.known(name, given_names(), f"{key}.words", "field")
        declared = ASSAULT[name]
        if declared.type == "list":
            check.known(code, tuple(declared.codes or ()), f"{key}.words", "code")
        elif declared.type != "boolean" or code:
            raise check.error(
                f"{key}.words", f'"{target}" is neither a yes/no field nor a code of a list field'
            )
        targets[fold(word)] = (name, code)
    return ListMap(check.text(table, "column", key), check.text(table, "separator", key), targets)


def read_scope(spec: object, key: str, check: Checker) -> Scope:
    """Return one condition of what is in scope."""
    table = check.table(spec, key)
    check.keys(table, ("column", "in", "out"), key)
    inside = tuple(fold(word) for word in check.texts(table, "in", key, needed=True))
    outside = tuple(fold(word) for word in check.texts(table, "out", key))
    both = set(inside) & set(outside)
    if both:
        raise check.error(key, f'"{sorted(both)[0]}" is both in and out')
    return Scope(check.text(table, "column", key), inside, outside)


def read_period(spec: object, key: str, check: Checker) -> Period | None:
    """Return how the file name says its period, if it does."""
    if spec is None:
        return None
    table = check.table(spec, key)
    check.keys(table, ("pattern", "year_begins"), key)
    pattern = check.regex(check.text(table, "pattern", key), f"{key}.pattern")
    groups = set(re.compile(cast(str, pattern)).groupindex)
    if "year" not in groups or groups - {"year", "month", "quarter", "to_month"}:
        raise check.error(
            f"{key}.pattern",
            "name the groups year, and month (perhaps with to_month) or quarter, and no others",
        )
    begins = table.get("year_begins", "january")
    check.known(begins, ("january", "april"), f"{key}.year_begins", "month")
    return Period(cast(str, pattern), 4 if begins == "april" else 1)


def read_own_force(spec: object, key: str, check: Checker) -> OwnForce | None:
    """Return the column that names the force, if the export has one."""
    if spec is None:
        return None
    table = check.table(spec, key)
    check.keys(table, ("column", "words"), key)
    words = tuple(fold(word) for word in check.texts(table, "words", key, needed=True))
    return OwnForce(check.text(table, "column", key), words)


def given_names() -> tuple[str, ...]:
    """Return the names of the fields a force maps."""
    return tuple(f.name for f in ASSAULT.given)


def fold(word: str) -> str:
    """Return a word as it is compared: case does not count, nor which spaces and how many part its words."""
    return tidy(word).lower()


def sorted_deep(value: object) -> object:
    """Return a TOML value in an order of its own, so that a moved line does not look like a change."""
    if isinstance(value, Mapping):
        return sorted((key, sorted_deep(inner)) for key, inner in value.items())
    if isinstance(value, list):
        return [sorted_deep(inner) for inner in value]
    return value


def identity(codes: CodeList) -> dict[str, str]:
    """Return the value map that serves where a force already uses our codes or their meanings."""
    return {fold(text): c.code for c in codes.codes for text in (c.code.replace("_", " "), c.meaning, c.code)}


@dataclass(frozen=True)
class Checker:
    """Checks the parts of one force file and words what is wrong with them."""

    file: str

    def error(self, key: str, sentence: str) -> ForceFileError:
        where = f"{self.file}, {key}" if key else self.file
        return ForceFileError(f"{where}: {sentence}" + ("" if sentence.endswith("?") else "."))

    def known(self, word: object, allowed: Collection[str], key: str, kind: str) -> None:
        if word in allowed:
            return
        near = get_close_matches(str(word), allowed, n=1, cutoff=0.5)
        mend = f'did you mean "{near[0]}"?' if near else f"it is one of {', '.join(allowed)}"
        raise ForceFileError(f'{self.file}, {key}: "{word}" is not a {kind} we know; {mend}')

    def keys(self, table: Mapping[str, Any], allowed: Collection[str], key: str) -> None:
        for word in table:
            self.known(word, allowed, key or "top level", "key")

    def table(self, value: object, key: str) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise self.error(key, "this should be a table of keys and values")
        return value

    def text(self, table: Mapping[str, Any], key: str, where: str) -> str:
        value = table.get(key)
        if not isinstance(value, str) or not value:
            raise self.error(f"{where}.{key}" if where else key, "this text is missing")
        return value

    def joint(self, table: Mapping[str, Any], where: str) -> str:
        """Return what several columns are joined by; it may be empty."""
        value = table.get("join", " ")
        if not isinstance(value, str):
            raise self.error(f"{where}.join", "this should be a text")
        return value

    def texts(
        self, table: Mapping[str, Any], key: str, where: str, *, needed: bool = False
    ) -> tuple[str, ...]:
        value = table.get(key, [])
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise self.error(f"{where}.{key}", "this should be a text or a list of texts")
        if needed and not value:
            raise self.error(f"{where}.{key}", "this list is missing")
        return tuple(value)

    def words(self, value: object, key: str) -> dict[str, str]:
        table = self.table(value, key)
        said: dict[str, str] = {}
        for word, target in table.items():
            if not isinstance(target, str):
                raise self.error(f'{key}."{word}"', 'write the target as a text in quotes, such as "true"')
            if said.setdefault(fold(word), target) != target:
                raise self.error(
                    f'{key}."{word}"',
                    "the same word in other case leads elsewhere; case does not count, nor do spaces",
                )
        return dict(table)

    def day(self, table: Mapping[str, Any], key: str, where: str) -> date | None:
        value = table.get(key)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            raise self.error(f"{where}.{key}", "write the date bare, as 2018-04-01")
        return value

    def regex(self, value: object, key: str, groups: int | None = None) -> str | None:
        if value is None:
            return None
        try:
            compiled = re.compile(str(value))
        except re.error as error:
            raise self.error(key, f"this is not a regular expression ({error})") from error
        if groups is not None and compiled.groups != groups:
            raise self.error(key, f"it needs exactly {groups} group in round brackets")
        return str(value)
