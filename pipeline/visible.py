"""Text that a terminal only shows: what stands in a file or in its name must not move, colour or turn round a line."""

from __future__ import annotations


def visible(text: str) -> str:
    """Return a text with every character that is not shown as such written out, as \\x1b or \\u202e."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def escaped(text: str) -> str:
    """Return a visible text in which rich sees no markup."""
    from rich.markup import escape

    return escape(visible(text))
