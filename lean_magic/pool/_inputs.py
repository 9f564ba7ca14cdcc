"""Check what users pass in, before it goes anywhere."""

from __future__ import annotations

import inspect
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from lean_magic.errors import InputError
from lean_magic.header import split_header
from lean_magic.positions import Position
from lean_magic.references import EnvRef
from lean_magic.results import LeanResult, ProofState

__all__ = [
    "InfoTree",
    "OptionValue",
    "Priority",
    "check_axioms",
    "check_callback",
    "check_caller",
    "check_count",
    "check_env",
    "check_flags",
    "check_goal",
    "check_goals",
    "check_infotree",
    "check_init",
    "check_options",
    "check_position",
    "check_priority",
    "check_state",
    "check_text",
    "check_timeout",
    "read_code",
]

OptionValue: TypeAlias = bool | int | str
Priority: TypeAlias = Literal["interactive", "batch"]
InfoTree: TypeAlias = Literal["full", "tactics", "original", "substantive"]

_LARGEST_NUMBER = 2**64 - 1  # that the encoder of requests takes


def check_text(text: object, what: str) -> str:
    """Return the text, as a plain str, if it is text that Lean can be given."""
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
    return str.__str__(text)  # of NumPy's text, say, a copy that can be sent to Lean, compared and kept


def read_code(path: str | Path) -> str:
    """Return the text of a file."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except IsADirectoryError:
        raise InputError(f"{str(path)!r} is a folder, and should be a file of Lean code.") from None
    except (OSError, TypeError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise InputError(f"The file {str(path)!r} cannot be read as Lean code: {why}.") from None


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


def check_goal(goal: object, state: ProofState) -> int:
    """Return the number of a goal, if the proof state has it; 0 stands for none where none is left."""
    check_count(goal, "goal", least=0)
    assert isinstance(goal, int)
    if goal and goal >= len(state.goals):
        raise InputError(f"There is no goal {goal}: they count from 0, and {len(state.goals)} are left.")
    return goal


def check_goals(goal: object, state: ProofState) -> tuple[int, ...]:
    """Return the places of the goals that a tactic is for; empty where it is for all."""
    if goal is None:
        return ()
    places = tuple(goal) if isinstance(goal, list | tuple | range) else (goal,)
    if not places:
        raise InputError("goal names no goal: give the places of some, from 0, or None for all.")
    for place in places:
        check_goal(place, state)
    if not state.goals:
        raise InputError("There is no goal 0: none is left.")
    if len(set(places)) < len(places):
        raise InputError(f"goal names a goal twice: {goal!r}.")
    return places


def check_timeout(timeout: object, otherwise: float | None = None, *, what: str = "timeout") -> float:
    """Return the seconds that something may take; None stands for the others, if there are any."""
    if timeout is None and otherwise is not None:
        return otherwise
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not timeout > 0:  # so says nan, too
        raise InputError(f"{what} must be a number of seconds above 0 (math.inf for no limit), not {timeout!r}.")
    try:
        return float(timeout)
    except OverflowError:
        raise InputError(f"{what} is too large: give math.inf for no limit.") from None


def check_count(count: object, what: str, *, least: int = 1) -> None:
    """See that this is a number of things."""
    if isinstance(count, bool) or not isinstance(count, int) or count < least:
        raise InputError(f"{what} must be a whole number from {least}, not {count!r}.")


def check_priority(priority: Priority) -> Priority:
    """Return the priority, if it is one."""
    if priority not in get_args(Priority):
        raise InputError(f"priority must be one of {', '.join(get_args(Priority))}, not {priority!r}.")
    return priority


def check_caller(caller: Hashable) -> Hashable:
    """Return the caller, if it can be told from others."""
    try:
        hash(caller)
    except TypeError:
        raise InputError(f"caller must be hashable, such as a name, not {type(caller).__name__}.") from None
    return caller


def check_callback(callback: object, what: str) -> None:
    """See that this is None or a plain function."""
    if callback is not None and (not callable(callback) or inspect.iscoroutinefunction(callback)):
        raise InputError(f"{what} must be a plain function (no coroutine), not {callback!r}.")


def check_flags(**flags: object) -> None:
    """See that these are true or false."""
    for name, flag in flags.items():
        if not isinstance(flag, bool):
            raise InputError(f"{name} must be True or False, not {flag!r}.")


def check_init(init: Mapping[str, int] | None) -> dict[str, int]:
    """Return the headers to have ready, with the number of workers."""
    if init is None:
        return {}
    if not isinstance(init, Mapping):
        raise InputError(f'init must be a mapping such as {{"import Lean": 1}}, not {init!r}.')
    for header, workers in init.items():
        found = split_header(check_text(header, "header to have ready"))
        if not found or found.broken or found.end < len(header):
            raise InputError(f"init must name headers, such as 'import Lean', and nothing else: {header!r} is none.")
        check_count(workers, "number of workers that have a header ready")
    return dict(init)


def check_position(position: object, code: str) -> Position:
    """Return the position, if it is one of this code."""
    if not isinstance(position, Position):
        raise InputError(f"position must be a Position, such as Position.at(code, 12), not {type(position).__name__}.")
    if position != Position.at(code, position.offset(code)):
        raise InputError(f"The code has no place {position}: lines count from 1, columns from 0.")
    return position


def check_infotree(infotree: str | None) -> str | None:
    """Return the filter, if it is one."""
    if infotree is not None and infotree not in get_args(InfoTree):
        raise InputError(f"infotree must be one of {', '.join(get_args(InfoTree))}, not {infotree!r}.")
    return None if infotree is None else str.__str__(infotree)


def check_options(options: Mapping[str, OptionValue] | None) -> tuple[tuple[str, OptionValue], ...]:
    """Return Lean options in the form that references hold them."""
    if options is None:
        return ()
    if not isinstance(options, Mapping):
        raise InputError(f'options must be a mapping such as {{"pp.all": True}}, not {type(options).__name__}.')
    return tuple(sorted(_check_option(name, value) for name, value in options.items()))


def _check_option(name: object, value: object) -> tuple[str, OptionValue]:
    name = check_text(name, "name of an option")
    if isinstance(value, str):
        return name, check_text(value, "value of an option")
    if not isinstance(value, bool | int):
        raise InputError(f"The option {name} must be True, False, a number or text, not {value!r}.")
    if not 0 <= value <= _LARGEST_NUMBER:
        raise InputError(f"The number that the option {name} is set to must be at least 0 and below 2⁶⁴.")
    return name, value if isinstance(value, bool) else int(value)


def check_axioms(axioms: object) -> tuple[str, ...]:
    """Return the names of axioms, each once."""
    if isinstance(axioms, str) or not isinstance(axioms, Iterable):
        raise InputError(f'axioms must be names, such as ("propext", "Quot.sound"), not {axioms!r}.')
    return tuple(sorted({check_text(name, "name of an axiom") for name in axioms}))
