"""What the ledger is told and tells: an arrival, an outcome, a release, and what it refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from hashlib import sha256
from typing import Literal, get_args

from pipeline.states import State as RuleState
from schemas.resend import How

State = Literal["arrived", "collated", "refused", "nil"]

Settled = Literal["collated", "refused", "nil"]

Severity = Literal["error", "query", "note"]

Standing = Literal["stands", "waits", "reverted"]
STANDINGS: tuple[Standing, ...] = get_args(Standing)

Ruling = Literal["approved", "reverted"]
RULINGS: tuple[Ruling, ...] = get_args(Ruling)

Mark = Literal["provisional", "final", "revised"]
MARKS: tuple[Mark, ...] = get_args(Mark)


class LedgerUnavailable(Exception):
    """The ledger cannot be opened, read or written; the sentence says what to do about it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class DoesNotBalance(Exception):
    """The sums of a drop do not add up: rows were lost or counted twice, and nothing is stored."""

    def __init__(self, drop_id: str, total: str, counted: int, parts: Mapping[str, int]) -> None:
        listed = " + ".join(f"{part} {count}" for part, count in parts.items())
        super().__init__(
            f"Drop {drop_id} does not balance: {total} {counted}, but {listed} = {sum(parts.values())}. "
            "Nothing was stored; this is a fault of the pipeline, not of the file."
        )
        self.drop_id = drop_id
        self.total = total
        self.counted = counted
        self.parts = dict(parts)


class UnknownDrop(LookupError):
    """The ledger was asked to settle or publish a drop that never arrived."""


class Conflict(Exception):
    """What is to be stored contradicts what the ledger already holds under the same name."""


@dataclass(frozen=True, kw_only=True)
class DropSums:
    """What became of every line and every row of a file; records are counted beside the rows."""

    lines: int = 0
    header: int = 0
    blank: int = 0
    notes: int = 0
    parsed_lines: int = 0
    refused: int = 0
    rows: int = 0
    accepted: int = 0
    held: int = 0
    duplicate: int = 0
    withdrawn: int = 0
    out_of_scope: int = 0
    records: int = 0
    accepted_records: int = 0
    held_records: int = 0

    def __post_init__(self) -> None:
        for name, count in asdict(self).items():
            if count < 0:
                raise ValueError(f"A sum cannot be negative: {name} is {count}.")


SUMS = tuple(declared.name for declared in fields(DropSums))

BALANCES: Mapping[str, tuple[str, ...]] = {
    "lines": ("header", "blank", "notes", "parsed_lines", "refused"),
    "rows": ("accepted", "held", "duplicate", "withdrawn", "out_of_scope"),
}


@dataclass(frozen=True)
class Arrival:
    """One file of one force for one book, as it came in."""

    drop_id: str
    force_id: str
    book: str
    file: str
    sha256: str
    size: int


@dataclass(frozen=True)
class FindingCount:
    """How often a rule spoke in a drop; a rule about the whole row has no field."""

    rule: str
    severity: Severity
    field: str | None
    count: int


@dataclass(frozen=True, order=True)
class Counted:
    """One count of a drop's profile: of what kind, of which field, and by which of our codes or months."""

    kind: str
    field: str
    key: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a drop was judged: collated, refused with a sentence, or a nil return."""

    drop_id: str
    state: Settled
    mapping_fingerprint: str
    code_version: str
    sums: DropSums = DropSums()
    sentence: str | None = None
    findings: Sequence[FindingCount] = ()
    period_from: date | None = None
    period_to: date | None = None
    files: Mapping[str, str] = field(default_factory=dict)  # name -> SHA-256
    header: tuple[
        str, ...
    ] = ()  # the columns in order; none in a refused drop, or one judged before they were kept
    # What depends on the drops that were there when it was judged is no part of whether it came out the same.
    profile: tuple[Counted, ...] = field(default=(), compare=False)
    rules: tuple[RuleState, ...] = field(default=(), compare=False)
    beside: frozenset[str] = field(default=frozenset(), compare=False)  # rules that look at other drops
    resend: How = field(default="amend", compare=False)  # the mapping and the file's name decide it

    def __post_init__(self) -> None:
        if self.state == "refused" and not self.sentence:
            raise ValueError(f"Drop {self.drop_id} is refused without a sentence that says why.")
        if self.state == "nil" and self.sums.rows:
            raise ValueError(f"Drop {self.drop_id} is a nil return with {self.sums.rows} rows.")
        if self.period_from and self.period_to and self.period_to < self.period_from:
            raise ValueError(
                f"Drop {self.drop_id} ends ({self.period_to}) before it begins ({self.period_from})."
            )


@dataclass(frozen=True)
class DropRecord:
    """A drop as the ledger knows it; what judging adds is None until the drop is settled."""

    sequence: int
    drop_id: str
    force_id: str
    book: str
    file: str
    sha256: str
    size: int
    arrived_at: datetime
    state: State
    sentence: str | None
    sums: DropSums | None
    period_from: date | None
    period_to: date | None
    mapping_fingerprint: str | None
    code_version: str | None
    settled_at: datetime | None
    standing: Standing = "stands"
    ruling: Ruling | None = None
    because: str = ""  # why it does not stand
    resend: How = "amend"

    @property
    def is_settled(self) -> bool:
        """Return whether the drop was judged and not refused."""
        return self.state in ("collated", "nil")

    @property
    def counts(self) -> bool:
        """Return whether what the drop holds counts: it is settled, and stands."""
        return self.is_settled and self.standing == "stands"


@dataclass(frozen=True)
class Answer:
    """What a force says to a query: the rule, the row by its key or every row of the book, the reason, until when.

    The reason must have been looked at for personal data before it comes here.
    """

    force_id: str
    book: str
    drop_id: str
    rule: str
    reason: str
    row_key: str = ""
    until: date | None = None
    who: str = ""
    answered_at: datetime | None = None

    @property
    def answer_id(self) -> str:
        """Return what is the same for the same answer, whoever gives it and when."""
        said = [self.force_id, self.book, self.drop_id, self.rule, self.row_key, self.reason, str(self.until)]
        return sha256("\x1f".join(said).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class ReleaseRecord:
    """A published release; the ledger's clock gives `published_at` unless it is stated."""

    release_id: str
    month: str  # "2018-09"
    revision: int
    content_hash: str  # SHA-256 of the manifest
    code_version: str
    published_at: datetime | None = None
    mark: Mark | None = None  # None in a release published before releases were marked
    signed_by: str | None = None
    signed_at: datetime | None = None
