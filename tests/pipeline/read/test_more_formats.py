"""Web pages, XML, JSON documents, archives and locked workbooks: each read as its sender sees it."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
import zlib
from pathlib import Path

import msoffcrypto
import openpyxl
import pytest
import pyzipper
from msoffcrypto.format.ooxml import OOXMLFile

from pipeline.read import Export, Reading, Refused, open_export

Rows = list[dict[str, object]]
CSV = b"Ref,Town\nA1,Bath\nA2,Hull\n"
# The same as crime.csv in a zip archive, under the password s3cret.
LOCKED_BY_THE_OLDER_SCHEME = (
    "c-jl_W@Zs#U}OLRMTXe(ANHvNS&~4^3B<`onYpQY$;D->dLOmk?S5Ulc2;=6mipr=@@kepw#+SDu`lWN;s1-ud`uo6mJSQ>W"
    "@Hj!z-<~TfSVoQ&B_K6U<5*QAngN|1^^PyB>("
)


def read(path: Path, reading: Reading | None = None, expected: tuple[str, ...] = ()) -> tuple[Export, Rows]:
    export = open_export(path, reading or Reading(), expected)
    rows = export.batches(export.columns).read_all().to_pylist()
    assert export.sums.balanced
    assert export.sums.rows == len(rows)
    return export, rows


def written(folder: Path, content: str | bytes, name: str = "drop.xls") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path: Path, reading: Reading | None = None, expected: tuple[str, ...] = ()) -> str:
    with pytest.raises(Refused) as refused:
        read(path, reading, expected)
    assert str(path.parent) not in refused.value.sentence
    assert refused.value.sentence.endswith(".")
    return refused.value.sentence


def zipped(folder: Path, files: dict[str, bytes], name: str = "drop.zip") -> Path:
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, content in files.items():
            archive.writestr(each, content)
    return folder / name


def workbook(cell: str = "Bath") -> bytes:
    book = openpyxl.Workbook()
    for row in (["Ref", "Town"], ["A1", cell], ["A2", "Hull"]):
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def locked(password: str) -> bytes:
    content = io.BytesIO()
    OOXMLFile(io.BytesIO(workbook())).encrypt(password, content)
    return content.getvalue()


def said(export: Export) -> list[str]:
    return [noticed.kind for noticed in export.noticed]


def test_an_html_table_named_xls_is_read_with_the_rows_a_browser_numbers(tmp_path: Path) -> None:
    page = (
        "<html><head><style>td{}</style></head><body><h1>Assaults</h1><table>"
        "<tr><td colspan=3>Assaults on police, May</td></tr>"
        "<tr><th>Ref</th><th>Town</th><th>Notes</th></tr>"
        "<tr><td>A1</td><td>Bath &amp; Wells</td><td>spat<br>  at\n again&nbsp;</td></tr>"
        "<tr><td></td></tr>"
        "<tr><td>A2<td>Hull<td>"
        "</table></body></html>"
    )
    export, rows = read(written(tmp_path, page))
    assert (export.format, export.header_row, export.columns) == ("html", 2, ("Ref", "Town", "Notes"))
    assert rows == [
        {"row_number": 3, "Ref": "A1", "Town": "Bath & Wells", "Notes": "spat\nat again"},
        {"row_number": 5, "Ref": "A2", "Town": "Hull", "Notes": ""},
    ]
    assert (export.sums.lines, export.sums.header, export.sums.blank) == (5, 2, 1)


def test_a_page_that_ends_before_its_table_does_is_said_and_its_unfinished_row_refused(
    tmp_path: Path,
) -> None:
    page = "<html><table><tr><td>Ref<td>Town<td>Role</tr><tr><td>A1<td>Bath<td>PC</tr>"
    export, rows = read(written(tmp_path, page))
    assert ([row["Ref"] for row in rows], said(export)) == (["A1"], ["cut_short"])
    export, rows = read(written(tmp_path, f"{page}<tr><td>A2<td>Hu"))
    assert ([row["Ref"] for row in rows], said(export)) == (["A1"], ["cut_short"])
    assert [(each.row_number, "breaks off" in each.sentence) for each in export.refusals] == [(3, True)]
    assert (export.sums.lines, export.sums.rows, export.sums.refused) == (3, 1, 1)
    # A page that does not close its table, but is whole itself, is only carelessly written.
    export, rows = read(written(tmp_path, f"{page}<tr><td>A2<td>Hull<td>PC</body></html>"))
    assert ([row["Ref"] for row in rows], said(export)) == (["A1", "A2"], [])


def test_the_text_of_a_cell_that_reaches_down_is_each_rows_and_is_said(tmp_path: Path) -> None:
    page = (
        "<table><tr><td>Ref<td>Town<td>Role<tr><td>A1<td rowspan=2>Bath<td>PC"
        "<tr><td>A2<td>PCSO<tr style='display: none'><td>A3<td>Hull<td>PC</table>"
    )
    export, rows = read(written(tmp_path, page))
    assert [(row["Ref"], row["Town"], row["Role"]) for row in rows] == [
        ("A1", "Bath", "PC"), ("A2", "Bath", "PCSO"), ("A3", "Hull", "PC"),
    ]  # fmt: skip
    assert [(each.kind, each.rows) for each in export.noticed] == [
        ("hidden_rows", (4,)),
        ("merged_cells", (3,)),
    ]


def test_a_layout_table_around_the_table_is_not_the_table(tmp_path: Path) -> None:
    inner = "<table><tr><td>Ref<td>Town<tr><td>A1<td>Bath</table>"
    export, rows = read(written(tmp_path, f"<table><tr><td>Menu<td>{inner}</table>"))
    assert (export.sheet, rows) == ("table 2", [{"row_number": 2, "Ref": "A1", "Town": "Bath"}])


def test_of_two_tables_the_one_with_the_expected_words_is_read_and_the_other_said(tmp_path: Path) -> None:
    other = "<table><tr><td>Rank<td>Count<tr><td>PC<td>3</table>"
    page = f"{other}<table><tr><td>Ref<td>Town<tr><td>A1<td>Bath</table>"
    path = written(tmp_path, f"<html>{page}")
    export, _ = read(path, expected=("Ref", "Town"))
    assert (export.sheet, said(export)) == ("table 2", ["second_table"])
    assert 'holds several tables ("table 1", "table 2")' in refusal(path)
    assert read(path, Reading(sheet="table 1"))[0].columns == ("Rank", "Count")


def test_a_page_in_cp1252_is_read_with_or_without_saying_so(tmp_path: Path) -> None:
    table = "<table><tr><td>Ref<td>Town<tr><td>A1<td>Ch\N{RIGHT SINGLE QUOTATION MARK}sea £</table>"
    stated = "<html><meta charset=iso-8859-1>" + table
    for page in (stated, table):
        export, rows = read(written(tmp_path, page.encode("cp1252")))
        assert (export.encoding, rows[0]["Town"]) == ("cp1252", "Ch\N{RIGHT SINGLE QUOTATION MARK}sea £")
    assert read(written(tmp_path, table.encode("utf-16")))[1][0]["Town"].endswith("£")  # type: ignore[attr-defined]


def test_an_excel_2003_spreadsheet_keeps_its_row_numbers_and_dates(tmp_path: Path) -> None:
    cell = '<Cell{}><Data ss:Type="{}">{}</Data></Cell>'.format
    rows = (
        "<Row>" + cell("", "String", "Ref") + cell("", "String", "On") + cell("", "String", "Town") + "</Row>"
        '<Row ss:Index="4">'
        + cell("", "String", "A1")
        + cell("", "DateTime", "2018-07-03T00:00:00.000")
        + "</Row>"
        "<Row>" + cell("", "Number", "7") + cell(' ss:Index="3"', "String", "Hull") + "</Row>"
    )
    content = (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<Worksheet ss:Name="May"><Table>{rows}</Table></Worksheet></Workbook>'
    )
    export, got = read(written(tmp_path, content))
    assert (export.sheet, export.sums.blank) == ("May", 2)
    assert got == [
        {"row_number": 4, "Ref": "A1", "On": "2018-07-03", "Town": ""},
        {"row_number": 5, "Ref": "7", "On": "", "Town": "Hull"},
    ]


def test_the_repeating_element_of_an_xml_file_is_its_row(tmp_path: Path) -> None:
    content = (
        '<?xml version="1.0" encoding="windows-1252"?><export made="May"><made_by>us</made_by><assaults>'
        '<assault id="A1"><town>Bath £</town><victim><age>31</age></victim><victim><age>40</age></victim></assault>'
        "<assault id='A2'><town><![CDATA[Hull & co]]></town><victim><age/></victim><note>x</note></assault>"
        "</assaults></export>"
    )
    export, rows = read(written(tmp_path, content.encode("cp1252"), "drop.xml"))
    assert (export.format, export.sheet) == ("xml", "assault")
    assert rows == [
        {"row_number": 1, "id": "A1", "town": "Bath £", "victim / age": "31", "victim (2) / age": "40", "note": ""},
        {"row_number": 2, "id": "A2", "town": "Hull & co", "victim / age": "", "victim (2) / age": "", "note": "x"},
    ]  # fmt: skip
    assert said(export) == ["beside_the_table"]


def test_records_in_groups_carry_their_groups_attributes(tmp_path: Path) -> None:
    group = "<force name='{}'>" + "<row><ref>{}</ref><town>x</town></row>" * 5 + "</force>"
    content = "<all>" + group.format("North", *"12345") + group.format("South", *"67890") + "</all>"
    _, rows = read(written(tmp_path, content, "drop.xml"))
    assert [(row["row_number"], row["force / name"], row["ref"]) for row in rows][4:6] == [
        (5, "North", "5"), (6, "South", "6"),
    ]  # fmt: skip


def test_several_kinds_of_records_need_the_expected_words(tmp_path: Path) -> None:
    content = "<d>" + "<a><ref>1</ref><town>x</town></a>" * 2 + "<b><rank>1</rank></b>" * 2 + "</d>"
    path = written(tmp_path, content, "drop.xml")
    assert 'several kinds of records ("a", "b")' in refusal(path)
    assert read(path, expected=("Ref", "Town"))[0].columns == ("ref", "town")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("<d><r><a>1</a></r><r><a>2</a></r>", "it is cut short or still being written"),
        ("<d><r><a>1</b></r></d>", "is not well-formed XML at line 1, column 13"),
        ("<d>\n<r><a>&nbsp;</a></r></d>", "at line 2"),
        ("<?xml version='1.0' encoding='klingon'?><d><r><a>1</a></r></d>", "encoding"),
        ("<d><a>1</a>", "cut short"),
    ],
)
def test_broken_xml_is_refused_with_its_place(tmp_path: Path, content: str, fault: str) -> None:
    assert fault in refusal(written(tmp_path, content, "drop.xml"))


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_json_document_is_read_record_by_record(tmp_path: Path, indent: int | None, wrapped: bool) -> None:
    records = [{"ref": "A1", "days": 3, "spat": True}, {"ref": "A2", "tags": ["a", 1], "days": None}]
    document: object = {"records": records, "made": "May"} if wrapped else records
    export, rows = read(written(tmp_path, json.dumps(document, indent=indent), "drop.json"))
    assert export.format == "json"
    assert rows == [
        {"row_number": 1, "ref": "A1", "days": "3", "spat": "true", "tags": ""},
        {"row_number": 2, "ref": "A2", "days": "", "spat": "", "tags": '["a", 1]'},
    ]
    assert said(export) == (["beside_the_table"] if wrapped else [])


@pytest.mark.parametrize(
    "content",
    [
        '{"count": 2, "generated": "2018-07-03", "records": [{"ref": "A1"}, {"ref": "A2"}]}',
        '{"meta": {"pages": [1, 2]}, "ok": true, "assaults": [{"ref": "A1"}, {"ref": "A2"}], "next": null}\n',
        '{"count": 1, "Data" : [ {"ref": "A1"}]}',
        '{"generated": "May", "rows": [{"ref": "' + "A" * 200_000 + '"}]}',
    ],
)
def test_below_what_is_said_of_it_a_list_of_objects_is_the_table(tmp_path: Path, content: str) -> None:
    export, rows = read(written(tmp_path, content, "drop.json"))
    assert (export.format, export.columns) == ("json", ("ref",))
    assert [row["ref"] for row in rows] == [each["ref"] for each in next(
        member for member in json.loads(content).values() if isinstance(member, list)
    )]  # fmt: skip
    assert said(export) == ["beside_the_table"]


@pytest.mark.parametrize(
    "content",
    [
        '{"ref": "A1", "victims": [{"age": 31}], "town": "Bath"}',
        '{"ref": "A1", "tags": ["a", "b"], "victim": {"rows": 1}}',
        '{"ref": "A1", "rows": [{"age": 31}, {"age": 1}]}\n{"ref": "A2"}\n',
    ],
)
def test_a_record_with_a_list_of_its_own_is_a_record(tmp_path: Path, content: str) -> None:
    export, rows = read(written(tmp_path, content, "drop.json"))
    assert export.format == "jsonl"
    assert [row["ref"] for row in rows] == ["A1", "A2"][: content.count("ref")]


def test_json_numbers_are_text_as_they_stand_and_other_records_are_refused(tmp_path: Path) -> None:
    content = '[{"ref": 1.50}, 7, {"ref": 1E5}, {"ref": 1, "ref": 2}, {"ref": "\\ud800"}, {"ref": 12345678901234567890}]'
    export, rows = read(written(tmp_path, content, "drop.json"))
    assert [(row["row_number"], row["ref"]) for row in rows] == [
        (1, "1.50"),
        (3, "1E5"),
        (6, "12345678901234567890"),
    ]
    assert [(each.row_number, each.sentence.partition(";")[0]) for each in export.refusals] == [
        (2, "Record 2 is no object"),
        (4, "Record 4 names a key twice"),
        (5, "Record 5 names half of a character, as a text cut in two does"),
    ]


def test_a_json_list_longer_than_a_block_is_read_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.read.text.BLOCK", 7)
    records = [{"ref": number, "town": "Bâth" * (number % 5)} for number in range(200)]
    _, rows = read(written(tmp_path, json.dumps(records, ensure_ascii=False), "drop.json"))
    assert [row["ref"] for row in rows] == [str(number) for number in range(200)]
    assert rows[4]["town"] == "Bâth" * 4


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ('[{"ref": "A1"}, {"ref": "A2"}', "cut short or still being written"),
        ('[{"ref": "A1"}, {"ref": "A', "record 2"),
        ('[{"ref": "A1"} {"ref": "A2"}]', "is not JSON"),
        ('[{"ref": "A1"}] []', "is not JSON"),
        ("[[1, 2]]", "holds no list of JSON objects"),
        ('{\n"a": [{"r": 1}], "b": [{"r": 2}]}', 'several lists of records ("a" and "b")'),
    ],
)
def test_a_json_document_that_does_not_add_up_is_refused(tmp_path: Path, content: str, fault: str) -> None:
    assert fault in refusal(written(tmp_path, content, "drop.json"))


def test_one_object_a_line_is_json_lines_whatever_its_first_value(tmp_path: Path) -> None:
    content = '{"victims": [{"age": 3}], "ref": "A1"}\n{"victims": [], "ref": "A2"}\n'
    assert read(written(tmp_path, content, "drop.json"))[0].format == "jsonl"


def test_the_one_file_in_a_zip_archive_is_read_and_named(tmp_path: Path) -> None:
    litter = {"__MACOSX/._crime.csv": b"x", "may/": b"", "may/.DS_Store": b"x"}
    export, rows = read(zipped(tmp_path, litter | {"may/crime.csv": CSV}))
    assert (export.format, [row["Ref"] for row in rows]) == ("csv", ["A1", "A2"])
    assert [each.sentence for each in export.noticed] == ['The table is in "crime.csv" inside the archive.']


def test_every_readable_form_is_read_inside_an_archive(tmp_path: Path) -> None:
    page = b"<table><tr><td>Ref<td>Town<tr><td>A1<td>Bath</table>"
    for name, content, form in (
        ("a.xlsx", workbook(), "xlsx"), ("a.xls", page, "html"), ("a.json", b'[{"Ref": "A1"}]', "json"),
    ):  # fmt: skip
        export, rows = read(zipped(tmp_path, {name: content}))
        assert (export.format, rows[0]["Ref"]) == (form, "A1")
    export, rows = read(written(tmp_path, gzip.compress(CSV), "crime.csv.gz"), Reading(format="csv"))
    assert (export.format, len(rows)) == ("csv", 2)


def test_rows_of_an_archive_may_be_read_again(tmp_path: Path) -> None:
    export = open_export(zipped(tmp_path, {"crime.csv": CSV + b"A3\n"}), Reading())
    for _ in range(2):
        assert export.batches(["Town"]).read_all()["Town"].to_pylist() == ["Bath", "Hull"]
        assert [each.row_number for each in export.refusals] == [4]


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"a.csv": CSV, "b.csv": CSV}, 'holds 2 files ("a.csv", "b.csv"); send them one by one'),
        ({}, "with no file in it"),
        ({"a.csv.gz": gzip.compress(CSV)}, "an archive with an archive inside"),
        ({"../../etc/cron.d/a.csv": CSV}, "points outside the archive"),
        ({"/etc/a.csv": CSV}, "points outside the archive"),
        ({"C:\\a.csv": CSV}, "points outside the archive"),
        ({"a.pdf": b"%PDF-1.7"}, "a.pdf is a PDF"),
    ],
)
def test_an_archive_without_just_one_data_file_is_refused(
    tmp_path: Path, files: dict[str, bytes], fault: str
) -> None:
    assert fault in refusal(zipped(tmp_path, files))


def test_a_zip_archive_inside_another_and_a_link_are_refused(tmp_path: Path) -> None:
    inner = zipped(tmp_path, {"a.csv": CSV}).read_bytes()
    assert "an archive with an archive inside" in refusal(zipped(tmp_path, {"a.zip": inner}, "outer.zip"))
    link = zipfile.ZipInfo("a.csv")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/hostname")
    assert "points outside the archive" in refusal(tmp_path / "link.zip")


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(CSV * 1000)
    assert "damaged or cut short" in refusal(written(tmp_path, whole[:-20], "a.csv.gz"))
    path = zipped(tmp_path, {"a.csv": CSV * 1000})
    broken = bytearray(path.read_bytes())
    broken[40:50] = bytes(10)
    assert "damaged or cut short" in refusal(written(tmp_path, bytes(broken), "b.zip"))


@pytest.mark.parametrize("scheme", ["aes", "older"])
def test_a_locked_zip_archive_opens_with_the_forces_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    path = tmp_path / "drop.zip"
    if scheme == "aes":
        with pyzipper.AESZipFile(path, "w", pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
            archive.setpassword(b"s3cret")
            archive.writestr("crime.csv", CSV)
    else:
        path.write_bytes(zlib.decompress(base64.b85decode(LOCKED_BY_THE_OLDER_SCHEME)))
    reading = Reading(force_id="north")
    assert refusal(path, reading) == (
        "drop.zip is protected by a password, so it cannot be read; put the password in the environment variable "
        "COLLATE_PASSWORD_NORTH, or send it again without one."
    )
    monkeypatch.setenv("COLLATE_PASSWORD_NORTH", "wrong")
    assert "the one in COLLATE_PASSWORD_NORTH does not open it" in refusal(path, reading)
    monkeypatch.setenv("COLLATE_PASSWORD_NORTH", "s3cret")
    export, rows = read(path, reading)
    assert ([row["Ref"] for row in rows], said(export)) == (["A1", "A2"], ["packed", "locked"])


@pytest.mark.parametrize(("part", "form"), [("xl/vbaProject.bin", "xlsm"), ("docProps/x", "xlsx")])
def test_a_workbook_with_macros_is_read_and_they_are_not(tmp_path: Path, part: str, form: str) -> None:
    path = written(tmp_path, workbook(), "drop.xlsm")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(part, b"\0" * 64)
    export, rows = read(path)
    assert (export.format, len(rows)) == (form, 2)


@pytest.mark.slow
def test_a_locked_workbook_opens_with_the_forces_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, locked("s3cret"), "drop.xlsx")
    reading = Reading(force_id="west_mercia")
    monkeypatch.delenv("COLLATE_PASSWORD_WEST_MERCIA", raising=False)
    assert "variable COLLATE_PASSWORD_WEST_MERCIA, or send it again" in refusal(path, reading)
    monkeypatch.setenv("COLLATE_PASSWORD_WEST_MERCIA", "wrong")
    sentence = refusal(path, reading)
    assert "the one in COLLATE_PASSWORD_WEST_MERCIA does not open it" in sentence
    assert "wrong" not in sentence
    monkeypatch.setenv("COLLATE_PASSWORD_WEST_MERCIA", "s3cret")
    export, rows = read(path, reading)
    assert (export.format, [row["Town"] for row in rows]) == ("xlsx", ["Bath", "Hull"])
    assert "locked" in said(export)
    assert "s3cret" not in repr(Reading(password="s3cret"))
    assert read(path, Reading(password="s3cret"))[0].sums.rows == 2


@pytest.mark.parametrize(
    ("sound", "damaged"),
    [(b"<encryption", b"<<ncryption"), (b"spinCount=", b"spinCounx="), (b"keyData", b"kexData")],
)
def test_a_locked_workbook_whose_lock_is_damaged_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sound: bytes, damaged: bytes
) -> None:
    content = locked("s3cret")
    assert sound in content
    path = written(tmp_path, content.replace(sound, damaged), "drop.xlsx")
    monkeypatch.setenv("COLLATE_PASSWORD", "s3cret")
    assert path.name in refusal(path)


def test_a_workbook_locked_inside_an_archive_opens_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLATE_PASSWORD", "s3cret")
    assert read(zipped(tmp_path, {"drop.xlsx": locked("s3cret")}))[0].sums.rows == 2


def test_a_workbook_with_excels_own_password_opens_without_one(shared_data: Path) -> None:
    path = shared_data / "messy" / "encrypted_no_password.xls"
    with path.open("rb") as file:
        assert msoffcrypto.OfficeFile(file).is_encrypted()
    assert read(path)[0].sums.rows == 6


def test_text_in_brackets_is_still_text(tmp_path: Path) -> None:
    export, rows = read(written(tmp_path, "<Ref>,<Town>\nA1,Bath\n", "drop.csv"))
    assert (export.format, rows) == ("csv", [{"row_number": 2, "<Ref>": "A1", "<Town>": "Bath"}])
