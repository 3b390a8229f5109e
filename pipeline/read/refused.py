"""The refusal of a whole file."""

from __future__ import annotations


class Refused(Exception):
    """A file that cannot be read safely, with the one sentence its sender is told."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
