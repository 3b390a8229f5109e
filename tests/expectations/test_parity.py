"""Great Expectations and the masks say the same: the rows one fails are the rows the other fails, rule by rule."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from expectations.masks import BITS, Context, breakable, check
from expectations.suites import frame_of, inexpressible, rule_suite
from pipeline.cells import prepared
from pipeline.engine import open_engine
from pipeline.judge import stated_period
from pipeline.read import Reading, Refused, open_export
from schemas.assault import ASSAULT
from schemas.drop import MENDED, rules_of
from schemas.force import FORCES, Book, load_force, load_forces
from schemas.personal import PERSONAL_TEXTS
from transforms.convert import convert
from transforms.rename import MissingColumns, rename

ROOT = Path(__file__).resolve().parents[2]
INBOX = ROOT / "samples" / "inbox"
JUDGED_ON = date(2026, 11, 21)

PLACES = {"result_format": "COMPLETE", "unexpected_index_column_names": ["place"]}


def sample_drops() -> list[tuple[str, str, Path]]:
    """Return every sample drop of a known force and book."""
    forces = load_forces(FORCES)
    return [
        (folder.name, book.name, path)
        for folder in sorted(INBOX.glob("*"))
        if folder.name in forces
        for path in sorted(folder.rglob("*"))
        if path.is_file() and (book := forces[folder.name].book_of(path.name)) is not None
    ]


def judged(path: Path, book: Book, folder: Path, context: Context) -> pa.Table:
    """Return a drop's judged records as the pipeline has them before it splits them."""
    export = open_export(path, Reading(**book.read), expected=book.columns)
    known = set(book.columns)
    wanted = [column for column in export.columns if column in known]
    with open_engine(folder) as engine:
        cells = prepared(export.batches(wanted), book, b"for tests only!!")
        values = rename(engine.read_batches("export", cells), book)
        return engine.arrow(check(convert(values, book), book, context))


def by_masks(table: pa.Table, book: Book) -> dict[str, set[int]]:
    """Return the places of the records that break each rule, as the masks have it."""
    places: dict[str, set[int]] = {}
    for index, rule in enumerate(rules_of(book)):
        words = table.column(f"broken_{index // BITS}").to_pylist()
        found = {place for place, word in enumerate(words) if word >> (index % BITS) & 1}
        places.setdefault(rule.name, set()).update(found)
    beyond = {rule.name for rule, _ in inexpressible(book)}
    return {rule: found for rule, found in places.items() if found and rule not in beyond}


def by_suite(table: pa.Table, book: Book, context: Context, batches) -> dict[str, set[int]]:
    """Return the places of the records that break each rule, as Great Expectations has it.

    It sees no mask and no mark: they are taken out of the frame it judges.
    """
    hidden = [name for name in table.column_names if name.startswith(("broken_", "unexplained_"))]
    seen = table.drop_columns([*hidden, *({"another_force"} & set(table.column_names))])
    frame = frame_of(seen)
    frame["place"] = range(len(frame))
    suite = rule_suite(book, context, seen.column_names)
    places: dict[str, set[int]] = {}
    for found in batches(frame).validate(suite, result_format=PLACES).results:
        rule = found.expectation_config.meta["rule"]
        assert "unexpected_count" in found.result, f"{rule} could not be judged: {found.exception_info}"
        failed = {each["place"] for each in found.result.get("unexpected_index_list") or ()}
        places.setdefault(rule, set()).update(failed)
    return {rule: failed for rule, failed in places.items() if failed}


def assert_parity(path: Path, force_id: str, book_name: str, folder: Path, batches) -> None:
    book = load_force(FORCES / f"{force_id}.toml").books[book_name]
    context = Context(JUDGED_ON, stated_period(path.name, book))
    try:
        table = judged(path, book, folder, context)
    except (Refused, MissingColumns):
        pytest.skip("the drop is refused before any rule is judged")
    assert by_suite(table, book, context, batches) == by_masks(table, book)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("force_id", "book", "path"), sample_drops(), ids=lambda each: getattr(each, "name", each)
)
def test_both_fail_the_same_records_of_a_sample_drop(force_id, book, path, tmp_path, batches):
    assert_parity(path, force_id, book, tmp_path, batches)


FORCE = """
name = "Testshire Police"
[crime]
system = "invented"
files = ["*.csv"]
missing = ["N/K"]
not_collected = [{rest}]
force = {{ column = "Force", words = ["Testshire"] }}
scope = [
    {{ column = "Assault", in = ["Yes"], out = ["No"] }},
    {{ column = "Kind", in = ["*"], out = ["Damage"] }},
]
[[crime.lists]]
column = "Happened"
separator = ";"
[crime.lists.words]
"Spat at" = "spat_at"
"Bitten" = "bitten"
[crime.fields]
source_record_id = {{ column = "Ref", pattern = 'T/\\d+' }}
victim_number = {{ column = "Victim" }}
occurred_on = {{ column = "Date", format = "%d/%m/%Y" }}
occurred_time = {{ column = "Time" }}
recorded_on = {{ column = "Recorded", format = "%d/%m/%Y" }}
offence_code = {{ column = "Code" }}
offence_title = {{ column = "Offence" }}
victim_type = {{ column = "Role", codes = {{ "PC" = "police_officer", "PCSO" = "pcso" }}, missing = ["?"] }}
length_of_service_years = {{ column = "Service" }}
injury = {{ column = "Injury", codes = {{ "None" = "none", "Cut" = "minor" }} }}
hate_crime = {{ column = "Hate" }}
hate_strands = {{ column = "Strands", separator = ",", codes = {{ "Race" = "race", "Faith" = "religion" }} }}
impact_factors = {{ flags = {{ "Drink" = "alcohol", "Drugs" = "drugs" }} }}
treatment = {{ column = "Treated", codes = {{ "No" = "none", "Hospital" = "hospital" }} }}
days_lost = {{ column = "Lost" }}
outcome_type = {{ column = "Outcome", codes = {{ "Charged" = "1", "Caution" = "3", "Open" = "0" }} }}
outcome_on = {{ column = "Decided", format = "%d/%m/%Y" }}
charged_under = {{ column = "Act", codes = {{ "2018" = "emergency_workers_2018" }} }}
"""

MAPPED = (
    "source_record_id", "victim_number", "occurred_on", "occurred_time", "recorded_on", "offence_code",
    "offence_title", "victim_type", "length_of_service_years", "injury", "hate_crime", "hate_strands",
    "impact_factors", "spat_at", "bitten", "treatment", "days_lost", "outcome_type", "outcome_on", "charged_under",
)  # fmt: skip

DAYS = (
    "04/07/2018",
    "2018-07-04",
    "31/07/2018",
    "01/08/2018",
    "31/12/1999",
    "01/01/2030",
    "31/02/2018",
    "soon",
)

# For each column, what is right, what is wrong, and what is at the edge; blanks and a word for missing for all.
CELLS = {
    "Force": ("Testshire", " testshire ", "Elsewhere"),
    "Assault": ("Yes", "YES ", "No", "Perhaps"),
    "Kind": ("Assault", "Damage", "damage"),
    "Happened": ("Spat at", "bitten; SPAT AT", "Bitten;;", "Bitten; kissed", ";"),
    "Ref": ("T/1", "T/22", "XT/1", "T/1 b", "T/"),
    "Victim": ("1", "2", "0", "999", "1000", "2.0", "2.5", "two"),
    "Date": DAYS,
    "Time": ("13:05", "25:00", "noon"),
    "Recorded": DAYS,
    "Code": ("104/23", "008/73", "nonsense"),
    "Offence": (
        "Assault on a constable",
        "Assault occasioning actual bodily harm on a constable",
        "Trespass",
    ),
    "Role": ("PC", "pc", " PCSO", "?", "Dog"),
    "Service": ("0", "60", "61", "-1", "1e2", "long"),
    "Injury": ("None", "NONE", "Cut", "cuts"),
    "Hate": ("Yes", "no", "N", "maybe"),
    "Strands": ("Race", "faith, RACE", "Race,,Faith", "Race, Hair", ","),
    "Drink": ("Y", "No", "some"),
    "Drugs": ("y", "FALSE", "some"),
    "Treated": ("No", "hospital", "clinic"),
    "Lost": ("0", "1", "2001", "many"),
    "Outcome": ("Charged", "caution", "OPEN", "lost"),
    "Decided": DAYS,
    "Act": ("2018", "Another"),
}

BLANK = ("", " ", "N/K", "n/k ")

ROWS = st.lists(
    st.fixed_dictionaries({name: st.sampled_from((*cells, *BLANK)) for name, cells in CELLS.items()}),
    min_size=1,
    max_size=40,
)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    rest = ", ".join(f'"{field.name}"' for field in ASSAULT.given if field.name not in MAPPED)
    path = tmp_path_factory.mktemp("forces") / "testshire.toml"
    path.write_text(FORCE.format(rest=rest), encoding="utf-8")
    return load_force(path).books["crime"]


@pytest.mark.slow
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    # A failing drop is at most forty rows and takes a second or two to judge: to shrink it would take minutes.
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(rows=ROWS)
def test_both_fail_the_same_records_of_a_random_drop(rows, book, tmp_path_factory, batches):
    july = Context(date(2018, 10, 1), (date(2018, 7, 1), date(2018, 7, 31)))
    cells = pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in CELLS})
    numbered = cells.add_column(0, "row_number", pa.array(range(2, len(rows) + 2), pa.int64()))
    with open_engine(tmp_path_factory.mktemp("engine")) as engine:
        cells = prepared(numbered.to_reader(), book, b"for tests only!!")
        values = rename(engine.read_batches("export", cells), book)
        table = engine.arrow(check(convert(values, book), book, july))
    assert by_suite(table, book, july, batches) == by_masks(table, book)


@pytest.mark.slow
def test_every_rule_a_row_can_break_has_an_expectation(book):
    context = Context(JUDGED_ON, (date(2018, 7, 1), date(2018, 7, 31)))
    columns = [f"sent_{name}" for name in book.fields]
    columns += ["flag_impact_factors_0", "flag_impact_factors_1", "list_0", "scope_0", "scope_1", "own_force"]
    suite = rule_suite(book, context, columns)
    laid = {expectation.meta["rule"] for expectation in suite.expectations}
    beyond = {rule.name for rule, _ in inexpressible(book)}
    marked = {f"{name}.unexplained" for cell in book.lists for name in cell.fields()[1:]}
    assert laid == {rule.name for rule in rules_of(book) if breakable(rule, book)} - marked - beyond


def test_a_rule_great_expectations_cannot_express_is_listed_with_its_reason(book):
    listed = {rule.name: reason for rule, reason in inexpressible(book)}
    assert set(listed) == {
        "source_record_id.repeated",
        "row.duplicate",
        "line.refused",
        "offence_code.unexplained",
        "offence_class.undecided",
        "column.personal",
        *(rule.name for rule in PERSONAL_TEXTS if rule.field in book.fields),
        *(rule.name for rule in MENDED if rule.field in book.fields),
    }
    assert all(reason.endswith(".") for reason in listed.values())
