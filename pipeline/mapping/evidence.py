"""How surely a column is a field: what its header says and what its values are, weighed together.

A claim is the evidence for one column and one field. Its score is 0 to 1; from SURE on, with no rival near, it is
mapped, from OFFERED on it is left for a person, below it is not spoken of.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.mapping.codings import Coding, codings, explained
from pipeline.mapping.headers import Header, header_of, likeness, phrases
from pipeline.mapping.learnt import Learnt
from pipeline.mapping.profile import MOST_WORDS, Profile
from pipeline.mapping.words import NEVER_READ, PERSONAL, SHOWN, SPOKEN
from schemas.assault import ASSAULT

SURE = 0.72
OFFERED = 0.42

# Fields that the suspect's columns may speak of.
OF_THE_SUSPECT = {
    "impact_factors": 1.0,
    "charged_under": 1.0,
    "sentence": 1.0,
    "weapon": 0.7,
    "offence_title": 0.6,
}

_SAFETY = frozenset(("healthsafety", "accident", "riddor"))

CLASS_LABELS = frozenset(("8s", "8t", "104", "105a", "8n", "8s/104"))


@dataclass(frozen=True)
class Column:
    """A column of the export as it is judged; `name` holds {n} where it stands for one of each victim."""

    name: str
    position: int
    header: Header
    held: Profile


@dataclass(frozen=True)
class Claim:
    """The evidence that a column is a field."""

    column: str
    field: str
    score: float
    reasons: tuple[str, ...]


def column_of(name: str, position: int, held: Profile, spelt: str | None = None) -> Column:
    """Return a column as it is judged, by its name as the whole header lets it be spelt out."""
    return Column(name, position, header_of((spelt or name).replace("{n}", " ")), held)


def claim(column: Column, field: str, book: str, learnt: Learnt) -> Claim:
    """Return the evidence that a column is a field; score 0 where its values cannot be that field's."""
    header = column.header
    if ASSAULT[field].type == "date" and column.held.with_time and "date" in header.words:
        # A cell of day and time is headed so; the day is in it all the same.
        header = replace(header, words=_timeless(header.words), own=_timeless(header.own))
    said, said_by = header_says(header, field, book, learnt)
    value, shown = values_say(column, field, learnt)
    if value is None:
        score = said * 0.95
    elif value < 0:
        return Claim(column.name, field, 0.0, (shown,))
    elif ASSAULT[field].codes is not None or field in ("offence_code", "offence_title"):
        # Numbers fit many lists: without a header they say nothing.
        silent = said < 0.3 and (column.held.whole > 0.5 or field in ("outcome_type", "age_band"))
        score = 0.0 if silent else 0.6 * said + 0.42 * value if said or value > 0.5 else 0.0
    else:
        score = said * (0.7 + 0.3 * value)
    if field == "source_record_id" and column.position <= 2:
        score += 0.02
        # The record system's own name for its number is anybody's: the first column, all different, is it.
        apart = {"collar", "victim", "service", "number"} & set(column.header.words[:-1])
        ends = column.header.words[-1:] in (("number",), ("reference",))
        if ends and not apart and not column.header.about and column.held.unlike > 0.95 and said > 0.3:
            score = max(score, min(score + 0.2, 0.85))
    return Claim(column.name, field, min(score, 1.0), tuple(filter(None, (said_by, shown))))


def _timeless(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if word != "time")


def header_says(header: Header, field: str, book: str, learnt: Learnt) -> tuple[float, str]:
    """Return how surely a header names a field, and the name it is like."""
    best, reason = 0.0, ""
    if field == "injury_intentional" and "intentional" not in header.words:
        return 0.0, ""
    if field == "health_safety_ref" and (book == "health_safety" or not _SAFETY & set(header.words)):
        return 0.0, ""
    for pattern, surety in SPOKEN.get(field, ()):
        for phrase in phrases(pattern):
            score = max(likeness(header.words, phrase), 0.95 * likeness(header.own, phrase)) * surety
            if score > best:
                best, reason = score, f'header like "{" ".join(SHOWN.get(word, word) for word in phrase)}"'
    for words, forces in learnt.headers.get(field, {}).items():
        elsewhere = any(
            words in headers for name, headers in learnt.headers.items() if not twins(name, field)
        )
        doubted = elsewhere or words in learnt.ignored
        alike = max(likeness(header.words, words), 0.95 * likeness(header.own, words))
        score = alike * (0.8 if doubted else 0.96)
        if score > best:
            best, reason = score, f"header as {sorted(forces)[0]} has it"
    said_loosely = {"reported", "entered"} & set(header.words)
    if field == "recorded_on" and said_loosely and "recorded" not in header.words:
        # Where a file says both, it is the day of the record that is asked for.
        best *= 0.93
    if header.about:
        best *= OF_THE_SUSPECT.get(field, 0.15)
    if header.not_ours:
        best *= 0.4
    if field == "source_record_id" and book != "crime" and "crime" in header.words:
        best *= 0.5
    if field == "source_record_id" and book == "crime" and "healthsafety" in header.words:
        best *= 0.5
    if field == "source_record_id" and book == "crime" and {"incident", "log", "event"} & set(header.words):
        # Where there is a crime's own number too, that is the record.
        best *= 0.92
    return best, reason if best >= 0.3 else ""


def values_say(column: Column, field: str, learnt: Learnt) -> tuple[float | None, str]:
    """Return how far the values fit a field, 0 to 1, None where they cannot tell, -1 where they cannot be it."""
    held = column.held
    if held.empty:
        return None, "no values to go by"
    kind = ASSAULT[field].type
    if held.personal:
        return -1, held.personal
    if field == "source_record_id" or field == "health_safety_ref":
        return _reference(held, field)
    if kind == "date":
        return _date(held)
    if kind == "time":
        if held.time < 0.6 and (held.with_time < 0.6 or "date" in column.header.words):
            return -1, "no times"
        fits = held.time if held.time >= 0.6 else 0.5
        return fits, f"times, {max(held.time, held.with_time):.0%}"
    if kind == "integer":
        return _whole(held, field)
    if kind == "boolean":
        return _yes_no(column, field)
    if field == "victim_id":
        return _collar(held)
    if field == "offence_code":
        fits = max(held.ho_code, held.code_first, held.code_last)
        return (fits, f"Home Office codes, {fits:.0%}") if fits >= 0.4 else (-1, "no Home Office codes")
    if field == "offence_title":
        return _title(held)
    if field == "district":
        return _district(held)
    if kind == "list":
        return None, ""
    return _coded(column, field, learnt)


def ignore(column: Column, learnt: Learnt) -> tuple[float, str]:
    """Return how surely a column is never to be read, and why: it is personal, prose or about somebody else."""
    held, header = column.held, column.header
    if held.personal:
        return 1.0, held.personal
    named = max((_named(header, phrase) for text in PERSONAL for phrase in phrases_of(text)), default=0.0)
    if header.about and (named >= 0.5 or not held.coded):
        return 0.98, f"about {header.about}"
    if NEVER_READ & set(header.words):
        return 0.97, "personal by its header"
    if held.date >= 0.8 and held.last_century >= 0.5:
        return 0.97, "dates of birth"
    if named >= 0.85 and not held.yes_no >= 0.8:
        return named, "a name, an address or prose by its header"
    if header.about:
        return 0.9, f"about {header.about}"
    if held.prose >= 0.6 and held.unlike >= 0.3 and held.offence < 0.9 and held.filled >= 5:
        return 0.85, "prose"
    if held.names >= 0.8 and held.unlike >= 0.3 and held.distinct > 5:
        return 0.85, "names of people"
    if (
        "victim" in header.words
        and set(header.words) <= {"victim", "involved", "involvement"}
        and not (held.coded and held.filled >= 3 * held.distinct)
    ):
        return 0.8, "a name by its header"
    for words, forces in learnt.ignored.items():
        if (
            words
            and words == header.words
            and words != ("victim",)
            and not any(words in known for known in learnt.headers.values())
        ):
            return 0.8, f"{sorted(forces)[0]} ignores it"
    return 0.0, ""


def _named(header: Header, phrase: tuple[str, ...]) -> float:
    """Return how like a header is to a personal heading, all of whose words it has to hold."""
    return max(
        likeness(words, phrase) if set(phrase) <= set(words) else 0.0 for words in (header.words, header.own)
    )


def phrases_of(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the phrases of a personal heading, in the words headers are compared by."""
    return tuple(header_of(" ".join(words)).words for words in phrases(text))


def twins(one: str, other: str) -> bool:
    """Return whether two fields are ordinarily read from one column."""
    pairs = ({"occurred_on", "occurred_time"}, {"offence_code", "offence_title"})
    return one == other or {one, other} in pairs


def _reference(held: Profile, field: str) -> tuple[float | None, str]:
    with_digit = sum(n for word, n in held.words.items() if any(c.isdigit() for c in word))
    numbered = with_digit / max(1, sum(held.words.values()))
    if numbered < 0.7 or held.prose > 0.3 or held.yes_no > 0.9 or held.ho_code > 0.6:
        return -1, "no references"
    if held.date > 0.8 and held.date_format not in ("%Y%m%d",):
        return -1, "dates"
    if held.filled >= 8 and held.unlike < (0.3 if field == "source_record_id" else 0.2):
        return -1, "few different values"
    if held.counter:
        return 0.3, "numbers of the rows, it seems"
    return 0.6 + 0.4 * held.unlike, f"{held.distinct:,} different of {held.filled:,}"


def _date(held: Profile) -> tuple[float | None, str]:
    if held.date < 0.6:
        return -1, "no dates"
    if held.last_century >= 0.5:
        return -1, "dates of birth"
    return held.date, f"dates as {held.date_format}, {held.date:.0%}"


def _whole(held: Profile, field: str) -> tuple[float | None, str]:
    low, high = {"victim_number": (1, 30), "length_of_service_years": (0, 60), "days_lost": (0, 2000)}[field]
    if held.whole < 0.7 or held.lowest < low or held.highest > high:
        return -1, "not such numbers"
    if field == "victim_number" and (held.counter or (held.filled >= 8 and held.unlike > 0.5)):
        return -1, "too many different numbers"
    return 1.0, f"whole numbers, {held.lowest} to {held.highest}"


def _yes_no(column: Column, field: str) -> tuple[float | None, str]:
    held = column.held
    if held.yes_no >= 0.8:
        return held.yes_no, f"yes or no, {held.yes_no:.0%}"
    if held.distinct <= 3 and held.filled >= 6 and field == "attempted":
        return 0.5, "two words"
    return (0.1, "neither yes nor no") if held.distinct <= 4 else (-1, "neither yes nor no")


def _collar(held: Profile) -> tuple[float | None, str]:
    if held.collar < 0.6 or held.yes_no > 0.9 or (held.date > 0.8 and held.date_format != "%d%b%Y"):
        return -1, "no collar numbers"
    if held.distinct == 1 and held.filled > 3:
        return -1, "one number throughout"
    return held.collar, f"numbers as collars have, {held.collar:.0%}"


def _title(held: Profile) -> tuple[float | None, str]:
    if held.ho_code > 0.5 or held.yes_no > 0.5 or held.date > 0.5 or held.whole > 0.9 and held.highest > 200:
        return -1, "no offences"
    total = max(1, sum(held.words.values()))
    labels = sum(n for word, n in held.words.items() if word.casefold() in CLASS_LABELS) / total
    if labels > 0.5:
        return labels, f"offence classes, {labels:.0%}"
    if held.distinct > MOST_WORDS and held.unlike > 0.5:
        return -1, "prose"
    return held.offence, f"offences, {held.offence:.0%}"


def _district(held: Profile) -> tuple[float | None, str]:
    if held.yes_no > 0.8 or held.date > 0.5 or held.time > 0.8 or held.prose > 0.5 or held.ho_code > 0.5:
        return -1, "no places"
    if held.distinct > 2 * MOST_WORDS or (held.filled >= 20 and held.unlike > 0.6):
        return -1, "too many different values"
    return 0.9, f"{held.distinct} different of {held.filled:,}"


def _coded(column: Column, field: str, learnt: Learnt) -> tuple[float | None, str]:
    held = column.held
    if held.distinct > MOST_WORDS and field != "age_band":
        return -1, "too many different values"
    if held.date > 0.8 or (held.time > 0.8 and held.whole < 0.8) or (held.ho_code > 0.6 and held.whole < 0.5):
        return -1, "no such words"
    if field == "age_band" and held.whole > 0.8 and not held.lowest >= 16:
        return -1, "not ages of officers"
    found = codings(field, column.header.words, held, learnt)
    share = explained(found)
    if field == "injury" and held.yes_no > 0.8:
        share *= 0.75
    if field == "body_worn_video" and "bwv" in column.header.words:
        share = max(share, 0.3)
    if held.whole > 0.8 and field not in ("outcome_type", "age_band"):
        share *= 0.5
    return share, f"{share:.0%} of its words known"


def sure_codings(column: Column, field: str, learnt: Learnt) -> list[Coding]:
    """Return the value map proposed for a column."""
    return codings(field, column.header.words, column.held, learnt)
