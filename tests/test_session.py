"""Which cell starts from which environment."""

from __future__ import annotations

import pytest

from lean_magic import EnvRef, InputError
from lean_magic.session import Session


class _Session(Session):
    """A session on a Lean that knows cells, not code: one with the code ``"needs b"`` fails without the cell b."""

    def __init__(self) -> None:
        super().__init__(self._run_again)

    def _run_again(self, code: str, env: EnvRef | None) -> EnvRef | None:
        _, _, needed = code.partition("needs ")
        return EnvRef("toolchain", code, env) if needed in _keys(env) else None


def _keys(env: EnvRef | None) -> str:
    """Return the cells that led to an environment."""
    return "" if env is None else _keys(env.parent) + env.code[0]


def _run(session: Session, key: str, code: str = "") -> tuple[EnvRef | None, int]:
    """Run a cell as the magic does; return where it started from, and how many later cells are stale."""
    base = session.before(key, code)
    return base, session.ran(key, _env(base, key, code))


def _env(base: EnvRef | None, key: str, code: str = "") -> EnvRef:
    return EnvRef("toolchain", f"{key}: {code}", base)


def test_each_cell_extends_what_the_cells_before_it_left() -> None:
    session = _Session()
    a = _env(None, "a")
    assert _run(session, "a") == (None, 0)
    assert _run(session, "b") == (a, 0)
    assert _run(session, "c") == (_env(a, "b"), 0)


def test_a_cell_run_again_starts_from_what_was_before_it() -> None:
    session = _Session()
    _run(session, "a")
    _run(session, "b", "one")
    assert _run(session, "b", "two") == (_env(None, "a"), 0)
    assert session.before("c", "") == _env(_env(None, "a"), "b", "two")


def test_a_cell_run_again_unchanged_leaves_later_cells_alone() -> None:
    session = _Session()
    for key in "abc":
        _run(session, key)
    assert _run(session, "a") == (None, 0)
    c = _env(_env(_env(None, "a"), "b"), "c")
    assert session.before("d", "") == c


def test_a_changed_cell_makes_later_cells_stale_and_they_are_built_on_it_when_run_again() -> None:
    session = _Session()
    for key in "abc":
        _run(session, key)
    assert _run(session, "a", "changed") == (None, 2)
    changed = _env(None, "a", "changed")
    assert _run(session, "b") == (changed, 0)
    assert _run(session, "c") == (_env(changed, "b"), 0)


def test_a_cell_that_failed_changes_nothing() -> None:
    session = _Session()
    _run(session, "a")
    _run(session, "b")
    session.before("a", "broken")
    session.before("new", "broken")
    assert session.before("c", "") == _env(_env(None, "a"), "b")


def test_only_the_first_cell_imports() -> None:
    session = _Session()
    _run(session, "a", "import Std")
    _run(session, "b")
    assert session.before("a", "import Lean") is None
    with pytest.raises(InputError, match="--fresh"):
        session.before("b", "import Std")
    with pytest.raises(InputError, match="first cell"):
        session.before("c", "import Std")


def test_a_cell_that_starts_over_forgets_the_others_once_it_has_run() -> None:
    session = _Session()
    for key in "abc":
        _run(session, key)
    assert session.before("b", "import Std", fresh=True) is None
    assert session.before("d", "") == _env(_env(_env(None, "a"), "b"), "c")
    assert session.ran("b", _env(None, "b"), fresh=True) == 1
    assert session.before("d", "") == _env(None, "b")


def _order(session: Session) -> str:
    return _keys(session.before("new", ""))


def test_who_goes_through_the_page_puts_an_inserted_cell_where_it_stands() -> None:
    session = _Session()
    for key in "acdh":  # the page: a h c d
        _run(session, key)
    session.before("c", "uses h, and fails")
    assert _order(session) == "acdh"
    _run(session, "a")
    _run(session, "h")
    assert _run(session, "c", "uses h") == (_env(_env(None, "a"), "h"), 1)
    assert _order(session) == "ahc"
    _run(session, "d")
    for key in "ahcd":
        _run(session, key, "uses h" if key == "c" else "")
    assert _order(session) == "ahcd"


def test_a_cell_may_be_inserted_and_the_page_be_run_at_once() -> None:
    session = _Session()
    for key in "acd" + "abcd":
        _run(session, key)
    assert _order(session) == "abcd"
    for key in "abxcyd":
        _run(session, key)
    assert _order(session) == "abxcyd"


def test_moved_cells_leave_unchanged_ones_after_them_standing() -> None:
    session = _Session()
    for key in "acdh" + "ah":
        _run(session, key)
    assert _run(session, "c") == (_env(_env(None, "a"), "h"), 0)
    assert _order(session) == "ahcd"


def test_going_back_and_forth_moves_no_cell() -> None:
    session = _Session()
    for key in "abcd" + "dcb" + "bcdc" + "adda":
        _run(session, key)
    assert _order(session) == "abcd"


def test_a_cell_that_needs_another_is_not_moved_before_it() -> None:
    session = _Session()
    for key in "abc":
        _run(session, key)
    _run(session, "d", "needs c")
    _run(session, "a")
    _run(session, "d", "needs c")
    assert _run(session, "b") == (_env(None, "a"), 0)
    assert _order(session) == "abcd"


def test_a_cell_moved_by_mistake_is_moved_back_by_who_goes_through_the_page() -> None:
    session = _Session()
    for key in "abcd" + "adb":
        _run(session, key)
    assert _order(session) == "adbc"
    for key in "abcd":
        _run(session, key)
    assert _order(session) == "abcd"


@pytest.mark.parametrize("code", ["", "changed"])
def test_a_cell_that_starts_over_again_forgets_later_cells_changed_or_not(code: str) -> None:
    session = _Session()
    assert session.ran("a", _env(None, "a"), fresh=True) == 0
    _run(session, "b")
    assert session.before("a", code, fresh=True) is None
    assert session.ran("a", _env(None, "a", code), fresh=True) == 1
    assert session.before("b", "") == _env(None, "a", code)
