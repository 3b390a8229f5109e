"""Data Docs: what Great Expectations said of every drop and release, as pages a person can read.

A page is written when a drop passes the gate; the indexes over all of them are made once, at the end of a run.
The pages are our own and stand alone: those Great Expectations draws fetch scripts, styles and a picture from ten
other hosts when they are opened, which a police network neither allows nor should. No page holds a record's value.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from pipeline.home import Home

# Pages are kept for two years and a month, so that a month can be set beside the same month a year and two before.
KEPT_MONTHS = 25

# A release's pages are kept as long: three are published a month, the newest with the two before it.
KEPT_RELEASES = 3 * KEPT_MONTHS

FOLDER = Path("data_docs")
RELEASES = "releases"

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#0b0c0c;background:#fff}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0}
tr{border-bottom:1px solid #b1b4b6}td.count{text-align:right;font-variant-numeric:tabular-nums}
.error{color:#aa2a16;font-weight:700}.query{color:#594d00;font-weight:700}.note{color:#505a5f}small{color:#505a5f}
"""


@dataclass(frozen=True)
class Verdict:
    """What one expectation said: what was expected, and how many broke it; None if it could not be judged."""

    rule: str
    severity: str
    expected: str
    sentence: str
    count: int | None
    detail: str = ""

    def within(self, table: str) -> Verdict:
        """Return the verdict with the rule named within a table."""
        return replace(self, rule=f"{table}.{self.rule}")


@dataclass(frozen=True)
class Page:
    """A page: what was looked at, how much of it, and every verdict."""

    title: str
    subject: str
    judged_on: date | None
    covered: int
    rows: int
    verdicts: Sequence[Verdict]

    @property
    def result(self) -> str:
        """Return how it went in a few words: an error or an unjudged rule shuts the gate, a query does not."""
        if any(
            verdict.count is None or (verdict.severity == "error" and verdict.count)
            for verdict in self.verdicts
        ):
            return "stopped"
        asked = sum(1 for verdict in self.verdicts if verdict.count)
        return f"passed, {asked} to ask about" if asked else "passed"

    @property
    def reach(self) -> str:
        """Return how many of how many rows were looked at."""
        if self.covered == self.rows:
            return f"all {self.rows:,} {self.subject}"
        return f"{self.covered:,} of {self.rows:,} {self.subject}, taken evenly"


def write_page(home: Home, place: Path, page: Page) -> Path:
    """Write a page and, beside it, the same as JSON for the indexes; return where the page is.

    `place` is within the home, without a suffix. The same verdicts give the same bytes.
    """
    path = home.root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    summary = {
        "title": page.title,
        "judged_on": page.judged_on.isoformat() if page.judged_on else None,
        "result": page.result,
        "reach": page.reach,
        "covered": page.covered,
        "rows": page.rows,
        "verdicts": [asdict(verdict) for verdict in page.verdicts],
    }
    put(named(path, ".json"), json.dumps(summary, ensure_ascii=False, indent=1) + "\n")
    depth = "../" * len(place.parent.relative_to(FOLDER).parts)
    put(named(path, ".html"), shell(page.title, page_body(page), f"{depth}index.html"))
    return named(path, ".html")


def build_docs(home: Home) -> Path:
    """Return the first page of the Data Docs, once old pages are taken out and every index is made anew.

    No page of a drop is drawn again, and Great Expectations is not needed.
    """
    root = data_docs(home)
    root.mkdir(parents=True, exist_ok=True)
    months = forget(month_folders(root), KEPT_MONTHS)
    releases = forget(sub_folders(root / RELEASES), KEPT_RELEASES)
    for month in months:
        put(month / "index.html", shell(f"Drops judged in {month.name}", month_body(month), "../index.html"))
    for release in releases:
        tables = rows_of(summaries(release), release)
        body = listing(("Table", "Looked at", "Result", "Not kept"), tables)
        put(release / "index.html", shell(f"Release {release.name}", body, "../../index.html"))
    put(root / "index.html", shell("What Great Expectations said", root_body(months, releases)))
    return root / "index.html"


def drop_page(as_of: date, force_id: str, book: str, drop_id: str) -> Path:
    """Return where the page of a drop is, within the home and without its suffix."""
    return FOLDER / f"{as_of:%Y-%m}" / force_id / f"{book}-{drop_id}"


def release_pages(release_id: str) -> Path:
    """Return the folder of a release's pages, within the home."""
    return FOLDER / RELEASES / release_id


def data_docs(home: Home) -> Path:
    """Return the folder of the Data Docs."""
    return home.root / FOLDER


def named(path: Path, suffix: str) -> Path:
    """Return a path with a suffix added, whatever dots its name holds."""
    return path.with_name(path.name + suffix)


def put(path: Path, text: str) -> None:
    """Write a text so that a reader sees the old or the new, never half."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def forget(folders: Sequence[Path], kept: int) -> Sequence[Path]:
    """Return the newest folders, in order of name, once the others are removed."""
    for old in folders[:-kept]:
        shutil.rmtree(old)
    return folders[-kept:]


def month_folders(root: Path) -> list[Path]:
    """Return the folders of months, the oldest first."""
    return [path for path in sub_folders(root) if path.name != RELEASES]


def sub_folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []


def summaries(place: Path) -> list[tuple[Path, Mapping[str, Any]]]:
    """Return every page of a folder with its summary, in order of name."""
    found = sorted(path for path in place.glob("*.json"))
    return [(path.with_suffix(".html"), json.loads(path.read_text(encoding="utf-8"))) for path in found]


def month_body(month: Path) -> str:
    """Return the list of a month's drops, force by force."""
    parts = []
    for force in sub_folders(month):
        drops = rows_of(summaries(force), month)
        parts.append(f'<h2 id="{escape(force.name)}">{escape(force.name)}</h2>')
        parts.append(listing(("Drop", "Looked at", "Result", "Not kept"), drops))
    return "\n".join(parts)


def root_body(months: Sequence[Path], releases: Sequence[Path]) -> str:
    """Return the lists of months and of releases, the newest first."""
    by_month = [
        (link(f"{month.name}/index.html", month.name), *counted(summary for _, summary in drops_of(month)))
        for month in reversed(months)
    ]
    by_release = [
        (
            link(f"{RELEASES}/{release.name}/index.html", release.name),
            *counted(summary for _, summary in summaries(release)),
        )
        for release in reversed(releases)
    ]
    heads = ("looked at", "stopped")
    return "\n".join(
        [
            "<p>Before a drop's accepted records are kept, and before a release is published, Great Expectations "
            "looks at them with rules generated from the same declarations as ours. These pages are what it said. "
            f"The last {KEPT_MONTHS} months and {KEPT_RELEASES} releases are kept.</p>",
            "<h2>Drops, by the month they were judged</h2>",
            listing(("Month", *(f"Drops {head}" for head in heads)), by_month),
            "<h2>Releases</h2>",
            listing(("Release", *(f"Tables {head}" for head in heads)), by_release),
        ]
    )


def drops_of(month: Path) -> list[tuple[Path, Mapping[str, Any]]]:
    return [each for force in sub_folders(month) for each in summaries(force)]


def counted(every: Iterable[Mapping[str, Any]]) -> tuple[str, str]:
    """Return how many pages there are and how many tell of a gate that stayed shut."""
    results = [summary["result"] for summary in every]
    return f"{len(results):,}", f"{results.count('stopped'):,}"


def rows_of(pages: Sequence[tuple[Path, Mapping[str, Any]]], root: Path) -> list[tuple[str, ...]]:
    """Return a row for each page: its link, how much was looked at, how it went, and the rules not kept."""
    return [
        (
            link(path.relative_to(root).as_posix(), summary["title"]),
            escape(summary["reach"]),
            escape(summary["result"]),
            ", ".join(escape(each["rule"]) for each in summary["verdicts"] if each["count"] != 0),
        )
        for path, summary in pages
    ]


def page_body(page: Page) -> str:
    """Return the body of a page: how it went, then every rule, those not kept first."""
    judged = f" on {page.judged_on.day} {page.judged_on:%B %Y}" if page.judged_on else ""
    order = sorted(page.verdicts, key=lambda verdict: verdict.count == 0)
    rules = [
        (
            escape(verdict.expected),
            f'<span class="{escape(verdict.severity)}">{escape(verdict.severity)}</span>',
            outcome(verdict),
            f"<small>{escape(verdict.rule)}</small>",
        )
        for verdict in order
    ]
    return "\n".join(
        [
            f"<p><strong>{escape(page.result.capitalize())}.</strong> Judged{judged}: {escape(page.reach)}. An error "
            "stops what it is found in; a query is asked of the force.</p>",
            listing(("Expected", "If broken", "Broken by", "Rule"), rules),
        ]
    )


def outcome(verdict: Verdict) -> str:
    """Return how many broke a rule, as it shows in a page."""
    if verdict.count is None:
        return "could not be judged"
    if not verdict.count:
        return "none"
    return f"{verdict.count:,}" + (f": {escape(verdict.detail)}" if verdict.detail else "")


def listing(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return an HTML table; the cells are HTML already."""
    top = "".join(f'<th scope="col">{escape(each)}</th>' for each in head)
    body = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>\n{body}\n</tbody></table>"


def link(target: str, text: str) -> str:
    return f'<a href="{escape(target)}">{escape(text)}</a>'


def shell(title: str, body: str, up: str | None = None) -> str:
    """Return a whole page, which needs nothing from anywhere else."""
    back = f"<p>{link(up, 'All pages')}</p>" if up else ""
    return (
        f'<!doctype html>\n<html lang="en-GB">\n<head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head>\n<body>\n{back}<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    )
