"""The comments of a sheet, and the old drawing language their boxes are drawn in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape

from lxml import etree

from pipeline.returned.marks import Mark
from pipeline.returned.sheet import OtherwiseWritten, letters_of
from pipeline.returned.styles import MAIN, parsed

AUTHOR = "collate"
# Spreadsheets grow slow with more; cells past these are coloured, and their sentences stand in the added column.
MOST = 50_000
# Boxes that were there before have lower numbers.
FIRST_BOX = 500_000

_HEAD = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/>'
    "</o:shapelayout>"
)
_TYPE = (
    '<v:shapetype xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)

Cells = Mapping[int, Mapping[int, Mark]]


def commented(cells: Cells) -> Iterator[tuple[int, int, Mark]]:
    """Yield the row, column and mark of the cells that get a comment, the first ones of many, in order."""
    left = MOST
    for row in sorted(cells):
        for column in sorted(cells[row]):
            if not left:
                return
            left -= 1
            yield row, column, cells[row][column]


def new_comments(cells: Cells) -> bytes:
    """Return a comments part for marked cells."""
    parts = [
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<comments xmlns="http://schemas.openxmlformats.org/'
        f'spreadsheetml/2006/main"><authors><author>{AUTHOR}</author></authors><commentList>'
    ]
    for row, column, mark in commented(cells):
        parts.append(
            f'<comment ref="{letters_of(column)}{row}" authorId="0"><text><r><t xml:space="preserve">'
            f"{escape(mark.text)}</t></r></text></comment>"
        )
    parts.append("</commentList></comments>")
    return "".join(parts).encode()


def added_comments(text: bytes, cells: Cells) -> tuple[bytes, dict[int, dict[int, Mark]]]:
    """Return a sheet's comments with those of marked cells, and which of these had none: they need a box."""
    root = parsed(text)
    authors, listed = root.find(f"{MAIN}authors"), root.find(f"{MAIN}commentList")
    if authors is None or listed is None:
        raise OtherwiseWritten
    own = len(authors)
    etree.SubElement(authors, f"{MAIN}author").text = AUTHOR
    known = {comment.get("ref"): comment for comment in listed}
    boxes: dict[int, dict[int, Mark]] = {}
    for row, column, mark in commented(cells):
        ref = f"{letters_of(column)}{row}"
        said = mark.text
        comment = known.get(ref)
        if comment is None:
            comment = etree.SubElement(listed, f"{MAIN}comment", ref=ref, authorId=str(own))
            etree.SubElement(comment, f"{MAIN}text")
            boxes.setdefault(row, {})[column] = mark
        else:
            said = f"\n{said}"
        texts = comment.find(f"{MAIN}text")
        if texts is None:
            raise OtherwiseWritten
        run = etree.SubElement(etree.SubElement(texts, f"{MAIN}r"), f"{MAIN}t")
        run.text = said
        run.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)), boxes


def new_drawing(cells: Cells) -> bytes:
    """Return a drawing of the boxes of comments."""
    return (_HEAD + _TYPE + _boxes(cells) + "</xml>").encode()


def added_drawing(text: bytes, cells: Cells) -> bytes:
    """Return a drawing with the boxes of more comments in it; raises OtherwiseWritten."""
    end = text.rfind(b"</xml>")
    if end < 0:
        raise OtherwiseWritten
    kind = "" if b'id="_x0000_t202"' in text else _TYPE
    return text[:end] + (kind + _boxes(cells)).encode() + text[end:]


def _boxes(cells: Cells) -> str:
    """Return one hidden box a comment, beside its cell."""
    return "".join(
        f'<v:shape xmlns:v="urn:schemas-microsoft-com:vml" id="_x0000_s{FIRST_BOX + number}" type="#_x0000_t202" style="position:absolute;'
        'width:240pt;height:90pt;z-index:1;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto" '
        'xmlns:o="urn:schemas-microsoft-com:office:office"><v:fill color2="#ffffe1"/>'
        '<v:textbox><div style="text-align:left"></div></v:textbox>'
        '<x:ClientData ObjectType="Note" xmlns:x="urn:schemas-microsoft-com:office:excel">'
        f"<x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{column}, 12, {row - 1}, 8, {column + 4}, 12, {row + 5}, 8"
        f"</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>{row - 1}</x:Row><x:Column>{column - 1}</x:Column>"
        "</x:ClientData></v:shape>"
        for number, (row, column, _) in enumerate(commented(cells), 1)
    )
