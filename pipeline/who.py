"""Who runs us, for the log of acts."""

from __future__ import annotations

import getpass
import os

WHO_VARIABLE = "COLLATE_WHO"
LONGEST = 100


def who() -> str:
    """Return the name in COLLATE_WHO, else that of the account; `unknown` where the machine has neither."""
    named = os.environ.get(WHO_VARIABLE, "").strip()
    if not named:
        try:
            named = getpass.getuser()
        except (KeyError, OSError):
            # A container may run under a number that no account has.
            named = "unknown"
    return " ".join(named.split())[:LONGEST]
