"""Whether the catalogues fit each other: institution, programme, certificate, and their rules."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from portal.db.models import TrainingProgramme
from portal.domain.errors import BadInput
from portal.locale.errors import sentence_for
from portal.policies import reference
from portal.policies.reach import reach_of
from portal.services.catalogue.cards import certificate_name, subject_name
from portal.services.catalogue.class_rules import check_rules
from portal.services.opening.bodies import bodies_for
from portal.services.opening.check import Check, fail, good, said, warn
from portal.services.opening.facts import Facts

# What the institution certifies itself; every other certificate is a body's (reference A6).
_OWN_CERTIFICATES = ("TRAINING",)


def checks(session: Session, facts: Facts) -> Iterator[Check]:
    """All of them."""
    yield _listing(facts)
    yield from _validity(facts)
    yield _programme(facts)
    if facts.programme is not None:
        yield _scope(facts, facts.programme)
        yield _certificate(session, facts, facts.programme)
        if facts.meetings:
            yield _rules(session, facts, facts.programme)


def _listing(facts: Facts) -> Check:
    """Removed or suspended, an institution takes nobody new (C4 no. 15)."""
    standing = facts.listing.standing
    if not facts.listing.takes_trainees:
        return fail("listing", "what", standing, "lists")
    if standing == "warning":
        return warn("listing", "what", "warning", "lists")
    return good("listing", "what", "lists")


def _validity(facts: Facts) -> Iterator[Check]:
    """The listing lasts as long as the class, as far as it has an end."""
    until = facts.listing.until
    if until is None or not facts.meetings or not facts.listing.takes_trainees:
        return
    if until < facts.first_day:
        yield fail("validity", "when", "before", "lists", until=until)
    elif until < facts.last_day:
        yield warn("validity", "when", "during", "lists", until=until)
    else:
        yield good("validity", "when", "lists", until=until)


def _programme(facts: Facts) -> Check:
    """In force on the day (R53), of a region that reaches here, a supplement accepted (R52)."""
    programme, version = facts.programme, facts.version
    if programme is None or version is None:
        return fail("programme", "what", "missing", "five")
    if programme.filing not in (None, "accepted"):
        gone = programme.filing if programme.filing in ("covered", "ended") else "supplement"
        return fail("programme", "what", gone, "supplement", title=programme.title)
    over = version.effective_to is not None and version.effective_to < facts.today
    if version.status != "published" or version.effective_from > facts.today or over:
        return fail("programme", "what", "old", "dynamic", title=programme.title)
    if version.region_code not in reach_of(facts.region_code):
        region = reference.region_name(version.region_code)
        return fail("programme", "what", "elsewhere", "lists", region=region)
    return good("programme", "what", "lists", title=programme.title, doc=version.doc_no)


def _scope(facts: Facts, programme: TrainingProgramme) -> Check:
    """What the institution is listed for. Its scope is words, so a person has the last one."""
    subject = programme.occupation_code or programme.topic_code or ""
    known = reference.occupation(subject) or reference.topic(subject)
    names = [programme.title, subject_name(subject), *(known.keywords if known else ())]
    fits = any(
        word in name or name in word for word in facts.institution.scope for name in names if name
    )
    if fits:
        return good("scope", "what", "lists")
    return warn("scope", "what", "outside", "lists", scope="、".join(facts.institution.scope))


def _certificate(session: Session, facts: Facts, programme: TrainingProgramme) -> Check:
    """The certificate is that of the catalogue, and a body assesses where one must."""
    exam = facts.content.exam
    wanted = certificate_name(programme.certificate_kind)
    if not exam.certificate_kind:
        return fail("certificate", "exam", "missing", "five", wanted=wanted)
    if exam.certificate_kind != programme.certificate_kind:
        return fail("certificate", "exam", "differs", "lists", wanted=wanted)
    if programme.certificate_kind in _OWN_CERTIFICATES:
        return good("certificate", "exam", "lists", wanted=wanted)
    if not exam.body:
        return fail("certificate", "exam", "no_body", "lists", wanted=wanted)
    region, day = facts.region_code, exam.on or facts.today
    known = bodies_for(session, programme, region, on=day)
    if exam.body in known.names:
        return good("certificate", "exam", "lists", wanted=wanted, body=exam.body)
    if known.is_published:
        return fail("certificate", "exam", "unknown", "lists", wanted=wanted, body=exam.body)
    return warn("certificate", "exam", "body", "lists", wanted=wanted, body=exam.body)


def _rules(session: Session, facts: Facts, programme: TrainingProgramme) -> Check:
    """The rules of the region at ``listing``: hours, months, what is in which catalogue."""
    try:
        check_rules(
            session,
            programme,
            institution_id=facts.institution.id,
            region_code=facts.region_code,
            starts_on=facts.first_day,
            ends_on=facts.last_day,
            today=facts.today,
        )
    except BadInput as error:
        return said("rules", "what", "fail", sentence_for(error))
    return good("rules", "what")
