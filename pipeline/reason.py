"""A reason that somebody gives for an answer or a decision, looked at before it is kept for good."""

from __future__ import annotations

from pipeline.personal.sentence import personal_in
from pipeline.visible import visible

LONGEST_REASON = 500


class NoReason(Exception):
    """A reason that cannot be kept; the sentence says why, and how to say it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def sound_reason(text: str) -> str:
    """Return a reason as it may be kept, in one line; raises NoReason where there is none or it may not be."""
    reason = visible(" ".join(text.split()))
    if not reason:
        raise NoReason("This needs a reason: say in a sentence why. It is kept for good.")
    if len(reason) > LONGEST_REASON:
        raise NoReason(
            f"The reason is {len(reason):,} characters long. Say it in a sentence or two of at most {LONGEST_REASON}."
        )
    if kind := personal_in(reason):
        raise NoReason(
            f"The reason seems to hold {kind}, and it is kept where personal data may not be. Say it without, for example "
            "by the role or by your own reference."
        )
    return reason
