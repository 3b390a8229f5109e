"""The page of all rules for a browser: whole without its script, and asking nothing of a network."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser

import pytest

from schemas import rule_html as page_of
from schemas.catalogue import KINDS, Retired, catalogue
from schemas.rule_html import rule_html
from schemas.table import Severity

VOID = {"meta", "input", "link", "br", "img"}


class Read(HTMLParser):
    """What a reader of the page meets: elements with their attributes, ids, and the text of each rule."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.rules: dict[str, str] = {}
        self.rule = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.elements.append((tag, known))
        if known.get("id"):
            self.ids.append(str(known["id"]))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "article":
            self.rule = str(known["id"])
            self.rules[self.rule] = ""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "article":
            self.rule = ""

    def handle_data(self, data: str) -> None:
        if self.rule:
            self.rules[self.rule] += data


@pytest.fixture(scope="module")
def page() -> Read:
    read = Read()
    read.feed(rule_html())
    read.close()
    assert read.open == []
    return read


def test_every_rule_is_an_anchor_with_all_that_is_said_of_it(page: Read) -> None:
    letters = list(KINDS)
    codes = sorted((each.code for each in catalogue()), key=lambda code: (letters.index(code[0]), code))
    assert list(page.rules) == codes
    for each in catalogue():
        told = page.rules[each.code]
        for said in (each.rule.sentence, each.why, each.rule.remedy, each.severity.value, each.name):
            assert said in told


def test_no_id_stands_twice_and_every_link_within_leads_somewhere(page: Read) -> None:
    assert len(page.ids) == len(set(page.ids))
    links = [str(known["href"]) for tag, known in page.elements if tag == "a"]
    assert links
    assert {link.removeprefix("#") for link in links} <= {*page.ids}


def test_nothing_is_fetched_from_anywhere(page: Read) -> None:
    text = rule_html()
    assert not [known for _, known in page.elements if "src" in known or "action" in known]
    assert not [tag for tag, _ in page.elements if tag in ("link", "img", "iframe", "base")]
    assert not re.search(r"https?:|//[a-z]|url\(|@import|fetch\(|XMLHttpRequest", text)
    assert "default-src 'none'" in text


def test_without_its_script_the_page_is_a_plain_list(page: Read) -> None:
    forms = [known for tag, known in page.elements if tag == "form"]
    assert [("hidden" in known) for known in forms] == [True]
    assert not [known for tag, known in page.elements if tag in ("article", "section") and "hidden" in known]


def test_every_box_has_a_label_and_what_is_found_is_read_out(page: Read) -> None:
    labelled = {known["for"] for tag, known in page.elements if tag == "label"}
    boxes = {known["id"] for tag, known in page.elements if tag in ("input", "select")}
    assert boxes == labelled == {"words", "kind", "severity", "dimension", "field"}
    assert [known["id"] for _, known in page.elements if known.get("role") == "status"] == ["count"]
    assert ("html", {"lang": "en-GB"}) in page.elements


def test_each_choice_of_a_list_finds_a_rule(page: Read) -> None:
    rules = [known for tag, known in page.elements if tag == "article"]
    chosen = ""
    values: dict[str, set[str]] = {}
    for tag, known in page.elements:
        if tag == "select":
            chosen = str(known["name"])
        if tag == "option" and known["value"]:
            values.setdefault(chosen, set()).add(str(known["value"]))
    assert values["severity"] == {*Severity}
    for name, offered in values.items():
        assert offered == {rule[f"data-{name}"] for rule in rules}, name


def test_a_withdrawn_code_is_an_anchor_that_leads_to_what_took_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = Retired("A900", "injury.absent", ("A033",), date(2026, 12, 1), "It said <the same>.")
    monkeypatch.setattr(page_of, "RETIRED", (gone,))
    text = rule_html()
    assert '<tr id="A900">' in text
    assert '<a href="#A033">A033</a>' in text
    assert "1 December 2026" in text
    assert "It said &lt;the same&gt;." in text
