"""The page of all rules for a browser: one file that needs no network, searched as it is typed into, or just read.

Everything is in the page as a plain list; the script only hides what is not looked for, so that the page serves
without it, from a memory stick, and on paper. Every code is an anchor: rules.html#A012.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from schemas.catalogue import KINDS, MEANINGS, RETIRED, Entry, Retired, catalogue, said
from schemas.rule_examples import Cells, example_of
from schemas.table import Severity, words

DOES = {
    Severity.ERROR: "holds the row until it is mended",
    Severity.QUERY: "asks the force; the row is accepted",
    Severity.NOTE: "only tells",
}

# Nothing may be fetched from anywhere, whatever a later hand puts into the page.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"

STYLE = """
:root{color-scheme:light dark;--ink:#0b0c0c;--faint:#505a5f;--paper:#fff;--line:#c9cccf;--soft:#f3f4f5;
--link:#1d4f91;--error:#a3200d;--query:#6b5500;--note:#3c5a70}
@media(prefers-color-scheme:dark){:root{--ink:#eceeef;--faint:#a9b0b5;--paper:#17191b;--line:#42474b;--soft:#222528;
--link:#9cc3f5;--error:#ff9d8c;--query:#e8cf6a;--note:#a5cde6}}
*{box-sizing:border-box}
body{font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0}
header,main,footer{max-width:62rem;margin:0 auto;padding:0 1.25rem}
h1{font-size:2rem;line-height:1.2;margin:2rem 0 .5rem}h2{font-size:1.35rem;margin:2.5rem 0 .25rem}
h3{font-size:1.05rem;line-height:1.4;margin:0;font-weight:600}
p{max-width:46rem}a{color:var(--link)}code{font:.92em ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
form{background:var(--soft);border-block:1px solid var(--line);padding:.75rem 0}
form>div{max-width:62rem;margin:0 auto;padding:0 1.25rem;display:flex;flex-wrap:wrap;gap:.75rem;align-items:end}
label{display:block;font-size:.875rem;color:var(--faint)}
input,select,button{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--faint);border-radius:3px;
padding:.4rem .5rem;height:2.5rem}
select{max-width:9.75rem}button{cursor:pointer}.search{flex:1 1 12rem}.search input{width:100%}
#count{flex-basis:100%;margin:0;font-size:.9rem;color:var(--faint)}
.rule{display:grid;grid-template-columns:4.25rem 1fr;padding:1.1rem 0;border-bottom:1px solid var(--line);
scroll-margin-top:1rem}
.rule:target{background:var(--soft);box-shadow:0 0 0 .6rem var(--soft)}
.code{font-weight:700;font-variant-numeric:tabular-nums;text-decoration:none}.code:hover{text-decoration:underline}
.facts{margin:.15rem 0 .5rem;color:var(--faint);font-size:.9rem}
.severity{font-weight:700}.error{color:var(--error)}.query{color:var(--query)}.note{color:var(--note)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:0;font-size:.95rem}
dt{color:var(--faint)}dd{margin:0;max-width:46rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.4rem 1rem .4rem 0;border-bottom:1px solid var(--line)}
footer{padding-block:2rem;color:var(--faint)}[hidden]{display:none!important}
@media(min-width:50rem){form{position:sticky;top:0;z-index:1}.rule,section{scroll-margin-top:8.5rem}}
@media(max-width:36rem){.rule{grid-template-columns:1fr}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.4rem}
form>div>div{flex:1 1 45%}form>div>.search{flex-basis:100%}select{width:100%;max-width:none}}
@media print{form{display:none}.rule{break-inside:avoid}}
"""

SCRIPT = """
"use strict";
(function () {
  var form = document.getElementById("search"), count = document.getElementById("count");
  var asked = document.getElementById("words"), picks = form.querySelectorAll("select");
  var rules = [].slice.call(document.querySelectorAll(".rule"));
  var sections = [].slice.call(document.querySelectorAll("section.kind"));
  var text = rules.map(function (rule) { return rule.textContent.toLowerCase().replace(/\\s+/g, " "); });
  function look() {
    var words = asked.value.toLowerCase().split(/\\s+/).filter(Boolean), shown = 0;
    rules.forEach(function (rule, place) {
      var fits = words.every(function (word) { return text[place].indexOf(word) >= 0; });
      picks.forEach(function (pick) {
        if (pick.value && rule.getAttribute("data-" + pick.name) !== pick.value) { fits = false; }
      });
      rule.hidden = !fits;
      if (fits) { shown += 1; }
    });
    sections.forEach(function (section) { section.hidden = !section.querySelector(".rule:not([hidden])"); });
    count.textContent = shown === rules.length ? "All " + shown + " rules." :
      shown ? shown + " of " + rules.length + " rules." : "No rule fits. Try fewer words.";
  }
  function follow() {
    var rule = document.getElementById(decodeURIComponent(location.hash.slice(1)).toUpperCase());
    if (!rule) { return; }
    if (rule.hidden) { form.reset(); look(); }
    rule.scrollIntoView();
  }
  form.hidden = false;
  form.addEventListener("input", look);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("reset", function () { setTimeout(function () { look(); asked.focus(); }, 0); });
  window.addEventListener("hashchange", follow);
  look();
  follow();
})();
"""


def rule_html() -> str:
    """Return the page of all rules as HTML that stands alone."""
    entries = catalogue()
    body = [
        "<header>",
        "<h1>Rules</h1>",
        f"<p>Every rule that records of assaults on police are judged by: {len(entries)} rules. An <b>error</b> holds the "
        "row until it is mended, a <b>query</b> asks the force and lets the row pass, a <b>note</b> only tells. A code is "
        "given once and for good.</p>",
        "</header>",
        *search(entries),
        "<main>",
    ]
    for letter, kind in KINDS.items():
        own = [entry for entry in entries if entry.code.startswith(letter)]
        if own:
            body += [
                f'<section class="kind" aria-labelledby="kind-{letter}">',
                f'<h2 id="kind-{letter}">{letter}: {escape(kind)}</h2>',
                *(line for entry in own for line in article(entry)),
                "</section>",
            ]
    body += [*dimensions(), *withdrawn(RETIRED), "</main>"]
    body += [
        "<footer>Made from the declarations in <code>schemas/</code>; <code>collate rules --html</code> writes it again.</footer>"
    ]
    return "\n".join([*head(), *body, f"<script>{SCRIPT}</script>", "</body>", "</html>", ""])


def head() -> Iterator[str]:
    yield "<!doctype html>"
    yield '<html lang="en-GB">'
    yield '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    yield f"<title>Rules for records of assaults on police</title><style>{STYLE}</style></head>"
    yield "<body>"


def search(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield the search box and its lists, hidden until the script that serves them runs."""
    fields = sorted({(words(entry.field), entry.field) for entry in entries})
    choices = (
        ("kind", "Looks at", [(letter, f"{letter}: {kind}") for letter, kind in KINDS.items()]),
        ("severity", "Severity", [(each.value, each.value) for each in Severity]),
        ("dimension", "Dimension", [(each.value, each.value) for each in MEANINGS]),
        ("field", "Field", [(name, label.removeprefix("the ")) for label, name in fields]),
    )
    yield '<form id="search" role="search" hidden><div>'
    yield '<div class="search"><label for="words">Search by code, field or words</label>'
    yield '<input type="search" id="words" autocomplete="off" spellcheck="false"></div>'
    for name, label, options in choices:
        yield f'<div><label for="{name}">{label}</label><select id="{name}" name="{name}"><option value="">any</option>'
        for value, shown in options:
            yield f'<option value="{escape(value)}">{escape(shown)}</option>'
        yield "</select></div>"
    yield '<div><button type="reset">Clear</button></div>'
    yield '<p id="count" role="status"></p></div></form>'


def article(entry: Entry) -> Iterator[str]:
    """Yield one rule."""
    example = example_of(entry.rule)
    severity = entry.severity.value
    facts = {
        "kind": entry.code[0], "severity": severity, "dimension": entry.dimension.value, "field": entry.field
    }  # fmt: skip
    data = " ".join(f'data-{name}="{escape(value)}"' for name, value in facts.items())
    yield f'<article class="rule" id="{entry.code}" {data} aria-labelledby="{entry.code}-says">'
    yield f'<a class="code" href="#{entry.code}">{entry.code}</a>'
    yield f'<div><h3 id="{entry.code}-says">{escape(entry.rule.sentence)}</h3>'
    yield (
        f'<p class="facts"><span class="severity {severity}">{severity}</span>: {DOES[entry.severity]} · '
        f"{entry.dimension.value} · <code>{escape(entry.name)}</code></p><dl>"
    )
    yield from line("Why it matters", escape(entry.why))
    yield from line("How to mend it", escape(entry.rule.remedy))
    if entry.since or entry.until:
        yield from line("Applies to", escape(entry.applies))
    given = f"{escape(example.given)}: " if example.given else ""
    yield from line("Breaks it", given + cells(example.breaks))
    yield from line("Does not", cells(example.sound))
    yield "</dl></div></article>"


def line(label: str, text: str) -> Iterator[str]:
    yield f"<dt>{label}</dt><dd>{text}</dd>"


def cells(rows: Sequence[Cells]) -> str:
    """Return rows of an example in one line."""
    return "; then ".join(", ".join(cell(name, value) for name, value in each.items()) for each in rows)


def cell(name: str, value: str) -> str:
    shown = f"“{escape(value)}”" if value else "is empty"
    return f"<code>{escape(name)}</code> {shown}"


def dimensions() -> Iterator[str]:
    """Yield what the dimensions mean."""
    yield '<section><h2 id="dimensions">Dimensions</h2><div class="scroll"><table><tr><th scope="col">Dimension</th>'
    yield '<th scope="col">What it asks</th></tr>'
    for dimension, meaning in MEANINGS.items():
        yield f'<tr><th scope="row">{dimension.value}</th><td>{escape(meaning)}</td></tr>'
    yield "</table></div></section>"


def withdrawn(retired: Sequence[Retired]) -> Iterator[str]:
    """Yield the codes of older receipts that are no longer given, each an anchor too."""
    yield '<section><h2 id="withdrawn">Codes no longer given</h2>'
    if not retired:
        yield "<p>None: every code ever given is in use.</p></section>"
        return
    yield '<div class="scroll"><table><tr><th scope="col">Code</th><th scope="col">Rule</th><th scope="col">Withdrawn</th>'
    yield '<th scope="col">See instead</th><th scope="col">Why</th></tr>'
    for old in retired:
        see = ", ".join(f'<a href="#{code}">{code}</a>' for code in old.instead)
        yield (
            f'<tr id="{old.code}"><th scope="row">{old.code}</th><td><code>{escape(old.name)}</code></td>'
            f"<td>{said(old.since)}</td><td>{see}</td><td>{escape(old.reason)}</td></tr>"
        )
    yield "</table></div></section>"
