"""`collate approve`, `collate revert` and `collate reinstate`: a person decides about a drop, and says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import asked

if TYPE_CHECKING:
    from pipeline.ledger.facts import Ruling

DropOption = Annotated[str, typer.Option("--drop", help="The drop's id, as its receipt.json has it.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in a sentence; it is kept in the log.")]
NameOption = Annotated[
    str, typer.Option("--name", help="Who decides (default: COLLATE_WHO, or the account's name).")
]


def approve(
    drop: DropOption,
    reason: ReasonOption,
    name: NameOption = "",
    as_json: asked.JsonOption = False,
    home: asked.HomeOption = None,
) -> None:
    """Let a drop that waits for somebody into the releases, though it withdraws much of what stood."""
    rule("approved", drop, reason, name, as_json, home)


def revert(
    drop: DropOption,
    reason: ReasonOption,
    name: NameOption = "",
    as_json: asked.JsonOption = False,
    home: asked.HomeOption = None,
) -> None:
    """Take a drop out of the releases to come; what stood before it stands again. Nothing of it is removed."""
    rule("reverted", drop, reason, name, as_json, home)


def reinstate(
    drop: DropOption,
    reason: ReasonOption,
    name: NameOption = "",
    as_json: asked.JsonOption = False,
    home: asked.HomeOption = None,
) -> None:
    """Take back what was decided about a drop: it stands, or waits, as if nobody had decided."""
    rule(None, drop, reason, name, as_json, home)


def rule(
    ruling: Ruling | None, drop_id: str, reason: str, name: str, as_json: bool, home: asked.HomeOption
) -> None:
    """Rule on a drop and print which drops stand otherwise by it."""
    from pipeline.again.standing import RULED, CannotRule, rule_on
    from pipeline.home import Home
    from pipeline.ledger import Ledger
    from pipeline.store import Store

    here = Home.at(home)
    here.must_be()
    here.prepare()
    try:
        with Ledger.open(here.ledger_url) as ledger:
            changed = rule_on(Store(here), ledger, drop_id, ruling, reason, name)
            drop = ledger.drop(drop_id)
    except CannotRule as refused:
        asked.refuse_question(refused.sentence)
    assert drop is not None
    if as_json:
        listed = [
            {"drop_id": each.drop_id, "file": each.file, "standing": each.standing, "because": each.because}
            for each in changed
        ]
        asked.print_json({"drop_id": drop_id, "ruling": ruling, "changed": listed})
        return
    console = asked.screen()

    def say(text: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True)

    say(f"{drop.file} of {drop.force_id} is {RULED[ruling]}, and the log says by whom and why.")
    words = {"stands": "is in the figures of the next release", "reverted": "is in no release to come"}
    for each in changed:
        became = words.get(each.standing) or f"waits for a person. {each.because}"
        say(f"  {each.file} ({each.drop_id}) {became.rstrip('.')}.")
    if not changed:
        say("  No drop stands otherwise than before.")
