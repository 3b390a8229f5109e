"""Every example of the catalogue: the one said to break its rule does, and the other does not."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from expectations.masks import Context, broken
from pipeline.judge import judge
from pipeline.read import Reading, open_export
from schemas.assault import ASSAULT
from schemas.beyond_examples import BESIDE
from schemas.catalogue import Entry, catalogue
from schemas.force import load_force
from schemas.rule_examples import FIVE_DIGITS, FOUR_DIGITS, KEPT, SOUND, WHOLE_DROP, Cells, example_of
from schemas.table import Field

AS_OF = date(2026, 1, 1)
ENTRIES = catalogue()
ROW = {name: SOUND[name] for name in ("occurred_on", "offence_code", "victim_type")}
ROW |= {"scope": "Yes", "change": "A", "force_id": "West Mercia", "victim_number": "1"}


def mapping(declared: Field, four_digits: bool) -> str:
    """Return the lines that map a field from the column of its name, each code being its own word."""
    said = [f'column = "{declared.name}"']
    if declared.name == "source_record_id":
        said.append(r"pattern = '\d{4}(/\d+)?|\d{2}'")
    if declared.codes is not None:
        words = {code: code for code in declared.codes}
        if four_digits:
            words["0017"] = next(iter(declared.codes))
        said.append("codes = { " + ", ".join(f'"{word}" = "{code}"' for word, code in words.items()) + " }")
    if declared.type == "list":
        said.append('separator = ";"')
    if four_digits and declared.type == "string" and not declared.pseudonym:
        said.append(f"mend = {{ leading_zeros = {5 if declared.name == 'offence_code' else 4} }}")
    return f"{declared.name} = {{ {', '.join(said)} }}"


def found(folder: Path, rows: Sequence[Cells], four_digits: bool) -> set[tuple[int, str]]:
    """Return the place of each row, from 0, with each rule it breaks, as the pipeline judges them in one file."""
    fields = "\n".join(mapping(declared, four_digits) for declared in ASSAULT.given)
    path = folder / "west_mercia.toml"
    path.write_text(
        'name = "West Mercia Police"\n[crime]\nsystem = "niche"\nfiles = ["*.csv"]\nresend = "delta"\n'
        "[crime.period]\npattern = '(?P<year>\\d{4})-(?P<month>\\d{2})'\n"
        '[crime.force]\ncolumn = "force_id"\nwords = ["West Mercia"]\n'
        '[[crime.scope]]\ncolumn = "scope"\nin = ["Yes"]\nout = ["No"]\n'
        '[crime.change]\ncolumn = "change"\nadd = ["A"]\nchange = ["C"]\nwithdraw = ["D"]\n'
        f"[crime.fields]\n{fields}\n",
        encoding="utf-8",
    )
    columns = [*(declared.name for declared in ASSAULT.given), "scope", "change", "force_id"]
    text = io.StringIO()
    lines = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    lines.writeheader()
    for place, row in enumerate(rows):
        reference = f"{3000 + place}" if four_digits else f"2018/{3000 + place}"
        lines.writerow({**ROW, "source_record_id": reference, **row})
    file = folder / "crime_2018-07.csv"
    file.write_text(text.getvalue(), encoding="utf-8")
    book = load_force(path).books["crime"]
    judged = judge(file, file.name, book, "the drop", b"key", AS_OF, folder)
    assert judged.findings_file is not None
    with judged.findings_file.open(encoding="utf-8", newline="") as findings:
        # What is about a whole column or the whole file stands in no row.
        return {(int(each["row"]) - 2, each["rule"]) for each in csv.DictReader(findings) if each["row"]}


def sent(entry: Entry) -> bool:
    """Return whether an example is of cells of a row, not of what we keep nor of a line of text."""
    example = example_of(entry.rule)
    # Those that need another file have a test of their own, tests/pipeline/test_beyond.py.
    return example.given not in (KEPT, WHOLE_DROP, *BESIDE) and not any(
        {"line", "column"} & {*cells} for cells in example.breaks
    )


@pytest.mark.slow
@pytest.mark.parametrize("four_digits", [False, True], ids=["as sent", "with a mend stated"])
def test_each_example_in_a_file_is_found_by_its_rule_and_its_counterpart_is_not(
    tmp_path: Path, four_digits: bool
) -> None:
    rows: list[Cells] = []
    breaking: dict[int, str] = {}
    sound: dict[int, str] = {}
    for entry in ENTRIES:
        example = example_of(entry.rule)
        if not sent(entry) or (example.given in (FOUR_DIGITS, FIVE_DIGITS)) != four_digits:
            continue
        for cells, places in ((example.breaks, breaking), (example.sound, sound)):
            for each in cells:
                places[len(rows)] = entry.name
                rows.append(each)
    broken_rules = found(tmp_path, rows, four_digits)
    unfound = set(breaking.values()) - {
        name for place, name in breaking.items() if (place, name) in broken_rules
    }
    assert breaking and not unfound
    assert not {(place, name) for place, name in sound.items() if (place, name) in broken_rules}


@pytest.mark.parametrize(
    "entry", [each for each in ENTRIES if example_of(each.rule).given == KEPT], ids=lambda each: each.name
)
def test_each_example_of_a_kept_value_breaks_the_mask_and_its_counterpart_does_not(entry: Entry) -> None:
    example = example_of(entry.rule)
    many = ASSAULT[entry.field].type == "list"
    values = [cells[entry.field] or None for cells in (*example.breaks, *example.sound)]
    kind = pa.list_(pa.string()) if many else pa.string()
    table = pa.table({entry.field: pa.array([[each] for each in values] if many else values, kind)})
    records = ibis.memtable(table)
    mask = broken(records, entry.rule, Context(AS_OF))
    assert mask is not None
    assert records.select(mask=mask).to_pyarrow().column("mask").to_pylist() == [True, False]


def test_the_line_of_the_example_is_refused_and_its_counterpart_is_read(tmp_path: Path) -> None:
    (entry,) = (each for each in ENTRIES if each.name == "line.refused")
    example = example_of(entry.rule)
    path = tmp_path / "three.csv"
    lines = [cells["line"] for cells in (*example.breaks, *example.sound)]
    path.write_text("\n".join(["Ref,Date,Place", *lines, ""]), encoding="utf-8")
    export = open_export(path, Reading())
    read = [row for batch in export.batches(["Ref"]) for row in batch.column("row_number").to_pylist()]
    assert ([each.row_number for each in export.refusals], read) == ([2], [3])
