"""Every row of the acceptance table (reference C4) has a test that is named after it."""

import re
from pathlib import Path

ROWS = range(1, 21)


def test_every_row_of_the_acceptance_table_has_a_test() -> None:
    files = (path.read_text("utf-8") for path in Path(__file__).parent.rglob("test_*.py"))
    named = {int(no) for text in files for no in re.findall(r"def test_c4_([0-9]+)_", text)}
    assert named == set(ROWS)
