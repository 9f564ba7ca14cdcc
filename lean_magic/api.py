"""The functions at the top of the package: the methods of one pool that they all share, made when first needed."""

from __future__ import annotations

import inspect
import os
import threading
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from lean_magic.pool import LeanPool

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "check",
    "check_many",
    "check_many_sync",
    "check_sync",
    "complete",
    "complete_sync",
    "configure",
    "default_pool",
    "export_state",
    "export_state_sync",
    "get_result",
    "get_result_sync",
    "hover",
    "hover_sync",
    "import_state",
    "import_state_sync",
    "jobs",
    "prove",
    "prove_sync",
    "restart",
    "run",
    "run_file",
    "run_file_sync",
    "run_sync",
    "shutdown",
    "stats",
    "status",
    "stream",
    "submit",
    "submit_sync",
    "tactic",
    "tactic_sync",
    "type_of",
    "type_of_sync",
    "verify",
    "verify_many",
    "verify_many_sync",
    "verify_sync",
]

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


class _Shared:
    """The pool that the functions of this module share."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.settings: dict[str, Any] = {}
        self.pool: LeanPool | None = None
        self.owner = os.getpid()


_shared = _Shared()


def default_pool() -> LeanPool:
    """Return the pool that the functions at the top of the package use; make it if there is none."""
    with _shared.lock:
        if _shared.pool is None or _shared.owner != os.getpid():
            _shared.pool = LeanPool(**_shared.settings)
            _shared.owner = os.getpid()
        return _shared.pool


def pool_if_made() -> LeanPool | None:
    """Return the pool that the functions at the top of the package use; None if none of them was used yet."""
    with _shared.lock:
        return _shared.pool if _shared.owner == os.getpid() else None


def configure(**settings: Any) -> None:  # noqa: ANN401 - those of LeanPool
    """Say how the pool that the functions at the top of the package use is to be; replaces one that is there.

    Parameters
    ----------
    **settings
        Those of `LeanPool`; what is not given goes back to its default.

    Raises
    ------
    InputError
        A setting makes no sense.
    ToolchainError
        There is no such toolchain.
    """
    replacement = LeanPool(**settings)
    with _shared.lock:
        former, _shared.pool, _shared.settings = _shared.pool, replacement, settings
        _shared.owner = os.getpid()
    if former is not None:
        former.shutdown()


def shutdown() -> None:
    """End all workers; the next use of a function at the top of the package starts anew."""
    with _shared.lock:
        former, _shared.pool = _shared.pool, None
    if former is not None:
        former.shutdown()


def _of_default_pool(
    method: Callable[Concatenate[LeanPool, _Parameters], _Result],
) -> Callable[_Parameters, _Result]:
    """Return the method as a function of the default pool."""

    @wraps(method)
    def function(*arguments: _Parameters.args, **keywords: _Parameters.kwargs) -> _Result:
        return method(default_pool(), *arguments, **keywords)

    signature = inspect.signature(method)
    _, *parameters = signature.parameters.values()
    function.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    function.__qualname__ = method.__name__
    function.__module__ = __name__
    return function


run = _of_default_pool(LeanPool.run)
run_sync = _of_default_pool(LeanPool.run_sync)
run_file = _of_default_pool(LeanPool.run_file)
run_file_sync = _of_default_pool(LeanPool.run_file_sync)
stream = _of_default_pool(LeanPool.stream)
check = _of_default_pool(LeanPool.check)
check_sync = _of_default_pool(LeanPool.check_sync)
check_many = _of_default_pool(LeanPool.check_many)
check_many_sync = _of_default_pool(LeanPool.check_many_sync)
tactic = _of_default_pool(LeanPool.tactic)
tactic_sync = _of_default_pool(LeanPool.tactic_sync)
prove = _of_default_pool(LeanPool.prove)
prove_sync = _of_default_pool(LeanPool.prove_sync)
complete = _of_default_pool(LeanPool.complete)
complete_sync = _of_default_pool(LeanPool.complete_sync)
hover = _of_default_pool(LeanPool.hover)
hover_sync = _of_default_pool(LeanPool.hover_sync)
type_of = _of_default_pool(LeanPool.type_of)
type_of_sync = _of_default_pool(LeanPool.type_of_sync)
export_state = _of_default_pool(LeanPool.export_state)
export_state_sync = _of_default_pool(LeanPool.export_state_sync)
import_state = _of_default_pool(LeanPool.import_state)
import_state_sync = _of_default_pool(LeanPool.import_state_sync)
submit = _of_default_pool(LeanPool.submit)
submit_sync = _of_default_pool(LeanPool.submit_sync)
get_result = _of_default_pool(LeanPool.get_result)
get_result_sync = _of_default_pool(LeanPool.get_result_sync)
jobs = _of_default_pool(LeanPool.jobs)
verify = _of_default_pool(LeanPool.verify)
verify_many = _of_default_pool(LeanPool.verify_many)
verify_many_sync = _of_default_pool(LeanPool.verify_many_sync)
verify_sync = _of_default_pool(LeanPool.verify_sync)
stats = _of_default_pool(LeanPool.stats)
status = _of_default_pool(LeanPool.status)
restart = _of_default_pool(LeanPool.restart)
