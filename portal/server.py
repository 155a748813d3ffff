"""Builds the pages once and serves pages and routes from one granian process.

``reflex run`` would compile at every start. The names with two underscores are internal to
Reflex 0.10.1; they stand here and nowhere else, and a test serves a page through them.
"""

import hashlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces

from portal.settings import ROOT, Settings

WEB = ROOT / ".web"
STAMP = WEB / "portal-build"
# What the built pages depend on; data and services change without a new build.
_SOURCES = ("rxconfig.py", "reflex.lock", "assets", "portal")
_SUFFIXES = {".py", ".toml", ".css", ".js", ".jsx", ".svg", ".lock", ".json", ".webmanifest"}
_SKIP = {"services", "http", "db", "domain", "documents", "policies", "__pycache__"}


class BuildProblem(RuntimeError):
    """The pages could not be built; the message holds the end of the log."""


def reflex_environment(settings: Settings) -> dict[str, str]:
    """Environment for every Reflex process: our own bun and node, no calls home."""
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
        "REFLEX_USE_SYSTEM_BUN": "1",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_SOCKET_INTERVAL": "15s",
        "REFLEX_SOCKET_TIMEOUT": "15s",
        "REFLEX_ENV_MODE": "prod",
        "PORTAL_PORT": str(settings.port),
    }


def _source_files() -> Iterator[Path]:
    for name in _SOURCES:
        path = ROOT / name
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        for file in files:
            if file.suffix in _SUFFIXES and not _SKIP & set(file.relative_to(ROOT).parts):
                yield file


def fingerprint(settings: Settings) -> str:
    """What the built pages were made from, the port among it: it stands in the pages."""
    digest = hashlib.sha256(f"{settings.port} {settings.public_url}".encode())
    for file in _source_files():
        digest.update(str(file.relative_to(ROOT)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def pages_are_built(settings: Settings) -> bool:
    """Whether the pages on disk are those of the sources and the port."""
    return STAMP.exists() and STAMP.read_text() == fingerprint(settings)


def build_pages(settings: Settings) -> None:
    """Build the pages unless they are up to date; about ten seconds. Raises BuildProblem."""
    if pages_are_built(settings):
        return
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]
    environment = os.environ | reflex_environment(settings)
    environment.pop("__REFLEX_SKIP_COMPILE", None)
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0 or not (WEB / "build" / "client" / "index.html").exists():
        raise BuildProblem((done.stdout + done.stderr)[-4000:])
    STAMP.write_text(fingerprint(settings))


def port_is_free(host: str, port: int) -> bool:
    """Whether a server may listen there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def serve(settings: Settings, *, database_url: str, workers: int) -> None:
    """Serve until a signal ends it. The database must be running and up to date."""
    os.chdir(ROOT)
    os.environ.update(reflex_environment(settings))
    os.environ["PORTAL_DATABASE_URL"] = database_url
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
