"""On exports that police departments really wrote, Great Expectations fails the rows our masks fail, rule by rule."""

from pathlib import Path

import pytest

from expectations.masks import Context
from pipeline.judge import stated_period
from schemas.force import load_forces
from tests.expectations.test_parity import JUDGED_ON, by_masks, by_suite, judged

FORCE_FILES = Path(__file__).resolve().parents[1] / "forces" / "real"

pytestmark = pytest.mark.slow


@pytest.mark.slow
@pytest.mark.parametrize("force_id", ["bloomington", "louisville", "new_orleans", "northampton"])
def test_both_fail_the_same_records_of_a_real_export(force_id, shared_data, tmp_path, batches):
    folder = shared_data / "real" / force_id
    if not folder.is_dir():
        pytest.skip(f"the real exports of {force_id} are absent from the reference data")
    force = load_forces(FORCE_FILES)[force_id]
    failed = 0
    looked_at = [path for path in sorted(folder.iterdir()) if force.book_of(path.name) is not None]
    assert looked_at
    for path in looked_at:
        book = force.book_of(path.name)
        context = Context(JUDGED_ON, stated_period(path.name, book))
        table = judged(path, book, tmp_path, context)
        marked = by_masks(table, book)
        assert by_suite(table, book, context, batches) == marked, path.name
        failed += sum(map(len, marked.values()))
    # Two that find nothing would agree as well.
    assert failed
