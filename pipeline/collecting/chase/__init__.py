"""Reminders to the forces whose files are not in: drafted, and sent where that is asked for and set up."""

from pipeline.collecting.chase.rounds import Chased, chase

__all__ = ["Chased", "chase"]
