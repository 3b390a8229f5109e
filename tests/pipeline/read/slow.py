"""Readers for the tests of bounds: what a parser may do when a file has the better of it."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from pathlib import Path

from pipeline.read.export import Export, Reading, Refused


def sleeps(path: Path, form: str, reading: Reading, expected: Collection[str]) -> Export:
    time.sleep(600)
    raise AssertionError


def spins(path: Path, form: str, reading: Reading, expected: Collection[str]) -> Export:
    while True:
        pass


def eats(path: Path, form: str, reading: Reading, expected: Collection[str]) -> Export:
    eaten = []
    while True:
        eaten.append(bytearray(16 << 20))


def dies(path: Path, form: str, reading: Reading, expected: Collection[str]) -> Export:
    os.abort()


def fails(path: Path, form: str, reading: Reading, expected: Collection[str]) -> Export:
    raise ValueError("a victim's name")


def tells(path: Path, form: str, reading: Reading, expected: Collection[str]) -> Export:
    """Refuse with what the process can see of the parent's environment and open files."""
    seen = sorted(name for name in os.environ if name.startswith("COLLATE_") and "LIMIT" not in name)
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    sockets = [link for link in links if "socket" in str(link.readlink())]
    raise Refused(f"{seen} {len(sockets)} {list(Path().iterdir())}")
