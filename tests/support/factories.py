"""Rows for tests: small, real, with defaults that make a whole class possible in one call."""

import itertools
import secrets
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.multirange import TimestamptzMultirange
from psycopg.types.range import TimestamptzRange
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    CatalogVersion,
    ClassSearchEntry,
    CommitmentTemplate,
    Employer,
    Enrolment,
    Institution,
    InstitutionListing,
    LoginSession,
    Person,
    PolicyPack,
    TrainingClass,
    TrainingPlan,
    TrainingProgramme,
    TrainingSession,
)
from portal.db.vault import get_vault
from portal.domain.permissions import Actor, Role
from portal.services.times import day_of
from portal.services.unit import load_actor, token_hash

_serial = itertools.count(1)
NOW = datetime(2026, 12, 1, 1, 40, tzinfo=UTC)
_OF_A_REGION = {
    *(Role.OFFICER, Role.AUDITOR, Role.HELPER, Role.REVIEWER),
    *(Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN),
}


def make_person(session: Session, *, name: str = "王小强", **fields: Any) -> Person:
    """A person with a made-up document number that nobody else in the test has."""
    number = f"9900001990{next(_serial):08d}"
    vault = get_vault()
    values: dict[str, Any] = {
        "id_type": "resident_id",
        "id_no_hash": vault.lookup_hash("id_no", f"resident_id:{number}"),
        "id_no_enc": vault.seal("id_no", number),
        "name": name,
        "name_key": name,
        "created_at": NOW,
    }
    person = Person(**values | fields)
    session.add(person)
    session.flush()
    session.refresh(person)
    return person


def make_account(
    session: Session,
    role: Role = Role.TRAINEE,
    *,
    institution: Institution | None = None,
    region_code: str | None = None,
    employer: Employer | None = None,
    person: Person | None = None,
    password_hash: str = "!",
) -> Account:
    """An account with a role; whoever has a region gets Turpan unless told otherwise."""
    person = person or make_person(session)
    if role is Role.EMPLOYER:
        employer = employer or make_employer(session)
    if role in _OF_A_REGION:
        region_code = region_code or "650400"
    account = Account(
        person_id=person.id,
        role=role.value,
        institution_id=institution.id if institution else None,
        employer_id=employer.id if employer else None,
        region_code=region_code,
        phone_hash=None,
        password_hash=password_hash,
        created_at=NOW,
    )
    session.add(account)
    session.flush()
    return account


def make_employer(session: Session, **fields: Any) -> Employer:
    """An insured enterprise in Turpan."""
    number = next(_serial)
    values: dict[str, Any] = {
        "uscc": f"9165{number:014d}",
        "name": f"火焰山食品有限公司{number}",
        "kind": "enterprise",
        "region_code": "650402",
        "insured": True,
        "created_at": NOW,
    }
    employer = Employer(**values | fields)
    session.add(employer)
    session.flush()
    return employer


def log_in(session: Session, account: Account, *, now: datetime = NOW) -> str:
    """A login token of an account, valid for a day."""
    token = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            account_id=account.id,
            token_hash=token_hash(token),
            kind="web",
            device="test",
            created_at=now,
            expires_at=now + timedelta(days=1),
        )
    )
    session.flush()
    return token


def make_actor(session: Session, role: Role = Role.TRAINEE, **kwargs: Any) -> Actor:
    """The actor of a new account, as a handler would get it."""
    token = log_in(session, make_account(session, role, **kwargs))
    return load_actor(session, token, now=NOW)


def make_institution(session: Session, *, name: str | None = None, **fields: Any) -> Institution:
    """A listed-looking institution in Turpan's Gaochang district."""
    serial = next(_serial)
    values: dict[str, Any] = {
        "uscc": f"91650400TEST{serial:06d}",
        "name": name or f"示例职业培训学校{serial}",
        "kind": "PRIVATE_INST",
        "ownership": "private",
        "license_no": f"人社民{serial:07d}号",
        "region_code": "650402",
        "address": "高昌区示范路1号",
        "contact_phone": "0995-0000000",
        "scope": ["电工"],
        "description": "",
        "search_terms": [],
        "created_at": NOW,
    }
    institution = Institution(**values | fields)
    session.add(institution)
    session.flush()
    return institution


def _catalog(session: Session, kind: str) -> CatalogVersion:
    version = CatalogVersion(
        kind=kind,
        region_code="650400",
        version_no=next(_serial),
        status="superseded",
        doc_no="示例",
        source_name="test",
        content_hash="0",
        row_count=1,
        effective_from=date(2026, 1, 1),
        published_at=NOW,
    )
    session.add(version)
    session.flush()
    return version


def make_catalog(session: Session, kind: str, **fields: Any) -> CatalogVersion:
    """A version of a catalogue that applies since the beginning of 2026, whatever came after."""
    version = _catalog(session, kind)
    for name, value in fields.items():
        setattr(version, name, value)
    session.flush()
    return version


def make_programme(session: Session, **fields: Any) -> TrainingProgramme:
    """A programme for electricians, with pack, plan and catalogue version behind it."""
    serial = next(_serial)
    pack = PolicyPack(
        id=f"pack-{serial}",
        title="示例实施方案",
        doc_no="示例〔2026〕1号",
        region_code="650400",
        content_hash="0",
        payload={},
        published_at=NOW,
    )
    session.add(pack)
    session.flush()
    plan = TrainingPlan(
        pack_id=pack.id,
        plan_no="6",
        name="新生代农民工",
        lead_department="市人社局",
        target_person_times=10000,
        min_hours=None,
        training_type="JOB_SKILL",
        group_codes=["MIGRANT_NEWGEN"],
        clause="三(二)6",
        quote="",
    )
    session.add(plan)
    session.flush()
    values: dict[str, Any] = {
        "code": f"P{serial}",
        "catalog_version_id": _catalog(session, "programme").id,
        "plan_id": plan.id,
        "title": "电工(五级)",
        "training_type": "JOB_SKILL",
        "occupation_code": "6-31-01-03",
        "level": 2,
        "planned_hours": 40,
        "theory_hours": 16,
        "practice_hours": 24,
        "fee_fen": 0,
        "certificate_kind": "TRAINING",
        "description": "",
    }
    programme = TrainingProgramme(**values | fields)
    session.add(programme)
    session.flush()
    return programme


def list_institution(session: Session, institution: Institution) -> InstitutionListing:
    """Put an institution on a list of its own."""
    listing = InstitutionListing(
        institution_id=institution.id,
        catalog_version_id=_catalog(session, "institution").id,
        status="listed",
        effective_from=date(2026, 1, 1),
        decision_doc="示例",
    )
    session.add(listing)
    session.flush()
    return listing


def make_class(
    session: Session,
    *,
    institution: Institution | None = None,
    first_start: datetime = NOW + timedelta(days=7),
    sessions: int = 2,
    session_length: timedelta = timedelta(minutes=180),
    gap: timedelta = timedelta(days=1),
    **fields: Any,
) -> TrainingClass:
    """A class open for enrolment with sessions of 4 课时 from ``first_start``, one a day."""
    institution = institution or make_institution(session)
    starts = [first_start + index * gap for index in range(sessions)]
    values: dict[str, Any] = {
        "class_no": f"C{next(_serial):06d}",
        "programme_id": make_programme(session).id,
        "institution_id": institution.id,
        "title": "电工(五级)技能提升班",
        "region_code": "650402",
        "site": "2号实训室",
        "address": "高昌区示范路1号",
        "capacity": 30,
        "enrol_from": NOW - timedelta(days=30),
        "enrol_until": first_start,
        "starts_on": day_of(starts[0]),
        "ends_on": day_of(starts[-1]),
        "hours": 4 * sessions,
        "occupation_code": "6-31-01-03",
        "level": 2,
        "group_codes": ["MIGRANT_NEWGEN"],
        "meets": TimestamptzMultirange(
            [TimestamptzRange(start, start + session_length, "[)") for start in starts]
        ),
        "status": "enrolling",
        "published_at": NOW - timedelta(days=30),
    }
    made = TrainingClass(**values | fields)
    session.add(made)
    session.flush()
    for number, start in enumerate(starts, 1):
        session.add(make_session(made, number, start, start + session_length))
    session.add(
        ClassSearchEntry(
            class_id=made.id, starts_on=made.starts_on, enrol_until=made.enrol_until, terms=[]
        )
    )
    session.flush()
    return made


def make_session(
    training_class: TrainingClass, seq_no: int, start: datetime, end: datetime
) -> TrainingSession:
    """A session with the usual windows (not yet added to the database session)."""
    return TrainingSession(
        class_id=training_class.id,
        seq_no=seq_no,
        starts_at=start,
        ends_at=end,
        hours=int((end - start).total_seconds() // 60 // 45),
        kind="practice",
        room="2号实训室",
        topic="低压线路",
        sign_in_from=start - timedelta(minutes=30),
        late_after=start + timedelta(minutes=15),
        sign_in_until=start + timedelta(minutes=30),
        sign_out_from=end - timedelta(minutes=10),
        sign_out_until=end + timedelta(minutes=60),
    )


def make_commitment_template(session: Session) -> CommitmentTemplate:
    """The template that test enrolments refer to; made once a database."""
    found = session.get(CommitmentTemplate, "test")
    if found is None:
        found = CommitmentTemplate(version="test", text_hash="0", text="测试", created_at=NOW)
        session.add(found)
        session.flush()
    return found


def enrol(session: Session, person: Person, training_class: TrainingClass) -> Enrolment:
    """A live enrolment, seat taken."""
    template = make_commitment_template(session)
    enrolment = Enrolment(
        person_id=person.id,
        person_no=person.no,
        class_id=training_class.id,
        busy=training_class.meets,
        status="accepted",
        channel="self",
        commitment_version=template.version,
        commitment_text_hash=template.text_hash,
        signed_at=NOW,
        created_at=NOW,
    )
    session.add(enrolment)
    training_class.seats_taken += 1
    session.flush()
    return enrolment


def sessions_of(session: Session, training_class: TrainingClass) -> list[TrainingSession]:
    """The sessions of a class in order."""
    query = session.query(TrainingSession).filter_by(class_id=training_class.id)
    return query.order_by(TrainingSession.seq_no).all()


def person_of(session: Session, actor: Actor) -> Person:
    """The person row behind an actor."""
    person_id: UUID = actor.the_person()
    return session.get_one(Person, person_id)
