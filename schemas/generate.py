"""Write the pages made from the declarations, or with --check name those that no longer match them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from schemas.blank import blank
from schemas.dictionary import SEVERITIES, body
from schemas.guide import guide
from schemas.rule_page import rule_page

HERE = Path(__file__).parent

HEAD = """\
# What the data is

Declarations only: what a record holds, which codes there are, what must be true of it, and what each
force's export means. Nothing here reads a file or needs a library, save `arrow.py` and `sql.py`, which
load their own.

| file | what it declares |
| --- | --- |
| `table.py` | The words declarations use: table, field, code list, constraint, severity. |
| `assault.py` `support.py` `workforce.py` `national.py` | The tables, one file a table or family. |
| `codes.py` `register.py` `offences/` | The code lists, the 48 forces, the offences by date. |
| `system.py` `systems/` | The systems exports come from, and the codes that three forces of one share. |
| `force.py` `forces/` | The language of the force files, and [one file a force](forces/README.md). |
| `neighbours.py` | Which forces lie beside each other, and which police in others' areas. |
| `moments.py` `mend.py` | How days and times may be written, and which damage may be stated to be mended. |
| `whole_drop.py` | The rules about a drop as a whole: its history, its peers, itself; their bounds and methods. |
| `drop.py` | The rules that come with a drop. |
| `catalogue.py` `rule_examples.py` | The code each rule keeps for good, why it matters, and an example. |
| `arrow.py` `sql.py` `contract.py` | A table as an Arrow schema, a SQL table, a Data Package. |
| `dictionary.py` `guide.py` `blank.py` | This page, the guide to force files, the blank force file. |
| `regrade.py` | Rules of another severity for one force until a day, and changes tried before they are made. |
| `rule_page.py` `rule_html.py` | [The page of all rules](RULES.md), and the same with a search box for a browser. |

Everything else follows from a declaration, so that a field is added in one place: put it into
`assault.py`, with its codes in `codes.py`; give or list it in every force file, which are refused until
they speak of it; then run `python -m schemas.generate`, which writes this page, `RULES.md`, `forces/README.md`
and `forces/blank.toml.example` again. A new rule also takes the next code of its letter in `catalogue.py`. Names are final: fields are added, never renamed.

# Data dictionary

"""

PAGES: Mapping[Path, Callable[[], str]] = {
    HERE / "README.md": lambda: f"{HEAD}{SEVERITIES}\n{body()}",
    HERE / "RULES.md": rule_page,
    HERE / "forces" / "README.md": guide,
    HERE / "forces" / "blank.toml.example": blank,
}


def stale(pages: Mapping[Path, Callable[[], str]] = PAGES) -> list[Path]:
    """Return the pages that are absent or differ from what the declarations give."""
    return [
        path
        for path, written in pages.items()
        if not path.is_file() or path.read_bytes() != written().encode()
    ]


def write(pages: Mapping[Path, Callable[[], str]] = PAGES) -> list[Path]:
    """Write the stale pages and return them."""
    changed = stale(pages)
    for path in changed:
        path.write_bytes(pages[path]().encode())
    return changed


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or check them; return 1 where a check finds one stale."""
    parser = argparse.ArgumentParser(prog="python -m schemas.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if a page is stale")
    if not parser.parse_args(arguments).check:
        for path in write():
            print(f"{path.relative_to(HERE.parent)} is written again")
        return 0
    found = stale()
    for path in found:
        print(f"{path.relative_to(HERE.parent)} is stale: run python -m schemas.generate", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
