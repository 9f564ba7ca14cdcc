"""The three forms in one: what a notebook keeps of a result."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeAlias

from lean_magic.display import _attempts, _html, _text
from lean_magic.display._notes import Note
from lean_magic.display._options import display_options
from lean_magic.display._outline_html import outlines_html
from lean_magic.display._tactics import outlined
from lean_magic.display._view import View, view
from lean_magic.explorer import Attempt, AttemptTree, Explorer
from lean_magic.goals import Goal
from lean_magic.proof_tree import ProofTree, ProofTrees
from lean_magic.results import LeanResult, ProofState, Sorry

if TYPE_CHECKING:
    from lean_magic.display._options import DisplayOptions

RESULT_MIME = "application/vnd.lean-magic.result+json"
_VERSION = 2

Displayable: TypeAlias = (
    LeanResult | ProofState | ProofTree | ProofTrees | Sorry | Goal | Attempt | AttemptTree | Explorer
)


def text(shown: Displayable, options: DisplayOptions | None = None) -> str:
    """Return plain text that says everything.

    Parameters
    ----------
    shown : LeanResult, ProofState, ProofTree, ProofTrees, Sorry, Goal, Attempt, AttemptTree or Explorer
        What to show.
    options : DisplayOptions, optional
        How; by default, what `set_display_options` was told.
    """
    options = options or display_options()
    match shown:
        case LeanResult():
            return _text.result_text(view(shown, options))
        case ProofState():
            return _text.state_text(shown, options)
        case ProofTree():
            return _text.outlines_text(outlined([shown], options), options)
        case ProofTrees():
            return _text.outlines_text(outlined(shown, options), options)
        case Sorry():
            return _text.one_goal_text(shown.goal, options)
        case Goal():
            return _text.one_goal_text(shown, options)
        case Attempt():
            return _attempts.attempt_text(shown, options)
        case AttemptTree():
            return _attempts.tree_text(shown, options)
        case Explorer():
            return _attempts.explorer_text(shown, options)
    raise _not_shown(shown)


def html(shown: Displayable, options: DisplayOptions | None = None) -> str:
    """Return HTML that needs nothing around it: no script, no style sheet, nothing from elsewhere.

    Parameters
    ----------
    shown : LeanResult, ProofState, ProofTree, ProofTrees, Sorry, Goal, Attempt, AttemptTree or Explorer
        What to show.
    options : DisplayOptions, optional
        How; by default, what `set_display_options` was told.
    """
    options = options or display_options()
    match shown:
        case LeanResult():
            return _html.result_html(view(shown, options))
        case ProofState():
            return _html.state_html(shown, options)
        case ProofTree():
            return _html.frame(outlines_html(outlined([shown], options), options))
        case ProofTrees():
            return _html.frame(outlines_html(outlined(shown, options), options) or "no proofs by tactics")
        case Sorry():
            return _html.goal_html(shown.goal, options)
        case Goal():
            return _html.goal_html(shown, options)
        case Attempt():
            return _html.frame(_attempts.attempt_html(shown, options))
        case AttemptTree():
            return _html.frame(_attempts.tree_html(shown, options))
        case Explorer():
            return _html.frame(_attempts.explorer_html(shown, options))
    raise _not_shown(shown)


def data(result: LeanResult, options: DisplayOptions | None = None) -> dict[str, Any]:
    """Return what front ends need besides the text: the content of `RESULT_MIME`.

    It is as short as can be, since every notebook keeps it beside the text; `LeanResult.to_dict` has everything.

    Parameters
    ----------
    result : LeanResult
        What came of some code.
    options : DisplayOptions, optional
        How the text is shown; by default, what `set_display_options` was told.

    Returns
    -------
    dict
        ``version`` (2), ``verdict``, and where there are any, ``notes`` and ``tactics``: for each that is shown, five
        words, such as ``"error 4:10 4:12 9 10"``: the kind (``error``, ``goal``, ``warning``, ``info`` or ``tactic``),
        where it starts and ends in the code (``-`` if nobody knows; lines from 1, columns from 0 in code points), and
        the first and the last line of ``text/plain`` that tell it (from 1). With them comes ``code``, by which one sees
        whether it is still the same: the first 16 digits of its SHA-256 as UTF-8, hexadecimal.
    """
    return _data(view(result, options))


def mimebundle(shown: Displayable, options: DisplayOptions | None = None) -> dict[str, Any]:
    """Return all forms under their MIME types, for IPython's ``_repr_mimebundle_``.

    Parameters
    ----------
    shown : LeanResult, ProofState, ProofTree, ProofTrees, Sorry, Goal, Attempt, AttemptTree or Explorer
        What to show.
    options : DisplayOptions, optional
        How; by default, what `set_display_options` was told.
    """
    if not isinstance(shown, LeanResult):
        return {"text/plain": text(shown, options), "text/html": html(shown, options)}
    chosen = view(shown, options)
    return {
        "text/plain": _text.result_text(chosen),
        "text/html": _html.result_html(chosen),
        RESULT_MIME: _data(chosen),
    }


def _data(chosen: View) -> dict[str, Any]:
    rows: dict[str, list[str]] = {"notes": [], "tactics": []}
    line = 1
    for block in _text.result_blocks(chosen):
        last = line + block.text.count("\n")
        if isinstance(block.about, Note):
            about = block.about
            rows["notes"].append(f"{about.kind} {about.start or '-'} {about.end or '-'} {line} {last}")
        elif block.about is not None:
            node = block.about.node
            rows["tactics"].append(f"tactic {node.start} {node.end} {line} {last}")
        line = last + 1
    found: dict[str, Any] = {key: told for key, told in rows.items() if told}
    if found:
        found["code"] = sha256(chosen.result.code.encode(errors="surrogatepass")).hexdigest()[:16]
    return {"version": _VERSION, "verdict": chosen.result.verdict, **found}


def _not_shown(shown: object) -> TypeError:
    kind = type(shown).__name__
    return TypeError(f"lean_magic.display shows results, proofs, proof states, goals and explorers, not {kind}")
