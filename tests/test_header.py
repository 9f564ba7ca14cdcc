from __future__ import annotations

import json
import time

import pytest

from lean_magic import LeanPool
from lean_magic.header import Import, has_header, split_header

HEADERS = [
    "",
    "  \n",
    "import Lean",
    "import Lean import Std",
    "import Lean\n\nopen Nat\nimport Std",
    "import A set_option autoImplicit true import B",
    "set_option autoImplicit true\nimport A",
    "import A #eval 1",
    "import A; import B",
    "import A, B",
    "import A B",
    "import A import",
    "import",
    "import  ",
    "import 3",
    "import _",
    "importA",
    "import.x A",
    "import! A",
    "import public A",
    "import import A",
    "import\nLean",
    "import/- c -/Lean",
    "import--x\nLean",
    "import«a»",
    "import «a b».c",
    "import «a».«b»",
    "import «a.b»",
    "import «Init»",
    "import «»",
    "import ««a»",
    "import «a»b",
    "import «a\nb»",
    "import «a\r\nb» def",
    "import «unfinished",
    "import A.«unfinished",
    "import A.«b c» def",
    "import A.B.C.\n def x := 1",
    "import A. B",
    "import A.",
    "import A..B",
    "import A...",
    "import A.{u}",
    "import A.1",
    "import A._b'.c!",
    "import A .B",
    "import A/-b-/.C",
    "import A/B",
    "import ./A",
    "import A-- x\nimport B",
    "import allA",
    "import all.A",
    "import all A",
    "import all",
    "module import all A",
    "module import all «all»",
    "module\nimport all\n all B",
    "module -- c\n/- d -/ prelude\n public import A\n import all B",
    "module public import A import B meta import C public meta import D",
    "module public import all A",
    "module meta public import A",
    "module private import A",
    "module.foo",
    "modules",
    "module«a»",
    "module module",
    "import module",
    "import «module»",
    "prelude",
    "prelude import A",
    "prelude module import A",
    "public import A",
    "public --\n meta /- -/ import A",
    "meta import all A",
    "public def x := 1",
    "import A public def x := 1",
    "import A import /-",
    "module\n/-! doc -/\nimport A",
    "/-- doc -/ import A",
    "/-! doc -/ import A",
    "import A /-- doc -/ def x := 1",
    "/- a /- nested -/ comment -/ import A",
    "/- /- -/ import A",
    "/-/ import A -/ import B",
    "/-/-/ import B",
    "/--/ import A",
    "/----/ import A",
    "/-a/- b -/ c -/ import A",
    "/- unfinished",
    "import A /- unfinished",
    "/-",
    "/-!",
    "--",
    "- -",
    "/ - -/ import A",
    "import A\tB",
    "\timport A",
    "import A\n\t\n",
    "import A -- c\t\n def",
    "/- \t -/ import A",
    "import A\r\nimport B\r\n\r\ndef x := 1",
    "/-\r\n-/import A",
    "import A\rimport B",
    "-- x\r import A",
    "import 𝒜.α₁'",
    "import A𝒜日",
    "import 日本",
    "import λ",
    "import é",
    "import Π",
    "import aᵢ",
    "/- 𝒜 -/ import A -- 𝒜\n/- 😀 -/ def x := 1",
    "\ufeffimport A",
    "import A\u00a0import B",
    "import A\x0bimport B",
    "import A\x00",
]

DESCRIBE = """import Lean
open Lean Parser
def describe (text : String) : IO Json := do
  let input := mkInputContext text "<input>"
  let (header, state, log) ← parseHeader input
  if log.hasErrors then return .null
  let imports := (Elab.HeaderSyntax.imports header (includeInit := false)).map fun i =>
    toJson #[toJson i.module.toString, toJson i.isExported, toJson i.isMeta, toJson i.importAll]
  let isModule := header.raw[0].getNumArgs == 1
  let isPrelude := header.raw[1].getNumArgs == 1
  return .arr #[.arr imports, isModule, isPrelude, (String.Pos.Raw.extract input.inputString 0 state.pos).length]
"""


def quoted(text: str) -> str:
    return "(String.ofList [" + ", ".join(f"Char.ofNat {ord(character)}" for character in text) + "])"


def described(code: str) -> object:
    """What `split_header` says, in the form of what Lean says; Lean reads CRLF as one character."""
    header = split_header(code)
    if header.broken:
        return None
    # What a file that is no module imports is public.
    imports = [[i.module, i.is_public or not header.is_module, i.is_meta, i.is_all] for i in header.imports]
    return [imports, header.is_module, header.is_prelude, len(code[: header.end].replace("\r\n", "\n"))]


def test_headers_are_what_lean_takes_for_them(pool: LeanPool) -> None:
    asked = "\n".join(f"#eval do IO.println (← describe {quoted(code)}).compress" for code in HEADERS)
    result = pool.run_sync(asked, pool.run_sync(DESCRIBE).env)
    assert result.ok
    lean = {code: json.loads(message.text) for code, message in zip(HEADERS, result.infos, strict=True)}
    assert {code: described(code) for code in HEADERS} == lean


def test_a_header_is_split_off() -> None:
    code = "-- what for\nmodule\npublic import A.B -- why\nimport all «c d»\n\n/-- doc -/\ndef x := 1"
    header = split_header(code)
    assert header.imports == (Import("A.B", is_public=True), Import("«c d»", is_all=True))
    assert [str(i) for i in header.imports] == ["public import A.B", "import all «c d»"]
    assert code[header.start :].startswith("module")
    assert code[header.end :].startswith("/-- doc -/")
    assert header.is_module
    assert not header.is_prelude
    assert not header.broken


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("", ""),
        ("import Init\ndef x := 1", ""),
        ("/- c -/ import Lean -- d\n\nimport  Std", "import Lean\nimport Std"),
        ("import Lean\nimport Std\nimport «Lean»", "import Lean\nimport Std"),
        ("import Std\nimport Lean", "import Std\nimport Lean"),
        ("prelude\nimport Init", "prelude\nimport Init"),
        ("module public import Init import all Init", "module\nimport all Init"),
        ("import A\timport B", None),
        ("public import A", None),
    ],
)
def test_headers_of_the_same_environment_have_the_same_key(code: str, key: str | None) -> None:
    assert split_header(code).key == key
    if key is not None:
        assert split_header(key).key == key


@pytest.mark.parametrize(
    "code", ["import Lean", "-- c\nimport\tLean", "module", "prelude", "public import A", "import"]
)
def test_headers_are_seen(code: str) -> None:
    assert has_header(code)


@pytest.mark.parametrize(
    "code",
    ["", "-- import A", "/- import A", "def x := 1\nimport A", "public\tdef x := 1", "\tdef x := 1"],
)
def test_other_code_is_no_header(code: str) -> None:
    assert not has_header(code)


def test_the_time_grows_with_the_header_alone() -> None:
    def seconds(code: str) -> float:
        start = time.process_time()
        split_header(code)
        return time.process_time() - start

    small = "/-" * 1_000 + "-/" * 1_000 + "import A\n" * 1_000
    large = "/-" * 30_000 + "-/" * 30_000 + "import A\n" * 30_000
    assert seconds(large) < 300 * max(seconds(small), 1e-4)
    assert split_header("-- comment\n" * 500_000 + "import A").imports == (Import("A"),)
    assert split_header(" " * 5_000_000).end == 5_000_000
