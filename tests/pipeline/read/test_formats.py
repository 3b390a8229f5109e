"""Formats are told by content; one that is not read is refused by file name, without its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.read import Reading, Refused, open_export


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("drop.xls", b"Ref\tTown\nA1\tBath\n", "csv"),
        ("drop.json", b'{"ref": "A1"}\n', "jsonl"),
        ("drop.csv", b"\xff\xfe" + '{"ref": "A1"}\n'.encode("utf-16-le"), "jsonl"),
        ("drop.csv", b"[Ref],[Town]\nA1,Bath\n", "csv"),
        ("drop.csv", b"PKEY,Town\nA1,Bath\n", "csv"),
    ],
)
def test_a_format_is_told_by_content(tmp_path: Path, name: str, content: bytes, form: str) -> None:
    (tmp_path / name).write_bytes(content)
    export = open_export(tmp_path / name, Reading())
    assert export.format == form
    assert export.batches(export.columns).read_all().num_rows == 1


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"%PDF-1.7 ...", "is a PDF"),
        (b"Rar!\x1a\x07\x00", "is a RAR archive"),
        (b"\n<!DOCTYPE html><p>Please log in</p>", "is a web page without a table"),
        (b'<?xml version="1.0"?><rows/>', "is XML in which no element repeats"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "is not a text file"),
    ],
)
def test_a_format_that_is_not_read_is_refused(tmp_path: Path, content: bytes, fault: str) -> None:
    (tmp_path / "drop.csv").write_bytes(content)
    with pytest.raises(Refused) as refused:
        open_export(tmp_path / "drop.csv", Reading())
    assert refused.value.sentence.startswith(f"drop.csv {fault}")
    assert str(tmp_path) not in refused.value.sentence


def test_a_pinned_format_nobody_reads_is_refused(tmp_path: Path) -> None:
    (tmp_path / "drop.csv").write_text("Ref,Town\n")
    with pytest.raises(Refused, match='pins the format "sas7bdat"'):
        open_export(tmp_path / "drop.csv", Reading(format="sas7bdat"))


def test_a_pinned_format_the_file_is_not_is_refused(tmp_path: Path) -> None:
    (tmp_path / "drop.xlsx").write_text("Ref,Town\n")
    with pytest.raises(Refused, match="damaged or is not the workbook"):
        open_export(tmp_path / "drop.xlsx", Reading(format="xlsx"))
