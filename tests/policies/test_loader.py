"""A broken pack is named by file, table, row, key and reason, and all faults at once."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.locale import has, t
from portal.policies.loader import PACKS, PackError, PackProblem, load_pack

Place = tuple[str, int | None, str, str]
Broken = Callable[..., list[PackProblem]]


@pytest.fixture
def broken(tmp_path: Path) -> Broken:
    """Load Turpan's pack after replacing pieces of it; the problems found."""

    def load(*changes: tuple[str, str]) -> list[PackProblem]:
        text = (PACKS / "turpan-2019.toml").read_text("utf-8")
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        path = tmp_path / "broken.toml"
        path.write_text(text, "utf-8")
        with pytest.raises(PackError) as refused:
            load_pack(path)
        problems = list(refused.value.problems)
        for problem in problems:
            assert problem.file == "broken.toml"
            assert t(problem.reason, **problem.params)
        return problems

    return load


def place(problem: PackProblem) -> Place:
    return problem.table, problem.row, problem.key, problem.reason.removeprefix("publish.pack.")


PLAN_2 = 'plan_no = "2"\n'
CASES: list[tuple[str, str, Place]] = [
    (PLAN_2, PLAN_2 + 'colour = "red"\n', ("plans", 2, "colour", "unknown_key")),
    ("min_hours = 160", 'min_hours = "160"', ("plans", 2, "min_hours", "wrong_type")),
    ("min_hours = 160", "min_hours = -1", ("plans", 2, "min_hours", "wrong_type")),
    ('clause = "三(一)2"\n', "", ("plans", 2, "clause", "missing_key")),
    ('clause = "三(一)2"', 'clause = ""', ("plans", 2, "clause", "empty")),
    ('quote = "三年累计实施脱产培训300人次"', f'quote = "{"长" * 61}"',
     ("plans", 3, "quote", "too_long")),
    (PLAN_2, 'plan_no = "1"\n', ("plans", 2, "plan_no", "repeated")),
    ("target_person_times = 300\n", "target_person_times = 301\n",
     ("targets", 1, "value", "plans_do_not_add_up")),
    ("value = 26000", "value = 26001", ("targets", 1, "value", "parts_do_not_add_up")),
    ("person_times = 2500 }", "person_times = 2501 }",
     ("plans", 18, "splits", "parts_do_not_add_up")),
    ("effective_to = 2021-12-31", "effective_to = 2018-12-31",
     ("document", None, "effective_to", "dates_reversed")),
    ("opens_before_min = 30", "opens_before_min = 2000",
     ("attendance", None, "opens_before_min", "out_of_range")),
    ("min_ratio = 0.8", "min_ratio = 0.08", ("attendance", None, "min_ratio", "out_of_range")),
    ("late_after_min = 15", "late_after_min = 31",
     ("attendance", None, "late_after_min", "above_other")),
    ("makeup_counts = true", "makeup_counts = true\nred_below = 0.95",
     ("attendance", None, "red_below", "above_other")),
    ("makeup_counts = true", "makeup_counts = true\nnear_m = 2000",
     ("attendance", None, "near_m", "above_other")),
    ("makeup_counts = true", "makeup_counts = true\ntheory_min_ratio = 1.2",
     ("attendance", None, "theory_min_ratio", "wrong_type")),
    ("effective_to = 2021-12-31", 'effective_to = "2021-12-31"',
     ("document", None, "effective_to", "wrong_type")),
    ('region_code = "650400"', 'region_code = "650499"',
     ("document", None, "region_code", "unknown_region")),
    ('["EMP_NEW"]', '["EMP_OLD"]', ("plans", 1, "group_codes", "unknown_group")),
    ('training_type = "PRE_JOB"', 'training_type = "PREJOB"',
     ("plans", 1, "training_type", "unknown_training_type")),
    ('occupation_code = "4-12-01-01"', 'occupation_code = "4-12-01-99"',
     ("plans", 6, "trades", "unknown_occupation")),
    ('topic = "SAFETY"', 'topic = "DANGER"', ("plans", 5, "trades", "unknown_topic")),
    ('plans = ["1", "9", "10", "11"]', 'plans = ["1", "9", "10", "99"]',
     ("rules", 14, "plans", "unknown_plan")),
    ("params = { hours = 160 }", "params = { hours = 100 }",
     ("rules", 15, "params", "hours_differ_from_plan")),
    ('kind = "annual_cap"', 'kind = "yearly_cap"', ("rules", 1, "kind", "not_one_of")),
    ("starts = 16:30:00", "starts = 12:30:00", ("hours.blocks", 2, "ends", "block_reversed")),
    ('dates_note = "正文', 'dates_notes = "正文', ("document", None, "dates_notes", "unknown_key")),
    ("value = 0.28", "value = 28", ("targets", 5, "value", "ratio_above_one")),
    ('doc_no = "吐政办〔2019〕53号"\n', "", ("document", None, "doc_no", "missing_without_note")),
    ('remedy_plain = "您可以改报同一职业', 'note = "您可以改报同一职业',
     ("rules", 2, "remedy_plain", "missing_remedy")),
    ('id = "R02"\n', 'id = "R02"\neffective_to = 2018-01-01\n',
     ("rules", 2, "effective_to", "outside_document")),
    ('id = "R02"\n', 'id = "R02"\neffective_from = 2031-01-01\n',
     ("rules", 2, "effective_from", "outside_document")),
    ('id = "R02"\n', 'id = "R02"\neffective_from = 2020-02-01\neffective_to = 2020-01-01\n',
     ("rules", 2, "effective_to", "dates_reversed")),
    ("offer_min_hours = 2", "offer_min_hours = 25",
     ("waiting_list", None, "offer_min_hours", "offer_reversed")),
    ("public_notice_days = 7", "public_notice_days = 0",
     ("claims", None, "public_notice_days", "wrong_type")),
    ("params = { months = 12, before", "params = { month = 12, before",
     ("rules", 18, "params", "param_missing")),
    ("params = { ratio = 0.40", "params = { ratio = 40", ("rules", 27, "params", "param_mistyped")),
    ("max_months = 6, max", 'max_months = "6", max', ("rules", 9, "params", "param_mistyped")),
    ('any_payee_groups = ["POOR', 'any_payee_groups = ["RICH',
     ("rules", 9, "params", "unknown_group")),
    ('consumes = ["JOB', 'consumes = ["JUB', ("rules", 1, "params", "unknown_training_type")),
    ('levels = ["technician"', 'levels = ["technican"', ("rules", 36, "params", "param_mistyped")),
    ("ranks = { prefecture_1 = 4", "ranks = { prefecture_1 = 9",
     ("rules", 40, "params", "param_mistyped")),
    ("places = { prefecture_1 = 3", "places = { town = 3",
     ("rules", 40, "params", "param_mistyped")),
    ('credential = "QUAL", places', 'credential = "AWARD", places',
     ("rules", 40, "params", "param_mistyped")),
    ("ranks = { prefecture_1", "rank = { prefecture_1", ("rules", 40, "params", "param_missing")),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), CASES, ids=lambda value: str(value)[:30])
def test_a_fault_is_named_where_it_stands(
    broken: Broken, old: str, new: str, expected: Place
) -> None:
    assert place(broken((old, new))[0]) == expected


def test_a_table_of_the_products_own_must_say_where_its_values_come_from(broken: Broken) -> None:
    problem = broken(
        ('source_note = "政策原文没有规定审核时限', 'source = "政策原文没有规定审核时限')
    )[0]
    assert problem.table == "review"


def test_a_pack_without_the_products_tables_gets_their_defaults(tmp_path: Path) -> None:
    text = (PACKS / "turpan-2019.toml").read_text("utf-8")
    path = tmp_path / "short.toml"
    path.write_text(text[: text.index("[waiting_list]")], "utf-8")
    pack = load_pack(path)
    assert (pack.waiting_list.offer_hours, pack.review.due_working_days) == (24, 3)
    assert (pack.claims.deadline_months, pack.claims.public_notice_days) == (12, 7)
    assert "默认值" in pack.waiting_list.source_note


def test_all_faults_are_reported_at_once(broken: Broken) -> None:
    problems = broken(
        ("min_hours = 160", 'min_hours = "160"'),
        ('clause = "三(一)3"\n', ""),
        ('kind = "no_repeat"', 'kind = "norepeat"'),
    )
    assert [place(problem)[:3] for problem in problems] == [
        ("plans", 2, "min_hours"),
        ("plans", 3, "clause"),
        ("rules", 2, "kind"),
    ]


def test_a_wrong_sum_tells_both_numbers(broken: Broken) -> None:
    problem = broken(("value = 105000", "value = 106000"))[0]
    assert problem.params == {"declared": 106_000, "total": 105_000}


def test_a_file_that_is_no_toml_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text('[document]\nid = "a\n', "utf-8")
    with pytest.raises(PackError) as refused:
        load_pack(path)
    (problem,) = refused.value.problems
    assert (problem.reason, problem.params) == ("publish.pack.not_toml", {"line": "2"})


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_a_file_that_cannot_be_read_is_a_problem_and_not_a_trace(tmp_path: Path, name: str) -> None:
    with pytest.raises(PackError):
        load_pack(tmp_path / name)


def test_a_file_in_another_encoding_is_a_problem_and_not_a_trace(tmp_path: Path) -> None:
    path = tmp_path / "gbk.toml"
    path.write_bytes("# 政策".encode("gb18030"))
    with pytest.raises(PackError):
        load_pack(path)


def test_every_reason_in_the_checks_has_a_sentence() -> None:
    source = "".join(
        (PACKS.parent / name).read_text("utf-8") for name in ("checks.py", "loader.py")
    )
    reasons = set(re.findall(r'_fault\(\s*"[\w.]+", (?:None|row), "\w+", "(\w+)"', source))
    assert len(reasons) > 8
    assert all(has(f"publish.pack.{reason}") for reason in reasons)
