"""What is not one column for one field: victims side by side, wide yes/no blocks, cells that hold several words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.mapping.codings import Coding, nearest
from pipeline.mapping.evidence import Column
from pipeline.mapping.headers import words_of
from pipeline.mapping.learnt import Learnt
from pipeline.mapping.profile import Profile
from pipeline.mapping.words import CODED, MISSING_WORDS, TICKED
from schemas.force import fold

SEPARATORS = (";", "|", ",", " and ", " & ", "+", "/", "\n")
MOST_VICTIMS = 20

# Words beside a factor's own that do not change what it says.
_BESIDE = frozenset(
    [
        "impact",
        "factor",
        "related",
        "involved",
        "present",
        "influence",
        "under",
        "suspected",
        "ill",
        "health",
        "marker",
        "issue",
        "assault",
        "abuse",
    ]
)
_NOTHING = re.compile(
    r"^(none|nil|no|nothing|none (detected|apparent|known|identified)|not applicable|n/?a)$"
)


@dataclass(frozen=True)
class Ticks:
    """A block of yes/no columns that fills a list field: the code each column ticks."""

    field: str
    columns: Mapping[str, str]
    sure: bool


@dataclass(frozen=True)
class Cell:
    """A column whose cells hold several words, what each sets ("" for nothing), and by what they are parted."""

    column: str
    separator: str
    words: tuple[Coding, ...]
    score: float

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(each.code.partition(".")[0] for each in self.words if each.code and each.sure)
        )


def victims_side_by_side(names: Sequence[str]) -> tuple[int, dict[str, tuple[str, ...]]]:
    """Return how many victims stand side by side and the columns of each name with {n}; 1 and none where none do.

    The columns are numbered from 1 without a gap, and some of the names speak of a victim.
    """
    numbered: dict[str, dict[int, str]] = {}
    for name in names:
        digits = re.findall(r"\d+", name)
        if len(digits) == 1 and digits[0] == str(int(digits[0])):
            numbered.setdefault(name.replace(digits[0], "{n}"), {})[int(digits[0])] = name
    whole = {
        template: tuple(columns[n] for n in sorted(columns))
        for template, columns in numbered.items()
        if 2 <= len(columns) <= MOST_VICTIMS and sorted(columns) == list(range(1, len(columns) + 1))
    }
    for most in sorted({len(columns) for columns in whole.values()}, reverse=True):
        family = {template: columns for template, columns in whole.items() if len(columns) == most}
        words = {template: words_of(template.replace("{n}", " ")) for template in family}
        personal = {"collar", "role", "rank", "injury", "name", "surname", "onduty", "duty"}
        named = [template for template, said in words.items() if "victim" in said]
        told = [template for template, said in words.items() if personal & set(said)]
        if (named and told) or len(told) >= 2:
            return most, {template: family[template] for template in (named or family)}
    return 1, {}


def together(counts: Mapping[str, Counter[str]], columns: Sequence[str]) -> Counter[str]:
    """Return the values of several columns as those of one."""
    merged: Counter[str] = Counter()
    for column in columns:
        merged.update(counts[column])
    return merged


def ticked(columns: Sequence[Column], field: str) -> Ticks | None:
    """Return the block of yes/no columns that fills a list field, or None where there is none.

    A heading over the block that says factor or strand is enough; without one the names alone have to be factors.
    """
    heading = {"impact_factors": r"factor|influenc|impact", "hate_strands": r"hate|strand"}[field]
    under: dict[str, str] = {}
    alone: dict[str, str] = {}
    for column in columns:
        if not column.held.empty and column.held.yes_no < 0.8:
            continue
        parts = [part for part in re.split(r"\s*[/:]\s+|\s+-\s+|:", column.name, maxsplit=1) if part]
        group, own = (parts[0], parts[-1]) if len(parts) > 1 else ("", column.name)
        spaced = re.sub(r"[_\W]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", own)).casefold().strip()
        said = [code for code, pattern in CODED[field].items() if re.search(pattern, spaced)]
        if re.search(heading, group, re.I) and len(said) == 1:
            under[column.name] = said[0]
        elif len(parts) == 1 and len(said) == 1 and said[0] != "other" and field == "impact_factors":
            rest = re.sub(CODED[field][said[0]], " ", spaced)
            left = {word for word in words_of(rest) if word not in _BESIDE}
            if not left and not column.header.about:
                alone[column.name] = said[0]
    found = under or alone
    codes = Counter(found.values())
    chosen = {name: code for name, code in found.items() if codes[code] == 1}
    if not chosen:
        return None
    return Ticks(field, chosen, len(chosen) >= 2)


def cell_of(
    column: Column, learnt: Learnt, fields: Sequence[str] = ("impact_factors", "hate_strands")
) -> Cell | None:
    """Return a column as one whose cells hold several words that set list and yes/no fields, or None."""
    held = column.held
    if held.empty or held.yes_no > 0.5 or held.date > 0.5 or held.whole > 0.5 or held.distinct > 400:
        return None
    best: Cell | None = None
    used = [mark for mark in SEPARATORS if any(mark in fold(word) for word in held.words)]
    for separator in used or [";"]:
        counts: Counter[str] = Counter()
        for cell, count in held.words.items():
            for word in re.split(re.escape(separator), cell, flags=re.I):
                if word.strip() and fold(word) not in MISSING_WORDS:
                    counts[word.strip()] += count
        if not counts or len(counts) > 40:
            continue
        words = tuple(_target(word, count, held, learnt, fields) for word, count in counts.most_common())
        total = sum(counts.values())
        score = sum(each.count for each in words if each.sure) / total
        if best is None or score > best.score + 0.02:
            best = Cell(column.name, separator, words, score)
    return best


def _target(word: str, count: int, held: Profile, learnt: Learnt, fields: Sequence[str]) -> Coding:
    """Return what a word of a cell sets, as "field.code" or a yes/no field's name; "" for nothing."""
    folded = fold(word)
    if _NOTHING.match(folded):
        return Coding(word, count, "", 0.95, "sets nothing")
    for name, pattern in TICKED.items():
        if re.search(pattern, folded):
            return Coding(word, count, name, 0.9, "its words mean that")
    for field in fields:
        code, score, reason = nearest(field, (), word, held, learnt)
        if code and (code != "other" or fields[0] == field):
            return Coding(word, count, f"{field}.{code}", score, reason)
    return Coding(word, count, None, 0.0, "nothing we know is like it")
