"""What a sheet hides, shows as an error or never calculated, in every kind of workbook."""

from __future__ import annotations

import base64
import io
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import openpyxl
import pytest

from pipeline.read import Export, Reading, Refused, open_export
from pipeline.read.workbook import open_workbook

Cells = list[tuple[object, ...]]

# Made with xlwt: sheet "May" with days counted from 1904, row 3 and column D hidden, a number as text in C2 and
# #N/A in C5; and a hidden sheet "Lists".
XLS = (
    "c-rk)Ur3Wt6#w1t+jN_on@a-?WC&TAAZAc6wv@~s(o}*hf|_lSxVD%^Eyzq;Z$i{l(TiXYy;!~UhYISghrp<ZAPBS`dkPYIP`}PO",
    "`)1P?I51)HopH}S=iGCD_k8!B``x?m-E`T^#G|TNte`#6v1m9^lx0&?oEgOjYBvlPGqr<?VNpSm(?JVaWXE&Q+hSfrUhi3GcxZb~",
    "9QZ=zIL@In9*YFlky<5&km4Acm5p*w!(A$+sFb+;!cPg`ApC*&z7W1wEaSqP$#+H_!*sB-Znv4oy;=>mDMDlZMEZOZ??zPM4d?Nd",
    "8!GK<M@ynV6fLlZYMUFApe1dO#3BjSy|@P#5Dqt-J=>5Znn5`&_ax?w0PrKTuU`c$`}*1y$o_M=z4$M72QA`C`z_4|jKDalIGIx@",
    "LAQ-tbaaH0DR?kPn_8p9IM_cpG&ql5N_$Arfu6`|O8Y}G>aj1B9Hi=S{6dUOEsc~=yGU;h4V__q2gwJ{N24q^QO~w$lEs~5J{nI9",
    "koQFw9}x0F@hy9ycx0QoiHG48xlA^jkDh1#{`dDCeO<v5Vi}P`g!5QoGd~v$T;(3_%hX?|-^~)Q97NDc#nUdFJ?jKvyYNvNWs}HN",
    "!pq5%>e{XfQ`kQyKG&qRmd0%o`VicbC2u7;^{xA9b?R$y8_84cvzN-JJ_aXHLq}m);#3$zy{cDtZZka#W@=@=q&^F;{Nsh?(0pd>",
    "hIzhvvA|oDs7!cT<JnS6nr6;jTGL6>O)QlIO9>Xw&amc^Sp66t*UUD?vYS{+u!>A9Eek7PVrhcKi~3TYjIl<?8KYF<O8YR1!$i?@",
    "M5GIf(?rn)<+`Bwmr!&;ahWK#94IzHDdF|k9HepoI+bqWzHYw4Xns8Apy@dHO>3E>SdpWdoK#D^P;*k{%t=pXR*`E~EwacWi!8Fp",
    "q5>f$moAuBwe)qGuS3P=cbx?)i`Hk7|CV|Xr{56$rEEit>I9N`<<CagRR&9~vQOrFA=42WJ%IuANgM-t=PzAnRrd3&x}$IHwoty~",
    "FXj{HKOX-Vi&Yvp",
)


def read(path: Path) -> tuple[Export, Cells]:
    export = open_export(path, Reading())
    rows = [tuple(row.values()) for row in export.batches(export.columns).read_all().to_pylist()]
    assert export.sums.balanced
    return export, rows


def said(export: Export) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(each.kind, each.column, each.rows) for each in export.noticed]


def test_an_xls_workbook_says_what_it_hides_its_errors_and_its_calendar(tmp_path: Path) -> None:
    (tmp_path / "drop.xls").write_bytes(zlib.decompress(base64.b85decode("".join(XLS))))
    export, rows = read(tmp_path / "drop.xls")
    assert (export.format, export.sheet) == ("xls", "May")
    assert rows[0] == (2, "A1", "2018-07-04", "7", "Bath")
    assert rows[3] == (5, "A4", "", "#N/A", "York")
    assert said(export) == [
        ("hidden_rows", "", (3,)),
        ("hidden_column", "Town", ()),
        ("dates_from_1904", "", ()),
        ("numbers_as_text", "Days", (2,)),
        ("error_cells", "Days", (5,)),
    ]


def record(kind: int, content: bytes = b"") -> bytes:
    """Return a record as XLSB writes it: its kind and its length seven bits at a time."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + bytes([len(content)]) + content


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb(path: Path) -> Path:
    """Write a workbook that counts from 1904 with row 2 and column B hidden, and #REF! in B3."""

    def row(number: int, *cells: bytes, hidden: bool = False) -> bytes:
        return record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, 0x10 if hidden else 0, 0, 0)) + b"".join(
            cells
        )

    def text(column: int, value: str) -> bytes:
        return record(6, struct.pack("<II", column, 0) + wide(value))

    sheet = (
        record(129)
        + record(148, struct.pack("<IIII", 0, 8, 0, 1))
        + record(390)
        + record(60, struct.pack("<IIIIH", 1, 1, 2560, 0, 1))
        + record(391)
        + record(145)
        + row(0, text(0, "Ref"), text(1, "Days"))
        + row(1, text(0, "A1"), record(5, struct.pack("<IId", 1, 0, 3.0)), hidden=True)
        + row(2, text(0, "A2"), record(3, struct.pack("<IIB", 1, 0, 0x17)))
        + record(146)
        + record(130)
    )
    book = (
        record(131)
        + record(153, struct.pack("<II", 1, 0) + wide(""))
        + record(143)
        + record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("May"))
        + record(144)
        + record(132)
    )
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    relation = f'<Relationships xmlns="{package}"><Relationship Id="rId1" Type="{office}/{{}}" Target="{{}}"/></Relationships>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("_rels/.rels", relation.format("officeDocument", "xl/workbook.bin"))
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/_rels/workbook.bin.rels", relation.format("worksheet", "worksheets/sheet1.bin"))
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return path


def test_an_xlsb_workbook_says_the_same(tmp_path: Path) -> None:
    export, rows = read(xlsb(tmp_path / "drop.xlsb"))
    assert (export.format, rows) == ("xlsb", [(2, "A1", "3"), (3, "A2", "#REF!")])
    assert said(export) == [
        ("hidden_rows", "", (2,)),
        ("hidden_column", "Days", ()),
        ("dates_from_1904", "", ()),
        ("fewer_rows_than_stated", "", ()),
        ("error_cells", "Days", (3,)),
    ]


ODS = """<?xml version="1.0"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">
<office:body><office:spreadsheet><table:table table:name="May">
<table:table-column/><table:table-column table:visibility="collapse"/><table:table-column/>{}
</table:table></office:spreadsheet></office:body></office:document-content>"""


def ods(path: Path, *rows: str, manifest: str = "") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS.format("".join(rows)))
        archive.writestr("META-INF/manifest.xml", manifest)
    return path


def row(*cells: str, given: str = "") -> str:
    return f"<table:table-row {given}>{''.join(cells)}</table:table-row>"


def words(text: str, given: str = 'office:value-type="string"') -> str:
    return f"<table:table-cell {given}><text:p>{text}</text:p></table:table-cell>"


def test_an_ods_workbook_says_the_same_and_which_formulas_have_no_value(tmp_path: Path) -> None:
    error = 'table:formula="of:=NA()" office:value-type="string" office:string-value="" calcext:value-type="error"'
    path = ods(
        tmp_path / "drop.ods",
        row(words("Ref"), words("Town"), words("Days")),
        row(
            words("A1"),
            words("Bath"),
            words("x"),
            given='table:visibility="filter" table:number-rows-repeated="2"',
        ),
        row(words("A2"), words("Hull"), words("#N/A", error)),
        row(words("A3"), words("Ely"), '<table:table-cell table:formula="of:=1+1"/>'),
        row('<table:table-cell table:number-columns-repeated="3"/>', given='table:visibility="collapse"'),
    )
    export, rows = read(path)
    assert [each[1:] for each in rows] == [
        ("A1", "Bath", "x"), ("A1", "Bath", "x"), ("A2", "Hull", "#N/A"), ("A3", "Ely", ""),
    ]  # fmt: skip
    assert said(export) == [
        ("hidden_rows", "", (2, 3)),
        ("hidden_column", "Town", ()),
        ("uncached_formulas", "", (5,)),
        ("error_cells", "Days", (4,)),
    ]


def test_an_ods_workbook_with_a_password_is_refused_with_what_to_do(tmp_path: Path) -> None:
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry '
        'manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>'
    )
    with pytest.raises(Refused) as refused:
        read(ods(tmp_path / "drop.ods", row(words("Ref")), manifest=manifest))
    assert refused.value.sentence == (
        "drop.ods is an OpenDocument workbook protected by a password, which cannot be opened here; save it as .xlsx "
        "with the same password, or send it without one."
    )


def xlsx(path: Path, rows: list[list[object]] | None = None, **changed: tuple[str, str]) -> Path:
    """Write a workbook, and change something in its sheet's XML."""
    book = openpyxl.Workbook()
    for cells in rows or [["Ref", "Town", "Days"], ["A1", "Bath", 1], ["A2", "Hull", 2], ["A3", "Ely", 3]]:
        book.active.append(cells)
    written = io.BytesIO()
    book.save(written)
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(path, "w") as archive:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                for found, put in changed.values():
                    content, count = re.subn(found.encode(), put.encode(), content)
                    assert count
            archive.writestr(name, content)
    return path


def test_a_stated_range_is_missed_only_where_its_rows_are_not_there(tmp_path: Path) -> None:
    stated = ('ref="A1:C4"', 'ref="A1:C900"')
    assert said(read(xlsx(tmp_path / "a.xlsx", stated=stated))[0]) == [("fewer_rows_than_stated", "", ())]
    formatted = ("</sheetData>", '<row r="900"><c r="A900" s="0"/></row></sheetData>')
    export, rows = read(xlsx(tmp_path / "b.xlsx", stated=stated, formatted=formatted))
    assert (len(rows), said(export)) == (3, [])
    assert len(read(xlsx(tmp_path / "c.xlsx", stated=('ref="A1:C4"', 'ref="A1:B2"')))[1]) == 3


def test_a_row_that_stands_twice_is_refused_and_rows_out_of_order_are_read(tmp_path: Path) -> None:
    twice = xlsx(tmp_path / "a.xlsx", row=('<row r="3"', '<row r="2"'), cells=('r="([ABC])3"', r'r="\g<1>2"'))
    with pytest.raises(
        Refused, match='Sheet "Sheet" has row 2 twice, so that one of them lies over the other'
    ):
        read(twice)
    swapped = xlsx(
        tmp_path / "b.xlsx", rows=None, order=("(<row r=.2.*?</row>)(<row r=.3.*?</row>)", r"\2\1")
    )
    assert [each[1] for each in read(swapped)[1]] == ["A1", "A2", "A3"]


def test_an_error_that_does_not_say_where_it_stands_is_said(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", error=('t="n"><v>2<', 't="e"><v>#N/A<'), places=(' r="[A-C]?[0-9]"', ""))
    export, rows = read(path)
    assert (rows[1][3], [each.kind for each in export.noticed]) == ("", ["error_cells"])


def test_a_workbook_that_cannot_be_looked_through_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = xlsx(tmp_path / "a.xlsx")
    monkeypatch.setattr("pipeline.read.sheet_xml.part_of", lambda *_: None)
    export = open_workbook(path, "xlsx", Reading())
    assert len(export.batches(["Ref"]).read_all()) == 3
    assert said(export) == [("sheet_not_searched", "", ())]


def test_little_is_imported_before_a_reading_process_is_at_work() -> None:
    code = "import sys, pipeline.read; print([name for name in ('pyarrow', 'numpy', 'lxml') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
