"""People, forms and pictures for tests of certificates."""

import io
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Account, Person
from portal.db.vault import get_vault
from portal.domain.identity import make_demo_id
from portal.domain.names import name_key
from portal.domain.permissions import Actor, Role
from portal.services import certificate_drafts
from portal.services.certificate_desk import DeskCertificate
from portal.services.certificate_drafts import Holder
from portal.services.unit import load_actor
from tests.support import factories as make

LEVEL_NUMBER = "Y000165000001265000001"
QUAL_NUMBER = "2665010001500001"
_used = iter(range(1_000))


def id_number(serial: int | None = None) -> str:
    """A valid ID number that nobody can have."""
    return make_demo_id(date(1985, 3, 4), next(_used) if serial is None else serial)


def resident(session: Session, *, name: str = "王小强", region: str = "650402") -> Person:
    """A person with a valid ID number who lives in a region."""
    vault, number = get_vault(), id_number()
    return make.make_person(
        session,
        name=name,
        name_key=name_key(name),
        id_no_hash=vault.lookup_hash("id_no", f"resident_id:{number}"),
        id_no_enc=vault.seal("id_no", number),
        residence_region=region,
    )


def number_of(person: Person) -> str:
    return get_vault().open("id_no", person.id_no_enc)


def holder(person: Person, **fields: str) -> Holder:
    """What the officer reads off the person's card."""
    values = {"id_type": "resident_id", "id_no": number_of(person), "name": person.name}
    return Holder(**values | fields)


# A complete form for every kind that an authority issues.
FORMS: dict[str, dict[str, str]] = {
    "LEVEL": {
        "number": LEVEL_NUMBER,
        "institution_name": "新疆某技能评价中心",
        "occupation_code": "6-31-01-03",
        "edition": "2022",
        "level": "2",
        "issued_on": "2026-05-06",
        "result": "合格",
    },
    "QUAL": {
        "number": QUAL_NUMBER,
        "institution_name": "新疆某职业技能鉴定指导中心",
        "occupation_code": "4-10-01-02",
        "occupation_name": "育婴员",
        "edition": "2015",
        "level": "2",
        "issued_on": "2026-05-06",
    },
    "SPECIAL": {"title": "葡萄栽培", "result": "合格"},
    "SAFETY_POST": {"title": "有限空间作业安全", "result": "合格"},
    "AWARD": {"title": "第五届职业技能大赛 电工", "result": "一等奖"},
    "MILITARY": {"remark": "汽车修理", "occupation_code": "4-12-01-01", "edition": "2022"},
}


def draft(
    session: Session,
    officer: Actor,
    person: Person,
    now: datetime,
    *,
    kind: str = "SPECIAL",
    **fields: str,
) -> DeskCertificate:
    """A draft of a kind, complete unless told otherwise."""
    form = FORMS[kind] | fields
    return certificate_drafts.start(
        session, officer, kind=kind, holder=holder(person), form=form, now=now
    )


def issued(
    session: Session, officer: Actor, person: Person, now: datetime, **fields: str
) -> DeskCertificate:
    """A certificate that an authority issued."""
    made = draft(session, officer, person, now, **fields)
    return certificate_drafts.issue_draft(session, officer, draft_id=made.id, now=now)


def owner(session: Session, person: Person) -> Actor:
    """The person, logged in."""
    account = session.scalar(select(Account).where(Account.person_id == person.id))
    account = account or make.make_account(session, Role.TRAINEE, person=person)
    return load_actor(session, make.log_in(session, account), now=make.NOW)


def officer_who_is(session: Session, person: Person) -> Actor:
    """An officer of Turpan who is this very person."""
    return replace(make.make_actor(session, Role.OFFICER), person_id=person.id)


def photo(kind: str = "JPEG", size: tuple[int, int] = (300, 200), **options: Any) -> bytes:
    """A picture of a paper."""
    picture = Image.new("RGB", size, "white")
    ImageDraw.Draw(picture).rectangle((20, 20, size[0] - 20, size[1] - 20), outline="red", width=4)
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def seal(size: tuple[int, int] = (300, 300)) -> bytes:
    """A red ring on a clear ground."""
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse((5, 5, size[0] - 5, size[1] - 5), outline="red", width=12)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
