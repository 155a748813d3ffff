"""Where the camera's page goes for a scanned code: nowhere but to portals that are trusted."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from portal.settings import ROOT

NODE = Path(sys.executable).with_name("node")
OWN, HERE, OTHER = "https://portal.example", "http://10.0.0.2:3000", "https://trusted.example"
RUNNER = """
import { readFileSync } from "node:fs";
globalThis.document = { getElementById: () => null };
const { judge } = await import(process.argv[1]);
const { cases, own, others, here } = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(cases.map((text) => judge(text, own, others, here))));
"""
NUMBER = "PX650400202600000173"
OURS = {
    f"{OWN}/verify/{NUMBER}": f"/verify/{NUMBER}",
    f"{HERE}/verify/{NUMBER}": f"/verify/{NUMBER}",
    f"{OWN}/verify/archive/ABCD": "/verify/archive/ABCD",
    f"{OWN}/verify/{NUMBER}?next=https://evil.example#x": f"/verify/{NUMBER}",
    NUMBER: f"/verify/{NUMBER}",
    "px 650400 2026 0000017 3": f"/verify/{NUMBER}",
}
TRUSTED = f"{OTHER}/verify/{NUMBER}"
FOREIGN = [
    f"https://portal.example.evil.example/verify/{NUMBER}",
    f"https://portal.example@evil.example/verify/{NUMBER}",
    f"https://user@portal.example/verify/{NUMBER}",
    f"http://portal.example/verify/{NUMBER}",
    f"https://portal.example:444/verify/{NUMBER}",
    f"https://portal.example\\@evil.example/verify/{NUMBER}",
    f"https://porta1.example/verify/{NUMBER}",
    f"{OWN}/c/abcdef",
    f"{OWN}/auth/logout",
    f"{OWN}/verify/../auth/logout",
    f"{OTHER}/login",
    "javascript:location='/verify/'",
    "data:text/html,/verify/",
    "//evil.example/verify/1",
    "T110101199003070011",
    "一段文字",
    "",
]


@pytest.fixture(scope="module")
def judged() -> dict[str, dict[str, Any]]:
    cases = [*OURS, TRUSTED, *FOREIGN]
    asked = {"cases": cases, "own": OWN, "others": {OTHER: "别处"}, "here": HERE}
    script = (ROOT / "assets" / "verify-scan.js").as_uri()
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", RUNNER, script],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(zip(cases, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize(("text", "path"), OURS.items())
def test_a_code_of_ours_opens_its_page(
    judged: dict[str, dict[str, Any]], text: str, path: str
) -> None:
    assert judged[text] == {"kind": "own", "path": path}


def test_a_code_of_a_trusted_portal_is_offered_with_its_name(
    judged: dict[str, dict[str, Any]],
) -> None:
    assert judged[TRUSTED] == {"kind": "trusted", "address": TRUSTED, "name": "别处"}


@pytest.mark.parametrize("text", FOREIGN)
def test_every_other_code_is_shown_and_not_opened(
    judged: dict[str, dict[str, Any]], text: str
) -> None:
    assert judged[text]["kind"] == "foreign"
