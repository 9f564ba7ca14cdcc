"""Goals: case name, hypotheses, target; as Lean gives them, or taken apart from what it prints.

Source of the printed format: ``Lean.Meta.ppGoal``. A goal is ``case name`` (if it has a name), then hypotheses, each on
a line of its own with its continuation lines indented, then ``⊢`` and the target, again with continuation lines
indented.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lean_magic._displayed import Displayed
from lean_magic._printed import as_printed

__all__ = ["Goal", "Hypothesis"]

_CASE = re.compile(r"case (.+)")
_NAME = r"(?:«[^»]*»|[^\s:«»])+"
_HYPOTHESIS = re.compile(rf"({_NAME}(?: {_NAME})*) :(?:\s+)(.*)", re.DOTALL)
_TARGET = re.compile(r"(?:⊢|\|) ")  # `|` in conv mode
_VALUE_TOKEN = re.compile(r"[(\[{⟨⦃⟪]|[)\]}⟩⦄⟫]|\b(?:let|have|letI|haveI|let_fun)\b|:=(?=\s)|\"(?:[^\"\\]|\\.)*\"")


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What may be used in a proof: some names of one type.

    Parameters
    ----------
    names : tuple of str
        As Lean prints them; a dagger (``✝``) marks a name that cannot be written.
    type : str
        The type they have.
    value : str or None
        The value, of a local definition; ``"⋯"`` where Lean leaves it out.
    ids : tuple of str
        What tells them from others of these names: the same before and after a tactic that leaves them as they are.
        Unlike the rest, they depend on the run, and are not compared. Empty where nobody knows.
    is_instance : bool
        Whether it is found by instance search.
    """

    names: tuple[str, ...]
    type: str
    value: str | None = None
    ids: tuple[str, ...] = field(default=(), compare=False, repr=False)
    is_instance: bool = field(default=False, compare=False)

    @property
    def inaccessible(self) -> tuple[str, ...]:
        """The names that cannot be written."""
        return tuple(name for name in self.names if "✝" in name)

    _repr_pretty_ = as_printed

    def __str__(self) -> str:
        value = "" if self.value is None else f" := {self.value}"
        return f"{' '.join(self.names)} : {self.type}{value}"


@dataclass(frozen=True, slots=True)
class Goal(Displayed):
    """Something left to prove.

    Parameters
    ----------
    text : str
        The whole goal as Lean prints it; also what ``str`` gives.
    case : str or None
        The goal's name.
    hypotheses : tuple of Hypothesis
        What may be used.
    target : str
        What is to be shown, without the turnstile; the whole text where it could not be taken apart.
    id : str or None
        What tells it from others, within one result or proof: a goal that a tactic leaves alone keeps it. It depends
        on the run, and is not compared. None where nobody knows.
    """

    text: str
    case: str | None
    hypotheses: tuple[Hypothesis, ...]
    target: str
    id: str | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Goal {self.text!r}>"

    @classmethod
    def parse(cls, text: str) -> Goal:
        """Take one printed goal apart; text in another format becomes the target, so that nothing is ever lost."""
        blocks = _blocks(text)
        case = _CASE.fullmatch(blocks[0]) if blocks else None
        if case:
            blocks = blocks[1:]
        hypotheses = [_hypothesis(block) for block in blocks[:-1]]
        if not blocks or not _TARGET.match(blocks[-1]) or None in hypotheses:
            return cls(text, None, (), text)
        target = blocks[-1][2:]
        return cls(text, case[1] if case else None, tuple(h for h in hypotheses if h is not None), target)

    @classmethod
    def parse_all(cls, text: str) -> tuple[Goal, ...]:
        """Take a list of goals apart that Lean printed as one text, each below the other."""
        if text.strip() in {"", "no goals"}:
            return ()
        goals: list[str] = []
        ended = True
        for block in _blocks(text):
            if ended:
                goals.append(block)
            else:
                goals[-1] += f"\n{block}"
            ended = bool(_TARGET.match(block))
        return tuple(cls.parse(goal.rstrip("\n")) for goal in goals)


def _blocks(text: str) -> list[str]:
    """Return the lines of a text, each with the indented or empty lines that follow it."""
    blocks: list[str] = []
    for line in text.split("\n"):
        if blocks and (not line or line[0] == " "):
            blocks[-1] += f"\n{line}"
        else:
            blocks.append(line)
    return blocks


def _hypothesis(block: str) -> Hypothesis | None:
    match = _HYPOTHESIS.fullmatch(block)
    if match is None:
        return None
    names = tuple(re.findall(_NAME, match[1]))
    split = _value_at(match[2])
    if split is None:
        return Hypothesis(names, match[2])
    return Hypothesis(names, match[2][:split].rstrip(), match[2][split + 2 :].strip())


def _value_at(type_and_value: str) -> int | None:
    """Return where the ``:=`` of a local definition is: outside brackets, and not that of a ``let`` in the type."""
    depth = bindings = 0
    for token in _VALUE_TOKEN.finditer(type_and_value):
        if token[0] in "([{⟨⦃⟪":
            depth += 1
        elif token[0] in ")]}⟩⦄⟫":
            depth -= 1
        elif depth or token[0][0] == '"':
            continue
        elif token[0] != ":=":
            bindings += 1
        elif bindings:
            bindings -= 1
        else:
            return token.start()
    return None
