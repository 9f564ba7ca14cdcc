"""Which declaration a line of code belongs to, as far as the lines tell.

Lean says what a declaration is called, but not to whom it gives no environment: of code that fails, say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lean_magic.references import EnvRef

__all__ = ["Declaration", "declarations", "open_scopes"]

_COMMENT = re.compile(r"/-.*?(?:-/|\Z)|--[^\n]*", re.DOTALL)
_MODIFIER = r"(?:@\[[^\]]*\]|private|protected|public|noncomputable|nonrec|partial|unsafe|meta|scoped|local)"
_NAME = r"((?:«[^»]*»|[^\s:«»(){}\[\]⦃⦄,])*)"
_DECLARATION = re.compile(
    rf"\s*(?:{_MODIFIER}\s+)*(?:(theorem|lemma|def|abbrev|instance|example|opaque)(?![\w.'!?]))\s*{_NAME}"
)
_SCOPE = re.compile(rf"\s*(?:{_MODIFIER}\s+)*(namespace|section|mutual|end)(?![\w.'!?])[ \t]*{_NAME}")
_COMPONENT = re.compile(r"«[^»]*»|[^.«»]+")
_GOES_ON = re.compile(r"[\s|(){}\[\]⟨⟩]|:=|(?:by|where|with|deriving|termination_by|decreasing_by)\b")
"""What a line begins with that belongs to the declaration above, wherever it stands."""
_ROOT = "_root_."


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declaration.

    Parameters
    ----------
    line : int
        The line where it begins, from 1.
    keyword : str
        ``"theorem"``, ``"example"``.
    name : str or None
        Its full name, that of its namespace included; None if it has none.
    """

    line: int
    keyword: str
    name: str | None

    def __str__(self) -> str:
        return " ".join(filter(None, [self.keyword, self.name]))


def declarations(code: str, env: EnvRef | None = None) -> list[Declaration | None]:
    """Return for each line of some code the declaration that it belongs to; None for lines of none.

    Parameters
    ----------
    code : str
        The code.
    env : EnvRef, optional
        The environment that it is run in: namespaces may be open there.
    """
    found: list[Declaration | None] = []
    scopes = [*open_scopes(env)]
    current = None
    for number, line in enumerate(_lines(code), 1):
        if match := _DECLARATION.match(line):
            current = Declaration(number, match[1], _full_name(match[2].rstrip("."), scopes))
        elif line and not _GOES_ON.match(line):
            current = None
        _enter_or_leave(scopes, line)
        found.append(current)
    return found


def open_scopes(env: EnvRef | None) -> tuple[str, ...]:
    """Return the namespaces that are open in an environment, the outermost first; empty words for what has no name."""
    codes: list[str] = []
    while env is not None:
        codes.append(env.code)
        env = env.parent
    scopes: list[str] = []
    for code in reversed(codes):
        if "namespace" in code or "section" in code or scopes:
            for line in _lines(code):
                _enter_or_leave(scopes, line)
    return tuple(scopes)


def _lines(code: str) -> Iterator[str]:
    yield from _COMMENT.sub(_blank, code).split("\n")


def _blank(comment: re.Match[str]) -> str:
    """Return as many lines as a comment has, with a space at the beginning of each."""
    return " " + "\n ".join("" for _ in comment[0].split("\n"))


def _enter_or_leave(scopes: list[str], line: str) -> None:
    """Take note of a line that begins or ends a namespace, or a section."""
    match = _SCOPE.match(line)
    if match is None:
        return
    parts = _COMPONENT.findall(match[2]) or [""]
    if match[1] == "end":
        del scopes[max(0, len(scopes) - len(parts)) :]
    else:
        scopes += parts if match[1] == "namespace" else [""] * len(parts)


def _full_name(name: str, scopes: Iterable[str]) -> str | None:
    if not name:
        return None
    return name.removeprefix(_ROOT) if name.startswith(_ROOT) else ".".join([*filter(None, scopes), name])
