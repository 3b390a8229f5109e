"""The letter: one page about a drop for a person with two minutes, made from its receipt.

`facts.py` says what stands in it, the two templates how it looks.
"""

from pipeline.letter.before import Before, before
from pipeline.letter.denominators import workforce_letter
from pipeline.letter.facts import Letter, Occasion, letter_of
from pipeline.letter.occasion import Since, name_of, occasion_of, since_of
from pipeline.letter.write import as_html, as_markdown, write_letter

__all__ = [
    "Before",
    "Letter",
    "Occasion",
    "Since",
    "as_html",
    "as_markdown",
    "before",
    "letter_of",
    "name_of",
    "occasion_of",
    "since_of",
    "workforce_letter",
    "write_letter",
]
