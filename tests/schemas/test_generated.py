"""The generated pages are what the declarations give, and the guide's examples load."""

import re
import tomllib
from pathlib import Path

import pytest

from schemas import generate
from schemas.assault import ASSAULT
from schemas.force import BOOK_KEYS, FIELD_KEYS, READ_KEYS, load_force
from schemas.generate import PAGES, main, stale, write
from schemas.guide import EXAMPLE, guide
from schemas.regrade import REGRADE_KEYS

BLOCKS = re.findall(r"```toml\n(.*?)```", guide(), re.DOTALL)


def test_the_pages_of_the_project_are_current() -> None:
    assert [path.name for path in stale()] == [], "run python -m schemas.generate"


def test_the_pages_are_the_dictionary_the_rules_the_guide_and_the_blank_file() -> None:
    root = Path(generate.__file__).parent
    assert [path.relative_to(root).as_posix() for path in PAGES] == [
        "README.md",
        "RULES.md",
        "forces/README.md",
        "forces/blank.toml.example",
    ]


def test_a_page_that_was_changed_by_hand_is_stale_until_written_again(tmp_path: Path) -> None:
    pages = {tmp_path / "one.md": lambda: "One\n", tmp_path / "two.md": lambda: "Two\n"}
    assert write(pages) == list(pages)
    (tmp_path / "one.md").write_text("Own\n", encoding="utf-8")
    assert stale(pages) == [tmp_path / "one.md"]
    assert write(pages) == [tmp_path / "one.md"]
    assert stale(pages) == []


def test_a_check_names_the_stale_page_and_exits_1(monkeypatch, capsys) -> None:
    page = generate.HERE / "absent.md"
    monkeypatch.setattr(generate, "stale", lambda: [page])
    assert main(["--check"]) == 1
    assert capsys.readouterr().err == "schemas/absent.md is stale: run python -m schemas.generate\n"
    assert not page.exists()


def test_a_check_of_current_pages_exits_0_and_says_nothing(capsys) -> None:
    assert main(["--check"]) == 0
    assert capsys.readouterr().err == ""


def test_the_whole_file_of_the_guide_loads(tmp_path: Path) -> None:
    path = tmp_path / "west_mercia.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    assert load_force(path).books["crime"].takes("assaults_2018-07.csv")


@pytest.mark.parametrize("block", BLOCKS[1:], ids=lambda block: block.split("\n")[0])
def test_each_example_of_the_guide_loads_in_a_whole_file(tmp_path: Path, block: str) -> None:
    mapped = set(tomllib.loads(block).get("crime", {}).get("fields", {}))
    mapped |= set(
        re.findall(r'= "(\w+)(?:\.\w+)?"$', block.partition("[crime.lists.words]")[2], re.MULTILINE)
    )
    needed = {"source_record_id": "Ref", "occurred_on": "Date", "offence_code": "Code"}
    needed |= {"victim_id": "Victim {n} id"} if "victims" in block else {}
    absent = [f.name for f in ASSAULT.given if f.name not in mapped and f.name not in needed]
    head = f'system = "s"\nfiles = ["*"]\nnot_collected = {absent}\n'
    body = block if block.startswith("[crime]") else "[crime]\n" + block
    fields = "".join(
        f'[crime.fields.{name}]\ncolumn = "{column}"\n'
        for name, column in needed.items()
        if name not in mapped
    )
    path = tmp_path / "kent.toml"
    path.write_text(
        'name = "Kent Police"\n' + body.replace("[crime]\n", "[crime]\n" + head, 1) + "\n" + fields,
        encoding="utf-8",
    )
    assert set(load_force(path).books["crime"].fields) >= mapped - {"impact_factors", "spat_at"}


def test_the_guide_explains_every_key_of_the_language() -> None:
    text = guide()
    for key in (*BOOK_KEYS, *FIELD_KEYS, *READ_KEYS, *REGRADE_KEYS):
        assert re.search(rf"(?m)`{key}`|^{key} = |\.{key}[.\]]", text), key


def test_the_guide_lists_every_field_a_force_can_give() -> None:
    for declared in ASSAULT.given:
        assert f"| `{declared.name}` |" in guide()
