"""Excel's error values as its binary workbooks number them."""

from __future__ import annotations

ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}


def error_text(number: int) -> str:
    """Return an error value as a sheet shows it."""
    return ERRORS.get(number, "#UNKNOWN!")
