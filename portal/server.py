"""Builds the pages once and serves pages and routes from one granian process.

``reflex run`` would compile at every start. The names with two underscores are internal to
Reflex 0.10.1; they stand here and nowhere else, and a test serves a page through them.
"""

import asyncio
import contextlib
import fcntl
import gzip
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces

from portal.settings import BUILT_PAGES, ROOT, Settings

WEB = ROOT / ".web"
STAMP = WEB / "portal-build"
LOCK = ROOT / ".web.lock"
# What the built pages depend on; data and services change without a new build.
_SOURCES = ("rxconfig.py", "reflex.lock", "assets", "portal")
_SUFFIXES = {".py", ".toml", ".css", ".js", ".jsx", ".svg", ".lock", ".json", ".webmanifest"}
_SKIP = {"services", "http", "db", "domain", "documents", "demo", "__pycache__"}
# Modules of pinned npm packages that plain pages load as they are, from /vendor/: no bundler
# knows those pages, and no other host is asked. The scanner finds its worker by its name.
VENDORED = {
    "qr-scanner.min.js": "qr-scanner/qr-scanner.min.js",
    "qr-scanner-worker.min.js": "qr-scanner/qr-scanner-worker.min.js",
    "lean-qr.js": "lean-qr/nano.mjs",
}


# Seconds that Reflex keeps a state, and what the start of all workers takes at most.
_STATES_EXPIRE, _START_LASTS = 3600, 300


class BuildProblem(RuntimeError):
    """The pages could not be built; the message holds the end of the log."""


def reflex_environment() -> dict[str, str]:
    """Environment for every Reflex process: our own bun and node, no calls home."""
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
        "REFLEX_USE_SYSTEM_BUN": "1",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_SOCKET_INTERVAL": "15s",
        "REFLEX_SOCKET_TIMEOUT": "15s",
        "REFLEX_ENV_MODE": "prod",
    }


def _source_files() -> Iterator[Path]:
    for name in _SOURCES:
        path = ROOT / name
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        for file in files:
            if file.suffix in _SUFFIXES and not _SKIP & set(file.relative_to(ROOT).parts):
                yield file


def fingerprint() -> str:
    """What the built pages were made from."""
    digest = hashlib.sha256()
    for file in _source_files():
        digest.update(str(file.relative_to(ROOT)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def pages_are_built() -> bool:
    """Whether the pages on disk are those of the sources."""
    return STAMP.exists() and STAMP.read_text() == fingerprint()


def build_pages() -> None:
    """Build the pages unless they are up to date; about ten seconds. Raises BuildProblem.

    Two processes that start together build once.
    """
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not pages_are_built():
            _build()


def _build() -> None:
    STAMP.unlink(missing_ok=True)
    made_from = fingerprint()
    # Reflex copies only assets that look newer than its copy; one with an older time would stay.
    shutil.rmtree(WEB / "public", ignore_errors=True)
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]
    environment = os.environ | reflex_environment()
    environment.pop("__REFLEX_SKIP_COMPILE", None)
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0 or not (BUILT_PAGES / "index.html").exists():
        raise BuildProblem((done.stdout + done.stderr)[-4000:])
    for file in BUILT_PAGES.glob("assets/reflex-env-*.js"):
        _follow_location(file)
    for file in BUILT_PAGES.rglob("*.html"):
        _paint_first(file)
    _vendor(WEB / "node_modules", BUILT_PAGES / "vendor")
    STAMP.write_text(made_from)


def _vendor(modules: Path, into: Path) -> None:
    """Copy what plain pages import; without the line that asks for a map of the source."""
    into.mkdir(exist_ok=True)
    for name, source in VENDORED.items():
        script = (modules / source).read_text("utf-8")
        _rewrite(into / name, re.sub(r"//# sourceMappingURL=\S*\s*$", "", script))


def _follow_location(file: Path) -> None:
    """Let the pages call back to wherever they came from.

    Reflex writes the address of the build into them. A phone on the same network, another port
    and a proxy would each need a build of their own.
    """
    script = file.read_text("utf-8")
    script = re.sub(r"`ws://[^/`]+", '`${location.origin.replace("http","ws")}', script)
    script = re.sub(r"`http://[^/`]+", "`${location.origin}", script)
    _rewrite(file, script)


def _paint_first(file: Path) -> None:
    """Let the style sheet come before the scripts: on a slow link they share the line, and
    nothing can be painted without the styles."""
    html = file.read_text("utf-8")
    _rewrite(file, html.replace('rel="modulepreload"', 'rel="modulepreload" fetchpriority="low"'))


def _rewrite(file: Path, text: str) -> None:
    """Write a built file and its compressed forms anew."""
    file.write_text(text, "utf-8")
    file.with_name(file.name + ".gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    # Python has no brotli; without this file the server answers with the gzip one.
    file.with_name(file.name + ".br").unlink(missing_ok=True)


@contextlib.asynccontextmanager
async def living_with_parent(app: object) -> AsyncIterator[None]:
    """A worker ends when the process that started it was killed outright.

    It would go on serving otherwise, and hold the port that a new start needs.
    """
    parent = os.getppid()

    async def watch() -> None:
        while os.getppid() == parent:
            await asyncio.sleep(0.5)
        os._exit(1)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()


def port_becomes_free(host: str, port: int, *, within: float = 3.0) -> bool:
    """Whether a server may listen there, now or when a dying one has let go of it."""
    deadline = time.monotonic() + within
    while not port_is_free(host, port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def port_is_free(host: str, port: int) -> bool:
    """Whether a server may listen there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def states_folder(settings: Settings, *, now: float) -> Path:
    """Where what open pages hold lies between two events, without Redis: in the portal's own data
    folder, as it is personal. What has expired at ``now`` (seconds since 1970) is deleted here,
    since workers that start together would each delete it and one of them fail.
    """
    folder = settings.data_dir.resolve() / "states"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in folder.glob("*.pkl"):
        if now - path.stat().st_mtime > _STATES_EXPIRE - _START_LASTS:
            path.unlink()
    return folder


def serve(settings: Settings, *, database_url: str, workers: int) -> None:
    """Serve until a signal ends it. The database must be running and up to date."""
    os.chdir(ROOT)
    os.environ.update(reflex_environment())
    os.environ["PORTAL_DATABASE_URL"] = database_url
    os.environ["REFLEX_STATES_WORKDIR"] = str(states_folder(settings, now=time.time()))
    os.environ["__REFLEX_MOUNT_FRONTEND_COMPILED_APP"] = "true"
    os.environ["__REFLEX_SKIP_COMPILE"] = "true"
    Granian(
        target="portal.portal:app",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=workers,
        log_access=False,
        backlog=2048,
        # A worker that was told to stop has this long to answer what it has begun.
        workers_kill_timeout=10,
    ).serve()
