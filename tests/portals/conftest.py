"""Two portals: two databases, two folders with keys of their own, two processes that serve."""

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from portal.db import embedded
from portal.db.engine import make_engine
from portal.db.vault import create_key_file
from portal.settings import ROOT
from tests.support.portal import free_port


@dataclass
class Machine:
    """One portal: where its data lies, which database is its own, where it answers."""

    data: Path
    database: str
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None
    staff: "subprocess.Popen[str] | None" = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "PORTAL_DATA_DIR": str(self.data),
            "PORTAL_DATABASE_URL": self.database,
            "PORTAL_BASE_URL": self.url,
            "PORTAL_ENV": "demo",
        }

    def inside(self, name: str, **given: Any) -> Any:
        """Let something happen in this portal (``tests.portals.inside``)."""
        if self.staff is None:
            self.staff = subprocess.Popen(
                [sys.executable, "-m", "tests.portals.inside"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self.staff.stdin is not None
        assert self.staff.stdout is not None
        self.staff.stdin.write(json.dumps([name, given]) + "\n")
        self.staff.stdin.flush()
        answer = self.staff.stdout.readline()
        assert answer, f"{name} failed inside the portal"
        return json.loads(answer)

    def start(self) -> None:
        port = str(self.port)
        with (self.data / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "granian", "--interface", "asgi", "--factory"),
                    *("--host", "127.0.0.1", "--port", port, "--workers", "1"),
                    "tests.portals.door:make",
                ],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + 60
        while time.monotonic() < end:
            assert self.process.poll() is None, (self.data / "serve.log").read_text()[-3000:]
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"{self.url}/healthz", timeout=2),
            ):
                return
            time.sleep(0.1)
        raise AssertionError("the portal did not become ready")

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def dismiss(self) -> None:
        """End what happens inside; the portal goes on serving, if it does."""
        if self.staff is None:
            return
        assert self.staff.stdin is not None
        assert self.staff.stdout is not None
        self.staff.stdin.close()
        self.staff.wait(30)
        self.staff.stdout.close()
        self.staff = None


@pytest.fixture(scope="module")
def machines(
    cluster: embedded.Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Machine]]:
    """Portals A, B and C on fresh databases; nobody serves yet."""
    admin = make_engine(cluster.url("postgres"), pool_size=1).execution_options(
        isolation_level="AUTOCOMMIT"
    )
    made = {}
    for name in "abc":
        database = f"portal_{name}"
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {database} TEMPLATE {embedded.DATABASE}"))
        data = tmp_path_factory.mktemp(f"portal-{name}")
        create_key_file(data / "keys" / "master.key")
        made[name] = Machine(data, cluster.url(database))
    yield made
    for machine in made.values():
        machine.stop()
        machine.dismiss()
    with admin.connect() as connection:
        for name in "abc":
            connection.execute(text(f"DROP DATABASE portal_{name} WITH (FORCE)"))
    admin.dispose()
