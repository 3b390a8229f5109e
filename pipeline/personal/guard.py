"""Keeps personal data out of what is judged: seen in a column's words, it is put aside before anything is made of it.

Words that show it for certain are put aside one by one, wherever they stand; a whole column is where its first rows
show that it is one of names, numbers or postcodes. In the place of each stands what kind of thing was there, so that
the row has its finding and counts without it. What the force's file lists as its own word is never looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.personal import names
from pipeline.personal.column import FIRST_ROWS, Hit, different, of_references, of_text, of_unread
from pipeline.personal.forms import GATE, certain, email, nino, postcode
from pipeline.read import Export
from schemas.assault import ASSAULT
from schemas.force import Book, fold
from schemas.personal import KINDS, TEXTS, not_kept

REFERENCE = "source_record_id"

# Of a column so many words are looked at closely; past them only e-mail addresses are looked for.
MOST_LOOKED_AT = 50_000
# Words that are not personal are remembered up to so many a column, and those met later looked at each time.
MOST_REMEMBERED = 100_000
# Up to so many words are looked through one by one.
FEW = 10_000

# Two words with a capital each, where names are looked for in what no list explains.
_TWO_WORDS = r"^[A-Z][\w'’-]+,? [A-Z]"


class Guard:
    """Puts aside what is personal in the cells of one file, and counts it column by column."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._fields = fields_of(book)
        self._closed: dict[str, Hit] = {}
        self._learnt = False
        # The different words met that are personal, by column and kind: as hashes, for nothing of them is kept.
        self._met: dict[tuple[str, str], set[int]] = {}
        self._clean: dict[str, set[str]] = {}
        self._looked: dict[str, int] = {}
        self._explained: dict[str, frozenset[str]] = {}

    def learn(self, batch: pa.RecordBatch) -> None:
        """Look at the first rows of a file; those of later batches are not asked for."""
        if self._learnt or not batch.num_rows:
            return
        self._learnt = True
        for name in batch.schema.names:
            fields = self._fields.get(name)
            if not fields or not {*fields} & {REFERENCE, *TEXTS}:
                continue
            known = self._known(name)
            words = [word for word in different(batch.column(name)) if fold(word) not in known]
            hit = of_references(words) if REFERENCE in fields else of_text(words)
            if hit is not None:
                self._closed[name] = hit

    def clean(self, name: str, words: pa.Array) -> pa.Array:
        """Return the words of a column, what is personal among them put aside.

        A reference that is personal is blank, any other word says of which kind it was.
        """
        fields = self._fields.get(name)
        if not fields or not len(words):
            return words
        closed = self._closed.get(name)
        if closed is not None:
            return self._shut(name, words, closed)
        if REFERENCE in fields:
            return words
        instead = self._personal(name, fields, self._doubtful(name, fields, words))
        return replaced(words, instead)

    def _doubtful(self, name: str, fields: Sequence[str], words: pa.Array) -> Sequence[str]:
        """Return the words of a column that may be personal, whether or not they were met before."""
        gate = GATE if {*fields} & {*TEXTS} else f"{GATE}|{_TWO_WORDS}"
        if self._looked.get(name, 0) > MOST_LOOKED_AT:
            gate = "@"
        words = words.unique() if len(words) > FEW else words
        if len(words) > FEW:
            # To ask it of all at once costs more to begin with, and less a word.
            words = words.filter(pc.match_substring_regex(words, gate))
        clean = self._clean.setdefault(name, set())
        new = [word for word in words.to_pylist() if word and word not in clean]
        doubtful = list(filter(re.compile(gate).search, new))
        if len(clean) < MOST_REMEMBERED:
            clean.update({*new} - {*doubtful})
        return doubtful

    def hits(self) -> dict[str, list[Hit]]:
        """Return what was found so far, by column."""
        found = {name: [hit] for name, hit in self._closed.items()}
        for (name, kind), words in self._met.items():
            found.setdefault(name, []).append(Hit(kind, len(words), 0))
        return found

    def _personal(self, name: str, fields: Sequence[str], words: Sequence[str]) -> dict[str, str]:
        """Return what stands in the place of each word that is personal for certain."""
        clean = self._clean.setdefault(name, set())
        self._looked[name] = self._looked.get(name, 0) + len(words)
        known = self._known(name)
        instead: dict[str, str] = {}
        for word in words:
            kind = None if fold(word) in known else kind_of(word, fields)
            if kind is None:
                if len(clean) < MOST_REMEMBERED:
                    clean.add(word)
                continue
            self._met.setdefault((name, kind), set()).add(hash(word))
            instead[word] = not_kept(kind)
        return instead

    def _shut(self, name: str, words: pa.Array, hit: Hit) -> pa.Array:
        """Return the words of a column that is personal as a whole; what means missing goes on meaning it."""
        known = self._known(name)
        reference = REFERENCE in self._fields[name]
        instead = {
            word: "" if reference else not_kept(hit.kind)
            for word in words.unique().to_pylist()
            if word and fold(word) not in known
        }
        return replaced(words, instead)

    def _known(self, name: str) -> frozenset[str]:
        """Return the folded words of a column that the force's file explains."""
        if name not in self._explained:
            self._explained[name] = explained(self._book, name)
        return self._explained[name]


def kind_of(word: str, fields: Sequence[str]) -> str | None:
    """Return the kind of personal data a word of some fields holds for certain, or None."""
    if all(field in ASSAULT.names and ASSAULT[field].type not in ("string", "list") for field in fields):
        # Dates and numbers in disorder look like telephone numbers.
        return next(
            (k for k, holds in (("email", email), ("nino", nino), ("postcode", postcode)) if holds(word)),
            None,
        )
    kind = certain(word)
    if kind is None and not {*fields} & {*TEXTS} and names.sure_name(word):
        return "name"
    return kind


def fields_of(book: Book) -> dict[str, tuple[str, ...]]:
    """Return the fields read from each column of a book whose cells are not replaced by pseudonyms."""
    found: dict[str, list[str]] = {}
    hidden: set[str] = set()
    for name, mapped in book.fields.items():
        for written in mapped.names:
            for column in book.numbered(written):
                found.setdefault(column, []).append(name)
                if ASSAULT[name].pseudonym:
                    hidden.add(column)
    for cell in book.lists:
        for column in book.numbered(cell.column):
            found.setdefault(column, []).extend(cell.fields())
    for condition in book.scope:
        found.setdefault(condition.column, []).append("scope")
    if book.force:
        found.setdefault(book.force.column, []).append("force_id")
    return {column: tuple(names) for column, names in found.items() if column not in hidden}


def explained(book: Book, column: str) -> frozenset[str]:
    """Return the folded words of a column that the force's file explains or takes for missing."""
    words = {"", *map(fold, book.missing)}
    for mapped in book.fields.values():
        if any(column in book.numbered(written) for written in mapped.names):
            words |= {
                *map(fold, mapped.missing),
                *map(fold, mapped.codes or ()),
                *map(fold, mapped.yes),
                *map(fold, mapped.no),
            }
            for dated in mapped.codes_from:
                words |= {*map(fold, dated.codes)}
    for condition in book.scope:
        if column == condition.column:
            words |= {*map(fold, condition.inside), *map(fold, condition.outside)}
    for cell in book.lists:
        if column in book.numbered(cell.column):
            words |= {*map(fold, cell.words)}
    if book.force and column == book.force.column:
        words |= {*map(fold, book.force.words)}
    return frozenset(words)


def replaced(words: pa.Array, instead: Mapping[str, str]) -> pa.Array:
    """Return words with some of them replaced."""
    if not instead:
        return words
    place = pc.index_in(words, pa.array(list(instead), pa.string()))
    return pc.coalesce(pa.array(list(instead.values()), pa.string()).take(place), words)


def hits_in(export: Export, columns: Sequence[str], today: date) -> dict[str, list[Hit]]:
    """Return the personal data in columns nobody has told us about; no value of them is kept.

    Their first rows are looked at, and a few further down, in which a column may hold another thing.
    """
    if not columns:
        return {}
    first, later = export.some_rows(columns, FIRST_ROWS)
    found: dict[str, list[Hit]] = {}
    for name in columns:
        hits = of_unread(name, different(first.column(name)), today)
        known = {hit.kind for hit in hits}
        more = of_unread(name, different(later.column(name), later.num_rows), today)
        hits += [hit for hit in more if hit.kind not in known]
        if hits:
            found[name] = hits
    return found


@dataclass(frozen=True)
class Personal:
    """Personal data of one kind in a column of a file, as its sender is told; never a value.

    `fields` are those the column is mapped to, none where nobody has told us of it.
    """

    column: str
    kind: str
    found: int
    looked_at: int
    fields: tuple[str, ...]
    sentence: str
    mend: str

    def as_dict(self) -> dict[str, object]:
        """Return it as a receipt lists it."""
        return {
            "column": self.column,
            "kind": KINDS[self.kind][1],
            "different_values": self.found,
            "looked_at": self.looked_at or None,
            "fields": list(self.fields),
            "sentence": self.sentence,
            "mend": self.mend,
        }


def told(found: Mapping[str, Sequence[Hit]], export: Export, book: Book) -> tuple[Personal, ...]:
    """Return what was found in the columns of a file, in their order."""
    mapped = fields_of(book)
    return tuple(
        Personal(
            name, hit.kind, hit.found, hit.looked_at, fields,
            sentence(name, hit, read=name in mapped),
            remedy(read=name in mapped),
        )
        for name in export.columns
        for hit in found.get(name, ())
        for fields in [tuple(f for f in mapped.get(name, ()) if f in ASSAULT.names)]
    )  # fmt: skip


def remedy(read: bool) -> str:
    """Return what to do about personal data in a column that is mapped, or that nobody has told us of."""
    if read:
        return "Take it out in your system and send the file again; if the column is another than we think, tell us."
    return "Leave the column out of the export, or have it listed under `ignored` in your force's file."


def sentence(name: str, hit: Hit, read: bool) -> str:
    """Return what was found in a column, without a value of it; `read` is whether the column is mapped."""
    one, several = KINDS[hit.kind]
    what = several if hit.found > 1 else one
    of = f" of {hit.looked_at:,}" if hit.looked_at else ""
    values = f"{hit.found:,}{of} different value{'s' * (max(hit.found, hit.looked_at) > 1)}"
    looked = " looked at" if hit.looked_at else ""
    verb = ("are" if hit.found > 1 else "is") if hit.closed else ("hold" if hit.found > 1 else "holds")
    if not read:
        kept = "The column was looked at no further, and nothing of it was kept."
    elif hit.closed:
        kept = "Nothing of the column was kept for this file."
    else:
        kept = "They were not kept." if hit.found > 1 else "It was not kept."
    return f'In column "{name}" {values}{looked} {verb} {what}. {kept}'
