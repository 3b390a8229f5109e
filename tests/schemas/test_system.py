"""Codes that three forces of one system share: taken from one place, stood over by a force's own, and really shared."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from pipeline.mapping.profile import counted
from pipeline.mapping.words import SYSTEMS as NAMED_IN_FILES
from pipeline.read import open_export
from pipeline.read.export import Reading
from schemas import system
from schemas.force import FORCES, Book, ForceFileError, fold, load_force, load_forces
from schemas.system import NAMES, SYSTEMS
from tests.schemas.test_force import FIELDS, force_file, refusal

INBOX = Path(__file__).parents[2] / "samples" / "inbox"

ROLE = '[crime.fields.victim_type]\ncolumn = "Role"\n'


def taking() -> list[tuple[str, str, str, str]]:
    """Return the force, book, field and system of every `codes_of` in the project's force files."""
    found = []
    for path in sorted(FORCES.glob("*.toml")):
        for book, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
            for field, spec in table.get("fields", {}).items() if isinstance(table, dict) else ():
                if "codes_of" in spec:
                    found.append((path.stem, book, field, spec["codes_of"]))
    return found


def words_sent(book: Book, field: str) -> set[str]:
    """Return the words that a force's sample drops hold in the columns of a field."""
    words: Counter[str] = Counter()
    columns = [name for written in book.fields[field].names for name in book.numbered(written)]
    for path in sorted((INBOX / book.force_id).rglob("*")):
        if path.is_file() and book.takes(path.name):
            counts, _ = counted(open_export(path, Reading(**book.read), book.columns))
            words.update(word for name in columns for word in counts.get(name, ()))
    return {fold(word) for word in words}


def test_every_shared_code_is_repeated_by_at_least_three_forces() -> None:
    forces = load_forces()
    for path in sorted(SYSTEMS.glob("*.toml")):
        for field, shared in tomllib.loads(path.read_text(encoding="utf-8"))["codes"].items():
            takers = [
                words_sent(forces[force].books[book], field)
                for force, book, taken, of in taking()
                if (taken, of) == (field, path.stem)
            ]
            for word in shared:
                assert sum(fold(word) in sent for sent in takers) >= 3, (path.name, field, word)


def test_no_force_writes_again_what_it_takes_from_its_system() -> None:
    for force, book, field, of in taking():
        table = tomllib.loads((FORCES / f"{force}.toml").read_text(encoding="utf-8"))[book]
        shared = tomllib.loads((SYSTEMS / f"{of}.toml").read_text(encoding="utf-8"))["codes"][field]
        own = {fold(word): code for word, code in table["fields"][field].get("codes", {}).items()}
        assert table["system"] == of
        assert [word for word, code in shared.items() if own.get(fold(word)) == code] == []


@pytest.mark.parametrize(
    ("force", "own"),
    [
        ("staffordshire", {"special constable": "special_constable"}),
        ("thames_valley", {"special constable": "special_constable"}),
        ("psni", {"custody detention": "designated_officer"}),
        (
            "avon_and_somerset",
            {"officer": "police_officer", "special": "special_constable", "staff": "police_staff"},
        ),
    ],
)
def test_a_force_s_words_mean_what_they_meant_when_it_wrote_them_all(force: str, own: dict[str, str]) -> None:
    codes = load_forces()[force].books["crime"].fields["victim_type"].codes or {}
    assert {fold(word): code for word, code in codes.items()} == own | {
        "police officer": "police_officer",
        "student officer": "student_officer",
        "pcso": "pcso",
        "detention officer": "designated_officer",
        "police staff": "police_staff",
    }


def test_a_line_of_its_own_stands_over_the_shared_one_whatever_its_case(tmp_path: Path) -> None:
    own = ROLE + 'codes_of = "niche_rms"\ncodes = { "police STAFF" = "contractor", "Cadet" = "volunteer" }\n'
    codes = load_force(force_file(tmp_path, tables=own)).books["crime"].fields["victim_type"].codes or {}
    assert (codes["police STAFF"], codes["Cadet"], codes["PCSO"]) == ("contractor", "volunteer", "pcso")
    assert "Police Staff" not in codes


def test_a_system_without_shared_codes_is_refused_with_the_nearest(tmp_path: Path) -> None:
    said = refusal(force_file(tmp_path, tables=ROLE + 'codes_of = "niche"\n'))
    assert "crime.fields.victim_type.codes_of" in said
    assert 'did you mean "niche_rms"?' in said


def test_a_field_whose_codes_the_system_does_not_share_is_refused(tmp_path: Path) -> None:
    injury = '[crime.fields.injury]\ncolumn = "Injury"\ncodes_of = "niche_rms"\n'
    said = refusal(force_file(tmp_path, tables=injury))
    assert '"injury" is not a field niche_rms shares codes of' in said


def test_a_mistake_in_a_system_s_file_names_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "SYSTEMS", tmp_path)
    shared = tmp_path / "optik.toml"
    shared.write_text('[codes.victim_type]\n"PC" = "police_oficer"\n', encoding="utf-8")
    tables = ROLE + 'codes_of = "optik"\n'
    said = refusal(force_file(tmp_path, tables=tables))
    assert said.startswith("systems/optik.toml")
    assert 'did you mean "police_officer"?' in said


@pytest.mark.parametrize("name", ["Niche RMS", "athina", "NEC-Connect", "red sigma"])
def test_another_spelling_of_a_system_is_refused_with_the_one_we_know(tmp_path: Path, name: str) -> None:
    path = force_file(tmp_path, FIELDS)
    path.write_text(path.read_text(encoding="utf-8").replace('"niche"', f'"{name}"'), encoding="utf-8")
    assert "crime.system" in refusal(path)
    assert "looks like another spelling of" in refusal(path)


def test_a_system_nobody_has_named_before_stands(tmp_path: Path) -> None:
    path = force_file(tmp_path, FIELDS)
    path.write_text(path.read_text(encoding="utf-8").replace('"niche"', '"Chronicle"'), encoding="utf-8")
    assert load_force(path).books["crime"].system == "Chronicle"


def test_a_changed_shared_code_changes_how_the_book_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "SYSTEMS", tmp_path)
    marks = []
    for code in ("pcso", "volunteer"):
        system._parsed.cache_clear()
        (tmp_path / "optik.toml").write_text(f'[codes.victim_type]\n"P" = "{code}"\n', encoding="utf-8")
        path = force_file(tmp_path, tables=ROLE + 'codes_of = "optik"\n')
        path = path.rename(tmp_path.parent / path.name)
        marks.append(load_force(path).books["crime"].fingerprint)
    assert marks[0] != marks[1]


def test_every_system_of_the_project_s_forces_is_one_we_know() -> None:
    assert {book.system for force in load_forces().values() for book in force.books.values()} <= set(NAMES)
    assert set(NAMED_IN_FILES.values()) <= set(NAMES)


def test_a_broken_file_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "SYSTEMS", tmp_path)
    (tmp_path / "optik.toml").write_text("[codes", encoding="utf-8")
    with pytest.raises(ForceFileError, match="systems/optik.toml: this file cannot be read as TOML"):
        load_force(force_file(tmp_path, tables=ROLE + 'codes_of = "optik"\n'))
