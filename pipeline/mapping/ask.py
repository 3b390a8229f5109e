"""Asking a person about what is doubtful: examples masked, answers kept in the proposal, silence leaves it open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import replace as changed
from difflib import get_close_matches

from pipeline.mapping.codings import Coding, writable
from pipeline.mapping.evidence import Claim, Column
from pipeline.mapping.learnt import Learnt
from pipeline.mapping.memory import Memory, refusal
from pipeline.mapping.profile import masked
from pipeline.mapping.propose import Proposal, described, mapping_of
from schemas.assault import ASSAULT
from schemas.force import fold, given_names

EXAMPLES = 4


class Stopped(Exception):
    """The person went away; what was answered so far stands."""


@dataclass
class Asking:
    """One sitting: what is asked about, and how a question is put and a sentence said."""

    proposal: Proposal
    memory: Memory
    learnt: Learnt
    put: Callable[[str], str | None]
    say: Callable[[str], None]

    def all(self) -> bool:
        """Ask about everything that is doubtful; return false where the person stopped on the way."""
        try:
            self.mappings()
            self.cells()
            self.columns()
            self.words()
        except Stopped:
            return False
        return True

    def answer(self, question: str) -> str:
        said = self.put(question)
        if said is None:
            raise Stopped
        return said.strip()

    def mappings(self) -> None:
        """Ask whether each doubtful field is rightly placed."""
        for name in [name for name in given_names() if name in self.proposal.mapped]:
            each = self.proposal.mapped[name]
            if each.sure:
                continue
            if not each.columns:
                self.say(f"\n{name}, {described(name)}: counted within the reference?")
            elif "flags" in each.spec:
                self.say(f"\n{', '.join(each.columns)}: together {name}, {described(name)}?")
            else:
                self.say(f'\n"{each.columns[0]}": {name}, {described(name)}?')
            self.say(
                f"  {each.score:.2f}: {'; '.join(each.reasons) or 'no evidence'}; but {'; '.join(each.doubts)}"
            )
            if each.columns and each.columns[0] in self.proposal.held:
                self.say(f"  looks like: {self.examples(each.columns[0])}")
            said = self.choice(
                "  [y]es, [n]o, [i]gnore the column, another field's name, or Enter to leave it: "
            )
            if said == "y":
                each.doubts = []
                each.reasons = (*each.reasons, "you said so")
            elif said in ("n", "i") or said in given_names():
                del self.proposal.mapped[name]
                for column in each.columns:
                    self.memory.refusals.append(refusal(column, name))
                    self.place(column, said)

    def cells(self) -> None:
        """Ask whether a cell of several words is rightly read."""
        asked = []
        for cell, sure in self.proposal.cells:
            if not sure:
                self.say(
                    f'\n"{cell.column}": words of {", ".join(cell.fields)}, parted by "{cell.separator}"?'
                )
                sure = self.choice("  [y]es, or Enter to leave it: ") == "y"
            asked.append((cell, sure))
        self.proposal.cells = asked

    def columns(self) -> None:
        """Ask what each column is that has no place."""
        for column in [*self.proposal.unplaced]:
            self.say(f'\n"{column}" has no place. It looks like: {self.examples(column)}')
            said = self.choice("  [i]gnore it, a field's name, or Enter to leave it: ")
            self.place(column, said)

    def words(self) -> None:
        """Ask about each word without a sure code, in the columns that are surely mapped."""
        for name in [name for name in given_names() if name in self.proposal.mapped]:
            each = self.proposal.mapped[name]
            if not each.sure:
                continue
            known = tuple(ASSAULT[name].codes or ("true", "false"))
            for number, (coding, may) in enumerate(zip([*each.codes], writable(each.codes), strict=True)):
                if coding.sure or not may:
                    continue
                near = f" [{coding.code}]" if coding.code else ""
                self.say(f'\n{name}: {coding.count:,} rows of "{each.columns[0]}" say "{coding.shown}".')
                said = self.code(
                    f"  [y]es{near}, a code, [m]issing, [?] for the codes, or Enter to leave it: ",
                    known,
                    coding,
                )
                if said == "m":
                    each.missing = [*each.missing, coding.word]
                elif said:
                    each.codes[number] = changed(coding, code=said, score=1.0, reason="you said so")
            gone = {fold(word) for word in each.missing}
            each.codes = [coding for coding in each.codes if fold(coding.word) not in gone]

    def place(self, column: str, said: str) -> None:
        """Put a column where the person says."""
        self.proposal.unplaced.pop(column, None)
        if said == "i":
            self.proposal.ignored[column] = "you said so"
        elif said in given_names():
            told = Claim(column, said, 1.0, ("you said so",))
            self.proposal.mapped[said] = mapping_of(self.judged(column), told, self.learnt)
        elif column not in {name for each in self.proposal.mapped.values() for name in each.columns}:
            self.proposal.unplaced[column] = ""

    def judged(self, column: str) -> Column:
        return self.proposal.judged[column]

    def choice(self, question: str) -> str:
        """Return y, n, i, "" or the name of a field; ask again where the answer is none of these."""
        while True:
            said = self.answer(question)
            word = said.lower()
            if word in ("", "y", "yes", "n", "no", "i", "ignore"):
                return word[:1]
            if word in given_names():
                held = self.proposal.mapped.get(word)
                if held is None or not held.sure:
                    return word
                self.say(f'  {word} is mapped already, from "{", ".join(held.columns)}".')
                continue
            near = get_close_matches(word, given_names(), n=1, cutoff=0.5)
            self.say(f'  There is no field "{said}".' + (f" Did you mean {near[0]}?" if near else ""))

    def code(self, question: str, known: tuple[str, ...], coding: Coding) -> str:
        """Return a code, "m" for missing or "" for left open."""
        while True:
            said = self.answer(question)
            word = said.lower()
            if word in ("", "m", "missing"):
                return word[:1]
            if word in ("y", "yes") and coding.code:
                return coding.code
            chosen = next((code for code in known if code.lower() == word), None)
            if chosen:
                return chosen
            self.say(f"  The codes are {', '.join(known)}.")

    def examples(self, column: str) -> str:
        """Return the shapes of a column's most frequent values: letters as x, digits as 9."""
        held = self.proposal.held[column]
        shapes = dict.fromkeys(masked(word) for word in list(held.words)[:200])
        return ", ".join(list(shapes)[:EXAMPLES]) or "nothing; it is empty"
