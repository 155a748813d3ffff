"""The social security card as carrier of the archive: bound, reissued, unbound (reference B6).

The archive hangs on the person, whatever becomes of the card: no act here touches a line of it.
Every card is a dated row; of those that apply, the database allows one a person and one person a
card.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.engine import violated_constraint
from portal.db.models import Person, SocialCardBinding
from portal.db.vault import get_vault
from portal.domain.errors import BadInput, NotFound
from portal.domain.masking import mask_id_no
from portal.domain.permissions import Actor, Permission
from portal.domain.person_errors import CardBound, CardOfAnother, CardTaken
from portal.domain.social_card import parse_card_number
from portal.policies import reference
from portal.policies.regions import region_path
from portal.services import audit, people
from portal.services.card_registry import registry
from portal.services.hot import LOCK_PERSON
from portal.services.one_person import ids_of
from portal.services.reasons import clean_reason
from portal.services.times import day_of

BOUND, REISSUED, UNBOUND = "bound", "reissued", "unbound"
# Who vouches for a card: the register of cards, or nobody but the person.
REGISTRY, SELF = "registry", "self"
# Nobody loses more cards than that in a day; a history of thousands helps nobody.
_MOST_A_DAY = 5
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CardView:
    """A card in its owner's eyes. ``until`` is None for the one that applies."""

    id: UUID
    number_masked: str
    region: str
    status: str
    is_vouched_for: bool
    since: date
    until: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class Cards:
    """The card that applies, those that did, and the register that is asked (a locale key)."""

    current: CardView | None
    earlier: tuple[CardView, ...]
    registry: str


def number_hash(number: str) -> bytes:
    """What a card is found by."""
    return get_vault().lookup_hash("social_card", number)


def my_cards(session: Session, actor: Actor) -> Cards:
    """The actor's cards."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    latest = (SocialCardBinding.bound_at.desc(), SocialCardBinding.id.desc())
    rows = session.scalars(_of(actor).order_by(*latest)).all()
    # Two records that were merged may each have brought a card: the kept one's is shown first.
    live = sorted(
        (row for row in rows if row.status == BOUND),
        key=lambda row: row.person_id != actor.person_id,
    )
    shown = live[:1]
    return Cards(
        current=_view(shown[0]) if shown else None,
        earlier=tuple(_view(row) for row in rows if row not in shown),
        registry=registry().name,
    )


def bind(session: Session, actor: Actor, *, number: str, region: str, now: datetime) -> Cards:
    """Bind the first card. The same again changes nothing.

    Raises BadInput (card, region), CardBound, CardTaken, CardOfAnother.
    """
    actor.require(Permission.SEE_OWN_ARCHIVE)
    card = parse_card_number(number)
    live = _held(session, actor)
    if any(row.number_hash == number_hash(card) for row in live):
        return my_cards(session, actor)
    if live:
        raise CardBound
    made = _add(session, actor, card, region, now)
    _trace(session, actor, "card.bind", made, now)
    return my_cards(session, actor)


def reissue(session: Session, actor: Actor, *, number: str, region: str, now: datetime) -> Cards:
    """A new card takes the place of the old one, which stays as history. The same again changes
    nothing.

    Raises NotFound when there is no old one, and what ``bind`` raises.
    """
    actor.require(Permission.SEE_OWN_ARCHIVE)
    card = parse_card_number(number)
    live = _held(session, actor)
    if not live:
        raise NotFound
    if any(row.number_hash == number_hash(card) for row in live):
        return my_cards(session, actor)
    for row in live:
        row.status, row.ended_at = REISSUED, now
    session.flush()
    made = _add(session, actor, card, region, now)
    _trace(session, actor, "card.reissue", made, now)
    return my_cards(session, actor)


def unbind(session: Session, actor: Actor, *, reason: str, now: datetime) -> Cards:
    """The card carries the archive no more; again does no harm. Raises BadInput (reason)."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    why = clean_reason(reason, shortest=2)
    for row in _held(session, actor):
        row.status, row.ended_at, row.end_reason = UNBOUND, now, why
        _trace(session, actor, "card.unbind", row, now, reason=why)
    session.flush()
    return my_cards(session, actor)


def recheck(session: Session, actor: Actor, *, now: datetime) -> Cards:
    """Ask the register once more about a card that nobody vouches for. Raises CardOfAnother."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    for row in _held(session, actor):
        if row.source == SELF:
            card = get_vault().open("social_card", row.number_enc)
            row.source = _source(session, actor, card)
            _trace(session, actor, "card.recheck", row, now)
    session.flush()
    return my_cards(session, actor)


def person_of_card(session: Session, number: str) -> UUID | None:
    """Whose archive a card leads to now; for services that have checked who may ask."""
    query = select(SocialCardBinding.person_id).where(
        SocialCardBinding.number_hash == number_hash(parse_card_number(number)),
        SocialCardBinding.status == BOUND,
    )
    return session.scalar(query)


def live_card_of(session: Session, person_id: UUID) -> CardView | None:
    """The card that applies for a person, for services that have checked who may read it."""
    for record in ids_of(session, person_id):
        query = select(SocialCardBinding).where(
            SocialCardBinding.person_id == record, SocialCardBinding.status == BOUND
        )
        if (row := session.scalar(query)) is not None:
            return _view(row)
    return None


def _of(actor: Actor) -> Select[SocialCardBinding]:
    return select(SocialCardBinding).where(SocialCardBinding.person_id.in_(actor.the_records()))


def _held(session: Session, actor: Actor) -> list[SocialCardBinding]:
    """The actor's cards that apply, with the person held still: one act after the other."""
    person = session.get_one(Person, actor.the_person())
    session.execute(text(LOCK_PERSON), {"person_no": person.no})
    people.hold_open(session, actor)
    query = _of(actor).where(SocialCardBinding.status == BOUND)
    rows = session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()
    return list(rows)


def _add(
    session: Session, actor: Actor, card: str, region: str, now: datetime
) -> SocialCardBinding:
    issued_in = reference.region(region)
    if issued_in is None or not issued_in.current:
        raise BadInput("region", "cards.region_refused")
    _must_be_few(session, actor, now)
    source = _source(session, actor, card)
    row = SocialCardBinding(
        person_id=actor.the_person(),
        number_enc=get_vault().seal("social_card", card),
        number_hash=number_hash(card),
        issuing_region=region,
        status=BOUND,
        source=source,
        bound_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        if violated_constraint(error) != "uq_social_card_binding_number":
            raise
        raise CardTaken from None
    return row


def _source(session: Session, actor: Actor, card: str) -> str:
    """Who vouches for the card. Raises CardOfAnother when the register says whose it is not."""
    person = session.get_one(Person, actor.the_person())
    answer = registry().belongs(card=card, id_no=get_vault().open("id_no", person.id_no_enc))
    if answer == "no":
        raise CardOfAnother
    return REGISTRY if answer == "yes" else SELF


def _must_be_few(session: Session, actor: Actor, now: datetime) -> None:
    recent = select(func.count()).where(
        SocialCardBinding.person_id.in_(actor.the_records()),
        SocialCardBinding.bound_at > now - _DAY,
    )
    if (session.scalar(recent) or 0) >= _MOST_A_DAY:
        raise BadInput("card", "cards.too_many", most=_MOST_A_DAY)


def _view(row: SocialCardBinding) -> CardView:
    return CardView(
        id=row.id,
        number_masked=mask_id_no(get_vault().open("social_card", row.number_enc)),
        region=" ".join(region_path(row.issuing_region)),
        status=row.status,
        is_vouched_for=row.source == REGISTRY,
        since=day_of(row.bound_at),
        until=day_of(row.ended_at) if row.ended_at else None,
        reason=row.end_reason or "",
    )


def _trace(
    session: Session,
    actor: Actor,
    action: str,
    row: SocialCardBinding,
    now: datetime,
    reason: str | None = None,
) -> None:
    session.flush()
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="social_card_binding",
        object_id=row.id,
        on_behalf_of=row.person_id,
        reason=reason,
        detail={"source": row.source},
    )
