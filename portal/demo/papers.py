"""Certificates of the demo beyond the classes': issued, put on record, corrected, revoked, brought
from elsewhere, and a draft that waits on the officer's desk."""

import io
from datetime import date, datetime, timedelta
from uuid import UUID

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Account, Certificate, ExternalCertificate, Person
from portal.db.vault import get_vault
from portal.demo import officers
from portal.demo.cast import Cast
from portal.domain.permissions import Actor, Role
from portal.locale import t
from portal.services import (
    certificate_drafts,
    certificates,
    external_certificates,
    reissue,
)
from portal.services.certificate_desk import DeskCertificate
from portal.services.certificate_drafts import Holder
from portal.services.times import day_of
from portal.settings import ROOT

# Trainees by their place among the accounts, from 0: 13900000001 is 0.
_FIRST, _VETERAN, _PENSIONER = 0, 1, 3
_FONT = ROOT / "portal" / "documents" / "fonts" / "PortalSerif-Regular.otf"


def ensure(session: Session, everybody: Cast, *, now: datetime) -> None:
    """One of each, once: what somebody does with them since stays as it is."""
    people = everybody.trainees
    first, veteran, pensioner = people[_FIRST], people[_VETERAN], people[_PENSIONER]
    officer, _ = officers.ensure(session, now=now)
    if not _has_papers(session, (first, veteran, pensioner)):
        desk = _Desk(session, officer, now)
        desk.issue(first, "SPECIAL", _special())
        desk.issue(first, "LEVEL", _level(now))
        desk.corrected(veteran, "AWARD", _award())
        desk.revoked(pensioner, "SPECIAL", _special())
        desk.draft(veteran, "MILITARY", _military())
    if not _has_brought(session, first):
        _bring(session, first, now)


class _Desk:
    """Acts by the services, as the officer would."""

    def __init__(self, session: Session, officer: Actor, now: datetime) -> None:
        self.session, self.officer, self.now = session, officer, now

    def draft(self, person_id: UUID, kind: str, form: dict[str, str]) -> DeskCertificate:
        person = self.session.get_one(Person, person_id)
        number = get_vault().open("id_no", person.id_no_enc)
        return certificate_drafts.start(
            self.session,
            self.officer,
            kind=kind,
            holder=Holder(person.id_type, number, person.name),
            form=form,
            now=self.now,
        )

    def issue(self, person_id: UUID, kind: str, form: dict[str, str]) -> DeskCertificate:
        made = self.draft(person_id, kind, form)
        return certificate_drafts.issue_draft(
            self.session, self.officer, draft_id=made.id, now=self.now
        )

    def corrected(self, person_id: UUID, kind: str, form: dict[str, str]) -> None:
        """One whose result was first written wrong."""
        made = self.issue(person_id, kind, form | {"result": t("demo.papers.wrong_rank")})
        reissue.correct(
            self.session,
            self.officer,
            number=made.number,
            version=made.version,
            form=made.fields | {"result": form["result"]},
            reason=t("demo.papers.correction"),
            now=self.now,
        )

    def revoked(self, person_id: UUID, kind: str, form: dict[str, str]) -> None:
        made = self.issue(person_id, kind, form)
        certificates.revoke(
            self.session,
            self.officer,
            number=made.number,
            reason=t("demo.papers.revocation"),
            now=self.now,
        )


def _has_papers(session: Session, people: tuple[UUID, ...]) -> bool:
    query = select(Certificate.id).where(
        Certificate.person_id.in_(people), Certificate.kind != "TRAINING"
    )
    return session.scalar(query.limit(1)) is not None


def _has_brought(session: Session, person_id: UUID) -> bool:
    query = select(ExternalCertificate.id).where(ExternalCertificate.person_id == person_id)
    return session.scalar(query.limit(1)) is not None


def _special() -> dict[str, str]:
    return {"title": t("demo.papers.special"), "result": t("certificate.passed")}


def _level(now: datetime) -> dict[str, str]:
    issued = date(day_of(now).year, 1, 1)
    return {
        "number": f"Y000165000001{issued:%y}5000001",
        "institution_name": t("demo.papers.body"),
        "occupation_code": "6-31-01-03",
        "edition": "2022",
        "level": "2",
        "issued_on": issued.isoformat(),
        "result": t("certificate.passed"),
    }


def _award() -> dict[str, str]:
    return {"title": t("demo.papers.award"), "result": t("demo.papers.rank")}


def _military() -> dict[str, str]:
    return {
        "remark": t("demo.papers.specialty"),
        "occupation_code": "4-12-01-01",
        "edition": "2022",
    }


def _bring(session: Session, person_id: UUID, now: datetime) -> None:
    """A certificate from elsewhere with its picture, waiting to be verified."""
    person = session.get_one(Person, person_id)
    account = session.scalars(select(Account.id).where(Account.person_id == person_id)).one()
    mine = Actor(Role.TRAINEE, account_id=account, person_id=person_id)
    number = get_vault().open("id_no", person.id_no_enc)
    issued = day_of(now) - timedelta(days=400)
    external_certificates.add(
        session,
        mine,
        form={
            "kind": "SPECIAL_OP",
            "number": f"T{number}",
            "title": t("demo.papers.special_op"),
            "issuer": t("demo.papers.special_op_issuer"),
            "issued_on": issued.isoformat(),
        },
        image=external_certificates.as_stored_picture(_drawn()),
        now=now,
    )


def _drawn() -> bytes:
    """A paper that nobody takes for a real one."""
    picture = Image.new("RGB", (900, 600), "#f7f3e8")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((30, 30, 870, 570), outline="#8a6d3b", width=6)
    large, small = ImageFont.truetype(_FONT, 56), ImageFont.truetype(_FONT, 32)
    pen.text((450, 150), t("certificate.kind.SPECIAL_OP"), "#333333", large, anchor="mm")
    pen.text((450, 280), t("demo.papers.special_op"), "#333333", small, anchor="mm")
    pen.text((450, 420), t("demo.papers.sample"), "#b00020", large, anchor="mm")
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
