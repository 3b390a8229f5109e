"""How well exports of forces nobody has told us about are mapped: `python -m tests.pipeline.mapping.measure`.

One force is left out at a time: its own force file teaches nothing, and then is the truth its proposal is held to.
A field is right where it is mapped without a doubt to the column the truth names, wrong where it is mapped without a
doubt to another or the truth has none, doubtful where it is offered to a person, missed where nothing is offered or
what is offered is not what the truth names.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.mapping.learnt import learn
from pipeline.mapping.propose import Proposal, propose, propose_columns
from schemas.force import Book, Force, fold, load_forces

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
LAYOUTS = HERE / "layouts"
# Written down, with their truths, before they were mapped for the first time. The first six of the list, and the last,
# were looked at when the mapping was bettered, the others only scored.
UNSEEN = LAYOUTS / "unseen"
REAL_FORCES = ROOT / "tests" / "forces" / "real"

PRECISION, RECALL = 0.97, 0.85

Source = frozenset[str]


@dataclass
class Score:
    """What became of the fields of one export."""

    group: str
    force: str
    book: str
    columns: int
    right: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)
    doubtful_wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    words: int = 0
    words_right: int = 0
    words_wrong: list[str] = field(default_factory=list)


def shared_data() -> Path:
    """Return the folder of reference data beside the project, which may be absent."""
    return Path(os.environ.get("COLLATE_SHARED_DATA", ROOT.parent / "shared" / "data"))


def offered(proposal: Proposal) -> tuple[dict[str, Source], dict[str, Source]]:
    """Return the source of each field that is sure, and of each that is doubtful."""
    sure: dict[str, Source] = {}
    doubtful: dict[str, Source] = {}
    for name, mapped in proposal.mapped.items():
        source = frozenset(mapped.columns) or frozenset(("count",))
        (sure if mapped.sure else doubtful)[name] = source
    for cell, certain in proposal.cells:
        for name in cell.fields:
            (sure if certain else doubtful)[name] = frozenset((cell.column,))
    return sure, doubtful


def truth_of(book: Book, proposal: Proposal) -> dict[str, Source]:
    """Return the source of each field a force's file maps, of the columns and words this export has."""
    columns = proposal.columns
    truth: dict[str, Source] = {}
    for name, mapped in book.fields.items():
        if mapped.count_within:
            truth[name] = frozenset(("count",))
        elif mapped.constant is not None:
            truth[name] = frozenset(("constant",))
        else:
            here = frozenset(one for one in mapped.names if "{n}" in one or one in columns)
            if here:
                truth[name] = here
    for cell in book.lists:
        if cell.column in columns:
            cells = " ".join(proposal.held[cell.column].words).lower()
            here = {target[0] for word, target in cell.words.items() if target and word in cells}
            truth |= dict.fromkeys(here, frozenset((cell.column,)))
    return truth


def scored(group: str, force: str, proposal: Proposal, truth: dict[str, Source]) -> Score:
    """Return the score of a proposal against the truth."""
    score = Score(group, force, proposal.book, len(proposal.columns))
    sure, doubtful = offered(proposal)
    for name, source in sure.items():
        (score.right if truth.get(name) == source else score.wrong).append(name)
    for name, source in doubtful.items():
        (score.doubtful if truth.get(name) == source else score.doubtful_wrong).append(name)
    found = {*score.right, *score.doubtful}
    score.missed = [name for name in truth if name not in found]
    return score


def value_maps(score: Score, proposal: Proposal, book: Book) -> None:
    """Count the words that the value maps of rightly placed fields give a code, and those that get another's."""
    for name in score.right:
        mapped, said = proposal.mapped.get(name), book.fields.get(name)
        if mapped is None or said is None or not said.codes:
            continue
        maps = [said.codes, *(dated.codes for dated in said.codes_from)]
        known = {fold(word): code for codes in maps for word, code in codes.items()}
        for each in mapped.codes:
            if fold(each.word) in known:
                score.words += 1
                if each.sure and each.code == known[fold(each.word)]:
                    score.words_right += 1
                elif each.sure:
                    score.words_wrong.append(f"{name}: {each.word} as {each.code}")


def largest(folder: Path, book: Book) -> Path | None:
    """Return the largest file of a folder that is of a book."""
    files = [path for path in folder.rglob("*") if path.is_file() and book.takes(path.name)]
    return max(files, key=lambda path: (path.stat().st_size, path.name), default=None)


def of_forces(
    group: str, drops: Path, forces: dict[str, Force], teaching: dict[str, Force]
) -> Iterator[Score]:
    """Yield the score of each book of each force over its largest file, its own force file left out."""
    for force_id, force in forces.items():
        others = {name: one for name, one in teaching.items() if name != force_id}
        for book in force.books.values():
            path = largest(drops / force_id, book)
            if path is None:
                continue
            proposal = propose(path, force_id, book.name, others)
            score = scored(group, force_id, proposal, truth_of(book, proposal))
            value_maps(score, proposal, book)
            yield score


def of_layouts(group: str, folder: Path, teaching: dict[str, Force]) -> Iterator[Score]:
    """Yield the score of each invented layout of a folder."""
    truths = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    for name, said in truths.items():
        proposal = propose(folder / name, "new_force", said["book"], teaching)
        truth = {
            field: frozenset([source] if isinstance(source, str) else source)
            for field, source in said["fields"].items()
        }
        yield scored(group, name, proposal, truth)


# The Metropolitan Police's columns, whose values are not published. Not claimed, because the form does not say it:
# source_record_id (there is no reference), location_type and outcome_type (wide blocks that are no list fields; the
# outcome is the subject's), weapon and threatened ("with weapon" is narrower than either), treatment (that aid was
# given, not which), duty_status (MainDuty is the kind of work), age_band and sex (the subject's).
MET = {
    "occurred_on": "IncidentDate",
    "occurred_time": "IncidentTime",
    "district": "Borough",
    "crewing": "SingleCrewed",
    "ced_carried": "CarryingCED",
    "injury": "StaffInjuryLevel",
    "injury_intentional": "StaffInjuryIntentional",
}
MET_FACTORS = (
    "Possesion of a weapon", "Alcohol", "Drugs", "Mental Health", "Prior Knowledge", "Size/Gender/Build",
    "Acute Behavioural Disorder", "Crowd", "Other",
)  # fmt: skip


def of_metropolitan(names: Path, teaching: dict[str, Force]) -> Score:
    """Return the score over the bare column names of a use of force export."""
    columns = [line for line in names.read_text(encoding="utf-8").splitlines() if line.strip()]
    counts: dict[str, Counter[str]] = {name: Counter() for name in columns}
    proposal = propose_columns(names.name, "metropolitan", "use_of_force", counts, 0, learn(teaching))
    truth = {name: frozenset((column,)) for name, column in MET.items()}
    truth["impact_factors"] = frozenset(f"Impact Factor: {name}" for name in MET_FACTORS)
    return scored("columns only", "metropolitan", proposal, truth)


def measured() -> list[Score]:
    """Return every score there is data for."""
    forces = load_forces()
    scores = list(of_forces("samples", ROOT / "samples" / "inbox", forces, forces))
    shared = shared_data()
    if (shared / "real").is_dir():
        scores += of_forces("real", shared / "real", load_forces(REAL_FORCES), forces)
    names = shared / "reference" / "met_use_of_force_columns.txt"
    if names.is_file():
        scores.append(of_metropolitan(names, forces))
    scores += of_layouts("invented", LAYOUTS, forces)
    return [*scores, *of_layouts("unseen", UNSEEN, forces)]


def totals(scores: list[Score]) -> tuple[float, float, float, int]:
    """Return precision, recall, recall with what is offered as doubtful, and the number of wrong mappings."""
    right = sum(len(each.right) for each in scores)
    wrong = sum(len(each.wrong) for each in scores)
    doubtful = sum(len(each.doubtful) for each in scores)
    there = right + doubtful + sum(len(each.missed) for each in scores)
    return right / max(1, right + wrong), right / max(1, there), (right + doubtful) / max(1, there), wrong


def show(scores: list[Score]) -> None:
    """Print the table, a line a book, and the totals of each group."""
    heads = ("force", "book", "columns", "right", "wrong", "doubtful", "of them not so", "missed")
    print(f"{heads[0]:34}{heads[1]:15}" + "".join(f"{head:>15}" for head in heads[2:]))
    for each in scores:
        counts = (each.columns, *(len(n) for n in (each.right, each.wrong)))
        offers = len(each.doubtful) + len(each.doubtful_wrong)
        counts = (*counts, offers, len(each.doubtful_wrong), len(each.missed))
        print(f"{each.force[:33]:34}{each.book:15}" + "".join(f"{count:15}" for count in counts))
        for said, names in (
            ("wrong", each.wrong),
            ("doubtful, not so", each.doubtful_wrong),
            ("missed", each.missed),
            ("words wrong", each.words_wrong),
        ):
            if names:
                print(f"    {said}: {', '.join(names)}")
    for group in (*dict.fromkeys(each.group for each in scores), "all"):
        precision, recall, with_doubtful, wrong = totals([e for e in scores if group in (e.group, "all")])
        print(
            f"{group}: precision {precision:.3f}, recall {recall:.3f} ({with_doubtful:.3f} with what is offered as "
            f"doubtful), wrong {wrong}"
        )
    words, right, wrong = (
        sum(n) for n in zip(*((e.words, e.words_right, len(e.words_wrong)) for e in scores), strict=True)
    )
    print(f"words of value maps: {words}, right {right}, wrong {wrong}, left open {words - right - wrong}")


if __name__ == "__main__":
    show(measured())
