"""How a letter writes counts, and names and texts that come from a file."""

from __future__ import annotations

import textwrap

from pipeline.visible import visible

# So many characters of a text, and of a name, that comes from the file.
LONGEST = 180
LONGEST_NAME = 60


def part(count: int, of: int) -> str:
    share = f" ({100 * count / of:.0f} %)" if of else ""
    return f"{count:,} of {counted(of, 'row')}{share}"


def counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def named(text: str) -> str:
    """Return a name from a file as it may stand in a letter."""
    return shortened(text, LONGEST_NAME)


def shortened(text: str, most: int = LONGEST) -> str:
    """Return a text of at most so many characters, in one line, that changes nothing but what it shows."""
    line = visible(" ".join(text.split()))
    if len(line) <= most:
        return line
    return (
        textwrap.shorten(line, most, placeholder=" ...")
        if " " in line[: most - 4]
        else line[: most - 4] + " ..."
    )
