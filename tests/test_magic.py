"""``%%lean`` and ``%lean`` in a shell, on real Lean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from ipython_shell import Ended

from lean_magic import InputError, LeanError, LeanResult
from lean_magic.display import DisplayOptions, display_options
from lean_magic.magic._options import HELP, Options, parse

if TYPE_CHECKING:
    pass


def test_cells_chain_and_show_their_result_once(lean: InteractiveShell) -> None:
    Ended(lean, "%%lean\ndef twice (n : Nat) := n + n")
    ended = Ended(lean, "%%lean\ntheorem twice_two : twice 2 = 4 := rfl\n#check twice_two")
    assert ended.error is None
    assert isinstance(ended.result, LeanResult)
    assert ended.result.verdict == "valid"
    (output,) = ended.outputs
    assert "twice_two : twice 2 = 4" in output["text/plain"]
    assert "twice_two" in output["text/html"]
    assert output["application/vnd.lean-magic.result+json"]["verdict"] == "valid"
    assert lean.user_ns["_"] is ended.result
    assert ended.printed == ""


def test_lines_chain_with_cells_and_each_shows_its_result_at_once(lean: InteractiveShell) -> None:
    ended = Ended(lean, "%lean def three := 3\n%lean example : three = 4 := sorry\n%lean -o kept #eval three\n5")
    first, second, third, value = ended.texts
    assert first.startswith("✓ valid")
    assert "declaration uses `sorry`" in second
    assert "info: 3" in third
    assert value == "5"
    assert lean.user_ns["kept"].messages[0].text == "3"
    ended = Ended(lean, "%lean #eval three")
    assert ended.result is None
    assert len(ended.outputs) == 1


def test_lines_show_errors_once(lean: InteractiveShell) -> None:
    ended = Ended(lean, "%lean --no-raise #eval no\n%lean #eval no\n5")
    assert isinstance(ended.error, LeanError)
    assert len(ended.outputs) == 2
    assert Ended(lean, "%lean -q --no-raise #eval no").outputs == []


def test_python_leaves_lean_alone(lean: InteractiveShell) -> None:
    lean.user_ns["n"] = 5
    Ended(lean, '%lean -o kept #eval let n := 1; s!"{n} $n \\"" -- "')
    assert lean.user_ns["kept"].messages[0].text == '"1 $n \\""'


def test_errors_are_shown_and_then_stop_the_notebook(lean: InteractiveShell) -> None:
    Ended(lean, "%%lean\ndef x := 1")
    ended = Ended(lean, "%%lean -o kept\ntheorem no : 1 = 2 := rfl\ndef left := 1")
    assert isinstance(ended.error, LeanError)
    (text,) = ended.texts
    assert "✗ error: 2 errors" in text
    assert lean.user_ns["kept"].verdict == "error"
    assert ended.error.result is lean.user_ns["kept"]
    # One line, without a traceback.
    assert [line for line in ended.printed.splitlines() if line] == [f"LeanError: {ended.error}"]
    # It changed nothing.
    ended = Ended(lean, "%lean def left := x")
    assert ended.error is None


def test_errors_need_not_stop_the_notebook(lean: InteractiveShell) -> None:
    ended = Ended(lean, "%%lean --no-raise\nexample : 1 = 2 := rfl")
    assert ended.error is None
    assert ended.result.verdict == "error"
    assert len(ended.outputs) == 1


def test_sorry_is_no_error_and_its_goal_is_shown(lean: InteractiveShell) -> None:
    ended = Ended(lean, "%%lean\nexample (p : Prop) (h : p) : p := by\n  sorry")
    assert ended.error is None
    assert ended.result.verdict == "sorry"
    (text,) = ended.texts
    assert "2:2 goal:\n    p : Prop\n    h : p\n    ⊢ p" in text
    state = ended.result.sorries[0].state
    assert state.tactic_sync("exact h").completed


def test_quiet_shows_nothing(lean: InteractiveShell) -> None:
    ended = Ended(lean, "%%lean -q -o kept\n#eval 1")
    assert ended.result is None
    assert ended.outputs == []
    assert lean.user_ns["kept"].ok
    ended = Ended(lean, "%%lean -q\nexample : 1 = 2 := rfl")
    assert isinstance(ended.error, LeanError)
    assert ended.outputs == []


def test_imports_may_be_in_any_cell(lean: InteractiveShell) -> None:
    Ended(lean, "%lean def x := 1")
    ended = Ended(lean, "%%lean\nimport Std\n#check x\n#check Std.HashMap\n#check y")
    assert [str(message.start) for message in ended.error.result.messages] == ["2:0", "3:0", "4:7"]
    assert "   4 │ #check y" in ended.texts[0]
    ended = Ended(lean, "%%lean --fresh --no-raise\nimport Std\n#check Std.HashMap\n#check x")
    assert [message.severity for message in ended.result.messages] == ["info", "error"]


def test_comments_alone_are_fine(lean: InteractiveShell) -> None:
    ended = Ended(lean, "%%lean\n-- nothing to see\n")
    assert ended.result.verdict == "valid"


def test_half_of_a_surrogate_pair_is_refused_in_one_line(lean: InteractiveShell) -> None:
    with pytest.raises(InputError, match=r"U\+D800"):
        lean.run_cell_magic("lean", "", '#eval "\ud800"')


def test_mistakes_in_the_options_start_nothing(shell: InteractiveShell) -> None:
    for line, said in {
        "--tiemout 3": r"no option --tiemout: did you mean --timeout\?",
        "-z": "there are -o, --output",
        "--timeout": "--timeout needs a value: --timeout SECONDS",
        "--timeout soon": "number of seconds above 0, not 'soon'",
        "-t -1": "number of seconds above 0, not '-1'",
        "-o 1x": "a Python name to store the result in, not '1x'",
        "-o class": "a Python name",
        "--quiet=yes": "takes no value",
        "theorem t": "the code comes below",
    }.items():
        with pytest.raises(UsageError, match=said):
            shell.run_cell_magic("lean", line, "#eval 1")


@pytest.mark.parametrize(
    ("line", "options", "code"),
    [
        ("", Options(), ""),
        ("#eval 1", Options(), "#eval 1"),
        ("-q  #eval - 1 -o x", Options(quiet=True), "#eval - 1 -o x"),
        ("-o r --timeout=2.5 --no-raise 'a", Options(output="r", timeout=2.5, no_raise=True), "'a"),
        ("-t 5 --fresh -- -q", Options(timeout=5, fresh=True), "-q"),
        ("--output r x", Options(output="r"), "x"),
        ("-- a comment", Options(), "a comment"),
    ],
)
def test_options_end_where_the_code_begins(line: str, options: Options, code: str) -> None:
    assert parse(line) == (options, code)


def test_help_is_there_for_who_asks_or_says_nothing(shell: InteractiveShell) -> None:
    for cell in ("%%lean --help\nx", "%%lean -h\nx", "%lean --help", "%lean"):
        ended = Ended(shell, cell)
        assert ended.printed == f"{HELP}\n"
    for option in ("-o, --output NAME", "--timeout SECONDS", "--no-raise", "--quiet", "--fresh"):
        assert option in HELP


def test_values_of_variables_stand_where_the_code_says(lean: InteractiveShell) -> None:
    lean.user_ns.update(n=5, names=["a", 'b"'])
    ended = Ended(lean, "%%lean --var n --var names -o kept\n#eval {{n}} + {{ n }}\n#eval {{names}}.length + {{n}} = x")
    assert isinstance(ended.error, LeanError)
    result = lean.user_ns["kept"]
    assert result.infos[0].text == "10"
    assert (str(result.errors[0].start), str(result.errors[0].end)) == ("2:33", "2:34")
    assert result.code.rstrip() == "#eval {{n}} + {{ n }}\n#eval {{names}}.length + {{n}} = x"
    assert "   2 │ #eval {{names}}.length + {{n}} = x\n     │                                  ^" in ended.texts[0]
    binder = "example : ∀ {{n : Nat}}, n = n := fun _ => rfl"
    assert Ended(lean, f"%%lean\n{binder}").error is None


def test_a_magic_in_a_function_sees_the_variables_of_the_function(lean: InteractiveShell) -> None:
    code = "example : {{n}} < 10 := by decide"
    Ended(
        lean,
        "n = 3\n"
        f"def check(n):\n    return get_ipython().run_cell_magic('lean', '--var n --no-raise', '{code}').verdict\n"
        f"def check_line(n):\n    %lean -q --no-raise -o kept --var n {code}\n    return kept.verdict",
    )
    assert Ended(lean, "check(50), check(5), check_line(50)").result == ("error", "valid", "error")


def test_only_values_with_a_literal_stand_in_the_code(lean: InteractiveShell) -> None:
    lean.user_ns.update(number=5, thing=object())
    for line, said in {
        "--var numbre": "no such Python variable; did you mean number?",
        "--var number": "the code has no {{number}}",
        "--var thing": "--var thing: A value of type object has no literal",
        "--var 5": "the name of a Python variable",
    }.items():
        ended = Ended(lean, f"%%lean {line}\n#eval {{{{thing}}}}")
        assert said in str(ended.error)


def test_a_line_may_end_with_a_question_mark(lean: InteractiveShell) -> None:
    ended = Ended(lean, "%lean example : 2 + 2 = 4 := by exact?\nif True:\n    %lean example : 1 = 1 := by simp?")
    assert ended.error is None
    assert "Try this" in ended.texts[0]
    assert "Try this" in ended.texts[1]
    assert "Run Lean code" in str(Ended(lean, "%lean?").outputs) + Ended(lean, "%lean?").printed


def test_what_lean_suggests_stands_where_the_user_wrote(lean: InteractiveShell) -> None:
    lean.user_ns["a"] = 1234567890123
    result = Ended(lean, "%%lean --var a\nexample : {{a}} + 0 = {{a}} := by exact?").result
    (suggestion,) = result.infos[0].suggestions
    assert (str(suggestion.start), str(suggestion.end)) == ("1:34", "1:40")


def test_goals_and_axioms_are_shown_on_demand(lean: InteractiveShell) -> None:
    text = Ended(lean, "%%lean --tactics --axioms\ntheorem t (p : Prop) (h : p) : p := by\n  exact h").texts[0]
    assert "exact h" in text
    assert "t rests on no axioms" in text


def test_settings_hold_for_every_cell(lean: InteractiveShell) -> None:
    magic = lean.magics_manager.registry["LeanMagic"]
    magic.no_raise = magic.axioms = True
    magic.timeout = 0.5
    ended = Ended(lean, "%%lean\npartial def spin (n : Nat) : Nat := spin (n + 1)\n#eval spin 0")
    assert ended.error is None
    assert ended.result.verdict == "timeout"
    magic.timeout = 60
    assert "rests on" in Ended(lean, "%%lean\ntheorem t : 1 = 1 := rfl").texts[0]


def test_what_is_shown_of_goals_can_be_set(lean: InteractiveShell) -> None:
    magic = lean.magics_manager.registry["LeanMagic"]
    cell = "%%lean\nexample (p : Prop) (h : p) : p := by\n  sorry"
    assert "p : Prop" in Ended(lean, cell).texts[0]
    magic.hide_types = True
    assert "    p : Prop" not in Ended(lean, cell).texts[0]
    lean.run_line_magic("reload_ext", "lean_magic")
    assert display_options() == DisplayOptions()


def test_the_control_magic_says_what_there_is(lean: InteractiveShell) -> None:
    assert "1 of " in Ended(lean, "%leanctl status").texts[0] or "workers up" in Ended(lean, "%leanctl status").texts[0]
    printed = Ended(lean, "%leanctl").printed
    assert all(command in printed for command in ("status", "restart", "doctor"))
    assert "2 + 2 = 5 is refused" in Ended(lean, "%leanctl doctor").printed
    assert Ended(lean, "%leanctl restart").error is None
    for line, said in {
        "stauts": "did you mean status?",
        "status now": "unrecognized arguments: now",
        "'": "quotation",
    }.items():
        ended = Ended(lean, f"%leanctl {line}")
        assert isinstance(ended.error, UsageError)
        assert said in str(ended.error)


def test_unloading_takes_everything_away_and_loading_again_brings_it_back(shell: InteractiveShell) -> None:
    before = [*shell.configurables]
    shell.run_line_magic("unload_ext", "lean_magic")
    assert len(shell.configurables) == len(before) - 1
    assert "leanctl" not in shell.magics_manager.magics["line"]
    assert "lean" not in shell.magics_manager.magics["line"]
    assert "lean" not in shell.magics_manager.magics["cell"]
    shell.run_line_magic("load_ext", "lean_magic")
    shell.run_line_magic("reload_ext", "lean_magic")
    assert "lean" in shell.magics_manager.magics["cell"]


def test_what_lean_offers_has_its_place_in_what_the_user_wrote(lean: InteractiveShell) -> None:
    lean.user_ns["long_name"] = 3
    cell = "example (a : Nat) : {{long_name}} + a = a + {{long_name}} := by exact?"
    Ended(lean, f"%%lean --var long_name -o kept\n{cell}")
    (message,) = [message for message in lean.user_ns["kept"].messages if message.suggestions]
    (offered,) = message.suggestions
    assert offered.start is not None
    assert offered.end is not None
    assert cell[offered.start.offset(cell) : offered.end.offset(cell)] == "exact?"


def test_what_often_goes_wrong_is_explained(lean: InteractiveShell) -> None:
    lean.user_ns["n"] = 5
    for code, said in {
        "import Mathlib": "Mathlib is not part of this Lean, which has the modules Init, Std and Lean.",
        "example (a b : Nat) (h : a < b) : a ≤ b := by linarith": "linarith is a tactic of Mathlib",
        "example (a b : Nat) (h : a < b) : a ≤ b := by\n  norm_num at h": "norm_num is a tactic of Mathlib",
        "#eval {{n}} + 1": "For {{n}} to stand for the value of the Python variable n, write %%lean --var n.",
        "theorem t : ∀ n : ℕ, n = n := fun _ => rfl": "ℕ is a name like any other, and not Nat: write Nat.",
    }.items():
        assert any(said in text for text in Ended(lean, f"%%lean\n{code}").texts), code
    assert len(Ended(lean, '%%lean\nnotation "ℕ" => Nat').texts) == 1
    assert len(Ended(lean, "%%lean\nexample (n : ℕ) : n + 0 = n := rfl").texts) == 1
    assert len(Ended(lean, '%%lean\nnotation "ℤ" => Int').texts) == 1
    assert len(Ended(lean, "%%lean\nexample (n : ℕ) (k : ℤ) : n + 0 = n ∧ k = k := ⟨rfl, rfl⟩").texts) == 1
