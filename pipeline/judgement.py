"""What judging a file looks at, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from expectations.profile import Profile
from pipeline.beside import NOTHING, Beside
from pipeline.causes import Cause
from pipeline.engine import Engine
from pipeline.ledger import Answer, DropSums
from pipeline.period import Period
from pipeline.personal.guard import Guard, Personal
from pipeline.read import Export, Noticed
from pipeline.recall import Recall
from pipeline.records import Columns
from pipeline.returned.marked_export import Row
from pipeline.states import State
from pipeline.story import Story
from schemas.beyond import BEYOND
from schemas.drop import DUPLICATE, REFUSED_LINE, REPEATED
from schemas.force import Book
from schemas.personal import PERSONAL_COLUMN
from schemas.regrade import as_seen
from schemas.table import Rule


@dataclass(frozen=True)
class Judgement:
    """What became of a file: its sums, its findings, and the files written for it."""

    sums: DropSums
    findings: Mapping[Rule, int]
    listed: Sequence[Mapping[str, Any]]
    unexpected_columns: tuple[str, ...]
    absent_columns: tuple[str, ...]
    out_of_scope_by: Mapping[str, int]
    period: Period | None
    stated_period: Period | None
    accepted: Path | None = None
    held: Path | None = None
    # The references that rows of a file of changes take back.
    withdrawn: Path | None = None
    # How many records those rows stand for.
    taken_back: int = 0
    findings_file: Path | None = None
    transform_map: Path | None = None
    read_as: Mapping[str, Any] = field(default_factory=dict)
    noticed: Sequence[Noticed] = ()
    header: tuple[str, ...] = ()
    causes: Sequence[Cause] = ()
    profile: Profile | None = None
    judged_on: date | None = None
    book: Book | None = None
    personal: Sequence[Personal] = ()
    # What became of each rule; those that look beyond a row are there first, the others come with the whole drop.
    states: Sequence[State] = ()
    # Of a marked file of ours that came back: its rows with their keys, and what became of them; None of another file.
    marked_rows: Sequence[Row] | None = None
    mended: Mapping[str, int] | None = None
    # What the force answers in this file; and how many findings of each query, of accepted rows or of the whole drop,
    # any answer speaks of.
    given: Sequence[Answer] = ()
    answered: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_nil(self) -> bool:
        return self.sums.rows == 0 and self.sums.refused == 0


@dataclass(frozen=True)
class Judging:
    """What the second half of judging looks at."""

    engine: Engine
    export: Export
    book: Book
    rules: Sequence[Rule]
    columns: Columns
    stated: Period | None
    folder: Path
    recall: Recall
    reopened: Callable[[], Export]
    story: Story
    guard: Guard
    personal: Sequence[Personal]
    beside: Beside = NOTHING
    kept: Callable[[Path], object] | None = None
    # The name the file came under.
    file: str = ""

    @property
    def masks(self) -> Sequence[str]:
        return [*self.columns.masks]

    @property
    def shown(self) -> Sequence[str]:
        return self.columns.shown

    @cached_property
    def wordings(self) -> Sequence[Rule]:
        """Return every rule a finding can be of, in the order of their names."""
        others = (REFUSED_LINE, DUPLICATE, REPEATED, PERSONAL_COLUMN, *as_seen(BEYOND, self.book))
        return sorted({*self.rules, *others}, key=lambda rule: rule.name)

    def wording(self, rule: Rule) -> int:
        return self.wordings.index(rule)
