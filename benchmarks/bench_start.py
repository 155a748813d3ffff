"""How long a second ``make run`` takes until the portal answers.

Run as ``python -m benchmarks.bench_start``.
"""

import os
import signal
import subprocess
import tempfile
import time
import urllib.request

from benchmarks.reporting import report
from portal.settings import ROOT
from tests.support.portal import free_port


def _start(environment: dict[str, str], port: int) -> float:
    begun = time.perf_counter()
    process = subprocess.Popen(
        ["make", "--no-print-directory", "run"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://localhost:{port}/readyz", timeout=2)
                return time.perf_counter() - begun
            except OSError:
                if process.poll() is not None:
                    raise SystemExit("make run ended by itself") from None
                time.sleep(0.1)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def main() -> None:
    """Start twice; the second time counts."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        environment = os.environ | {"PORTAL_DATA_DIR": folder, "PORTAL_PORT": str(port)}
        report("start", "first_s", _start(environment, port))
        report("start", "second_s", _start(environment, port), bar=15)


if __name__ == "__main__":
    main()
