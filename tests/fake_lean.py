"""A Lean that knows five commands, to run sessions on in no time.

``def x`` declares a name, once. ``use x`` needs it. ``need M`` needs an import of M or more, ``clash M`` fails with it.
Everything else means nothing.
"""

from __future__ import annotations

from typing import Any

from lean_magic import EnvRef, LeanResult
from lean_magic.header import split_header
from lean_magic.positions import Position
from lean_magic.results import Message


class FakeLean:
    """Runs code as `LeanPool.run_sync` does; keeps what it was given."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.interrupted_by = "interrupt"
        self.answer: str | None = None

    def __call__(self, code: str, env: EnvRef | None = None, **_: Any) -> LeanResult:
        self.ran.append(code.strip())
        if code == self.interrupted_by:
            raise KeyboardInterrupt
        names, imports = _known(env)
        errors = []
        header = split_header(code)
        if header and env is None:
            imports |= {str(found.module) for found in header.imports}
            errors += [(1, f"unknown module prefix '{name}'") for name in sorted(imports) if name.startswith("No")]
            code = " " * header.end + code[header.end :]
        for number, line in enumerate(code.split("\n"), 1):
            command, _, name = line.strip().partition(" ")
            if command == "def":
                errors += [(number, f"`{name}` has already been declared")] * (name in names)
                names.add(name)
            elif command == "use" and name not in names:
                errors.append((number, f"Unknown identifier `{name}`"))
            elif (command == "need" and name not in imports) or (command == "clash" and name in imports):
                errors.append((number, f"{command} {name}"))
            elif command == "import":
                errors.append((number, "invalid 'import' command"))
        messages = tuple(Message("error", text, Position(line, 0)) for line, text in errors)
        ref = EnvRef("fake", self.ran[-1] if env is None and header else code, env, answer=self.answer)
        return LeanResult(code, "error" if errors else "valid", messages, env=ref)


def _known(env: EnvRef | None) -> tuple[set[str], set[str]]:
    names: set[str] = set()
    imports: set[str] = set()
    while env is not None:
        names |= {line.strip()[4:] for line in env.code.split("\n") if line.strip().startswith("def ")}
        if env.parent is None:
            imports |= {str(found.module) for found in split_header(env.code).imports}
        env = env.parent
    return names, imports
