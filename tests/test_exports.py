from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import lean_magic


def test_all_is_sorted_and_complete() -> None:
    assert lean_magic.__all__ == sorted(lean_magic.__all__, key=lambda name: (not name.isupper(), name))
    for module in ("errors", "goals", "positions", "references", "results", "api", "pool"):
        for name in importlib.import_module(f"lean_magic.{module}").__all__:
            assert hasattr(lean_magic, name), f"{module}.{name} is not at the top"
            assert name in lean_magic.__all__


@pytest.mark.parametrize("option", ["-I", "-X dev"])
def test_importing_has_no_side_effects(option: str) -> None:
    code = (
        "import sys, threading, signal\n"
        "before = signal.getsignal(signal.SIGINT)\n"
        "import lean_magic\n"
        "assert threading.active_count() == 1\n"
        "assert signal.getsignal(signal.SIGINT) is before\n"
        "assert 'IPython' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, *option.split(), "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
