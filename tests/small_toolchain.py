"""An embedded toolchain of a few megabytes, to install as often as a test likes, and a registry that misbehaves.

Everything but the package and the recipe is the real thing: Node, npm's settings, the download, the cache, the locks.
Run as a program, it installs once: ``python small_toolchain.py CACHE INTEGRITY SIZE [STALL_FILE]``.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import random
import sys
import tarfile
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lean_magic.errors import LeanMagicError
from lean_magic.toolchain import Launch, Progress, ProgressCallback, terminal_progress
from lean_magic.toolchain.download import Package
from lean_magic.toolchain.embedded import EmbeddedToolchain

if TYPE_CHECKING:
    from collections.abc import Sequence

NOISE = 3_000_000
ZEROS = 20_000_000


def make_tarball() -> bytes:
    """A package that unpacks to several times its size."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as tar:
        for name, content in (("noise", random.Random(4).randbytes(NOISE)), ("zeros", bytes(ZEROS))):
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def package_of(tarball: bytes) -> Package:
    """The package whose tarball this is."""
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
    return Package("small-lean", "1.2.3", integrity, len(tarball))


class Recipe:
    """Unpacks. Stalls half-way as long as `stall` exists."""

    SIZE = NOISE + ZEROS

    def __init__(self, stall: Path | None = None, version: str = "r1") -> None:
        self.VERSION = version
        self._stall = stall

    def build(self, package: Path, destination: Path, node: Path, progress: ProgressCallback) -> None:  # noqa: ARG002
        with tarfile.open(package) as tar:
            for count, member in enumerate(tar):
                progress(Progress("unpack", count, 2, "files"))
                tar.extract(member, destination, filter="data")
                while self._stall and self._stall.exists():
                    time.sleep(0.02)

    def launch(self, tree: Path, node: Path, scratch: Path, *, readable: Sequence[Path], resident: bool) -> Launch:  # noqa: ARG002
        return Launch((str(node), str(tree / "package/noise")), scratch, {})


class Registry:
    """A local npm registry that serves one package, well or badly.

    Attributes
    ----------
    served
        The bytes that are sent as the tarball.
    cut_after
        Break the connection after so many bytes of a tarball.
    hold
        While set, stop in the middle of a tarball.
    ranges
        Whether a download can be continued.
    token
        Required of every request.
    requests
        Path and Range header of each request.
    """

    def __init__(self, package: Package, served: bytes) -> None:
        self.package = package
        self.served = served
        self.cut_after: int | None = None
        self.hold = threading.Event()
        self.ranges = True
        self.token: str | None = None
        self.requests: list[tuple[str, str | None]] = []
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with suppress(ConnectionError):  # whoever asked has been killed
                    registry.answer(self)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Registry:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.hold.clear()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    @property
    def downloads(self) -> list[str | None]:
        """The Range header of each request for the tarball."""
        return [range_ for path, range_ in self.requests if path.endswith(".tgz")]

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        range_ = request.headers.get("range")
        self.requests.append((request.path, range_))
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            request.send_error(401)
        elif request.path == f"/{self.package.name}":
            self._send(request, 200, json.dumps(self._metadata()).encode())
        elif request.path == f"/{self.package.name}/-/{self.package.filename}":
            start = int(range_.removeprefix("bytes=").rstrip("-")) if range_ and self.ranges else 0
            body = self.served[start:]
            request.send_response(206 if start else 200)
            request.send_header("content-length", str(len(body)))
            request.end_headers()
            half = len(self.served) // 2 - start
            if self.hold.is_set() and half > 0:
                request.wfile.write(body[:half])
                while self.hold.is_set():
                    time.sleep(0.02)
                body = body[half:]
            request.wfile.write(body[: self.cut_after])
            if self.cut_after is not None:
                request.close_connection = True
        else:
            request.send_error(404)

    def _metadata(self) -> dict[str, Any]:
        # As mirrors do, it repeats the address of the public registry.
        tarball = f"https://registry.npmjs.org/{self.package.name}/-/{self.package.filename}"
        version = {"name": self.package.name, "version": self.package.version, "dist": {"tarball": tarball}}
        return {"name": self.package.name, "versions": {self.package.version: version}}

    @staticmethod
    def _send(request: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
        request.send_response(status)
        request.send_header("content-type", "application/json")
        request.send_header("content-length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)


def main() -> int:
    cache, integrity, size = sys.argv[1:4]
    stall = Path(sys.argv[4]) if len(sys.argv) > 4 else None
    toolchain = EmbeddedToolchain(
        Path(cache), package=Package("small-lean", "1.2.3", integrity, int(size)), recipe=Recipe(stall)
    )
    if limit := os.environ.get("FILE_SIZE_LIMIT"):
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    try:
        with terminal_progress() as progress:
            toolchain.install(progress)
    except LeanMagicError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
