"""Reads the Home Office police workforce publications: the denominators of every rate.

Three shapes are read, as they are published: the workbook of tables (`workbook`), the open data with one row
a force, rank and sex, and the tidy list of figures our samples use (both `listing`). All three give one table
of figures, and sums that say what became of every row.

Source: Police workforce, England and Wales (Home Office, twice a year); Open Government Licence v3.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.workforce.figures import SetAside, Sums, Workforce, refuse_repeated_figures
from pipeline.workforce.listing import read_list
from pipeline.workforce.workbook import read_workbook

__all__ = ["SetAside", "Sums", "Workforce", "read_workforce"]

WORKBOOKS = frozenset({".ods", ".xlsx", ".xls"})


def read_workforce(path: Path) -> Workforce:
    """Return the figures of a workforce publication in any of its three shapes, sorted by key.

    Raises Refused, with one sentence, for a file that cannot be read as one of them without guessing.
    """
    read = read_workbook if path.suffix.lower() in WORKBOOKS else read_list
    workforce = read(path)
    refuse_repeated_figures(workforce.figures, path.name)
    return workforce
