"""What an officer typed about an entry, checked field by field."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import PolicyPack, SupplementEntry, TrainingPlan
from portal.domain.errors import BadInput
from portal.domain.levels import SkillLevel
from portal.policies import models, reference
from portal.policies.reach import distance
from portal.services.pack_store import packs_of

_LONGEST = {"code": 60, "title": 100, "description": 1000, "why": 500}
_SHORTEST_WHY = 10
# A year of full days; a longer course is a school, not a class.
_MAX_HOURS = 2000
_CODE = re.compile(r"[\w.()-]+")
_YUAN = re.compile(r"(\d{1,6})(?:\.(\d{1,2}))?")


@dataclass(frozen=True, slots=True)
class EntryForm:
    """An entry as it was typed. ``plan`` is ``pack:number``; ``subject`` is the code or the name
    of an occupation or topic; ``fee`` is in yuan. An empty ``code`` gets one."""

    title: str
    plan: str
    training_type: str
    subject: str
    level: str
    theory_hours: str
    practice_hours: str
    why: str
    fee: str = "0"
    code: str = ""
    description: str = ""


def checked(session: Session, region_code: str, form: EntryForm) -> dict[str, Any]:
    """The columns of an entry; raises BadInput with the field that must be put right."""
    values: dict[str, Any] = {
        "title": _text("title", form.title, shortest=2),
        "why": _text("why", form.why, shortest=_SHORTEST_WHY),
        "description": _text("description", form.description),
        "code": _code(form.code),
        "training_type": _training_type(form.training_type),
        "fee_fen": _fen(form.fee),
    }
    values |= _subject(form.subject)
    values["level"] = _level(form.level, has_topic=values["topic_code"] is not None)
    theory = _number("theory_hours", form.theory_hours)
    practice = _number("practice_hours", form.practice_hours)
    if not 1 <= theory + practice <= _MAX_HOURS:
        raise BadInput("theory_hours", "supplements.hours_range", most=_MAX_HOURS)
    plan_id, plan = _plan(session, region_code, form.plan)
    if plan.min_hours and theory + practice < plan.min_hours:
        raise BadInput(
            "theory_hours",
            "supplements.below_plan",
            hours=theory + practice,
            plan=plan.name,
            minimum=plan.min_hours,
            clause=plan.clause,
        )
    return values | {"theory_hours": theory, "practice_hours": practice, "plan_id": plan_id}


def plans_for(session: Session, region_code: str) -> dict[str, models.Plan]:
    """The plans in which a class can be enrolled in a region, by ``pack:number``."""
    rows = session.execute(
        select(PolicyPack.id, PolicyPack.content_hash).order_by(
            PolicyPack.region_code.desc(), PolicyPack.id
        )
    )
    packs = packs_of(session, [(row.id, row.content_hash) for row in rows])
    return {
        f"{pack.document.id}:{plan.plan_no}": plan
        for pack in packs.values()
        if distance(pack.document, region_code) is not None
        for plan in pack.plans
        if plan.bookable
    }


def as_filed(entry: SupplementEntry) -> dict[str, Any]:
    """The words of an entry, to be kept with its filing; no personal data among them."""
    columns: Mapping[str, Any] = {
        name: getattr(entry, name)
        for name in (
            *("code", "title", "training_type", "occupation_code", "topic_code", "level"),
            *("theory_hours", "practice_hours", "fee_fen", "description", "why"),
        )
    }
    return {**columns, "plan_id": str(entry.plan_id)}


def _plan(session: Session, region_code: str, key: str) -> tuple[Any, models.Plan]:
    plan = plans_for(session, region_code).get(key)
    pack_id, _, plan_no = key.partition(":")
    found = session.scalar(
        select(TrainingPlan.id).where(
            TrainingPlan.pack_id == pack_id, TrainingPlan.plan_no == plan_no
        )
    )
    if plan is None or found is None:
        raise BadInput("plan", "supplements.unknown_plan")
    return found, plan


def _subject(raw: str) -> dict[str, str | None]:
    """By code or by name: what has no code never gets an invented one (B3)."""
    text = " ".join(raw.split())
    # A list suggests "电工 6-31-01-03": the last word is the code.
    words = {text, *text.rsplit(" ", 1)[-1:]}
    for one in reference.occupations():
        if one.code in words or one.name == text:
            return {"occupation_code": one.code, "topic_code": None}
    for topic in reference.topics():
        if topic.code in words or topic.name == text:
            return {"occupation_code": None, "topic_code": topic.code}
    raise BadInput("subject", "supplements.unknown_subject")


def _level(raw: str, *, has_topic: bool) -> int | None:
    if not raw.strip():
        return None
    if has_topic:
        raise BadInput("level", "supplements.topic_has_no_level")
    try:
        return int(SkillLevel(int(raw)))
    except ValueError:
        raise BadInput("level", "supplements.unknown_level") from None


def _training_type(raw: str) -> str:
    if reference.training_type(raw) is None:
        raise BadInput("training_type", "supplements.unknown_type")
    return raw


def _code(raw: str) -> str:
    text = _text("code", unicodedata.normalize("NFKC", raw))
    if text and not _CODE.fullmatch(text):
        raise BadInput("code", "supplements.bad_code")
    return text


def _number(field: str, raw: str) -> int:
    text = unicodedata.normalize("NFKC", raw).strip()
    if not re.fullmatch(r"\d{1,4}", text, re.ASCII):
        raise BadInput(field, "supplements.not_a_number")
    return int(text)


def _fen(raw: str) -> int:
    found = _YUAN.fullmatch(unicodedata.normalize("NFKC", raw).strip() or "0")
    if found is None or not found[0].isascii():
        raise BadInput("fee", "supplements.bad_fee")
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _text(field: str, raw: str, *, shortest: int = 0) -> str:
    text = " ".join(raw.split())
    if len(text) < shortest:
        raise BadInput(field, "supplements.too_short", shortest=shortest)
    if len(text) > _LONGEST[field]:
        raise BadInput(field, "supplements.too_long", longest=_LONGEST[field])
    if not text.isprintable():
        raise BadInput(field, "reason.unreadable")
    return text
