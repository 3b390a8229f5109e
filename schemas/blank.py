"""The blank force file: every field of every book with its meaning and codes, ready to fill in."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator

from schemas.assault import ASSAULT
from schemas.codes import BOOK
from schemas.table import CodeList, Field

OPENING = """\
# A blank force file.
#
# 1. Copy it to <force_id>.toml, with the force's id of register.csv in front.
# 2. Delete the books the force does not send.
# 3. Fill in every "" with the force's own words: column names exactly as in the header of its file.
# 4. In each table of codes the words on the left are ours: put the force's in their place, one line for each
#    word it uses, and delete the lines it does not use. Case and outer space do not count.
# 5. Delete the blocks of fields the force does not record, and write their names into not_collected.
#
# README.md in this folder explains what else can be said.

name = ""
# pfa_code = "E23000016"             # police force area code, where the force has one
"""

BOOK_OPENING = """\
system = ""                          # the system the export comes from
files = [""]                         # patterns of file names, such as "assaults_*.csv"
missing = []                         # words that mean missing in any column, such as "N/K"
ignored = []                         # columns that are never read, such as a surname
not_collected = []                   # fields the force does not record in this book
# victims = 2                        # victims side by side: their columns are written with {n}, as "Role {n}"
"""

# These stay comments: most books need none of them, and a blank one would not load.
BOOK_OPTIONS = """\
# [{book}.read]  only what cannot be told from the file:
# format = "csv"
# encoding = "cp1252"
# sheet = "Data"

# [{book}.period]  how a file's name says its period:
# pattern = '(?P<year>\\d{{4}})-(?P<month>\\d{{2}})'

# [[{book}.scope]]  which rows are assaults, where the export holds more:
# column = "Officer assaulted"
# in = ["Yes"]
# out = ["No", ""]

# [{book}.change]  which rows of a file of changes (resend = "delta") are what:
# column = "Action"
# add = ["A"]
# change = ["C"]
# withdraw = ["D"]
"""

# The last table of a file, for it belongs to no book.
REGRADE = """\
# [[regrade]]  a rule of another severity for this force, until a day a year away at most:
# rule = "A039"                      # its code or its name
# severity = "note"                  # error, query or note
# reason = ""
# by = ""                            # who answers for it
# until = 2027-03-31
"""

KINDS = {
    "date": "A date; ISO dates such as 2018-07-04 are read whatever the format.",
    "time": "A time of day, or a column with date and time.",
    "integer": "A whole number.",
    "number": "A number.",
    "boolean": "Yes or no: yes/no, y/n, true/false and 1/0 are understood.",
    "list": "Several words in one cell; several yes/no columns are written with flags instead.",
}


def blank() -> str:
    """Return the blank force file as TOML; it loads once every empty text is filled in."""
    return "\n".join([OPENING, *(book_lines(book.code, book.meaning) for book in BOOK.codes), REGRADE])


def book_lines(book: str, meaning: str) -> str:
    """Return one book with a block for every field a force can give."""
    blocks = ["\n".join(field_lines(book, declared)) for declared in ASSAULT.given]
    opening = f"# {'-' * 98}\n# {meaning}\n\n[{book}]\n{BOOK_OPENING}"
    return "\n\n".join([opening + "\n" + BOOK_OPTIONS.format(book=book).rstrip(), *blocks]) + "\n"


def field_lines(book: str, declared: Field) -> Iterator[str]:
    """Yield the lines of one field: its meaning as a comment, its column, its format or codes."""
    key = f"{book}.fields.{declared.name}"
    said = " ".join(filter(None, (declared.description, KINDS.get(declared.type, ""), need(declared))))
    yield from textwrap.wrap(said, 100, initial_indent="# ", subsequent_indent="# ")
    yield f"[{key}]"
    yield 'column = ""'
    if declared.type == "date":
        yield 'format = "%d/%m/%Y"'
    if declared.type == "time":
        yield 'format = "%H:%M"'
    if declared.type == "list":
        yield 'separator = ";"'
    if declared.codes is not None:
        yield f"[{key}.codes]"
        yield from code_lines(declared.codes)


def need(declared: Field) -> str:
    """Return what a force should know of a field besides its meaning."""
    if declared.required:
        return "Required."
    return "Given as the collar number; kept as a pseudonym." if declared.pseudonym else ""


def code_lines(known: CodeList) -> Iterator[str]:
    """Yield a line for each code, its meaning standing where the force's word goes."""
    for code in known.codes:
        yield f"{json.dumps(code.meaning, ensure_ascii=False)} = {json.dumps(code.code)}"
