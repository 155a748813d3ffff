"""From an approved application to the class that the planner makes."""

from collections.abc import Sequence

from portal.db.models import ClassOpening
from portal.domain.opening_errors import OpeningRefused
from portal.locale import t
from portal.services.catalogue.planning import ClassPlan, SessionPlan
from portal.services.opening.checks_rest import enrol_window
from portal.services.opening.facts import Facts
from portal.services.search_index import is_closed_channel


def class_plan(opening: ClassOpening, facts: Facts) -> ClassPlan:
    """The class as it is filed. ``facts`` passed their checks; raises OpeningRefused if not."""
    content, where = facts.content, facts.content.where
    if facts.programme is None or facts.plan is None or where.capacity is None:
        raise OpeningRefused(why=t("opening.check.programme.missing"))
    opens, closes = enrol_window(facts)
    return ClassPlan(
        programme_id=facts.programme.id,
        institution_id=facts.institution.id,
        class_no=class_no(opening),
        title=content.what.title,
        region_code=opening.region_code,
        site=where.site,
        address=where.address,
        capacity=where.capacity,
        enrol_from=opens,
        enrol_until=closes,
        sessions=[
            SessionPlan(
                starts_at=one.starts_at,
                ends_at=one.ends_at,
                hours=one.hours,
                kind=one.kind,
                room=facts.room_of(one),
                topic=one.topic,
                instructor_id=facts.teacher_of(one),
            )
            for one in facts.meetings
        ],
        group_codes=open_groups(facts.plan.group_codes),
        instructor_id=content.who.instructor_id,
        access_note=where.access_note,
    )


def open_groups(group_codes: Sequence[str]) -> tuple[str, ...]:
    """The groups of a plan that a class of it is offered to.

    A plan may name a group with a channel of its own among others (Hunan (八), Inner Mongolia
    二(四)四): a class that was applied for here is for the others, and would be shown to nobody
    if it bore that group. A plan for such a group alone stays closed.
    """
    others = tuple(code for code in group_codes if not is_closed_channel([code]))
    return others or tuple(group_codes)


def class_no(opening: ClassOpening) -> str:
    """The class's number: region, year of the application, its serial number."""
    return f"{opening.region_code}-{opening.created_at.year}-{opening.serial:05d}"
