"""What a terminal shows of a checked file: the outcome first, then each cause once with its first cells; one screen.

However much is wrong, so many causes are shown and the others are counted; `--out DIR` writes all of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.asked import CLEAN, HELD, PERSONAL_DATA, REFUSED, code_of
from pipeline.fate import elsewhere, held_rows, queries_accepted
from pipeline.receipt import about_drop, counted, untold
from pipeline.regrades import said as regrade_said
from pipeline.visible import visible

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

# Of each severity its heading, and how many of its causes are shown in full.
HEADINGS = (
    ("error", "To mend: these rows are held back", 4),
    ("query", "To look at: these rows are accepted", 3),
    ("note", "To know", 2),
)
MOST_CELLS = 6
MOST_NAMES = 6
MOST_SAID = 3
LONGEST_VALUE = 40
LONGEST_NAME = 40
LONGEST_SAID = 240
# Once so many lines are printed, what follows is counted.
ROOM = 40
# Lines longer than this are hard to read, however wide the window.
WIDEST = 110

MARKS = {CLEAN: ("Clean", "green"), HELD: ("Rows would be held", "yellow"), REFUSED: ("Refused", "red")}


class Page:
    """A console written to line by line: wrapped under its indent on a terminal, whole lines in a pipe."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lines = 0

    @property
    def is_full(self) -> bool:
        """Return whether what follows should be counted instead of shown."""
        return self._lines >= ROOM

    def say(self, text: str, indent: int = 0, style: str = "") -> None:
        """Print one text; what came from the file can neither move nor colour the terminal."""
        from rich.padding import Padding
        from rich.text import Text

        line = Text(visible(text), style=style)
        self._lines += 1
        if not self._console.is_terminal:
            self._console.print(Text(" " * indent) + line, soft_wrap=True)
            return
        width = min(self._console.width, WIDEST)
        self._lines += len(text) // (width - indent)
        self._console.print(Padding(line, (0, 0, 0, indent), expand=False), width=width)

    def gap(self) -> None:
        self._lines += 1
        self._console.print()

    def head(self, text: str) -> None:
        self.gap()
        self.say(text, style="bold")


def show_check(receipt: Mapping[str, Any], console: Console) -> None:
    """Print a receipt: the outcome first, then what to mend, each cause once."""
    page = Page(console)
    show_outcome(receipt, page)
    if receipt["state"] == "refused":
        return
    show_whole_drop(receipt, page)
    show_causes(receipt, page)
    several(
        "Rules graded otherwise for this force",
        [
            (regrade_said(each), "")
            for each in (
                *receipt.get("regrades", ()),
                *({**each, "in_force": False} for each in receipt.get("regrades_expired", ())),
            )
        ],
        page,
    )
    show_mends("To mend: personal data, none of which was kept", receipt["personal_data"], "sentence", page)
    several(
        "About the file: this holds no row back",
        [(each["sentence"], "") for each in receipt["noticed"]],
        page,
    )
    show_mends("Since the file before this one", receipt.get("drift", ()), "sentence", page)
    show_rules_asked(receipt["rules"], page)


def show_outcome(receipt: Mapping[str, Any], page: Page) -> None:
    """Print what would become of the file."""
    mark, colour = MARKS[code_of(receipt)]
    queries = receipt.get("queries", 0) - receipt.get("answered", {}).get("queries", 0)
    if receipt["state"] != "refused" and not receipt["held"] and not receipt.get("refused_lines"):
        if code_of(receipt) == HELD or receipt.get("personal_data"):
            mark, colour = "No row would be held, but there is personal data", "yellow"
        elif queries:
            mark = f"No row would be held, {counted(queries, 'query', 'queries')} to look at"
    page.say(
        f"{mark}  {short(receipt['file'], LONGEST_NAME)} ({receipt['force_id']})", style=f"bold {colour}"
    )
    page.say(
        receipt["summary"] if receipt["state"] != "refused" else short(receipt["summary"], 4 * LONGEST_SAID)
    )
    for label, columns in (
        ("Columns nobody has told us about (they were not read)", untold(receipt)),
        ("Columns that are not in this file (counted as not collected this time)", absent(receipt)),
    ):
        if columns:
            page.say(f"{label}: {some([short(each, LONGEST_NAME) for each in columns], MOST_NAMES)}")


def absent(receipt: Mapping[str, Any]) -> Sequence[str]:
    columns: Sequence[str] = receipt.get("absent_columns", ())
    return columns


def show_whole_drop(receipt: Mapping[str, Any], page: Page) -> None:
    """Print what was found about the file as a whole."""
    left = [each for each in about_drop(receipt) if not each.get("answer")]
    show_mends("About the whole file: this holds no row back", left, "message", page)


def show_causes(receipt: Mapping[str, Any], page: Page) -> None:
    """Print each cause once, those that hold most rows back first."""
    listed: dict[str, list[Mapping[str, Any]]] = {}
    for finding in (each for each in receipt["findings"] if not each.get("answer")):
        listed.setdefault(finding["rule"], []).append(finding)
    held = held_rows(receipt)
    for severity, heading, most in HEADINGS:
        # What is held back is to be mended before anybody is asked about it.
        asks = severity == "query"
        causes = [
            cause
            for cause in (queries_accepted(receipt) if asks else receipt["causes"])
            if cause["severity"] == severity and cause["rule"] != PERSONAL_DATA
        ]
        if causes:
            page.head(heading)
        left = list(causes)
        while left and not page.is_full and len(causes) - len(left) < most:
            cause = left.pop(0)
            found = [each for each in listed.get(cause["rule"], ()) if not (asks and each["row"] in held)]
            show_cause(cause, found, receipt, page)
        if left:
            rows = sum(cause["rows"] for cause in left)
            said = "cause" if len(left) == len(causes) else "more cause"
            page.say(
                f"{counted(len(left), said)} with {counted(rows, 'finding')}: --out DIR writes all.",
                2,
            )


def show_cause(
    cause: Mapping[str, Any], findings: Sequence[Mapping[str, Any]], receipt: Mapping[str, Any], page: Page
) -> None:
    """Print one cause: what is wrong, what its rows have in common, the first cells, and the mend."""
    where = f'column "{short(cause["column"], 2 * LONGEST_NAME)}": ' if cause["column"] else ""
    page.say(f"{cause['rows']:,} x {where}{short(cause['message'])}", 2)
    if cause["kind"] != "none" and cause["rows"] > 1:
        page.say(short(cause["description"][:1].upper() + cause["description"][1:]), 6, "cyan")
    sheet = receipt["read_as"].get("sheet")
    places = list(dict.fromkeys(place(each, bool(sheet)) for each in findings if each["row"] is not None))
    if places:
        inside = f'sheet "{short(sheet, LONGEST_NAME)}", ' if sheet else ""
        page.say(
            inside + some(places, MOST_CELLS, len(places) + max(cause["rows"] - len(findings), 0)), 6, "dim"
        )
    if before := elsewhere(cause, findings):
        before = [short(each, 2 * LONGEST_NAME) for each in before]
        page.say(some(before, MOST_CELLS, max(cause["rows"], len(before))), 6, "dim")
    page.say(cause["mend"], 6, "italic")


def place(finding: Mapping[str, Any], in_sheet: bool) -> str:
    """Return where a finding is, and what was sent there: F17 "Ouch", or row 17 "Ouch"."""
    said = finding["cell"] if in_sheet and finding["cell"] else f"row {finding['row']}"
    return said if finding["value"] is None else f'{said} "{short(finding["value"], LONGEST_VALUE)}"'


def show_mends(heading: str, found: Iterable[Mapping[str, Any]], said: str, page: Page) -> None:
    """Print sentences under a heading, each with what to do."""
    several(heading, [(each[said], each["mend"]) for each in found], page)


def several(heading: str, sentences: Sequence[tuple[str, str]], page: Page) -> None:
    """Print sentences under a heading, each with what to do, as many as a screen has room for."""
    if not sentences:
        return
    page.head(heading)
    shown = 0 if page.is_full else MOST_SAID
    for sentence, mend in sentences[:shown]:
        page.say(short(sentence), 2)
        if mend:
            page.say(short(mend), 6, "italic")
    if len(sentences) > shown:
        page.say(
            f"{counted(len(sentences) - shown, 'more thing' if shown else 'thing')}: --out DIR writes all.", 2
        )


def show_rules_asked(states: Sequence[Mapping[str, Any]], page: Page) -> None:
    """Print how many rules were asked, and why some could not be."""
    asked = sum(state["state"] == "ran" for state in states)
    whys = Counter(state["why"] for state in states if state["state"] == "could_not_run")
    said = f"{counted(asked, 'rule')} asked."
    if whys:
        why, count = whys.most_common(1)[0]
        whole = sum(whys.values())
        said += (
            f" {whole} could not be"
            + (f", {count} of them for this reason: " if count < whole else ": ")
            + why
        )
    page.gap()
    page.say(said, style="dim")


def show_next(receipt: Mapping[str, Any], out: Path | None, console: Console) -> None:
    """Print where the receipt is, or how more is had than a screen shows."""
    page = Page(console)
    if out:
        page.say(f"The receipt and {counted(receipt['findings_total'], 'finding')} are in {out}.")
    elif receipt["state"] != "refused" and receipt["findings_total"]:
        page.say(
            "--out DIR writes the letter and every finding; --marked DIR writes the file with the cells marked in it."
        )


def some(words: Sequence[str], most: int, of: int | None = None) -> str:
    """Return the first of some words, and how many more there are."""
    left = (len(words) if of is None else of) - min(len(words), most)
    return ", ".join(words[:most]) + (f" and {left:,} more" if left > 0 else "")


def short(text: str, most: int = LONGEST_SAID) -> str:
    """Return a text in one line of at most so many characters."""
    line = " ".join(str(text).split())
    return line if len(line) <= most else f"{line[: most - 4]} ..."
