"""Kinds of certificates: who issues them, what each needs and cannot have."""

import pytest

from portal.db.models import Certificate
from portal.domain.certificate_kinds import (
    KINDS,
    MEM,
    OSTA,
    Source,
    check_fields,
    kind_of,
    kinds_from,
)
from portal.domain.certificate_number import PREFIXES
from portal.domain.errors import BadInput
from portal.locale import has

AUTHORITY = {"LEVEL", "QUAL", "SPECIAL", "SAFETY_POST", "AWARD", "MILITARY"}


def test_an_authority_issues_six_kinds_and_an_institution_two() -> None:
    assert {kind.code for kind in kinds_from(Source.AUTHORITY)} == AUTHORITY
    assert {kind.code for kind in kinds_from(Source.INSTITUTION)} == {"TRAINING", "SAFETY_POST"}


def test_an_owner_may_bring_every_kind() -> None:
    assert {kind.code for kind in kinds_from(Source.OWNER)} == set(KINDS)


@pytest.mark.parametrize("code", ["SPECIAL_OP", "ENT_SELF", "TITLE", "TRAINING", "", "DUAL", "x"])
def test_an_authority_issues_no_other_kind(code: str) -> None:
    with pytest.raises(BadInput) as refusal:
        kind_of(code, Source.AUTHORITY)
    assert refusal.value.field == "kind"


def test_every_kind_that_is_issued_here_can_be_numbered() -> None:
    here = {kind.code for kind in KINDS.values() if kind.sources != {Source.OWNER}}
    on_record = {kind.code for kind in KINDS.values() if kind.on_record}
    assert on_record == {"LEVEL", "QUAL"}
    assert here - on_record == set(PREFIXES)


def test_only_levels_and_qualifications_are_looked_up_at_osta_and_special_operations_at_mem() -> (
    None
):
    found = {code: kind.look_up for code, kind in KINDS.items() if kind.look_up}
    assert found == {"LEVEL": OSTA, "QUAL": OSTA, "SPECIAL_OP": MEM}


def test_special_operations_are_valid_six_years_and_reviewed_every_three() -> None:
    kind = KINDS["SPECIAL_OP"]
    assert (kind.valid_years, kind.review_years) == (6, 3)


@pytest.mark.parametrize(
    "code", ["TRAINING", "SPECIAL", "SAFETY_POST", "AWARD", "SPECIAL_OP", "TITLE"]
)
def test_a_kind_without_levels_refuses_one(code: str) -> None:
    with pytest.raises(BadInput) as refusal:
        check_fields(KINDS[code], {"level": 2})
    assert (refusal.value.field, refusal.value.reason) == ("level", "certificate_kinds.never.level")


@pytest.mark.parametrize("code", ["LEVEL", "QUAL"])
@pytest.mark.parametrize("missing", ["occupation_name", "edition", "level", "number"])
def test_a_level_and_a_qualification_need_occupation_edition_level_and_number(
    code: str, missing: str
) -> None:
    whole = dict.fromkeys(KINDS[code].needs, "x")
    check_fields(KINDS[code], whole)
    with pytest.raises(BadInput) as refusal:
        check_fields(KINDS[code], whole | {missing: None})
    assert refusal.value.field == missing


def test_every_kind_and_every_refusal_has_its_words() -> None:
    for code, kind in KINDS.items():
        assert has(f"certificate.kind.{code}")
        assert all(has(f"certificate_kinds.missing.{f}") for f in kind.needs | kind.owner_needs)
        assert all(has(f"certificate_kinds.never.{field}") for field in kind.never)


def test_what_kinds_name_are_columns_of_a_certificate() -> None:
    columns = set(Certificate.__table__.columns.keys())
    for kind in KINDS.values():
        assert kind.needs | kind.never | kind.owner_needs <= columns
