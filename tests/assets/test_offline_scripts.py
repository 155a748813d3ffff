"""What a device judges without a link is what the server judges; and how it keeps its time."""

import json
import subprocess
import sys
from base64 import urlsafe_b64encode
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
const { digitsMatch, isFresh, isGenuine, read } = await import(process.argv[1]);
const { key, at, texts, digits } = JSON.parse(readFileSync(0, "utf8"));
const told = [];
for (const text of texts) {
  const found = read(text);
  const isPass = found?.kind === "pass";
  told.push({
    found,
    genuine: isPass && (await isGenuine(key, found)),
    fresh: isPass && isFresh(found, at),
  });
}
const matches = [];
for (const typed of digits) matches.push(await digitsMatch(key, typed, at));
console.log(JSON.stringify({ told, matches }));
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
def judge(tmp_path: Path) -> Path:
    """The script beside the one it imports: Node has no site to take paths from."""
    for name in ("offline-pass.js", "pass-codes.js"):
        text = (ROOT / "assets" / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace('from "/', 'from "./'), "utf-8")
    return tmp_path / "offline-pass.js"


def test_a_device_takes_the_passes_that_the_server_takes(judge: Path) -> None:
    moments = [AT + timedelta(seconds=30 * step) for step in range(-3, 4)]
    good = [person_pass.pass_at(KEY, PASS, at) for at in moments]
    token = good[3].token
    other = person_pass.pass_at(person_pass.pass_key(b"x" * 32, PASS, 1), PASS, AT)
    texts = [one.token for one in good]
    texts += [f"http://10.0.0.7:3000/p/{token}", other.token, token[:-1] + "A", token[:-1] + "B"]
    key = urlsafe_b64encode(person_pass.day_key(KEY, person_pass.day_of(AT))).rstrip(b"=").decode()
    asked = {
        "key": key,
        "at": round(AT.timestamp() * 1000),
        "texts": texts,
        "digits": [one.numeric for one in good] + ["12345", ""],
    }
    answer = run(PASSES, judge, asked)
    of_day = person_pass.day_key(KEY, person_pass.day_of(AT))
    for text, told in zip(texts, answer["told"], strict=True):
        try:
            read = person_pass.read_pass(text.rsplit("/", 1)[-1])
        except person_pass.CodeInvalid:
            assert not told["genuine"]
            continue
        assert told["found"]["passId"] == read.pass_id.hex
        assert told["found"]["step"] == read.step
        assert told["genuine"] == person_pass.pass_is_genuine(of_day, read)
        assert told["fresh"] == person_pass.pass_is_fresh(read, AT)
    wanted = [person_pass.numeric_is_fresh(of_day, typed, AT) for typed in asked["digits"]]
    assert answer["matches"] == wanted
    assert wanted.count(True) == 3


def test_a_printed_card_tells_its_enrolment(judge: Path) -> None:
    token = person_pass.sheet_token(bytes(32), PASS, 3)
    told = run(
        PASSES,
        judge,
        {"key": "", "at": 0, "texts": [token, "https://x.example/c/1", "S"], "digits": []},
    )
    found = [one["found"] for one in told["told"]]
    assert found == [{"kind": "sheet", "token": token, "enrolment": str(PASS)}, None, None]


def test_a_device_knows_sleep_from_a_clock_that_was_set_back() -> None:
    told = run(CLOCK, ROOT / "assets" / "offline-clock.js")
    assert told == [
        ["measured", 0, 60_100],
        ["runs", 0, 60_100],
        ["slept", 3_600_000, 60_100],
        ["set back", -7_200_000, 7_260_100],
        ["once only", 0, 7_260_100],
        ["opened again", 0, 60_000],
        ["set back meanwhile", 90_000, 150_000],
    ]
