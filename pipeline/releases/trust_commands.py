"""`collate verify` and `collate sign-off` on the command line: whether a release is genuine, and who lets one out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline import asked

INTACT = 1


def verify(
    release: Annotated[
        str, typer.Argument(help="The release: its folder, anywhere, or its id in this home.")
    ],
    key: Annotated[
        Path | None,
        typer.Option("--key", help="The public key of the office that publishes, as you had it from them."),
    ] = None,
    as_json: asked.JsonOption = False,
    home: asked.HomeOption = None,
) -> None:
    """Check that a release is as it was published: every file, no other, and by whose key. Nothing is changed.

    Exit code 0: so it is, and a key you named or the ledger vouches for it; 1: its files are as its manifest says, and
    nothing vouches for the manifest; 2: it is not as it was published.
    """
    from pipeline.home import Home
    from pipeline.releases.signing import NotAKey
    from pipeline.releases.verify import NoRelease
    from pipeline.releases.verify import verify as verify_release

    if key is not None:
        asked.known_file(key)
    try:
        found = verify_release(release, Home.at(home), stated_home=home is not None, key=key)
    except (NoRelease, NotAKey) as unanswered:
        asked.refuse_question(unanswered.sentence)
    if as_json:
        asked.print_json(found.facts)
    else:
        for sentence in found.said:
            asked.screen().print(sentence, highlight=False, soft_wrap=True, markup=False)
    raise typer.Exit({"verified": asked.CLEAN, "intact": INTACT, "refused": asked.REFUSED}[found.verdict])


def sign_off(
    release: Annotated[str, typer.Argument(help="The id of the release that waits, as 2018-09-r1.")],
    name: Annotated[str, typer.Option("--name", help="Who signs it off; the name is kept with the release.")],
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse it instead; give a --reason.")] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="Why it is refused.")] = None,
    as_json: asked.JsonOption = False,
    home: asked.HomeOption = None,
) -> None:
    """Publish a release that waits for a person, exactly as it was built, or refuse it with a reason.

    Releases wait where COLLATE_SIGN_OFF says yes; collate status lists them.
    """
    from pipeline import recipe
    from pipeline.home import Home
    from pipeline.releases.sign_off import NotSignedOff

    if refuse != (reason is not None):
        asked.refuse_question(
            "A release is refused with both --refuse and --reason; to publish it, give neither."
        )
    here = Home.at(home)
    here.must_be()
    try:
        if reason is not None:
            done = recipe.refuse_release(release, name, reason, here.root)
            said = f"Release {done['release_id']} is refused and taken away; nothing was published."
        else:
            done = recipe.sign_off(release, name, here.root)
            said = f"Release {done['release_id']} is published in {done['path']}, signed off by {done['signed_by']}."
    except NotSignedOff as unanswered:
        asked.refuse_question(unanswered.sentence)
    if as_json:
        asked.print_json(done)
    else:
        asked.screen().print(said, highlight=False, soft_wrap=True, markup=False)
