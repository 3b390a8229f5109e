"""The password of a protected workbook or archive, from the environment and never written down.

It is in the variable COLLATE_PASSWORD_ and the force's id in capitals, or in COLLATE_PASSWORD where no force is
named.
"""

from __future__ import annotations

import os
from dataclasses import replace

from pipeline.read.reading import Reading
from pipeline.read.refused import Refused

VARIABLE = "COLLATE_PASSWORD"


def with_password(reading: Reading) -> Reading:
    """Return the reading with the password the environment has for its force, if it carries none."""
    return replace(reading, password=reading.password or os.environ.get(_variable(reading)) or None)


def not_opened(name: str, reading: Reading) -> Refused:
    """Return the refusal of a file whose password is wrong or not known; it names the variable, never the password."""
    variable = _variable(reading)
    if reading.password:
        return Refused(
            f"{name} is protected by a password, and the one in {variable} does not open it; "
            f"put the right one there, or send it again without one."
        )
    return Refused(
        f"{name} is protected by a password, so it cannot be read; put the password in the environment "
        f"variable {variable}, or send it again without one."
    )


def may_open_now(sentence: str, force_id: str) -> bool:
    """Return whether a refusal was for want of the right password, and the environment has one for the force."""
    variable = _variable(Reading(force_id=force_id))
    return variable in sentence and bool(os.environ.get(variable))


def _variable(reading: Reading) -> str:
    return f"{VARIABLE}_{reading.force_id.upper()}" if reading.force_id else VARIABLE
