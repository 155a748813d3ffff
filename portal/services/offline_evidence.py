"""Whether what a device kept beside a sign-in shows that the person was there."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, PersonalSheet, PersonPass
from portal.domain import person_pass
from portal.domain.checkin_methods import Method
from portal.domain.errors import CodeInvalid
from portal.services.passes import key_of, sheet_master

_SHEET_MODULUS = 256


def is_evident(
    session: Session,
    enrolment: Enrolment,
    method: Method,
    evidence: str,
    moments: Iterable[datetime],
) -> bool:
    """Whether the evidence is the person's own and right for one of the moments.

    Two moments are given where the device's clock was corrected: which of them the phone's clock
    agrees with is not known. A tap needs none; it is worth accordingly.
    """
    if method is Method.MANUAL:
        return True
    if method is Method.SHEET:
        return _is_sheet(session, enrolment, evidence)
    row = session.scalar(select(PersonPass).where(PersonPass.person_id == enrolment.person_id))
    if row is None:
        return False
    key = key_of(row.pass_id, row.generation)
    if method is Method.PASS_CODE:
        return any(
            person_pass.numeric_is_fresh(
                person_pass.day_key(key, person_pass.day_of(at)), evidence, at
            )
            for at in moments
        )
    return method is Method.PASS and _is_pass(key, row, evidence, moments)


def _is_pass(key: bytes, row: PersonPass, evidence: str, moments: Iterable[datetime]) -> bool:
    try:
        read = person_pass.read_pass(evidence)
    except CodeInvalid:
        return False
    of_day = person_pass.day_key(key, person_pass.day_of(read.shown_at))
    return (
        read.pass_id == row.pass_id
        and person_pass.pass_is_genuine(of_day, read)
        and any(person_pass.pass_is_fresh(read, at) for at in moments)
    )


def _is_sheet(session: Session, enrolment: Enrolment, evidence: str) -> bool:
    try:
        read = person_pass.read_sheet(sheet_master(), evidence)
    except CodeInvalid:
        return False
    printed = session.get(PersonalSheet, enrolment.id)
    return (
        read.enrolment_id == enrolment.id
        and printed is not None
        and read.generation == printed.generation % _SHEET_MODULUS
    )
