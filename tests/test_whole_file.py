"""Files that appear when they are whole: where they go, and what becomes of what was there."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from lean_magic.records._whole_file import WholeFile


def write(path: Path, text: str = "new") -> None:
    whole = WholeFile(path)
    whole.file.write(text.encode())
    whole.finish()


def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    target, link, second = elsewhere / "target.txt", tmp_path / "link.txt", tmp_path / "second.txt"
    link.symlink_to(target)
    second.symlink_to("link.txt")
    for path, text in ((link, "through a link to nothing yet"), (second, "through two")):
        write(path, text)
        assert (link.is_symlink(), second.is_symlink()) == (True, True)
        assert target.read_text() == text
    assert [file.name for file in elsewhere.iterdir()] == ["target.txt"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o600, 0o664])
def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")
    path.chmod(mode)
    write(path)
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", mode)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name")
def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write(pipe)
    reader.join(30)
    assert read == ["new"]
    assert pipe.is_fifo()


def test_errors_say_the_name_that_was_given(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for path, kind in (
        (folder, IsADirectoryError),
        (tmp_path / "nowhere" / "file", FileNotFoundError),
    ):
        with pytest.raises(kind) as error:
            WholeFile(path)
        assert error.value.filename == str(path)
    late = tmp_path / "late"
    whole = WholeFile(late)
    late.mkdir()
    with pytest.raises(IsADirectoryError) as error:
        whole.finish()
    assert error.value.filename == str(late)
    whole.give_up()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["folder", "late"]
