"""XML as events, from a parser that follows nothing: no document type, so no entities and nothing from outside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from xml.parsers import expat

from pipeline.read.refused import Refused

PIECE = 1 << 18
# What stands between a name's namespace and the name.
MARK = " "

_CUT = {
    expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
    expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
}


class Listener(Protocol):
    """What takes the events of a document, and counts its depth; a name is its namespace, a space and its local part."""

    def start(self, name: str, attributes: dict[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, text: str) -> None: ...


def parsed(path: Path, encoding: str | None, listener: Listener) -> Iterator[None]:
    """Tell a listener of a document a piece at a time, and pause after each; raises Refused.

    `encoding` goes before the one the document states.
    """
    try:
        parser = expat.ParserCreate(encoding, MARK)
    except LookupError:
        parser = expat.ParserCreate(None, MARK)
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise Refused(
            f"{path.name} declares a document type, through which a file may pull in others; "
            "export it without one, or as CSV."
        )

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = listener.start
    parser.EndElementHandler = listener.end
    parser.CharacterDataHandler = listener.text
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                parser.Parse(piece, False)
                yield
            parser.Parse(b"", True)
            yield
    except expat.ExpatError as error:
        if error.code in _CUT:
            raise Refused(
                f"{path.name} ends before its last element is closed: it is cut short or still being written; "
                "export it again."
            ) from None
        raise Refused(
            f"{path.name} is not well-formed XML at line {error.lineno:,}, column {error.offset + 1:,} "
            f"({expat.ErrorString(error.code)}); export it again, or as CSV."
        ) from None
    except (LookupError, ValueError):
        raise Refused(
            f"{path.name} states an encoding that is not known; state the right one in the force file, or export "
            "it as UTF-8."
        ) from None


class Local(dict[str, str]):
    """Names without their namespaces, each worked out once."""

    def __missing__(self, name: str) -> str:
        self[name] = name.rpartition(MARK)[2]
        return self[name]
