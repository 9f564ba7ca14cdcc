"""Environments and proof states as a text that can be kept and sent: their recipes, sealed.

The text is JSON, one object::

    format     "lean-magic export"
    version    1
    lean       version of Lean, "4.28.0-pre"
    toolchain  identity of the toolchain
    chain      the codes that lead to the environment, the first one first; each of them an object with
                   code     the code
                   options  the options it was run with, [[name, value], ...]
                   answer   the mark of what Lean said, or null
    state      null for an environment; for a proof state that the last code leaves open an object with
                   collection, index  which one, as in `StateRef`
                   steps    the tactics since, [[tactic, index of the sorry or null, places of goals], ...];
                            the places are left out where a tactic was run on all goals
                   answer   the mark of its goals, or null
                   goals    its goals as Lean first showed them, [text, ...]
                   status   what Lean said of the whole proof
    sha256     checksum of the object without this key, written without spaces, with sorted keys, in UTF-8

Nothing in it has to be trusted: who imports it has Lean run all of it again. The checksum tells damage and careless
editing, not forgery; and as with any code, who imports it runs it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Literal, TypeAlias

import msgspec

from lean_magic.errors import InputError
from lean_magic.references import EnvRef, StateRef, TacticRun

__all__ = ["Export", "read_export", "write_export"]

_FORMAT = "lean-magic export"
_VERSION = 1
_LARGEST = 64 * 1024**2  # characters
_LARGEST_NUMBER = 2**64 - 1  # that Lean can be given as an option

_Options: TypeAlias = tuple[tuple[str, bool | int | str], ...]


class _Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    options: _Options
    answer: str | None


class _State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    collection: Literal["sorries", "tactics", "root_goals"]
    index: int
    steps: tuple[TacticRun, ...]
    answer: str | None
    goals: tuple[str, ...]
    status: str


class Export(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an exported text says, without its seal."""

    lean: str
    toolchain: str
    chain: tuple[_Link, ...]
    state: _State | None = None

    def env(self, toolchain: str | None = None) -> EnvRef:
        """Return the environment, or that which the proof state belongs to.

        Parameters
        ----------
        toolchain : str, optional
            Another toolchain to name; then what Lean said is left out.
        """
        ref = None
        for link in self.chain:
            answer = link.answer if toolchain is None else None
            ref = EnvRef(toolchain or self.toolchain, link.code, ref, link.options, answer=answer)
        assert ref is not None
        return ref


def write_export(ref: EnvRef | StateRef, lean: str, goals: tuple[str, ...] = (), status: str = "") -> str:
    """Write an environment or a proof state.

    Parameters
    ----------
    ref : EnvRef or StateRef
        Its name.
    lean : str
        Version of Lean.
    goals : tuple of str
        The goals of a proof state.
    status : str
        What Lean said of the proof.

    Raises
    ------
    InputError
        Its parts belong to different toolchains.
    """
    env = ref if isinstance(ref, EnvRef) else ref.env
    links = []
    link: EnvRef | None = env
    while link is not None:
        if link.toolchain != env.toolchain:
            raise InputError(f"{env!r} cannot be exported: its codes were run by different toolchains.")
        links.append(_Link(link.code, link.options, link.answer))
        link = link.parent
    state = None
    if isinstance(ref, StateRef):
        state = _State(ref.collection, ref.index, ref.steps, ref.answer, goals, status)
    export = Export(lean, env.toolchain, tuple(reversed(links)), state)
    content = {"format": _FORMAT, "version": _VERSION, **msgspec.to_builtins(export)}
    if state is not None:
        content["state"]["steps"] = [step if step.goals else step[:2] for step in state.steps]
    return msgspec.json.encode({**content, "sha256": _checksum(content)}).decode()


def read_export(text: str | bytes) -> Export:
    """Read what `write_export` wrote.

    Raises
    ------
    InputError
        It is something else, was written by a later version of lean-magic, or was changed or damaged.
    """
    if not isinstance(text, str | bytes | bytearray):
        raise InputError(f"An export is text (str or bytes), not {type(text).__name__}.")
    if len(text) > _LARGEST:
        raise _refusal(f"it is larger than {_LARGEST // 1024**2} MiB")
    try:
        content = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
    except InputError:
        raise
    except RecursionError:
        raise _refusal("it is nested too deeply") from None
    except ValueError:
        raise _refusal("it is not JSON, or was cut off") from None
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise _refusal(f'it does not say "format": "{_FORMAT}"')
    version = content.get("version")
    if type(version) is not int or version < 1:
        raise _refusal("its version is no number")
    if version > _VERSION:
        raise _refusal(f"its format has version {version}, and this lean-magic reads up to {_VERSION}: update it")
    checksum = content.pop("sha256", None)
    try:
        intact = checksum == _checksum(content)
    except (ValueError, TypeError, OverflowError, RecursionError, msgspec.MsgspecError):
        intact = False
    if not intact:
        raise _refusal("it was changed or damaged (its checksum is not right): export it again")
    del content["format"], content["version"]
    try:
        export = msgspec.convert(content, Export)
    except (msgspec.ValidationError, RecursionError) as error:
        raise _refusal(str(error)) from None
    _check(export)
    return export


def _check(export: Export) -> None:
    if not export.chain:
        raise _refusal("it holds no code")
    numbers = [value for link in export.chain for _, value in link.options if isinstance(value, int)]
    if any(not 0 <= number <= _LARGEST_NUMBER for number in numbers):
        raise _refusal("the number that an option is set to must be at least 0 and below 2⁶⁴")
    if export.state is not None:
        indexes = [export.state.index, *(step.sorry for step in export.state.steps if step.sorry is not None)]
        indexes += [place for step in export.state.steps for place in step.goals]
        if min(indexes) < 0:
            raise _refusal("an index is below 0")


def _checksum(content: dict[str, object]) -> str:
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise _refusal("it has a key twice")
    return content


def _no_number(constant: str) -> object:
    raise _refusal(f"{constant} is not JSON")


def _refusal(why: str) -> InputError:
    return InputError(f"This is no export that can be imported: {why}.")
