"""What Lean complains about is marked where it is, whatever stands before it: through the magic, on real Lean."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from ipython_shell import Ended
from page import Page

from lean_magic import LeanPool, LeanResult

_WORDS = st.text(st.sampled_from("ab 🎉𝔸é\u0301「∧αשx"), max_size=12)
_LINES = st.one_of(
    st.just(""),
    _WORDS.map("-- {}".format),
    st.lists(_WORDS, min_size=1, max_size=3).map(lambda words: "/- " + "\n".join(words) + " -/"),
    _WORDS.map('#eval "{}"'.format),
    _WORDS.map("/-- {} -/ example := 1".format),
)
_BEFORE = st.one_of(
    st.just("#check "),
    _WORDS.map("/- {} -/ #check ".format),
    _WORDS.map('def word := "{}" ++ '.format),
)
_OPTIONS = st.lists(st.sampled_from(["--fresh", "--timeout 100", "-o kept", "--axioms"]), max_size=3, unique=True)
_CODES = st.tuples(st.lists(_LINES, max_size=5), _BEFORE, st.sampled_from(["", " -- 🎉", "\n#eval 1"]))
_FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_NAME = "missing_𝔸x"


def _code(parts: tuple[list[str], str, str], end: str = "\n") -> str:
    lines, before, after = parts
    return "\n".join([*lines, f"{before}{_NAME}{after}"]).replace("\n", end)


def _assert_marked(result: LeanResult, bundle: dict[str, str]) -> None:
    error = result.errors[0]
    assert error.end
    assert result.code[error.start.offset(result.code) : error.end.offset(result.code)].startswith("missing")
    said = Page(bundle["text/html"])
    assert result.code[error.start.offset(result.code) :].startswith(said.within["u"][0])
    assert f"error {error.start}" in said.text


@_FEW
@given(_CODES, _OPTIONS)
def test_through_cells(lean: InteractiveShell, parts: tuple[list[str], str, str], options: list[str]) -> None:
    ended = Ended(lean, f"%%lean {' '.join(options)} --no-raise\n{_code(parts)}")
    (output,) = ended.outputs
    assert isinstance(ended.result, LeanResult)
    _assert_marked(ended.result, output)


@_FEW
@given(_CODES)
def test_with_the_line_ends_of_windows(pool: LeanPool, parts: tuple[list[str], str, str]) -> None:
    result = pool.run_sync(_code(parts, "\r\n"))
    _assert_marked(result, result._repr_mimebundle_())
