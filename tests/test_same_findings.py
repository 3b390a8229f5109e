"""The same bytes, rules and day give the same findings in the same order, however many threads look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest

import pipeline.judge
from pipeline.engine import open_engine
from pipeline.judge import judge
from pipeline.read import Refused
from schemas.force import Book, load_forces

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
AS_OF = date(2018, 10, 15)
EARLIER = date(2018, 7, 10)

# What a judgement writes, of which every byte must be the same.
WRITTEN = ("findings.csv", "accepted.parquet", "held.parquet", "transform_map.csv")


def samples() -> Iterator[tuple[Path, Book]]:
    """Yield the newest sample drop of each book of each force: the layouts there are, each once."""
    forces = load_forces()
    for folder in sorted((SAMPLES / "inbox").iterdir()):
        force = forces.get(folder.name)
        newest: dict[str, tuple[Path, Book]] = {}
        for path in sorted(folder.rglob("*")) if force else ():
            book = force.book_of(path.name) if force else None
            if path.is_file() and book is not None:
                newest[book.name] = (path, book)
        yield from newest.values()


def given(path: Path, book: Book, as_of: date, folder: Path) -> dict[str, str]:
    """Return what a drop is given: the hash of every file written, or why it is refused."""
    folder.mkdir(parents=True)
    try:
        judgement = judge(path, path.name, book, "drop", b"for the synthetic samples only", as_of, folder)
    except Refused as refused:
        return {"refused": refused.sentence}
    hashes = {
        name: sha256((folder / name).read_bytes()).hexdigest() if (folder / name).exists() else ""
        for name in WRITTEN
    }
    listed = repr([*judgement.findings.items(), *judgement.listed, *judgement.causes])
    return {**hashes, "listed": listed, "sums": repr(judgement.sums)}


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return how a test says how many threads the engine has."""

    def have(number: int) -> None:
        monkeypatch.setattr(pipeline.judge, "open_engine", partial(open_engine, threads=number))

    return have


@pytest.mark.slow
def test_every_layout_gets_the_same_findings_in_the_same_order_from_one_thread_and_from_four(
    tmp_path: Path, threads: Callable[[int], None]
) -> None:
    found = {}
    for number in (1, 4):
        threads(number)
        found[number] = {
            f"{path.parent.name}/{path.name}": given(path, book, AS_OF, tmp_path / str(number) / str(place))
            for place, (path, book) in enumerate(samples())
        }
    assert len(found[1]) > 12
    for name, one in found[1].items():
        assert one == found[4][name], name


@pytest.mark.slow
def test_a_day_that_is_past_gives_what_the_file_would_have_got_then_each_time_the_same(
    tmp_path: Path,
) -> None:
    path, book = next((path, book) for path, book in samples() if path.name == "assaults_2018-19_Q2.csv")
    then = [given(path, book, EARLIER, tmp_path / f"then {number}") for number in range(2)]
    now = given(path, book, AS_OF, tmp_path / "now")
    assert then[0] == then[1]
    assert "occurred_on.in_future" in then[0]["listed"]
    assert "occurred_on.in_future" not in now["listed"]
