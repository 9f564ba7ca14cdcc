"""The seam between where Lean comes from and everything that runs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from lean_magic.toolchain.progress import ProgressCallback

__all__ = ["Finding", "Launch", "Toolchain"]


@dataclass(frozen=True, slots=True)
class Launch:
    """All that is needed to start one Lean server process.

    Parameters
    ----------
    arguments
        The program and its arguments.
    directory
        Working directory of the process.
    environment
        The complete environment of the process; nothing is inherited beside it.
    memory_ceiling
        Resident bytes at which such a process ends by itself, however much it is allowed; None where there is no such
        bound.
    counts_addresses
        Whether its address space grows only with what it uses, as that of a native program, so that the kernel can be
        told to limit it, too, and nothing slips through between two looks at it.
    """

    arguments: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str]
    memory_ceiling: int | None = None
    counts_addresses: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Parameters
    ----------
    subject
        What was looked at, for example ``"Node.js"``.
    text
        What was found; where it is not right, also what to do.
    ok
        Whether it is right.
    """

    subject: str
    text: str
    ok: bool = True

    def __str__(self) -> str:
        return f"{'ok ' if self.ok else 'BAD'}  {self.subject + ':':<12} {self.text}"


class Toolchain(Protocol):
    """Somewhere a Lean server comes from: the embedded one, a Lake project, an elan toolchain."""

    @property
    def name(self) -> str:
        """What people call it, for example ``"embedded"``."""

    @property
    def version(self) -> str:
        """Lean's version, for example ``"4.28.0-pre"``."""

    @property
    def origin(self) -> str:
        """Where it came from, one line for people."""

    @property
    def identity(self) -> str:
        """Content address: changes whenever Lean's answers may change."""

    def prepare(self, progress: ProgressCallback | None = None) -> None:
        """Install whatever is missing; blocks, is safe in many processes at once, and is fast when nothing is missing.

        Parameters
        ----------
        progress
            Told how far each stage is. An exception that it raises stops the installation cleanly.

        Raises
        ------
        ToolchainError
            The toolchain cannot be used; the message says what to do.
        """

    def launch(self, scratch: Path, *, readable: Sequence[Path] = (), resident: bool = True) -> Launch:
        """How to start one server process, once `prepare` has returned.

        Parameters
        ----------
        scratch
            An existing folder that Lean code may read and write; its working directory.
        readable
            Other existing folders that Lean code must be able to read.
        resident
            Whether it is a worker of somebody who interrupts and ends it by other means: then it ignores SIGINT, and
            the end of its input ends it at once. Otherwise it first answers all it was asked, as a command does.
        """

    def findings(self) -> Iterator[Finding]:
        """Look at what it needs and has on this machine, without installing anything; never raises."""
