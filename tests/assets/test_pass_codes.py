"""The phone's passes are the server's: the script runs in Node against the Python rules."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from portal.domain import person_pass
from portal.domain.keyed_text import encode
from portal.settings import ROOT

NODE = Path(sys.executable).with_name("node")
PASS = UUID("0193a1b2-0000-7000-8000-0000000000aa")
KEY = person_pass.pass_key(bytes(range(32)), PASS, 1)
MIDNIGHT = datetime(2026, 11, 30, 16, tzinfo=UTC)  # in Shanghai
RUNNER = """
import { readFileSync } from "node:fs";
const { bytesOf, importKey, passAt, signScan } = await import(process.argv[1]);
const asked = JSON.parse(readFileSync(0, "utf8"));
const key = await importKey(bytesOf(asked.key));
const made = [];
for (const at of asked.moments) made.push(await passAt(key, asked.pass, at));
console.log(JSON.stringify({ made, signed: await signScan(key, "一次扫码") }));
"""


def test_the_browser_makes_the_passes_that_the_server_expects() -> None:
    moments = [MIDNIGHT + timedelta(milliseconds=one) for one in (-30_001, -1, 0, 1, 29_999)]
    moments += [MIDNIGHT + timedelta(days=100 * n, seconds=17 * n) for n in range(100)]
    asked = {
        "key": encode(KEY),
        "pass": PASS.hex,
        "moments": [round(at.timestamp() * 1000) for at in moments],
    }
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", RUNNER, (ROOT / "assets/pass-codes.js").as_uri()],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    wanted = [person_pass.pass_at(KEY, PASS, at) for at in moments]
    assert [(one["token"], one["numeric"]) for one in answer["made"]] == [
        (one.token, one.numeric) for one in wanted
    ]
    assert [one["expiresAt"] for one in answer["made"]] == [
        round(one.expires_at.timestamp() * 1000) for one in wanted
    ]
    assert answer["signed"] == person_pass.sign_scan(KEY, "一次扫码")
