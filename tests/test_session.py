"""Which cell starts from which environment."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from fake_lean import FakeLean

from lean_magic import EnvRef, InputError
from lean_magic.session import CellKey, Page, Request, Run, Session


class Notebook:
    """A notebook whose cells are called by one letter, on a Lean of few words."""

    def __init__(self, *, lasts: bool = True) -> None:
        self.lean = FakeLean()
        self.page: Page | None = None
        self.time = 0.0
        self.session = Session(self.lean, lambda: self.page, self._clock)
        self.lasts = lasts
        self.count = 0

    def _clock(self) -> float:
        self.time += 1
        return self.time

    def run(self, cell: str, code: str | None = None, **options: Any) -> Run:
        """Run a cell; without code, it declares its own name."""
        self.count += 1
        key = CellKey(cell if self.lasts else str(self.count), options.pop("part", 0), self.lasts)
        code = f"def {cell}" if code is None else code
        return self.session.run(Request(key, code, count=self.count, **options))

    def run_all(self, cells: str, **codes: str) -> list[Run]:
        return [self.run(cell, codes.get(cell)) for cell in cells]

    def replay(self, **how: Any) -> str:
        """Return the cells that are run again, those that fail in brackets."""
        again = list(self.session.replay(**how))
        return "".join(one.cell.key.cell if one.result and one.result.ok else f"({one.cell.key.cell})" for one in again)

    def save(self, cells: str) -> None:
        self.page = Page(tuple(cells), self._clock())

    @property
    def order(self) -> str:
        return "".join(cell.key.cell for cell in self.session.cells)

    @property
    def stale(self) -> str:
        return "".join(cell.key.cell for cell in self.session.stale)

    def builds_on(self, cell: str) -> str:
        """Return the cells that a cell builds on."""
        chain = self.session.chain
        index = next(i for i in chain.indices() if chain.cell(i).key.cell == cell)
        return "".join(chain.cell(step).key.cell for step in chain.path(index)[:-1])


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


def _codes(env: EnvRef | None) -> list[str]:
    return [] if env is None else [*_codes(env.parent), env.code]


def test_each_cell_extends_what_the_cells_before_it_left(notebook: Notebook) -> None:
    *_, last = notebook.run_all("abc")
    assert _codes(last.result.env) == ["def a", "def b", "def c"]


def test_a_cell_run_again_starts_from_what_was_before_it(notebook: Notebook) -> None:
    notebook.run_all("abc")
    run = notebook.run("b", "def b\ndef d")
    assert _codes(run.result.env) == ["def a", "def b\ndef d"]
    assert [cell.key.cell for cell in run.stale] == ["c"]


def test_a_cell_run_again_unchanged_leaves_later_cells_alone(notebook: Notebook) -> None:
    notebook.run_all("abc")
    assert notebook.run("a").stale == ()
    assert notebook.stale == ""


def test_who_changes_a_cell_back_has_no_stale_cells(notebook: Notebook) -> None:
    notebook.run_all("abc")
    assert len(notebook.run("a", "def x").stale) == 2
    assert notebook.stale == "bc"
    notebook.run("a")
    assert notebook.stale == ""


def test_stale_cells_before_a_cell_are_run_again_first(notebook: Notebook) -> None:
    notebook.run_all("abcd", c="use b\nuse a")
    notebook.run("a", "def a\ndef x")
    run = notebook.run("c", "use b\nuse x")
    assert run.result.ok
    assert [again.cell.key.cell for again in run.before] == ["b"]
    assert notebook.stale == "d"


def test_stale_cells_that_fail_now_are_told_of_and_change_nothing(notebook: Notebook) -> None:
    notebook.run_all("abc", b="use a\ndef b")
    notebook.run("a", "def x")
    run = notebook.run("c", "use x")
    assert run.result.ok
    (again,) = run.before
    assert again.cell.key.cell == "b"
    assert again.cell.last.verdict == "error"
    notebook.run("a")
    assert notebook.run("c", "use b").result.ok  # it is run again once more


def test_replay_runs_stale_cells_in_order(notebook: Notebook) -> None:
    notebook.run_all("abcd")
    assert notebook.replay() == ""
    notebook.run("b", "def b\ndef x")
    assert notebook.replay() == "cd"
    assert notebook.stale == ""
    assert notebook.replay(everything=True) == "abcd"


def test_replay_stops_at_the_first_cell_that_fails_and_may_not(notebook: Notebook) -> None:
    notebook.run_all("abcd", b="use a", c="use a")
    notebook.run("b", "use a", may_fail=True)
    notebook.run("a", "def x")
    assert notebook.replay() == "(b)(c)"
    assert notebook.stale == "d"
    assert notebook.replay() == "d"
    notebook.run("a")
    assert notebook.replay() == "bcd"


def test_an_interrupted_replay_keeps_what_was_done(notebook: Notebook) -> None:
    notebook.run_all("abc")
    notebook.run("a", "def x")
    again = notebook.session.replay()
    next(again)
    notebook.lean.interrupted_by = "def c"
    with pytest.raises(KeyboardInterrupt):
        next(again)
    assert notebook.stale == "c"


def test_an_interrupted_cell_changes_nothing(notebook: Notebook) -> None:
    notebook.run_all("ab")
    with pytest.raises(KeyboardInterrupt):
        notebook.run("a", "interrupt")
    with pytest.raises(KeyboardInterrupt):
        notebook.run("c", "interrupt")
    assert (notebook.order, notebook.stale) == ("ab", "")
    assert notebook.session.cells[0].last.text.code == "def a"


def test_an_interrupt_keeps_what_was_run_again_before(notebook: Notebook) -> None:
    notebook.run_all("abc")
    notebook.run("a", "def a\ndef x")
    with pytest.raises(KeyboardInterrupt):
        notebook.run("d", "interrupt")
    assert (notebook.order, notebook.stale) == ("abc", "")
    notebook.run("a")
    with pytest.raises(KeyboardInterrupt):
        notebook.run("c", "interrupt")
    assert notebook.stale == "c"


def test_an_interrupt_before_anything_was_run_brings_nothing_old_back(notebook: Notebook) -> None:
    notebook.run_all("ab")
    with pytest.raises(KeyboardInterrupt):
        notebook.run("b", "interrupt")
    notebook.run("a", "def a\ndef x")
    notebook.session._runner._refused = _interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        notebook.run("b", "use x")
    assert notebook.session.cells[0].last.text.code == "def a\ndef x"


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_threads_do_not_lose_each_others_cells(notebook: Notebook) -> None:
    threads = [threading.Thread(target=notebook.run_all, args=(cells,)) for cells in ("abcd", "efgh", "ijkl")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(notebook.order) == [*"abcdefghijkl"]


def test_code_that_comes_out_otherwise_makes_others_stale(notebook: Notebook) -> None:
    notebook.lean.answer = "1"
    notebook.run_all("ab")
    notebook.run("a")
    assert notebook.stale == ""
    notebook.lean.answer = "2"
    notebook.run("a")
    assert notebook.stale == "b"


def test_a_cell_that_failed_changes_nothing_and_says_so(notebook: Notebook) -> None:
    notebook.run_all("ab")
    run = notebook.run("a", "use nothing")
    assert run.notes == ("Other cells still build on what this one defined before it was changed.",)
    said = "This cell builds on what cell [3] defined before it was changed: that cell fails now."
    assert notebook.run("new", "use nothing").notes == (said,)
    assert _codes(notebook.run("c").result.env) == ["def a", "def b", "def c"]
    assert [cell.last.verdict for cell in notebook.session.cells] == ["error", "valid", "error", "valid"]
    assert notebook.replay(everything=True) == "(a)"


def test_a_cell_of_which_nobody_knows_whether_it_holds_is_run_again(notebook: Notebook) -> None:
    run = notebook.lean.__call__
    notebook.run_all("abc")

    def crash(code: str, env: EnvRef | None = None, **asked: Any) -> Any:
        result = run(code, env, **asked)
        return type(result)(code, "crashed") if code == "def b" else result

    notebook.session._runner._run = crash
    notebook.run("a", "def x")
    assert notebook.replay() == "(b)"
    assert "crashed" in notebook.session.chain.reason(1)
    notebook.session._runner._run = run
    assert notebook.replay() == "bc"


# Order


def test_a_new_cell_comes_last_after_stale_ones(notebook: Notebook) -> None:
    notebook.run_all("abc", a="def a\ndef x")
    notebook.run("a", "def a")
    run = notebook.run("x", "def x\nuse c")
    assert run.result.ok
    assert (notebook.order, notebook.stale) == ("abcx", "")


def test_a_new_cell_that_stale_ones_need_comes_before_them(notebook: Notebook) -> None:
    notebook.run_all("abc", a="def a\ndef x", c="use x")
    notebook.run("a", "def a")
    run = notebook.run("x")
    assert run.notes == ("Taken as standing before cell [2], which is out of date; if it does not, save the notebook.",)
    assert notebook.order == "axbc"
    assert notebook.replay() == "bc"


def test_a_fresh_cell_comes_last(notebook: Notebook) -> None:
    notebook.run_all("ab", b="use a")
    notebook.run("a", "def x")
    notebook.run("z", fresh=True)
    assert notebook.order == "abz"
    assert notebook.builds_on("b") == "a"


def test_who_goes_through_the_page_puts_an_inserted_cell_where_it_stands(notebook: Notebook) -> None:
    notebook.run_all("acdh")  # the page: a h c d
    notebook.run("c", "def c\nuse h")
    assert notebook.order == "acdh"
    notebook.run_all("ah")
    assert notebook.run("c", "def c\nuse h").result.ok
    assert (notebook.order, notebook.stale) == ("ahcd", "d")
    notebook.run_all("ahcd", c="def c\nuse h")
    assert (notebook.order, notebook.stale) == ("ahcd", "")


def test_a_cell_may_be_inserted_and_the_page_be_run_at_once(notebook: Notebook) -> None:
    notebook.run_all("acd" + "abcd")
    assert notebook.order == "abcd"
    notebook.run_all("abxcyd")
    assert (notebook.order, notebook.stale) == ("abxcyd", "")


@pytest.mark.parametrize("fresh", [False, True])
def test_cells_that_are_sent_at_once_stand_in_that_order(notebook: Notebook, fresh: bool) -> None:
    notebook.run_all("abc")
    notebook.run("x", fresh=fresh, sent=100.0)
    notebook.run("y", "use x\ndef y", sent=100.01)
    assert notebook.run("a", "use y\ndef a", sent=100.02).result.ok
    assert notebook.order == "xyabc"
    notebook.run("b", sent=100.03)
    notebook.run("c", sent=100.04)
    assert (notebook.order, notebook.stale) == ("xyabc", "")
    notebook.run("z", sent=200.0)
    assert notebook.run("b", "use z", sent=300.0).result.verdict == "error"
    notebook.save("xyabcz")
    notebook.run("z", sent=400.0)
    assert notebook.run("b", "use z", sent=400.01).result.verdict == "error"


def test_going_back_and_forth_moves_no_cell(notebook: Notebook) -> None:
    notebook.run_all("abcd" + "dcb" + "bcdc" + "adda")
    assert notebook.order == "abcd"


def test_a_cell_that_needs_another_is_not_moved_before_it(notebook: Notebook) -> None:
    notebook.run_all("abc")
    notebook.run("d", "use c")
    notebook.run("a")
    notebook.run("d", "use c")
    assert notebook.run("b").before == ()
    assert (notebook.order, notebook.stale) == ("abcd", "")


def test_a_cell_moved_by_mistake_is_moved_back_by_who_goes_through_the_page(notebook: Notebook) -> None:
    notebook.run_all("abcd" + "adb")
    assert notebook.order == "adbc"
    notebook.run_all("abcd")
    assert (notebook.order, notebook.stale) == ("abcd", "")


def test_the_saved_notebook_knows_the_order(notebook: Notebook) -> None:
    notebook.run_all("acb")
    notebook.save("abc")
    notebook.run("a")
    assert (notebook.order, notebook.stale) == ("abc", "bc")
    notebook.replay()
    notebook.save("xabc")
    notebook.run("x")
    assert notebook.order == "xabc"
    notebook.run("y")  # not saved yet
    assert (notebook.order, notebook.stale) == ("xabcy", "")
    notebook.save("abcyx")
    notebook.replay()
    notebook.run("c")
    assert notebook.order == "abcyx"


def test_cells_that_are_gone_from_the_saved_notebook_are_forgotten(notebook: Notebook) -> None:
    notebook.run_all("abc")
    notebook.run("console")
    notebook.save("abc")
    notebook.run("c")
    notebook.save("ac")
    notebook.run("a")
    assert notebook.stale == "c" + "console"[:0] or "c" in notebook.stale
    assert [cell.key.cell for cell in notebook.session.cells] == ["a", "c", "console"]
    notebook.run("b")  # back again, by an undo
    assert "b" in notebook.order
    notebook.save("pqr")  # the page of another notebook
    notebook.run("a")
    assert set(notebook.order) >= set("abc")


def test_the_halves_of_a_split_cell_stay_together(notebook: Notebook) -> None:
    notebook.run_all("abc", b="def x\ndef y", c="use x\nuse y")
    # VS Code: the first half keeps the identity.
    notebook.run("b", "def x")
    notebook.run("n", "def y")
    assert notebook.order == "abnc"
    assert notebook.run("c", "use x\nuse y").result.ok


def test_the_halves_of_a_cell_split_by_jupyterlab_stay_together(notebook: Notebook) -> None:
    notebook.run_all("abc", b="def x\ndef y", c="use x\nuse y")
    run = notebook.run("n", "def x")  # the last half keeps the identity
    assert run.result.ok
    assert run.notes == ("Taken as the first part of cell [2], which comes after it: run that again.",)
    notebook.run("b", "def y")
    assert notebook.order == "anbc"
    assert notebook.replay() == "c"


def test_a_front_end_may_tell_which_cells_are_deleted(notebook: Notebook) -> None:
    notebook.run_all("abcd", d="use b\nuse c")
    notebook.session.deleted({"c"})
    assert notebook.stale == "d"
    assert notebook.run("b", "def b\ndef c").result.ok  # it was merged into this one
    assert notebook.replay() == "d"


def test_who_contains_another_cell_does_not_replace_it(notebook: Notebook) -> None:
    notebook.run_all("ab")
    run = notebook.run("c", "def b\ndef c")
    assert run.result.verdict == "error"
    assert run.notes == (
        "`b` is declared by cell [2]; if that cell is no longer on the page, %leanctl forget 2 takes it out.",
    )
    notebook.run("a", "def a\ndef b")
    assert notebook.replay() == "(b)"


def test_a_copied_cell_is_another_one(notebook: Notebook) -> None:
    notebook.run_all("ab")
    run = notebook.run("copy", "def a")
    assert run.result.verdict == "error"
    assert run.notes == (
        "`a` is declared by cell [1]; if that cell is no longer on the page, %leanctl forget 1 takes it out.",
    )
    notebook.session.forget("1")
    assert notebook.run("copy", "def a").result.ok


def test_an_error_names_the_cell_that_has_what_is_missing(notebook: Notebook) -> None:
    notebook.run_all("ab")
    assert "was first run after this cell" in notebook.run("a", "use b").notes[0]
    notebook.run("x", "def y\nuse nothing")
    assert "which failed" in notebook.run("z", "use y").notes[0]
    notebook.run("o", "def o", name="other", base="main")
    assert "on which this cell does not build: " in notebook.run("z", "use o").notes[0]


def test_lines_in_a_cell_that_are_gone_are_forgotten_once_it_has_ended(notebook: Notebook) -> None:
    for part in range(3):
        notebook.run("a", f"def a{part}", part=part)
    notebook.run("b", "use a2")
    notebook.run("a", "def a0")
    assert notebook.stale == ""  # it may go on
    notebook.session.ended("a", 1)
    assert [(cell.key.cell, cell.key.part) for cell in notebook.session.cells] == [("a", 0), ("b", 0)]
    assert notebook.stale == "b"
    notebook.session.ended("b", 0)  # a cell of Python now
    assert notebook.order == "a"


# Names, branches, starting over


def test_branches_start_from_named_cells_and_unnamed_cells_go_on_without_them(notebook: Notebook) -> None:
    notebook.run("a", name="base")
    notebook.run("b")
    assert _codes(notebook.run("c", base="base", name="branch").result.env) == ["def a", "def c"]
    notebook.run("d", base="branch")
    notebook.run("e")
    assert [notebook.builds_on(cell) for cell in "abcde"] == ["", "a", "a", "ac", "ab"]
    notebook.run("a", "def x", name="base")
    assert notebook.stale == "bcde"
    assert notebook.replay() == "bcde"


def test_a_line_is_continued_where_the_notebook_says_so(notebook: Notebook) -> None:
    notebook.run("a", name="base")
    notebook.run("b", name="branch", base="base")
    notebook.session.use(CellKey("u"), "branch")
    notebook.run_all("cd")
    notebook.session.use(CellKey("v"), "main")
    notebook.run("e")
    assert [notebook.builds_on(cell) for cell in "abcde"] == ["", "a", "ab", "abc", "a"]
    assert notebook.session.chain.line == "main"
    notebook.run("c", "def x")  # its place says on which line it is
    assert notebook.stale == "d"
    assert notebook.builds_on("c") == "ab"


def test_the_same_notebook_run_again_gives_the_same(notebook: Notebook) -> None:
    for _ in range(2):
        notebook.run("a", name="base")
        notebook.run("b", base="base", name="branch")
        notebook.session.use(CellKey("u"), "branch")
        notebook.run("c")
        notebook.session.use(CellKey("v"), "main")
        notebook.run("d", "import M\ndef d")
        notebook.run("e", "use c", may_fail=True)
        notebook.run("f")
        assert notebook.order == "abcdef"
        assert [cell.last.verdict for cell in notebook.session.cells] == ["valid"] * 4 + ["error", "valid"]
        assert _codes(notebook.session.cells[-1].last.env) == ["import M", "def a", "        \ndef d", "def f"]


def test_a_name_belongs_to_one_cell(notebook: Notebook) -> None:
    notebook.run("a", name="x")
    notebook.run("b", "use a")
    run = notebook.run("c", "def c", name="x")
    assert run.notes == ("This cell takes over the name x, and the place, of cell [1].",)
    assert (notebook.order, notebook.stale) == ("cb", "b")
    notebook.save("cbd")
    with pytest.raises(InputError, match=r"The name x is that of cell \[3\]: choose another one"):
        notebook.run("d", "def d", name="x")


def test_a_cell_may_take_over_the_name_of_one_before_it_and_give_up_its_own(notebook: Notebook) -> None:
    notebook.run("a", name="x")
    notebook.run_all("bc")
    notebook.run("d", base="x")
    notebook.run("c", name="x")
    assert (notebook.order, notebook.stale) == ("cbd", "bd")
    assert notebook.replay() == "bd"
    notebook.run("c")
    assert notebook.session.chain.reason(2) == "there is no cell x"


def test_who_waits_is_told_that_cells_before_are_run_again(notebook: Notebook) -> None:
    notebook.run_all("abc")
    notebook.run("a", "def x")
    told: list[Any] = []
    notebook.session.run(Request(CellKey("c"), "def c"), on_progress=told.append)
    assert [update.stage for update in told] == ["replaying"]


def test_everything_can_be_run_again_on_another_lean(notebook: Notebook) -> None:
    notebook.run_all("ab", a="import M\ndef a")
    other = Notebook()

    def run(code: str, env: EnvRef | None = None, **asked: Any) -> Any:
        assert env is None or env.toolchain == "other"
        result = other.lean(code, env, **asked)
        return replace(result, env=EnvRef("other", result.env.code, env))

    notebook.session._runner._run = run
    assert notebook.replay(everything=True) == "ab"
    assert notebook.session.cells[1].last.env.toolchain == "other"


def test_names_that_do_not_exist_are_refused_with_the_nearest(notebook: Notebook) -> None:
    with pytest.raises(InputError, match="there are none yet"):
        notebook.run("a", base="bse")
    notebook.run("a", name="base")
    with pytest.raises(InputError, match="did you mean base"):
        notebook.run("b", base="bse")
    with pytest.raises(InputError, match="there are base"):
        notebook.session.use(CellKey("u"), "nothing")
    with pytest.raises(InputError, match="choose another name"):
        notebook.run("b", name="main")
    with pytest.raises(InputError, match="build on itself"):
        notebook.run("a", name="base", base="base")
    notebook.run("b", name="below", base="base")
    with pytest.raises(InputError, match="build on itself"):
        notebook.run("a", name="base", base="below")
    assert notebook.order == "ab"


def test_nothing_starts_from_a_cell_that_failed(notebook: Notebook) -> None:
    notebook.run("a", "use nothing", name="base")
    with pytest.raises(InputError, match="Nothing can start from cell base, which failed: 1:0 error: Unknown"):
        notebook.run("b", base="base")


def test_cells_whose_base_is_gone_say_so(notebook: Notebook) -> None:
    notebook.run("a", name="base")
    notebook.run("b", base="base")
    notebook.session.forget("base")
    assert notebook.session.chain.reason(0) == "there is no cell base"
    (again,) = notebook.session.replay()
    assert again.why_not == "This cell cannot be run: there is no cell base."


def test_a_cell_that_starts_over_leaves_the_others_alone(notebook: Notebook) -> None:
    notebook.run_all("ab")
    notebook.run("c", fresh=True)
    notebook.run("d")
    assert notebook.builds_on("d") == "c"
    notebook.run("a", "def x")
    assert notebook.stale == "b"


def test_without_identities_names_and_the_order_of_runs_count() -> None:
    notebook = Notebook(lasts=False)
    notebook.run("a", name="first")
    notebook.run("b", "def b")
    run = notebook.run("b")
    (note,) = run.notes
    assert note.startswith(
        "`b` is declared by cell [2], and nobody says here which cell is run again: %leanctl forget 2"
    )
    run = notebook.run("a", "def x", name="first")
    assert run.notes == ()
    run = notebook.run("c", "use x\nuse b")
    assert run.result.ok
    assert [again.cell.label for again in run.before] == ["[2]", "[3]"]
    notebook.run("d", fresh=True)
    assert [cell.label for cell in notebook.session.cells] == ["first", "[6]"]


# Imports


def test_imports_in_any_cell_are_those_of_all(notebook: Notebook) -> None:
    notebook.run_all("ab")
    run = notebook.run("c", "import M\nneed M\ndef c")
    assert run.result.ok
    assert run.result.code == "import M\nneed M\ndef c"
    assert _codes(run.result.env) == ["import M", "def a", "def b", "        \nneed M\ndef c"]
    assert [again.cell.key.cell for again in run.before] == ["a", "b"]
    assert notebook.stale == ""
    notebook.run("d", "need M")
    run = notebook.run("a", "import N\nimport M\ndef a")
    assert notebook.session.chain.header(0) == "import N\nimport M"
    assert notebook.stale == "bcd"
    assert notebook.session.chain.reason(1) == "other imports"
    notebook.replay()
    notebook.session.forget("5")
    assert notebook.session.chain.reason(0) == "other imports"
    notebook.replay()
    notebook.session.forget("2")
    assert notebook.session.chain.reason(0) == "what was before is gone"


def test_an_import_that_breaks_another_cell_changes_nothing(notebook: Notebook) -> None:
    notebook.run_all("ab", a="clash M")
    with pytest.raises(InputError, match=r"With the imports that this cell brings, cell \[1\] \(clash M\) fails: 1:0"):
        notebook.run("b", "import M\ndef b")
    assert notebook.stale == ""
    assert notebook.session.chain.header(0) == ""


def test_an_import_that_others_need_cannot_go(notebook: Notebook) -> None:
    notebook.run_all("ab", a="import M\nneed M", b="need M")
    notebook.run("b", "import M\nneed M")
    notebook.run("a", "need M")
    with pytest.raises(InputError, match="fails: 1:0 error: need M"):
        notebook.run("b", "need M")
    assert notebook.session.chain.header(0) == "import M"


def test_a_cell_that_imports_and_fails_changes_nothing(notebook: Notebook) -> None:
    notebook.run_all("ab")
    run = notebook.run("b", "import M\nuse nothing")
    assert str(run.result.errors[0].start) == "2:0"
    assert (notebook.stale, notebook.session.chain.header(0)) == ("", "")
    run = notebook.run("b", "import Nowhere\nuse nothing")
    assert "unknown module prefix 'Nowhere'" in run.result.errors[0].text
    assert run.result.code == "import Nowhere\nuse nothing"
    assert (notebook.stale, notebook.session.chain.header(0)) == ("", "")
    assert notebook.run("c", "use b").result.ok


def test_module_and_prelude_belong_into_the_first_cell(notebook: Notebook) -> None:
    notebook.run("a")
    for word in "module", "prelude":
        with pytest.raises(InputError, match=f"`{word}` belongs into the first cell"):
            notebook.run("b", f"{word}\nimport M")
    assert notebook.run("a", "module\npublic import M\ndef a").result.ok
    assert notebook.run("b", "import N").result.ok
    assert notebook.session.chain.header(1) == "module\npublic import M\nimport N"


def test_imports_may_change_where_they_are_written(notebook: Notebook) -> None:
    notebook.run_all("ab", a="import M -- why\n\nimport N\n-- a\ndef a")
    assert notebook.run("a", "import M\nimport N\n-- a\ndef a").result.ok
    assert _codes(notebook.session.cells[0].last.env)[0] == "import M\nimport N"
