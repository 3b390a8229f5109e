"""What a column holds, by its values alone: dates and how they are written, times, codes, prose, personal data."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.mapping.words import MISSING_WORDS, NO_WORDS, YES_WORDS
from pipeline.personal.forms import email, nino
from pipeline.read import Export
from schemas.force import fold
from schemas.offences import CLASS_104, classes_by_code

# Past this many different values a column is no code list, and new ones are counted but not kept.
MOST_VALUES = 4_000

# As many different values as are looked at closely.
LOOKED_AT = 400

# As many different words as a coded column may have.
MOST_WORDS = 60

DAYS = (
    "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%d-%m-%y", "%d %b %Y", "%d-%b-%Y", "%d %B %Y", "%d-%b-%y",
    "%d %b %y", "%d%b%Y", "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y",
)  # fmt: skip
CLOCKS = ("%H:%M", "%H:%M:%S", "%I:%M%p", "%I:%M %p", "%H.%M", "%H%M")
MOMENTS = tuple(f"{day}{join}{clock}" for day in DAYS for join in (" ", "T") for clock in CLOCKS[:4])

HO_CODE = re.compile(r"^(?:HO ?)?(\d{1,3}) ?/ ?(\d{1,2})$|^(\d{3})(\d{2})$", re.IGNORECASE)
CODE_FIRST = re.compile(r"^(?:HO ?)?\d{1,3}/\d{1,2}\b\s*[-–:,]?\s*[A-Za-z]", re.IGNORECASE)
CODE_LAST = re.compile(r"[A-Za-z].*\(?\b\d{1,3}/\d{2}\)?$")
_OFFENCE = re.compile(
    r"assault|wound|\bgbh\b|\babh\b|bodily harm|constable in the ex|emergency worker|batter|strangl|menac|"
    r"endanger|robbery|affray|resist|obstruct|\bdegree\b|violent disorder|murder",
    re.IGNORECASE,
)
_COLLAR = re.compile(r"^[A-Z]{0,3}[ -]?\d{1,7}[A-Z]{0,2}$", re.IGNORECASE)
_PHONE = re.compile(r"^(\+44|0)[\d ()-]{9,14}$")
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b")
_STREET = re.compile(
    r"\d+\w?,? .*\b(road|rd|street|st|lane|ln|avenue|ave|close|drive|dr|way|court|block)\b", re.I
)
_NAME = re.compile(r"^[A-Z][\w'’-]+,\s*\w[\w'’-]*$|^(?:[A-Z][a-z'’-]+ ){1,2}[A-Z][A-Za-z'’-]+$")


@dataclass(frozen=True)
class Profile:
    """What a column holds; shares are of its filled cells, 0 to 1."""

    rows: int
    filled: int
    distinct: int
    words: Mapping[str, int]
    missing: Mapping[str, int]
    date_format: str | None
    date: float
    with_time: float
    last_century: float
    time_format: str | None
    time: float
    yes_no: float
    whole: float
    lowest: int
    highest: int
    ho_code: float
    code_first: float
    code_last: float
    offence: float
    counter: bool
    collar: float
    personal: str | None
    prose: float
    length: float
    names: float
    months_first: bool

    @property
    def empty(self) -> bool:
        """Return true for a column nothing can be told of."""
        return self.filled == 0

    @property
    def unlike(self) -> float:
        """Return the share of cells that are different from each other."""
        return self.distinct / self.filled if self.filled else 0.0

    @property
    def coded(self) -> bool:
        """Return true for a column of few words, as code lists have."""
        return 0 < self.distinct <= MOST_WORDS and (self.distinct <= 12 or self.filled / self.distinct >= 1.8)


def counted(export: Export) -> tuple[dict[str, Counter[str]], int]:
    """Return how often each value stands in each column, and the number of rows.

    Values are trimmed. Past MOST_VALUES different ones the rest of a column are counted under "" alone.
    """
    counts: dict[str, Counter[str]] = {column: Counter() for column in export.columns}
    rows = 0
    for batch in export.batches(export.columns):
        rows += batch.num_rows
        for column, counter in counts.items():
            cells = batch.column(column)
            if pa.types.is_dictionary(cells.type):
                cells = cells.cast(pa.string())
            for pair in pc.value_counts(pc.utf8_trim_whitespace(cells)).to_pylist():
                word = pair["values"]
                if not word:
                    continue
                known = word in counter or len(counter) < MOST_VALUES
                counter[word if known else ""] += pair["counts"]
    return counts, rows


def profile(counts: Mapping[str, int], rows: int) -> Profile:
    """Return what a column holds, from its values and their counts."""
    present = {word: count for word, count in counts.items() if word and fold(word) not in MISSING_WORDS}
    missing = {word: count for word, count in counts.items() if word and fold(word) in MISSING_WORDS}
    filled = sum(present.values()) + counts.get("", 0)
    distinct = len(present) + counts.get("", 0)
    looked = dict(sorted(present.items(), key=lambda pair: (-pair[1], pair[0]))[:LOOKED_AT])
    total = sum(looked.values()) or 1

    def share(fits: Iterable[str]) -> float:
        return sum(looked[word] for word in fits) / total

    day_format, dates, months_first = best_format(looked, DAYS + MOMENTS)
    clock_format, clocks, _ = best_format(looked, CLOCKS)
    years = (
        [read.year for read in (parsed(word, day_format) for word in looked) if read] if day_format else []
    )
    timed = (
        share(word for word in looked if (read := parsed(word, day_format)) and (read.hour or read.minute))
        if day_format in MOMENTS
        else 0.0
    )
    numbers = [int(word) for word in looked if re.fullmatch(r"-?\d{1,9}", word)]
    return Profile(
        rows=rows,
        filled=filled,
        distinct=distinct,
        words=present if distinct <= MOST_VALUES else looked,
        missing=missing,
        date_format=day_format,
        date=dates,
        with_time=timed,
        last_century=sum(1 for year in years if year < 2000) / len(years) if years else 0.0,
        time_format=clock_format,
        time=clocks,
        yes_no=share(word for word in looked if fold(word) in YES_WORDS | NO_WORDS),
        whole=share(word for word in looked if re.fullmatch(r"-?\d{1,9}", word)),
        lowest=min(numbers, default=0),
        highest=max(numbers, default=0),
        ho_code=share(word for word in looked if is_ho_code(word)),
        code_first=share(word for word in looked if CODE_FIRST.match(word)),
        code_last=share(word for word in looked if CODE_LAST.search(word)),
        offence=share(word for word in looked if " " in word and _OFFENCE.search(word)),
        counter=len(numbers) == len(looked)
        and filled == distinct > 5
        and min(numbers, default=0) in (0, 1)
        and (max(numbers, default=0) <= distinct or distinct > LOOKED_AT and max(numbers) <= LOOKED_AT * 40),
        collar=share(word for word in looked if _COLLAR.match(word)),
        personal=personal(looked),
        prose=share(word for word in looked if len(word.split()) >= 6),
        length=sum(len(word) * count for word, count in looked.items()) / total,
        names=share(word for word in looked if _NAME.match(word)),
        months_first=months_first,
    )


def is_ho_code(text: str) -> bool:
    """Return whether a text is a Home Office code of the list, however it is written."""
    found = HO_CODE.match(text)
    if not found:
        return False
    number, within = (found[1], found[2]) if found[1] else (found[3], found[4])
    code = f"{number:0>3}/{within:0>2}"
    return code.startswith(CLASS_104) or code in classes_by_code()


def personal(looked: Mapping[str, int]) -> str | None:
    """Return the kind of personal data most cells are, or None: e-mail, telephone, NI number or address."""
    total = sum(looked.values()) or 1
    kinds: tuple[tuple[str, Callable[[str], object]], ...] = (
        ("e-mail addresses", email),
        ("telephone numbers", lambda word: _PHONE.match(word)),
        ("national insurance numbers", nino),
        ("addresses", lambda word: _POSTCODE.search(word) or _STREET.search(word)),
    )
    for kind, fits in kinds:
        if looked and sum(looked[word] for word in looked if fits(word)) / total >= 0.5:
            return kind
    return None


def best_format(looked: Mapping[str, int], formats: tuple[str, ...]) -> tuple[str | None, float, bool]:
    """Return the format that reads most cells, the share it reads, and whether months may come first.

    Day-first is taken where both orders read as much: it is how the country writes.
    """
    total = sum(looked.values())
    best, most = None, 0
    sample = list(looked)[:40]
    if sum(1 for word in sample if re.search(r"\d", word)) * 4 < len(sample):
        return None, 0.0, False
    if not any(":" in word for word in sample):
        formats = tuple(form for form in formats if ":" not in form)
    for form in formats:
        if best is None or most < total:
            few = [word for word in sample if parsed(word, form)]
            if not few or len(few) * 4 < len(sample):
                continue
            reads = sum(count for word, count in looked.items() if parsed(word, form))
            if reads > most:
                best, most = form, reads
    return best, (most / total if total else 0.0), bool(best and best.startswith("%m"))


@lru_cache(maxsize=1 << 16)
def parsed(text: str, form: str | None) -> datetime | None:
    """Return the moment a text stands for in a format, or None; a year before 1900 is nobody's."""
    if form is None or not any(character.isdigit() for character in text):
        return None
    # %H%M and %Y%m%d take shorter numbers apart in ways nobody means.
    if form == "%H%M" and not re.fullmatch(r"\d{4}", text):
        return None
    if form == "%Y%m%d" and not re.fullmatch(r"\d{8}", text):
        return None
    try:
        read = datetime.strptime(text, form)
    except ValueError:
        return None
    return read if read.year >= 1900 else None


def masked(text: str) -> str:
    """Return a text with every letter as x and every digit as 9: its shape, without what it says."""
    return re.sub(r"[a-z]", "x", re.sub(r"[A-Z]", "X", re.sub(r"\d", "9", "".join(
        character if character.isascii() else "x" for character in text))))[:40]  # fmt: skip


def days(counts: Mapping[str, int], form: str) -> list[date]:
    """Return the days of a column, one a different value."""
    return [read.date() for read in (parsed(word, form) for word in counts) if read]
