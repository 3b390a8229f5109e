"""Invented rows that break no rule, for the rows of a file with which nothing is wrong."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from pipeline.shared.invent import Column
from schemas.assault import ASSAULT
from schemas.force import ANY, Book
from schemas.moments import DATE_FORMATS, TIME_FORMATS

# So many rows are tried; those that break a rule are thrown away.
TRIED = 600
PLACES = ("Northfield", "Southfield", "Eastfield", "Westfield", "Middleton")
OFFENCE = {"offence_code", "offence_title"}


class Candidates:
    """Makes rows of a force's own words at random; references are left to whoever uses the rows."""

    def __init__(self, book: Book, columns: Sequence[Column], begins: date, ends: date) -> None:
        self._book = book
        self._columns = columns
        self._begins = begins
        self._days = max(0, (ends - begins).days)
        self._chance = random.Random(1_829)
        self._offences: Sequence[Mapping[str, str]] = ()

    def rows(self, offences: Sequence[Mapping[str, str]]) -> list[list[str]]:
        """Return rows to try; `offences` are cells by column that say an offence in public words, to draw from."""
        made = []
        for number in range(TRIED):
            # Some rows say little, so that some are sure to contradict nothing.
            filled = (0.0, 0.3, 0.6, 1.0)[number % 4]
            offence = self._chance.choice(offences) if offences else {}
            day = self._begins + timedelta(days=self._chance.randint(0, self._days))
            made.append([self._cell(column, filled, offence, day) for column in self._columns])
        return made

    def _cell(self, column: Column, filled: float, offence: Mapping[str, str], day: date) -> str:
        fields = {*column.fields}
        if fields & OFFENCE:
            return offence.get(column.name, "")
        if "scope" in fields or "force_id" in fields:
            return self._allowed(column)
        moment = self._moment(column, day)
        if moment is not None:
            needed = bool(fields & {"occurred_on", "recorded_on"})
            return moment if needed or self._chance.random() < filled else ""
        if not fields or self._chance.random() >= filled or fields & {"victim_number", "health_safety_ref"}:
            return ""
        if "district" in fields:
            return self._chance.choice(PLACES)
        if any(ASSAULT[field].type == "integer" for field in fields if field in ASSAULT.names):
            return str(self._chance.randint(0, 9))
        words = self._words(column)
        return self._chance.choice(words) if words else ""

    def _allowed(self, column: Column) -> str:
        for condition in self._book.scope:
            if condition.column == column.name:
                return next((word for word in condition.inside if word != ANY), "other")
        return self._book.force.words[0] if self._book.force else ""

    def _words(self, column: Column) -> list[str]:
        words: dict[str, None] = {}
        for field in column.fields:
            mapped = self._book.fields.get(field)
            if mapped is None:
                continue
            if mapped.flags or ASSAULT[field].type == "boolean" and not mapped.codes:
                words |= dict.fromkeys((mapped.yes[0], mapped.no[0]))
            elif mapped.codes:
                words |= {word: None for word in mapped.codes if mapped.take is None}
            elif (codes := ASSAULT[field].codes) is not None and mapped.take is None:
                words |= {code.replace("_", " "): None for code in codes}
        return [*words]

    def _moment(self, column: Column, day: date) -> str | None:
        said: str | None = None
        kinds = {ASSAULT[field].type: field for field in column.fields if field in ASSAULT.names}
        if not {*kinds} & {"date", "time"}:
            return None
        forms: tuple[str, ...] = ()
        for kind, usual in (("date", DATE_FORMATS), ("time", TIME_FORMATS)):
            if kind in kinds:
                forms = self._book.fields[kinds[kind]].formats or usual
                both = [form for form in forms if ("%H" in form or "%I" in form) and "%d" in form]
                if {"date", "time"} <= {*kinds} and both:
                    forms = (both[0],)
                said = forms[0]
        moment = f"{self._chance.randint(1, 11):02}:{self._chance.randint(0, 59):02}"
        from datetime import datetime

        whole = datetime.fromisoformat(f"{day} {moment}")
        return whole.strftime(said) if said else None
