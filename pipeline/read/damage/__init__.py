"""What a spreadsheet did to values before they were sent, found by looking at whole columns of them.

Nothing is mended here: each kind of damage is said with its column, its rows and what to do. A column is first
typed by a sample of its values; only columns of dates, times, ranges and digits are then looked at value by
value, by their different values, and all others by marks no sound value holds.
"""

from pipeline.read.damage.evidence import Evidence

__all__ = ["Evidence"]
