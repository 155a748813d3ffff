"""The screen's own codes are the server's: the script runs in Node against the Python rules."""

import json
import random
import subprocess
import sys
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from portal.domain import checkin_code, relay_trap
from portal.domain.checkin_code import CODE_PERIOD, Phase
from portal.settings import ROOT

NODE = Path(sys.executable).with_name("node")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CASES = 500
RUNNER = """
import { readFileSync } from "node:fs";
const { numericAt, tokenAt, colourAt, colourOrder, decode, encode, blockAt, stepAt } =
  await import(process.argv[1]);
const answers = [];
for (const asked of JSON.parse(readFileSync(0, "utf8"))) {
  const key = decode(asked.key);
  answers.push({
    key: encode(key),
    token: await tokenAt(key, asked),
    numeric: await numericAt(key, asked),
    colour: await colourAt(key, asked.at),
    order: await colourOrder(key),
    block: blockAt(asked.at),
    step: stepAt(asked.at),
  });
}
console.log(JSON.stringify(answers));
"""


def _moment(drawn: random.Random) -> int:
    """From 1970 to 2262, in milliseconds; now and then the very border of a step or a block."""
    border = drawn.choice((1, 15_000, 300_000))
    return drawn.randrange(9_214_646_400_000) // border * border


@pytest.fixture(scope="module")
def cases() -> list[dict[str, Any]]:
    """Keys, sessions, moments, phases and numbers."""
    drawn = random.Random(4)
    return [
        {
            "master": drawn.randbytes(32),
            "session": str(UUID(bytes=drawn.randbytes(16))),
            "at": _moment(drawn),
            "phase": drawn.choice(list(Phase)).value,
            "seq": drawn.choice((0, drawn.randrange(256))),
        }
        for _ in range(CASES)
    ]


@pytest.fixture(scope="module")
def answers(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the script says to all of them."""
    asked = [
        {name: case[name] for name in ("session", "at", "phase", "seq")}
        | {"key": urlsafe_b64encode(_screen_key(case)).decode().rstrip("=")}
        for case in cases
    ]
    script = (ROOT / "assets" / "checkin-codes.js").as_uri()
    done = subprocess.run(
        [NODE, "--no-warnings", "--input-type=module", "-e", RUNNER, script],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def _at(case: dict[str, Any]) -> datetime:
    return EPOCH + timedelta(milliseconds=case["at"])


def _session_key(case: dict[str, Any]) -> bytes:
    return checkin_code.session_key(case["master"], UUID(case["session"]))


def _screen_key(case: dict[str, Any]) -> bytes:
    block = relay_trap.block_of(_at(case))
    return checkin_code.screen_key(_session_key(case), Phase(case["phase"]), block)


def test_the_script_knows_the_servers_codes(
    cases: list[dict[str, Any]], answers: list[dict[str, Any]]
) -> None:
    for case, answer in zip(cases, answers, strict=True):
        code = checkin_code.code_at(
            _session_key(case),
            session_id=UUID(case["session"]),
            phase=Phase(case["phase"]),
            at=_at(case),
            seq=case["seq"],
        )
        assert (answer["token"], answer["numeric"]) == (code.token, code.numeric), case
        assert answer["step"] == code.step
        assert answer["block"] == checkin_code.block_of(code.step)


def test_the_script_knows_the_servers_colours(
    cases: list[dict[str, Any]], answers: list[dict[str, Any]]
) -> None:
    for case, answer in zip(cases, answers, strict=True):
        key = _screen_key(case)
        assert answer["order"] == list(relay_trap.colour_order(key)), case
        assert answer["colour"] == relay_trap.colour_at(key, _at(case)), case
    assert {answer["colour"] for answer in answers} == set(relay_trap.COLOURS)


def test_the_drawn_cases_reach_every_corner(cases: list[dict[str, Any]]) -> None:
    """A comparison that never met a large step, a phase or the first of a block says little."""
    assert {case["phase"] for case in cases} == {phase.value for phase in Phase}
    assert any(case["at"] % 300_000 == 0 for case in cases)
    assert any(case["at"] // 15_000 > 2**29 for case in cases)
    assert any(case["seq"] > 127 for case in cases)
    assert timedelta(seconds=15) == CODE_PERIOD


def test_the_script_spells_a_key_as_the_server_does(
    cases: list[dict[str, Any]], answers: list[dict[str, Any]]
) -> None:
    for case, answer in zip(cases, answers, strict=True):
        assert answer["key"] == urlsafe_b64encode(_screen_key(case)).decode().rstrip("=")
