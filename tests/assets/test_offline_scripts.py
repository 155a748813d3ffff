"""What a device reads off a pass without a link, and how it keeps its time."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from portal.domain import person_pass
from portal.settings import ROOT

NODE = Path(sys.executable).with_name("node")
PASS = UUID("0193a1b2-0000-7000-8000-0000000000aa")
KEY = person_pass.pass_key(bytes(range(32)), PASS, 1)
AT = datetime(2026, 12, 1, 1, 40, 10, tzinfo=UTC)
PASSES = """
import { readFileSync } from "node:fs";
const { minutesOff, read } = await import(process.argv[1]);
const { at, texts } = JSON.parse(readFileSync(0, "utf8"));
const told = [];
for (const text of texts) {
  const found = read(text);
  told.push({ found, off: found?.kind === "pass" ? minutesOff(found, at) : null });
}
console.log(JSON.stringify(told));
"""
CLOCK = """
let date = 1000000, stopwatch = 500;
Date.now = () => date;
Object.defineProperty(globalThis, "performance", { value: { now: () => stopwatch } });
const { OfflineClock } = await import(process.argv[1]);
const clock = new OfflineClock();
const told = [];
const note = (name, value) => told.push([name, value, clock.now() - date]);
clock.measured(1060000, 300, 500);
note("measured", 0);
date += 60000; stopwatch += 60000;
note("runs", clock.look());
date += 3600000;
note("slept", clock.look());
date -= 7200000;
note("set back", clock.look());
note("once only", clock.look());
const next = new OfflineClock();
told.push(["opened again", next.resume(60000, date - 5000), next.offset]);
told.push(["set back meanwhile", next.resume(60000, date + 90000), next.offset]);
console.log(JSON.stringify(told));
"""


def run(program: str, script: Path, given: object = None) -> Any:
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", program, script.as_uri()],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.fixture
def reader(tmp_path: Path) -> Path:
    """The script beside the one it imports: Node has no site to take paths from."""
    for name in ("offline-pass.js", "pass-codes.js"):
        text = (ROOT / "assets" / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace('from "/', 'from "./'), "utf-8")
    return tmp_path / "offline-pass.js"


def told(reader: Path, *texts: str, at: datetime = AT) -> Any:
    return run(PASSES, reader, {"at": round(at.timestamp() * 1000), "texts": texts})


def test_a_device_reads_whose_pass_it_is_and_of_when(reader: Path) -> None:
    shown = person_pass.pass_at(KEY, PASS, AT)
    read = person_pass.read_pass(shown.token)
    wanted = {"kind": "pass", "token": shown.token, "passId": PASS.hex, "step": read.step}
    for text in (shown.token, f"http://10.0.0.7:3000/p/{shown.token}", f" {shown.token}\n"):
        assert told(reader, text) == [{"found": wanted, "off": 0}]


@pytest.mark.parametrize("step", range(-3, 4))
def test_a_device_takes_a_pass_for_of_now_where_the_server_does(reader: Path, step: int) -> None:
    token = person_pass.pass_at(KEY, PASS, AT + step * person_pass.PASS_PERIOD).token
    (one,) = told(reader, token)
    assert (one["off"] == 0) == person_pass.pass_is_fresh(person_pass.read_pass(token), AT)


@pytest.mark.parametrize(
    ("ahead", "minutes"),
    [(-90, -2), (-60, -1), (-30, 0), (30, 0), (60, 1), (1500, 25), (-86_400, -1440)],
)
def test_a_device_says_by_how_much_a_phone_s_clock_is_off(
    reader: Path, ahead: int, minutes: int
) -> None:
    token = person_pass.pass_at(KEY, PASS, AT + timedelta(seconds=ahead)).token
    assert told(reader, token)[0]["off"] == minutes


def test_a_printed_card_tells_its_enrolment(reader: Path) -> None:
    token = person_pass.sheet_token(bytes(32), PASS, 3)
    found = [one["found"] for one in told(reader, token, "https://x.example/c/1", "S", token[:-1])]
    card = {"kind": "sheet", "token": token, "enrolment": str(PASS)}
    assert found == [card, None, None, None]


def test_a_device_knows_sleep_from_a_clock_that_was_set_back() -> None:
    heard = run(CLOCK, ROOT / "assets" / "offline-clock.js")
    assert heard == [
        ["measured", 0, 60_100],
        ["runs", 0, 60_100],
        ["slept", 3_600_000, 60_100],
        ["set back", -7_200_000, 7_260_100],
        ["once only", 0, 7_260_100],
        ["opened again", 0, 60_000],
        ["set back meanwhile", 90_000, 150_000],
    ]
