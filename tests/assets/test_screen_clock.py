"""The screen's reckoning of the server's time, in Node, with both clocks of the device in hand."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from portal.settings import ROOT

NODE = Path(sys.executable).with_name("node")
# ``mono`` is what nobody can set, ``wall`` what the person sees.
RUNNER = """
let mono = 1000, wall = 5_000_000;
performance.now = () => mono;
Date.now = () => wall;
const pass = (ms) => { mono += ms; wall += ms; };
const { ServerClock } = await import(process.argv[1]);
const clock = new ServerClock();
const said = [];
const say = () => said.push([Math.round(clock.now()), Math.round(clock.ahead())]);
%s
console.log(JSON.stringify(said));
"""


def run(steps: str) -> list[list[int]]:
    """[server time, how far ahead the device is] at every ``say()``."""
    script = (ROOT / "assets" / "screen-clock.js").as_uri()
    done = subprocess.run(
        [NODE, "--no-warnings", "--input-type=module", "-e", RUNNER % steps, script],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: Any = json.loads(done.stdout)
    return list(answer)


def test_half_of_the_way_is_taken_off() -> None:
    assert run("clock.heard(9_000_000, 800, 1000); pass(50); say();") == [
        [9_000_150, 5_000_050 - 9_000_150]
    ]


def test_a_slow_answer_does_not_spoil_a_quick_one() -> None:
    steps = (
        "clock.heard(9_000_000, 990, 1000); pass(500); clock.heard(9_000_100, 1000, 1500); say();"
    )
    assert run(steps)[0][0] == 9_000_505


def test_an_old_answer_is_replaced_though_it_was_quick() -> None:
    steps = """
    clock.heard(9_000_000, 990, 1000); pass(60_000);
    clock.heard(9_070_000, 60_800, 61_000); say();
    """
    assert run(steps)[0][0] == 9_070_100


def test_a_clock_that_is_set_anew_moves_no_code_once_an_answer_has_come() -> None:
    steps = """
    clock.heard(9_000_000, 990, 1000); say();
    wall -= 3_600_000; say();
    clock.heard(9_000_000, 800, 1000); say();
    """
    right, backwards, answered = run(steps)
    assert backwards[0] == right[0]
    assert backwards[1] == right[1] - 3_600_000
    assert answered[0] == 9_000_100


def test_a_laptop_that_slept_goes_on_at_the_present() -> None:
    """Its monotonic clock stood still, the wall clock did not."""
    before, after = run("clock.heard(9_000_000, 990, 1000); say(); wall += 120_000; say();")
    assert after[0] - before[0] == 120_000
    assert after[1] == before[1]
