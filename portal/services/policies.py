"""Published policy documents as people read them: what they promise, to whom, by which clause."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from portal.db.models import PolicyPack
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.locale import t
from portal.policies import models, reference
from portal.services import times
from portal.services.pack_store import packs_of
from portal.services.pack_store import read_pack as read_pack
from portal.services.public_catalogues.plans import programmes_of_plans
from portal.settings import get_settings


@dataclass(frozen=True)
class PackCard:
    """A document in a list. ``standing`` is in_force, continued, not_yet or expired."""

    id: str
    title: str
    short_title: str
    doc_no: str
    issuer: str
    region_code: str
    region_name: str
    dates_text: str
    standing: str
    standing_text: str
    plan_count: int


@dataclass(frozen=True)
class PlanView:
    """A plan or measure; empty texts where the document says nothing."""

    plan_no: str
    name: str
    summary: str
    target_text: str
    hours_text: str
    lead_department: str
    co_departments: tuple[str, ...]
    groups: tuple[str, ...]
    trades: tuple[str, ...]
    clause: str
    quote: str
    # The programmes in force under it: what to say, and where they are; empty for none.
    programmes: str = ""
    href: str = ""


@dataclass(frozen=True)
class TargetView:
    """A number the document sets, with its unit."""

    name: str
    value_text: str
    clause: str
    quote: str


@dataclass(frozen=True)
class BenefitView:
    """Who trains free or with a subsidy; no ``training_types`` means all."""

    groups: tuple[str, ...]
    training_types: tuple[str, ...]
    summary: str
    clause: str
    quote: str


@dataclass(frozen=True)
class RuleView:
    """A rule in plain words, with its place; ``remedy`` is empty where nobody is refused."""

    id: str
    message: str
    remedy: str
    clause: str
    quote: str


@dataclass(frozen=True)
class PackDetail:
    """The whole document. ``standing_note`` explains a continuation or missing dates."""

    card: PackCard
    force_text: str
    standing_note: str
    total_text: str
    plans: tuple[PlanView, ...]
    targets: tuple[TargetView, ...]
    free: tuple[BenefitView, ...]
    subsidised: tuple[BenefitView, ...]
    rules: tuple[RuleView, ...]


def list_packs(session: Session, actor: Actor, *, now: datetime) -> tuple[PackCard, ...]:
    """The published documents, those that apply first, then by region and id."""
    query = select(PolicyPack).order_by(PolicyPack.region_code, PolicyPack.id)
    rows = session.scalars(query.options(defer(PolicyPack.payload))).all()
    packs = packs_of(session, [(row.id, row.content_hash) for row in rows])
    today = times.day_of(now)
    cards = [_card(row, packs.get((row.id, row.content_hash)), today) for row in rows]
    return tuple(sorted(cards, key=lambda card: card.standing not in ("in_force", "continued")))


def pack_detail(session: Session, actor: Actor, *, pack_id: str, now: datetime) -> PackDetail:
    """One document; raises NotFound."""
    row = session.get(PolicyPack, pack_id) if _is_plain(pack_id) else None
    if row is None:
        raise NotFound
    pack = read_pack(session, row.id, row.content_hash)
    card = _card(row, pack, times.day_of(now))
    if pack is None:
        return PackDetail(card, "", "", "", (), (), (), (), ())
    total = pack.total_person_times()
    return PackDetail(
        card=card,
        force_text=pack.document.force_plain,
        standing_note=_standing_note(pack.document, card.standing),
        total_text=t("policies.person_times", value=f"{total:,}") if total else "",
        plans=_plans(session, pack),
        targets=tuple(_target(target) for target in pack.targets),
        free=tuple(benefit_view(benefit) for benefit in pack.free_training),
        subsidised=tuple(benefit_view(benefit) for benefit in pack.subsidised_training),
        rules=tuple(_rule(rule) for rule in pack.rules),
    )


def benefit_view(benefit: models.Benefit) -> BenefitView:
    """A benefit in words. Groups with a closed channel are not named in public."""
    kinds = (reference.training_type(code) for code in benefit.training_types)
    return BenefitView(
        groups=tuple(group_phrases(benefit.group_codes)),
        training_types=tuple(kind.name for kind in kinds if kind),
        summary=benefit.summary_plain,
        clause=benefit.clause,
        quote=benefit.quote,
    )


def group_phrases(codes: Iterable[str]) -> list[str]:
    """What people call these groups, in order."""
    groups = (reference.group(code) for code in codes)
    return [group.plain for group in groups if group and group.sensitive != "very"]


def _is_plain(pack_id: str) -> bool:
    # PostgreSQL refuses a NUL in a text, and an id is short.
    return len(pack_id) <= 100 and "\x00" not in pack_id


def _card(row: PolicyPack, pack: models.PolicyPack | None, today: date) -> PackCard:
    document = pack.document if pack else None
    standing = "in_force"
    if document is not None:
        standing = document.standing(today, demo=not get_settings().is_production)
    region = document.region_name if document else reference.region_name(row.region_code)
    return PackCard(
        id=row.id,
        title=row.title,
        short_title=document.short_title if document else row.title,
        doc_no=row.doc_no or (document.doc_no_note if document else None) or "",
        issuer=document.issuer if document else "",
        region_code=row.region_code,
        region_name=region,
        dates_text=_dates(row.effective_from, row.effective_to),
        standing=standing,
        standing_text=t(f"policies.standing_{standing}"),
        plan_count=len(pack.plans) if pack else 0,
    )


def _dates(first: date | None, last: date | None) -> str:
    if first is None and last is None:
        return ""
    unknown = t("policies.date_unknown")
    texts = [times.date_text(one) if one else unknown for one in (first, last)]
    return t("policies.dates", first=texts[0], last=texts[1])


def _standing_note(document: models.Document, standing: str) -> str:
    more = document.continuation
    if standing != "continued" or more is None:
        return document.dates_note or ""
    return t(
        "policies.continued_note",
        decided=times.date_text(more.decided_on),
        until=times.date_text(more.effective_to),
        reference=more.reference,
        note=more.note,
    )


def _plans(session: Session, pack: models.PolicyPack) -> tuple[PlanView, ...]:
    """The plans, each with the way to the programmes that stand under it."""
    document = pack.document.id
    counts = programmes_of_plans(session, document)
    return tuple(
        replace(
            _plan(plan),
            programmes=t("policies.programmes", count=count),
            href=f"/catalogues/programme?plan={document}:{plan.plan_no}",
        )
        if (count := counts.get(plan.plan_no))
        else _plan(plan)
        for plan in pack.plans
    )


def _plan(plan: models.Plan) -> PlanView:
    number = plan.target_person_times
    return PlanView(
        plan_no=plan.plan_no,
        name=plan.name,
        summary=plan.summary_plain,
        target_text=t("policies.person_times", value=f"{number:,}") if number else "",
        hours_text=_length(plan),
        lead_department=plan.lead_department or "",
        co_departments=plan.co_departments,
        groups=tuple(group_phrases(plan.group_codes)),
        trades=tuple(trade.name for trade in plan.trades),
        clause=plan.clause,
        quote=plan.quote,
    )


def _length(plan: models.Plan) -> str:
    if plan.min_hours:
        return t("policies.min_hours", hours=plan.min_hours)
    if plan.min_months and plan.max_months:
        return t("policies.months", least=plan.min_months, most=plan.max_months)
    return ""


def _target(target: models.Target) -> TargetView:
    value = f"{target.value:,}"
    if target.unit == "比例":
        value = f"{round(target.value * 100, 2):g}%"
    unit = "" if target.unit == "比例" else target.unit
    number = t(f"policies.target_{target.comparison}", value=value, unit=unit).strip()
    year = target.to_year or ""
    return TargetView(
        name=target.name,
        value_text=t(f"policies.cadence_{target.cadence}", number=number, year=year),
        clause=target.clause,
        quote=target.quote,
    )


def _rule(rule: models.Rule) -> RuleView:
    return RuleView(rule.id, rule.message_plain, rule.remedy_plain or "", rule.clause, rule.quote)
