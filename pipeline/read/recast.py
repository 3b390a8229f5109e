"""Text in an unusual dialect written anew in one every reader lexes alike, line for line.

Delimiters of several characters, spaces after the delimiter and marks escaped by a backslash are what pyarrow and
the standard library do not know. A value is written anew as it was meant, and every line break stays where it
was, so line numbers hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.read.noticed import Noticed
from pipeline.read.text import HEAD, Text

DELIMITER = "\x1f"
QUOTE = '"'
# A quoted value that goes on for more lines than this was never meant to.
LONGEST_RUN = 50


class Recast:
    """Writes text of one dialect in the one with a unit separator and doubled quotation marks."""

    def __init__(self, delimiter: str, quote: str, escape: str = "", *, padded: bool = False) -> None:
        cut = "[ \t]{2,}" if delimiter == "  " else re.escape(delimiter.strip(" ") or delimiter)
        if padded:
            cut += "[ \t]*"
        self.delimiter = delimiter
        self._escape = escape
        self._quote = quote
        self._cut = re.compile(cut)
        self._plain = re.compile(f"(?:(?!{cut})[^\r\n])*+")
        self._end = re.compile("\r\n|\r|\n|\\Z")
        mark, stop = re.escape(quote), re.escape(escape)
        inside = f"[^{mark}{stop}]|{mark}{mark}" + (f"|{stop}[\\s\\S]" if escape else "")
        self._quoted = re.compile(f"{mark}((?:{inside})*+){mark}(?={cut}|[\r\n]|\\Z)") if quote else None

    def whole(self, text: str, last: bool) -> tuple[str, str]:
        """Return the text's rows written anew, and its last lines where they begin a value that stays open."""
        written: list[str] = []
        at, line, size = 0, 0, len(text)
        row: list[str] = []
        while at < size or row:
            found = self._quoted.match(text, at) if self._quoted else None
            if found and found[1].count("\n") + found[1].count("\r") < LONGEST_RUN:
                row.append(self._marked(found[1]))
            else:
                if self._opens(text, at) and not last and text.count("\n", at) < LONGEST_RUN:
                    return "".join(written), text[line:]
                found = self._plain.match(text, at)
                row.append(self._plainly(found[0] if found else ""))
            at = found.end() if found else size
            if cut := self._cut.match(text, at):
                at = cut.end()
                if at < size and text[at] not in "\r\n":
                    continue
                row.append("")
            end = self._end.match(text, at)
            written.append(DELIMITER.join(row) + (end[0] if end else ""))
            at = end.end() if end else size
            line, row = at, []
        return "".join(written), ""

    def _opens(self, text: str, at: int) -> bool:
        return bool(self._quote) and text.startswith(self._quote, at)

    def _marked(self, value: str) -> str:
        value = value.replace(self._quote * 2, self._quote)
        if self._escape:
            value = re.sub(re.escape(self._escape) + r"(.)", r"\1", value, flags=re.DOTALL)
        return QUOTE + value.replace(QUOTE, QUOTE * 2) + QUOTE

    def _plainly(self, value: str) -> str:
        if self._escape and self._escape + QUOTE in value:
            return self._marked(value)
        # An opening mark that closes nowhere is left as it stands, to be found out as a stray one.
        if QUOTE in value and (self._quote != QUOTE or not value.startswith(QUOTE)):
            return QUOTE + value.replace(QUOTE, QUOTE * 2) + QUOTE
        return value


class RecastText(Text):
    """A text file whose blocks come written anew."""

    def __init__(self, text: Text, recast: Recast) -> None:
        self._text = text
        self._recast = recast

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Return the encoding the text is read in."""
        return self._text.encoding

    @property
    def noticed(self) -> tuple[Noticed, ...]:  # type: ignore[override]
        """Return what is said of the encoding, once a byte beyond ASCII has settled it."""
        return self._text.noticed

    def blocks(self) -> Iterator[tuple[bytes, bool]]:
        """Yield the file's blocks as the reader of them wants them."""
        rest = ""
        for block, last in self._text.blocks():
            # Damage is kept as it is: bytes that are no character go through as lone surrogates.
            text, rest = self._recast.whole(rest + block.decode("utf-8", "surrogateescape"), last)
            if text or last:
                yield text.encode("utf-8", "surrogateescape"), last

    def head(self) -> list[bytes]:
        """Return the whole lines of the beginning."""
        block, _ = next(self.blocks())
        return block[:HEAD].splitlines(keepends=True)
