"""The page of one class."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, literal_column, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    Enrolment,
    Institution,
    Person,
    TrainingClass,
    TrainingPlan,
    TrainingProgramme,
    TrainingSession,
)
from portal.db.models.classes import IS_OPEN
from portal.domain.errors import NotFound
from portal.domain.masking import mask_name
from portal.domain.parsing import parse_id
from portal.domain.permissions import Actor
from portal.locale import has, t
from portal.policies import models, reference
from portal.services import times
from portal.services.call_off import called_off_reason
from portal.services.catalogue.cards import (
    applies,
    card_values,
    class_rows,
    seat_status,
    subject_of,
)
from portal.services.catalogue.shortages import shortages_of
from portal.services.catalogue.views import (
    ClassDetail,
    FreeGroup,
    OwnState,
    PlanRef,
    SessionView,
)
from portal.services.listing import ListingView, institution_card, listing_of
from portal.services.policies import group_phrases, read_pack
from portal.services.search_index import is_closed_channel


def class_detail(
    session: Session, actor: Actor, *, class_id: UUID | str, now: datetime
) -> ClassDetail:
    """A published class, whatever its state now; its state says whether one can enrol and why.

    Raises NotFound for a malformed or unknown id, a draft, and a class of a closed channel.
    """
    row = session.execute(
        class_rows()
        .add_columns(Institution, TrainingProgramme, TrainingPlan)
        .where(TrainingClass.id == parse_id(class_id))
    ).one_or_none()
    made: TrainingClass | None = row.TrainingClass if row else None
    if row is None or made is None or made.status == "draft":
        raise NotFound
    if is_closed_channel(made.group_codes):
        raise NotFound
    listing = listing_of(session, made.institution_id, today=times.day_of(now))
    offered = made.status == "enrolling" and listing.takes_trainees
    programme: TrainingProgramme = row.TrainingProgramme
    pack = read_pack(session, row.pack_id, row.content_hash)
    about = subject_of(row)
    free, subsidised = _benefits(pack, programme.training_type, made.group_codes)
    return ClassDetail(
        **card_values(
            session,
            row,
            now=now,
            offered=offered,
            shortage=shortages_of(session, (about,)).get(about),
        ),
        class_no=made.class_no,
        site=made.site,
        address=made.address,
        access_note=made.access_note,
        region_path=tuple(reference.region_path(made.region_code)),
        ends_text=times.day_text(made.ends_on),
        enrol_from=made.enrol_from,
        enrol_until=made.enrol_until,
        state_text=_state_text(made, listing, now),
        called_off=called_off_reason(session, made.id),
        theory_hours=programme.theory_hours,
        practice_hours=programme.practice_hours,
        description=programme.description,
        fee_fen=programme.fee_fen,
        fee_text=_fee_text(programme.fee_fen),
        instructor_name=_instructor(session, made.instructor_id),
        group_phrases=tuple(group_phrases(made.group_codes)),
        sessions=_sessions(session, made.id),
        who_free=free,
        who_subsidised=subsidised,
        plan=_plan(row, pack),
        provider=institution_card(row.Institution, listing),
        own=_own_state(session, actor, made),
    )


def yuan(fen: int) -> str:
    """An amount as people write it: 1200 元, 12.50 元."""
    whole, rest = divmod(fen, 100)
    return t("catalogue.yuan", amount=f"{whole}.{rest:02d}" if rest else str(whole))


def _fee_text(fee_fen: int) -> str:
    return t("catalogue.fee", amount=yuan(fee_fen)) if fee_fen else t("catalogue.no_fee")


def _state_text(made: TrainingClass, listing: ListingView, now: datetime) -> str:
    """Why one can or cannot enrol, in a sentence; the same reasons as enrolling gives."""
    if not listing.takes_trainees:
        return t("enrol.closed_institution")
    if made.status == "cancelled":
        return t("call_off.public.state")
    if made.status != "enrolling":
        return t("enrol.closed_class")
    status = seat_status(made, now=now, offered=True)
    if status == "soon":
        return t("catalogue.soon_state", opens=times.moment_text(made.enrol_from))
    if status in ("closed", "full"):
        return t(f"catalogue.{status}_state")
    return t("catalogue.open_state", until=times.moment_text(made.enrol_until))


def _benefits(
    pack: models.PolicyPack | None, training_type: str, made_for: Sequence[str]
) -> tuple[tuple[FreeGroup, ...], tuple[FreeGroup, ...]]:
    """Who trains free, and who with a subsidy, the groups of this class first (R05)."""
    if pack is None:
        return (), ()
    title, wanted = pack.document.title, (pack.free_training, pack.subsidised_training)
    free, subsidised = (
        [
            FreeGroup(code, phrase, benefit.clause, title, benefit.quote, code in made_for)
            for benefit in benefits
            if applies(benefit, training_type)
            for code in benefit.group_codes
            for phrase in group_phrases((code,))
        ]
        for benefits in wanted
    )
    key = _not_for_this_class
    return tuple(sorted(free, key=key)), tuple(sorted(subsidised, key=key))


def _not_for_this_class(group: FreeGroup) -> bool:
    return not group.for_this_class


def _plan(row: Row[*tuple[Any, ...]], pack: models.PolicyPack | None) -> PlanRef:
    plan: TrainingPlan = row.TrainingPlan
    document = pack.document if pack else None
    return PlanRef(
        pack_id=row.pack_id,
        pack_title=document.title if document else "",
        doc_no=(document.doc_no if document else None) or "",
        plan_no=plan.plan_no,
        name=plan.name,
        lead_department=plan.lead_department,
    )


def _instructor(session: Session, account_id: UUID | None) -> str:
    """The teacher's name as the public may read it (reference B8.3)."""
    if account_id is None:
        return ""
    name = session.scalar(
        select(Person.name)
        .join(Account, Account.person_id == Person.id)
        .where(Account.id == account_id)
    )
    return t("catalogue.teacher", name=mask_name(name)) if name else ""


def _sessions(session: Session, class_id: UUID) -> tuple[SessionView, ...]:
    query = select(TrainingSession).where(TrainingSession.class_id == class_id)
    return tuple(
        SessionView(
            id=str(row.id),
            seq_no=row.seq_no,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            when_text=times.span_text(row.starts_at, row.ends_at),
            hours=row.hours,
            kind=row.kind,
            kind_text=_kind_text(row.kind),
            room=row.room,
            topic=row.topic,
        )
        for row in session.scalars(query.order_by(TrainingSession.seq_no))
    )


def _kind_text(kind: str) -> str:
    key = f"catalogue.session_kind.{kind}"
    return t(key) if has(key) else kind


def _own_state(session: Session, actor: Actor, made: TrainingClass) -> OwnState:
    """Whether the signed-in person is in this class, or in another at the same time."""
    if actor.person_id is None:
        return OwnState()
    row = session.execute(
        select(Enrolment.id, Enrolment.class_id, Enrolment.status, TrainingClass.title)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .where(
            Enrolment.person_id.in_(actor.the_records()),
            # Who only waits for a seat, or was only offered one, is busy at no time yet.
            literal_column(f"enrolment.{IS_OPEN}"),
            (Enrolment.class_id == made.id) | Enrolment.busy.op("&&")(made.meets),
        )
        .order_by((Enrolment.class_id == made.id).desc(), Enrolment.created_at)
        .limit(1)
    ).one_or_none()
    if row is None:
        return OwnState()
    if row.class_id == made.id:
        return OwnState("enrolled", enrolment_id=str(row.id), status=row.status)
    return OwnState("conflict", other_title=row.title)
