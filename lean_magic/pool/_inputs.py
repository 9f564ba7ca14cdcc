"""Check what users pass in, before it goes anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from lean_magic.errors import InputError
from lean_magic.references import EnvRef
from lean_magic.results import LeanResult, ProofState

__all__ = [
    "InfoTree",
    "OptionValue",
    "check_count",
    "check_env",
    "check_infotree",
    "check_options",
    "check_state",
    "check_text",
    "check_timeout",
    "read_code",
]

OptionValue: TypeAlias = bool | int | str
InfoTree: TypeAlias = Literal["full", "tactics", "original", "substantive"]

_LARGEST_NUMBER = 2**64 - 1  # that the encoder of requests takes


def check_text(text: object, what: str) -> str:
    """Return the text, if it is text that Lean can be given."""
    if not isinstance(text, str):
        raise InputError(f"The {what} must be text (str), not {type(text).__name__}.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        found = f"U+{ord(text[error.start]):04X}"
        raise InputError(
            f"The {what} contains {found} at character {error.start}: half of a surrogate pair, which is no character. "
            "Decode the text it came from properly, or remove it."
        ) from None
    return text


def read_code(path: str | Path) -> str:
    """Return the text of a file."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, TypeError, ValueError) as error:
        raise InputError(f"The file {str(path)!r} cannot be read as Lean code: {error}.") from None


def check_env(env: object, toolchain: str) -> EnvRef | None:
    """Return the environment, if it is one of this toolchain."""
    if isinstance(env, LeanResult):
        raise InputError("env must be an environment: pass result.env, not the result.")
    if env is not None and not isinstance(env, EnvRef):
        raise InputError(f"env must be an EnvRef, such as result.env, not {type(env).__name__}.")
    if env is not None and env.toolchain != toolchain:
        raise InputError(f"{env!r} was built by another toolchain than this pool's: run its code again here.")
    return env


def check_state(state: object, toolchain: str) -> ProofState:
    """Return the proof state, if it is one of this toolchain."""
    if not isinstance(state, ProofState):
        raise InputError(f"A tactic runs on a ProofState, such as result.sorries[0].state, not {type(state).__name__}.")
    check_env(state.ref.env, toolchain)
    return state


def check_timeout(timeout: object, otherwise: float | None = None) -> float:
    """Return the seconds that a request may take; None stands for the others, if there are any."""
    if timeout is None and otherwise is not None:
        return otherwise
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not timeout > 0:  # so says nan, too
        raise InputError(f"timeout must be a number of seconds above 0 (math.inf for no limit), not {timeout!r}.")
    try:
        return float(timeout)
    except OverflowError:
        raise InputError("timeout is too large: give math.inf for no limit.") from None


def check_count(count: object, what: str) -> None:
    """See that this is a number of things."""
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise InputError(f"{what} must be a whole number from 1, not {count!r}.")


def check_infotree(infotree: str | None) -> str | None:
    """Return the filter, if it is one."""
    if infotree is not None and infotree not in get_args(InfoTree):
        raise InputError(f"infotree must be one of {', '.join(get_args(InfoTree))}, not {infotree!r}.")
    return infotree


def check_options(options: Mapping[str, OptionValue] | None) -> tuple[tuple[str, OptionValue], ...]:
    """Return Lean options in the form that references hold them."""
    if options is None:
        return ()
    if not isinstance(options, Mapping):
        raise InputError(f'options must be a mapping such as {{"pp.all": True}}, not {type(options).__name__}.')
    for name, value in options.items():
        check_text(name, "name of an option")
        if isinstance(value, str):
            check_text(value, "value of an option")
        elif not isinstance(value, bool | int):
            raise InputError(f"The option {name} must be True, False, a number or text, not {value!r}.")
        elif not 0 <= value <= _LARGEST_NUMBER:
            raise InputError(f"The number that the option {name} is set to must be at least 0 and below 2⁶⁴.")
    return tuple(sorted(options.items()))
