"""The styles of a workbook, with one more for each style of a marked cell: the same, but filled."""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from pipeline.returned.marks import ERROR, QUERY
from pipeline.returned.sheet import OtherwiseWritten

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
COLOURS = {ERROR: "FFFF9C9C", QUERY: "FFFFD27F"}
# No workbook may have more.
MOST_STYLES = 64_000


def parsed(text: bytes) -> etree._Element:
    """Return the XML of a small part, nothing expanded and nothing followed; raises OtherwiseWritten."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise OtherwiseWritten
    try:
        return etree.fromstring(text, parser)
    except etree.XMLSyntaxError:
        raise OtherwiseWritten from None


class Styles:
    """The styles part of a workbook; `filled` gives the number of a cell's style with a colour behind it."""

    def __init__(self, text: bytes) -> None:
        self._root = parsed(text)
        fills, formats = self._root.find(f"{MAIN}fills"), self._root.find(f"{MAIN}cellXfs")
        if fills is None or formats is None or not len(formats):
            raise OtherwiseWritten
        self._fills, self._formats = fills, formats
        self._fill_of: dict[str, int] = {}
        self._known: dict[tuple[int, str], int] = {}

    def filled(self, base: int, severity: str) -> int:
        """Return the style like one of the workbook's, with the colour of a severity; raises OtherwiseWritten."""
        known = self._known.get((base, severity))
        if known is None:
            if base >= len(self._formats) or len(self._formats) >= MOST_STYLES:
                raise OtherwiseWritten
            style = deepcopy(self._formats[base])
            style.set("fillId", str(self._fill(severity)))
            style.set("applyFill", "1")
            known = self._known[base, severity] = len(self._formats)
            self._formats.append(style)
        return known

    def _fill(self, severity: str) -> int:
        if severity not in self._fill_of:
            self._fill_of[severity] = len(self._fills)
            fill = etree.SubElement(self._fills, f"{MAIN}fill")
            pattern = etree.SubElement(fill, f"{MAIN}patternFill", patternType="solid")
            etree.SubElement(pattern, f"{MAIN}fgColor", rgb=COLOURS[severity])
            etree.SubElement(pattern, f"{MAIN}bgColor", indexed="64")
        return self._fill_of[severity]

    def xml(self) -> bytes:
        self._fills.set("count", str(len(self._fills)))
        self._formats.set("count", str(len(self._formats)))
        return bytes(etree.tostring(self._root, xml_declaration=True, encoding="UTF-8", standalone=True))
