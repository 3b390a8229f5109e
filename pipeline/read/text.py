"""A text file as blocks of UTF-8 cut at line ends, whatever its encoding and however long it is."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.read import encoding
from pipeline.read.export import Refused
from pipeline.read.noticed import Noticed

BLOCK = 4 << 20
# Footnotes are looked for in the last block, so it is never a sliver.
SLIVER = BLOCK // 8
# Of a large file so many lines are looked at in each of so many places, of so many bytes.
PLACES, PIECE, LINES = 8, 1 << 16, 40
# A longer line is damage: it is cut down to a NUL, which no row may hold.
LONGEST_LINE = 32 << 20
HEAD = 1 << 20

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UTF8 = ("utf-8", "ascii", "utf-8-sig")


def _unreadable(error: UnicodeError) -> tuple[str, int]:
    """Return a lone surrogate for bytes that are no character, by which their line is known later."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


_END_MARK = re.compile(rb"\x1a+[\r\n]*\Z")
_ENDS_SO = (b"\x1a", b"\x1a\n", b"\x1a\r", b"\x1a\r\n")

codecs.register_error("collate_unreadable", _unreadable)


class Text:
    """A text file whose encoding is pinned, stated by its mark, or settled by its first byte beyond ASCII.

    Without a pin or a mark the first block that holds such a byte is read as strict UTF-8 and, failing that, in
    the encoding its characters make sense in; that holds for the whole file, and is `noticed`. Bytes that are
    no character in the encoding reach `blocks` as invalid UTF-8. Raises Refused for an empty file, for one that is no text, and for a pinned encoding nobody
    knows.
    """

    def __init__(self, path: Path, pinned: str | None) -> None:
        self._path = path
        with path.open("rb") as file:
            start = file.read(1 << 16)
            self._size = path.stat().st_size
        if not start:
            raise Refused(
                "The file is empty (0 bytes). Export it again and check its size before sending it."
            )
        mark = next(((bom, name) for bom, name in _MARKS if start.startswith(bom)), (b"", None))
        self._mark = len(mark[0])
        self._stated = _known(pinned, mark[1]) or mark[1] or _unmarked_utf16(start)
        if self._stated is None and self._mark == 0:
            _refuse_binary(start.rstrip(b"\x1a"), path.name)
        self.encoding = self._stated or "utf-8"
        self.noticed: tuple[Noticed, ...] = ()

    def blocks(self) -> Iterator[tuple[bytes, bool]]:
        """Yield the file as UTF-8 in blocks of about a megabyte cut at line ends, and whether each is last.

        Only the last may lack its line end. A block is never a part of a line; it may be a part of a quoted
        value.
        """
        settled = self._stated
        for block, last in _cut(self._chunks()):
            if last and block.endswith(_ENDS_SO):
                block = self._without_end_mark(block)
            if settled is None and not block.isascii():
                settled = self._settle(block, last)
            if self._stated is None and settled not in (None, "utf-8") and not block.isascii():
                yield _utf8(block.decode(settled, "collate_unreadable")), last
            else:
                yield block, last

    def _without_end_mark(self, block: bytes) -> bytes:
        """Return the last block without DOS's mark for the end of a file, on a line of its own or not."""
        text = _END_MARK.sub(b"", block)
        if text != block and not any(each.kind == "end_mark" for each in self.noticed):
            said = "The file ends with an old mark for its end (Ctrl-Z), which was passed over."
            self.noticed = (*self.noticed, Noticed("end_mark", said))
        return text

    def further(self, past: int) -> Iterator[bytes]:
        """Yield a few whole lines from each of some places spread over the file past a byte, its end the last.

        There are none of UTF-16, in which a byte is no character.
        """
        if self._stated is not None and self._stated.startswith("utf-16"):
            return
        with self._path.open("rb") as file:
            for place in range(1, PLACES + 1):
                file.seek(max(past, past + (self._size - past) * place // PLACES - PIECE))
                piece = file.read(PIECE)
                # The line it begins in is not whole, nor perhaps the one it ends in.
                begin = piece.find(b"\n") + 1
                text = b"".join(piece[begin : _last_end(piece)].splitlines(keepends=True)[-LINES:])
                if begin and text:
                    coded = self._stated or self.encoding
                    if not _is_utf8(text, True):
                        coded = "cp1252" if coded in _UTF8 else coded
                        text = _utf8(text.decode(coded, "collate_unreadable"))
                    yield text

    def pieces(self) -> Iterator[str]:
        """Yield the text in pieces that are not cut at line ends; a lone surrogate stands for damage."""
        decoder = None
        for chunk in self._chunks():
            if decoder is None and (self._stated or not chunk.isascii()):
                if self._stated is None:
                    self._settle(chunk, False)
                # What has a stated encoding comes as UTF-8 already.
                coded = "utf-8" if self._stated else self.encoding
                decoder = codecs.getincrementaldecoder(coded)("collate_unreadable")
            yield decoder.decode(chunk) if decoder else chunk.decode("ascii")
        if decoder:
            yield decoder.decode(b"", final=True)

    def head(self) -> list[bytes]:
        """Return the whole lines in the first megabyte, as UTF-8; raises Refused if none ends."""
        block, _ = next(self.blocks())
        lines = block[:HEAD].splitlines(keepends=True)
        if len(block) <= HEAD:
            return lines
        if len(lines) == 1:
            raise Refused(
                "The first line runs on for more than a million characters, so no header can be read in it."
            )
        return lines[:-1]

    def _settle(self, block: bytes, last: bool) -> str:
        """Return the encoding of the first block with a byte beyond ASCII, and keep it."""
        if _is_utf8(block, last):
            self.encoding = "utf-8"
        else:
            found = encoding.found(block)
            self.encoding = found.encoding
            self.noticed = (found.said, *(each for each in self.noticed if each.kind == "end_mark"))
        return self.encoding

    def _chunks(self) -> Iterator[bytes]:
        if self._path.stat().st_size != self._size:
            raise Refused(
                "The file changed while it was being read, so it is still being written. Send it again once it is whole."
            )
        with self._path.open("rb", buffering=0) as file:
            file.seek(self._mark)
            if self._stated is None or self._stated in _UTF8:
                while chunk := file.read(BLOCK):
                    yield chunk
                return
            decoder = codecs.getincrementaldecoder(self._stated)("collate_unreadable")
            while chunk := file.read(BLOCK):
                yield _utf8(decoder.decode(chunk))
            yield _utf8(decoder.decode(b"", final=True))


def count_lines(block: bytes) -> int:
    """Return the physical lines of a block: LF, CR or CRLF end a line, and so does the end of the file."""
    if not block:
        return 0
    # Twice as fast as to count in the bytes themselves, where ends are many.
    text = np.frombuffer(block, np.uint8)
    feeds = text == ord("\n")
    ends = np.count_nonzero(feeds)
    if b"\r" in block:
        returns = text == ord("\r")
        ends += np.count_nonzero(returns) - np.count_nonzero(returns[:-1] & feeds[1:])
    return int(ends) + (not block.endswith((b"\n", b"\r")))


def is_readable(block: bytes) -> bool:
    """Return true where a block is valid UTF-8 without NUL bytes."""
    if b"\0" in block:
        return False
    if block.isascii():
        return True
    offsets = pa.array([0, len(block)], pa.int32()).buffers()[1]
    try:
        pa.Array.from_buffers(pa.string(), 1, [None, offsets, pa.py_buffer(block)]).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _cut(chunks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield the chunks re-cut at line ends, with the last of them marked and no sliver."""
    whole, rest = b"", b""
    for chunk in chunks:
        end = _last_end(chunk)
        if not end:
            # What is left over may end in a CR that was no cut, for the LF that did not follow.
            rest, chunk = b"", rest + chunk
            end = _last_end(chunk)
        # Joined so, the text is copied once.
        lines = b"".join((rest, memoryview(chunk)[:end]))
        rest = chunk[end:]
        if len(rest) > LONGEST_LINE:
            rest = b"\0"
        if whole and len(lines) > SLIVER:
            yield whole, False
            whole = lines
        else:
            whole += lines
    yield whole + rest, True


def _last_end(text: bytes) -> int:
    """Return where the last line that ends in a text ends, 0 where none does.

    A CR at the very end may be half of a CRLF, so the cut is made before it.
    """
    return max(text.rfind(b"\n"), text.rfind(b"\r", 0, max(len(text) - 1, 0))) + 1


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _is_utf8(block: bytes, last: bool) -> bool:
    """Return true for strict UTF-8, forgiving a character cut in half by the end of the file."""
    try:
        _, read = codecs.utf_8_decode(block, "strict", not last)
    except UnicodeDecodeError:
        return False
    return len(block) - read < 4


def _known(pinned: str | None, marked: str | None) -> str | None:
    """Return the pinned encoding by its usual name, the byte order of UTF-16 taken from the file's mark."""
    if pinned is None:
        return None
    try:
        "".encode(pinned)
    except LookupError:
        raise Refused(
            f'The force file pins the encoding "{pinned}", which is none that can be read; '
            "write utf-8, cp1252 or utf-16."
        ) from None
    name = codecs.lookup(pinned).name
    if name == "iso8859-1":
        # The two differ only where Latin-1 has control characters, which no table holds.
        return "cp1252"
    if name == "utf-16":
        return marked if marked in ("utf-16-le", "utf-16-be") else "utf-16-le"
    return name


def _unmarked_utf16(start: bytes) -> str | None:
    """Return the UTF-16 order of text in which every second byte is NUL, as some write it without a mark."""
    pairs = len(start) // 2
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if pairs and odd > 0.4 * pairs and even == 0:
        return "utf-16-le"
    if pairs and even > 0.4 * pairs and odd == 0:
        return "utf-16-be"
    return None


def _refuse_binary(start: bytes, name: str) -> None:
    control = sum(start.count(byte) for byte in (*range(9), *range(14, 32)))
    if control * 10 > len(start):
        raise Refused(
            f"{name} is not a text file: much of it is control bytes. "
            "Export it again as CSV, or send the workbook itself."
        )
