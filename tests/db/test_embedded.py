"""The embedded server: found again, shared, stopped by the last, at home in closed folders."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from portal.db import embedded
from portal.db.engine import make_engine
from portal.settings import ROOT

HOLD = """
import sys
from pathlib import Path
from portal.db import embedded
with embedded.running(embedded.Cluster(Path(sys.argv[1]))) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


def select_one(url: str) -> int:
    engine = make_engine(url, pool_size=1)
    try:
        with engine.connect() as connection:
            return int(connection.execute(text("SELECT 1")).scalar_one())
    finally:
        engine.dispose()


@pytest.fixture
def home(tmp_path: Path) -> embedded.Cluster:
    return embedded.Cluster(tmp_path / "closed" / "postgres")


def hold(cluster: embedded.Cluster) -> "subprocess.Popen[str]":
    """Another process that needs the server."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(cluster.home)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("postgresql")
    return process


def end(process: "subprocess.Popen[str]") -> None:
    process.communicate("", timeout=60)


def test_it_runs_in_a_folder_that_nobody_else_may_enter(home: embedded.Cluster) -> None:
    home.home.parent.mkdir(mode=0o700)
    before = home.home.parent.stat().st_mode
    with embedded.running(home) as url:
        assert select_one(url) == 1
    assert home.home.parent.stat().st_mode == before
    assert home.home.stat().st_mode & 0o077 == 0


def test_it_listens_on_no_network(home: embedded.Cluster) -> None:
    with embedded.running(home) as url:
        engine = make_engine(url, pool_size=1)
        with engine.connect() as connection:
            assert connection.execute(text("SHOW listen_addresses")).scalar_one() == ""
        engine.dispose()
        assert home.socket_dir.stat().st_mode & 0o077 == 0


def test_the_last_process_to_leave_stops_it(home: embedded.Cluster) -> None:
    other = hold(home)
    with embedded.running(home) as url:
        end(other)
        assert select_one(url) == 1
    assert not embedded.is_running(home)


def test_the_first_to_leave_stops_nothing(home: embedded.Cluster) -> None:
    with embedded.running(home):
        other = hold(home)
    assert embedded.is_running(home)
    end(other)
    assert not embedded.is_running(home)


def test_a_killed_server_comes_back_with_what_was_committed(home: embedded.Cluster) -> None:
    with embedded.running(home) as url:
        engine = make_engine(url, pool_size=1)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE kept AS SELECT 42 AS n"))
        engine.dispose()
        postmaster = int((home.data / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
    with embedded.running(home) as url:
        engine = make_engine(url, pool_size=1)
        with engine.connect() as connection:
            assert connection.execute(text("SELECT n FROM kept")).scalar_one() == 42
        engine.dispose()


def test_a_start_cut_short_leaves_nothing_half_made(home: embedded.Cluster) -> None:
    (home.home / "cluster.new").mkdir(parents=True)
    (home.home / "cluster.new" / "PG_VERSION").write_text("18")
    with embedded.running(home) as url:
        assert select_one(url) == 1


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    deep = embedded.Cluster(tmp_path / ("x" * 100) / "postgres")
    assert len(str(deep.socket_dir)) < 90
