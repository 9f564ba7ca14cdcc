"""Lean code in the embedded toolchain reaches its scratch folder and its library, and nothing else: an attack each."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from lean_magic import LeanPool, LeanResult

SECRET = "the password is swordfish"


@pytest.fixture
def scratch(pool: LeanPool) -> Path:
    """The folder that Lean code may use, as Lean itself names it."""
    result = pool.run_sync("#eval do return (← IO.currentDir).toString")
    assert result.ok, result
    return Path(result.messages[0].text.strip('"'))


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret.txt"
    file.write_text(SECRET)
    return file


def attempt(pool: LeanPool, action: str, header: str = "") -> LeanResult:
    """Run an action in `IO`, which must fail, and without the process dying."""
    result = pool.run_sync(f"{header}\n#eval show IO Unit from do\n  {action}")
    assert result.verdict == "error", result
    assert SECRET not in str(result)
    assert pool.run_sync("#eval 1 + 1").ok
    return result


def test_scratch_and_library_are_there(pool: LeanPool, scratch: Path) -> None:
    result = pool.run_sync(
        "#eval show IO Unit from do\n"
        '  IO.FS.writeFile "note.txt" "first\\n"\n'
        '  IO.FS.createDirAll "a/b"\n'
        '  IO.FS.rename "note.txt" "a/b/note.txt"\n'
        '  IO.println (← IO.FS.readFile "a/b/note.txt")\n'
        '  IO.println (← System.FilePath.pathExists "/lean/lib/lean/Init.olean")'
    )
    assert result.ok, result
    assert result.messages[0].text == "first\n\ntrue"
    assert (scratch / "a" / "b" / "note.txt").read_text() == "first\n"


def test_read_outside(pool: LeanPool, secret: Path) -> None:
    attempt(pool, f'IO.println (← IO.FS.readFile "{secret}")')
    attempt(pool, f'IO.println (← IO.FS.readFile "{"../" * 20}{secret}")')
    attempt(pool, f'IO.println (← IO.FS.readFile "/lean/../..{secret}")')


def test_list_outside(pool: LeanPool, secret: Path) -> None:
    attempt(pool, f'for entry in ← System.FilePath.readDir "{secret.parent}" do IO.println entry.fileName')
    attempt(pool, 'for entry in ← System.FilePath.readDir "/" do IO.println entry.fileName')


@pytest.mark.parametrize("file", ["/etc/passwd", "/proc/self/environ", "/proc/self/fd/0", "/dev/stdin", "/dev/fd/0"])
def test_read_the_system(pool: LeanPool, file: str) -> None:
    attempt(pool, f'IO.println (← IO.FS.readFile "{file}")')


def test_follow_a_link_that_leads_out(pool: LeanPool, scratch: Path, secret: Path) -> None:
    file, folder = scratch / "link.txt", scratch / "folder"
    file.symlink_to(secret)
    folder.symlink_to(secret.parent)
    try:
        attempt(pool, 'IO.println (← IO.FS.readFile "link.txt")')
        attempt(pool, 'IO.println (← IO.FS.readFile "folder/secret.txt")')
        attempt(pool, 'IO.FS.writeFile "link.txt" "changed"')
        attempt(pool, 'IO.FS.writeFile "folder/new.txt" "made"')
        attempt(pool, 'IO.FS.hardLink "folder/secret.txt" "copy.txt"')
    finally:
        file.unlink()
        folder.unlink()
    assert secret.read_text() == SECRET
    assert [each.name for each in secret.parent.iterdir()] == [secret.name]


def test_write_outside(pool: LeanPool, secret: Path) -> None:
    folder = secret.parent
    attempt(pool, f'IO.FS.writeFile "{secret}" "changed"')
    attempt(pool, f'IO.FS.writeFile "{folder}/new.txt" "made"')
    attempt(pool, f'IO.FS.createDir "{folder}/new"')
    attempt(pool, f'IO.FS.removeFile "{secret}"')
    attempt(pool, f'IO.FS.writeFile "here.txt" "made"; IO.FS.rename "here.txt" "{folder}/new.txt"')
    attempt(pool, f'IO.FS.rename "{secret}" "taken.txt"')
    assert secret.read_text() == SECRET
    assert [each.name for each in folder.iterdir()] == [secret.name]


def test_change_the_library(pool: LeanPool) -> None:
    attempt(pool, 'IO.FS.writeFile "/lean/lib/lean/Init.olean" "changed"')
    attempt(pool, 'IO.FS.removeFile "/lean/lib/lean/Init.olean"')
    attempt(pool, 'IO.FS.writeFile "/lean/lib/lean/New.olean" "made"')
    assert pool.run_sync("import Std\n#check Nat").ok


def test_take_away_the_scratch_folder(pool: LeanPool, scratch: Path) -> None:
    mode = scratch.stat().st_mode
    attempt(pool, 'IO.FS.removeDirAll "."')
    attempt(pool, f'IO.FS.removeDir "{scratch}"')
    attempt(pool, f'IO.FS.rename "{scratch}" "elsewhere"')
    attempt(pool, 'IO.Prim.setAccessRights "." 0')
    assert scratch.stat().st_mode == mode
    assert pool.run_sync('#eval IO.FS.writeFile "again.txt" ""').ok


def test_devices(pool: LeanPool) -> None:
    """Randomness and the void are there; nothing can be done to them."""
    result = pool.run_sync('#eval do return (← IO.getRandomBytes 4).size\n#eval IO.FS.writeFile "/dev/null" "x"')
    assert result.ok, result
    attempt(pool, 'IO.FS.removeFile "/dev/null"')
    attempt(pool, 'IO.FS.writeFile "a" ""; IO.FS.rename "a" "/dev/null"')
    attempt(pool, 'IO.FS.writeFile "/dev/urandom" "x"')
    attempt(pool, 'IO.Prim.setAccessRights "/dev/null" 0')


def test_a_pipe_cannot_make_lean_wait(pool: LeanPool, scratch: Path) -> None:
    pipe = scratch / "pipe"
    os.mkfifo(pipe)
    try:
        attempt(pool, 'IO.println (← IO.FS.readFile "pipe")')
    finally:
        pipe.unlink()


@pytest.mark.parametrize("program", ["/bin/sh", "sh", "/usr/bin/env"])
def test_start_a_process(pool: LeanPool, tmp_path: Path, program: str) -> None:
    touched = tmp_path / "touched"
    attempt(pool, f'discard <| IO.Process.spawn {{ cmd := "{program}", args := #["-c", "touch {touched}"] }}')
    attempt(pool, f'discard <| IO.Process.output {{ cmd := "{program}", args := #["-c", "touch {touched}"] }}')
    assert not touched.exists()


def test_see_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAN_MAGIC_SECRET", SECRET)
    with LeanPool() as fresh:
        result = fresh.run_sync(
            '#eval show IO Unit from do\n  for name in ["LEAN_MAGIC_SECRET", "USER", "NODE_OPTIONS"] do\n'
            "    IO.println (← IO.getEnv name)"
        )
    assert result.ok, result
    assert result.messages[0].text == "none\nnone\nnone"


def test_reach_the_network(pool: LeanPool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(1)
        port = server.getsockname()[1]
        result = pool.run_sync(
            "import Std\nopen Std.Internal.UV.TCP Std.Net in\n#eval show IO Unit from do\n"
            "  let socket ← Socket.new\n"
            f"  let connected ← socket.connect (.v4 {{ addr := .ofParts 127 0 0 1, port := {port} }})\n"
            "  match connected.result?.get with\n"
            '  | some (.ok _) => IO.println "connected"\n'
            '  | _ => throw (IO.userError "refused")',
            timeout=10,
        )
        with pytest.raises(TimeoutError):
            server.accept()
    assert result.verdict in {"error", "timeout", "crashed"}, result
    assert pool.run_sync("#eval 1 + 1").ok


@pytest.mark.parametrize(
    "symbol", ["emscripten_run_script", "_emscripten_system", "system", "popen", "execvp", "fork", "_dlopen_js", "exit"]
)
def test_call_foreign_code(pool: LeanPool, tmp_path: Path, symbol: str) -> None:
    touched = tmp_path / "touched"
    result = pool.run_sync(
        f'@[extern "{symbol}", export {symbol}] opaque call (argument : String) : UInt32\n'
        f"#eval call \"touch {touched}; require('fs').writeFileSync('{touched}', '')\""
    )
    assert result.verdict in {"error", "crashed"}, result
    assert not touched.exists()
    assert pool.run_sync("#eval 1 + 1").ok


def test_load_a_library(pool: LeanPool) -> None:
    attempt(pool, 'Lean.loadDynlib "/lib/x86_64-linux-gnu/libc.so.6"', header="import Lean")


def test_write_into_the_conversation(pool: LeanPool) -> None:
    """What Lean code writes to its standard output never reaches ours: neither as a reply nor as noise in one."""
    forged = '{\\"env\\": 0}\\n\\n'
    result = pool.run_sync(
        "#eval show IO Unit from do\n"
        f'  (← IO.getStdout).putStrLn "{forged}"\n'
        f'  (← IO.getStderr).putStrLn "{forged}"\n'
        f'  dbg_trace "{forged}"; pure ()\n'
        "example : 1 = 2 := rfl"
    )
    assert result.verdict == "error", result
    assert pool.run_sync("#eval 1 + 1").messages[0].text == "2"
