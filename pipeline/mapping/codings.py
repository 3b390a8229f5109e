"""Value maps proposed: each different word of a column with its count and the nearest of our codes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from pipeline.mapping.learnt import Learnt, own_words
from pipeline.mapping.profile import Profile, masked
from pipeline.mapping.words import CODED, NO_WORDS, YES_NO, YES_WORDS
from schemas.assault import ASSAULT
from schemas.force import fold

# A word counts as explained from this likeness on; below it a person decides.
SURE = 0.85
OFFERED = 0.6

# A word nothing explains is written out only where it is a short word many rows share: anything else may be a name.
OFTEN = 3
LONGEST = 60

_NOT = re.compile(r"\b(not|no|non|nil|never|without|un\w+)\b")


@dataclass(frozen=True)
class Coding:
    """A word of the force, how many rows hold it, and the code it most likely stands for."""

    word: str
    count: int
    code: str | None
    score: float
    reason: str

    @property
    def sure(self) -> bool:
        return self.code is not None and self.score >= SURE

    @property
    def shown(self) -> str | None:
        """Return the word where it may be written, None where it could say something personal."""
        # A year is of an Act; any other long number may be a collar.
        numbered = re.search(r"\d{3}", re.sub(r"\b(1[89]|20)\d\d\b", "", self.word))
        if len(self.word) > LONGEST or numbered or "@" in self.word:
            return None
        if self.code is not None:
            return self.word
        often = self.count >= OFTEN and len(self.word) <= 30 and "," not in self.word
        return self.word if often else None

    @property
    def example(self) -> str:
        return self.shown if self.shown is not None else masked(self.word)


def codings(field: str, header: tuple[str, ...], held: Profile, learnt: Learnt) -> list[Coding]:
    """Return a coding for each word of a column, the most frequent first; words for missing are left to the caller."""
    found = [
        Coding(word, count, *nearest(field, header, word, held, learnt))
        for word, count in sorted(held.words.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    for word, count in held.missing.items():
        code, score, reason = nearest(field, header, word, held, learnt)
        if code is not None and score >= SURE:
            found.append(Coding(word, count, code, score, reason))
    return found


def nearest(
    field: str, header: tuple[str, ...], word: str, held: Profile, learnt: Learnt
) -> tuple[str | None, float, str]:
    """Return the code a word most likely stands for, how surely, and why; None where nothing is near."""
    declared = ASSAULT[field]
    folded = fold(word)
    if declared.type == "boolean":
        return _truth(folded)
    answer = _yes_no(field, header, folded, held)
    if answer is not None:
        return answer
    own = own_words(field).get(folded)
    if own is not None:
        return own, 1.0, "our own word"
    plain = _plain(folded)
    if field == "age_band" and re.fullmatch(r"\d{1,3}", folded):
        return _age(int(folded))
    if field == "outcome_type":
        number = re.match(
            r"^(?:outcome|type|oc|o)?\s*[:.]?\s*0?(\d{1,2}[a-c]?)(?:$|\s*[-–:.)(]|\s)(.*)$", folded
        )
        if number and declared.codes and number[1].upper() in tuple(declared.codes):
            words = number[2].strip()
            parted = not words or re.match(r"^.{1,10}\d[a-c]?\s*[-–:.)(]", folded) or _said_of(field, words)
            return number[1].upper(), 0.97 if parted else 0.5, "its number"
    said = [code for code, pattern in CODED.get(field, {}).items() if _says(pattern, folded, plain)]
    taught = learnt.codes.get(field, {}).get(folded, {})
    if len(taught) == 1:
        code, forces = next(iter(taught.items()))
        # Where forces and our own words differ, neither is believed.
        if code in said or not said:
            return code, 0.95, f"as {sorted(forces)[0]} words it"
    if len(said) > 1:
        said = _narrowed(field, said)
    if len(said) == 1:
        return said[0], 0.9, f"its words mean {said[0]}"
    if len(said) > 1:
        return said[0], 0.5, f"its words mean {' or '.join(said[:3])}"
    near = process.extractOne(
        folded,
        {**{w: w for w in own_words(field)}, **{w: w for w in learnt.codes.get(field, {})}},
        scorer=fuzz.token_sort_ratio,
        score_cutoff=100 * OFFERED,
    )
    if near is None:
        return None, 0.0, "nothing we know is like it"
    known = str(near[2])
    code = own_words(field).get(known) or next(iter(learnt.codes[field][known]))
    likeness = near[1] / 100
    if _negated(folded) != _negated(known) or len(folded) < 4:
        return None, 0.0, "nothing we know is like it"
    # A slip of the pen is at most a letter or two; anything looser is for a person.
    score = likeness * (0.95 if likeness >= 0.92 else 0.75)
    return code, score, f'like "{known}"'


def writable(found: Sequence[Coding]) -> list[bool]:
    """Return which words of a column may be written: in one that is evidently no code list, only known words."""
    code_list = explained(list(found)) >= 0.5
    return [each.shown is not None and (each.sure or code_list) for each in found]


def explained(found: list[Coding]) -> float:
    """Return how far the words of a column are explained: the mean of the share of rows and of words."""
    total = sum(each.count for each in found)
    if not total:
        return 0.0
    rows = sum(each.count for each in found if each.sure) / total
    return (rows + sum(1 for each in found if each.sure) / len(found)) / 2


def _truth(folded: str) -> tuple[str | None, float, str]:
    if folded in YES_WORDS:
        return "true", 1.0, "yes"
    if folded in NO_WORDS:
        return "false", 1.0, "no"
    if folded in ("x", "✓", "✔", "ticked", "checked"):
        return "true", 0.7, "a tick"
    return None, 0.0, "neither yes nor no"


def _yes_no(
    field: str, header: tuple[str, ...], folded: str, held: Profile
) -> tuple[str | None, float, str] | None:
    """Return what yes or no means under a header that asks for one code; None where the column is no yes/no."""
    if held.yes_no < 0.8 or folded not in YES_WORDS | NO_WORDS or (field == "sex"):
        return None
    asked: dict[str, tuple[str | None, str | None]] = {
        word: (yes, no) for word, yes, no in YES_NO.get(field, ())
    }
    for word in (*header, "crewing" if field == "crewing" and "singlecrewing" in header else ""):
        if word in asked:
            code = asked[word][0] if folded in YES_WORDS else asked[word][1]
            # 1 and 0 in an injury column may as well be degrees.
            sure = 0.95 if folded not in ("1", "0") or field == "duty_status" else 0.6
            return code, sure if code else 0.0, "a yes/no column under that header"
    numbers = folded in ("0", "1")
    if numbers and field in ("outcome_type", "injury", "age_band", "crewing"):
        return None
    return None, 0.0, "yes or no does not say which"


def _age(age: int) -> tuple[str | None, float, str]:
    if not 16 <= age <= 80:
        return None, 0.0, "no age of a serving officer"
    band = (
        "under_26"
        if age < 26
        else "age_26_to_40"
        if age <= 40
        else "age_41_to_55"
        if age <= 55
        else "over_55"
    )
    return band, 1.0, "an age in years"


def _narrowed(field: str, said: list[str]) -> list[str]:
    """Return the codes left where a particular one says more than a general one."""
    general = {
        "victim_type": ("police_officer", "police_staff"),
        "injury": ("injured",),
        "location_type": ("other", "transport"),
        "rank": ("constable",),
        "outcome_type": ("18",),
    }.get(field, ())
    if field == "injury" and "none" in said:
        return ["none"] if set(said) <= {"none", "injured"} else said
    if field == "rank" and said[0].startswith("chief"):
        return said[:1]
    if field == "body_worn_video" and said[0] == "worn_not_recording" and set(said) <= {said[0], "recording"}:
        return said[:1]
    if field == "duty_status" and "off_duty_acting" in said:
        return ["off_duty_acting"]
    particular = [code for code in said if code not in general]
    if field == "victim_type" and set(said) == {"police_officer", "police_staff"}:
        return said
    if field == "location_type" and {"police_station", "custody"} <= set(said):
        return said
    return particular or said


def _said_of(field: str, words: str) -> bool:
    """Return whether words speak of any code of a field."""
    return any(re.search(pattern, words) for pattern in CODED.get(field, {}).values())


def _says(pattern: str, folded: str, plain: str) -> bool:
    return bool(re.search(pattern, folded) or re.search(pattern, plain))


def _plain(folded: str) -> str:
    """Return a word without what stands around it: a leading code of one letter, a number, punctuation."""
    return re.sub(r"^(?:[a-z]|\d{1,2})\s*[-–:.)]\s*", "", folded).strip(" .*")


def _negated(text: str) -> bool:
    return bool(_NOT.search(text))


def words_for_missing(found: list[Coding], missing: Mapping[str, int]) -> list[str]:
    """Return the words of a column that say nothing was recorded and that no code explains."""
    coded = {fold(each.word) for each in found}
    return [word for word in missing if fold(word) not in coded]
