"""A region with one row of every kind that somebody of the authority can ask for by its id.

Everybody in it is called 王小强 and every institution 示例职业培训学校, as the factories have it;
whoever stands outside has another name, so that what leaks can be recognised.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    Advancement,
    ArchiveImport,
    ArchiveImportLine,
    Complaint,
    Person,
    PolicyPack,
    TrustedPortal,
)
from portal.domain.permissions import ANONYMOUS, SYSTEM, Role
from portal.domain.report_period import parse_period
from portal.services import (
    correction_requests,
    inspections,
    issuer_keeping,
    issuers,
    needs,
    risk_scores,
)
from portal.services.casework import complaints, sanction_appeals, write_offs
from portal.services.claims import review
from portal.services.listings import admission
from portal.services.need_terms import Wish
from portal.services.opening import deciding
from portal.services.oversight import rebuilding
from portal.services.reports import freezing
from portal.services.supplements import drafting
from tests.services.casework.test_complaints import form as complaint_form
from tests.services.claims.test_answers import say_no
from tests.services.listings.test_admission import FIELDS, PAPERS
from tests.services.listings.test_decisions import decided
from tests.services.publication.test_life import draft as draft_version
from tests.services.self_evaluation.test_filing import filed as file_evaluation
from tests.services.test_external_certificates import add as add_external
from tests.services.test_external_checks import PHOTO
from tests.services.test_facts_checks import resident as stating
from tests.services.test_facts_checks import stated
from tests.services.test_id_vouching import put_right
from tests.services.test_inspections import DURING, Room
from tests.services.test_issuer_keeping import SEAL
from tests.services.test_reviews import under_review
from tests.services.test_talent import members
from tests.services.third_party.test_assignments import Outside
from tests.support import claims, helping, openings, papers, persons, rights
from tests.support import factories as make
from tests.support.casework import Bureau
from tests.support.catalogues import look
from tests.support.policy import publish_packs
from tests.support.supplements import filed as filed_supplement
from tests.support.supplements import form as supplement_form

NOW = make.NOW
HOME = "650400"
OTHER_CODE = "91650400MA77777773"
# Ids and numbers by the name that services give them, and whoever made the row by a name of ours.
# A name that stands for two things says whose it is: ``claims.cases.case_id``.
Given = dict[str, Any]


def build(session: Session) -> Given:
    """Make the rows and save them; what to ask for them with."""
    publish_packs(session, "*.toml")
    given: Given = {}
    for part in _PARTS:
        given |= part(session)
        session.commit()
    return given


def _casework(session: Session) -> Given:
    bureau = Bureau(session)
    case, asked = bureau.case(), bureau.case()
    finding = bureau.grade(case, "confirmed_fraud")
    bureau.second(finding)
    bureau.heard(case)
    sanction = bureau.sanction(case, "rectify")
    recovery = bureau.owed(case)
    off = write_offs.ask(
        session, bureau.one, recovery_id=recovery, amount_fen=100, reason="机构已经注销",
        document_no="吐人社销〔2026〕1号", now=NOW,
    )  # fmt: skip
    sanction_appeals.appeal(
        session, bureau.manager, sanction_id=sanction, why="教师当天请假，已经补课", now=NOW
    )
    sent = complaints.send(
        session, ANONYMOUS, form=complaint_form(), photo=b"0", source=b"1", now=NOW
    )
    complaint = session.scalars(select(Complaint.id).filter_by(receipt=sent.receipt)).one()
    return {
        "case_id": case,
        "finding_id": finding,
        "hearing_id": bureau.hear(asked),
        "sanction_id": sanction,
        "recovery_id": recovery,
        "write_off_id": off,
        "complaint_id": complaint,
        "institution_id": bureau.school.id,
        "casework.opening.open_case.institution_id": bureau.school.id,
        "casework.opening.open_case.source": "manual",
    }


def _money(session: Session) -> Given:
    at = claims.school(session)
    claims.standard(session, 120_000)
    taught = claims.taught(session, at)
    claim = claims.filed(session, taught)
    say = say_no(session, taught, claim)
    line = claims.lines_of(session, claim)[1]
    agreed = claims.taught(session, at)
    waiting = claims.filed(session, agreed)
    claims.all_agree(session, agreed, waiting)
    review.check(session, at.instructor, claim_id=waiting, now=NOW)
    off = claims.school(session)
    held = claims.filed(session, claims.taught(session, off))
    suspended = decided(session, off.officer, off.institution, "suspended")
    return {
        "claim_id": claim,
        "line_id": line.id,
        "claims.cases.case_id": say,
        "class_id": taught.made.id,
        "oversight.drilling.institution_id": at.institution.id,
        "person_id": taught.people[1].id,
        "line_ids": (line.id,),
        "listings.holds.claim_id": held,
        "listings.lifting.decision_id": suspended,
    }


def _papers(session: Session) -> Given:
    officer = make.make_actor(session, Role.OFFICER)
    person = papers.resident(session)
    drafted = papers.draft(session, officer, person, NOW)
    issued = papers.issued(session, officer, papers.resident(session), NOW)
    external = add_external(session, papers.owner(session, person), NOW, image=PHOTO)
    (pooled, *_) = members(session, 5)
    authority = issuers.of_authority(session, HOME, now=NOW).issuer_id
    issuer_keeping.set_seal(session, officer, issuer_id=authority, image=SEAL, now=NOW)
    return {
        "draft_id": drafted.id,
        "certificate_id": issued.id,
        "talent_people.person_id": pooled.the_person(),
        "certificate_desk.number": issued.number,
        "issuance.number": issued.number,
        "reissue.number": issued.number,
        "certificate_drafts.start.holder": papers.holder(person),
        "external_id": external,
        "issuer_id": authority,
    }


def _people(session: Session) -> Given:
    stator = stating(session)
    check = stated(session, stator)
    by = persons.officer(session)
    kept, other = persons.resident(session), persons.resident(session)
    session.commit()
    request = persons.asked(session, by, kept, other)
    pair = persons.resident(session), persons.resident(session)
    session.commit()
    merge = persons.merged(session, *pair)
    wrong = put_right(session, persons.resident(session), by)
    session.commit()
    mandate = helping.introduce(helping.make_helper(session))
    return {
        "check_id": check.id,
        "kept_id": kept.id,
        "merged_id": other.id,
        "person_merge_requests.request_id": request.id,
        "merge_id": merge.id,
        "person_finding.person_id": kept.id,
        "correction_id": wrong.id,
        "mandate_id": mandate,
        "account_id": by.the_account(),
        "number": persons.number_of(kept),
        "kept_number": persons.number_of(kept),
        "merged_number": persons.number_of(other),
        "asker": by,
    }


def _rights(session: Session) -> Given:
    me = make.make_actor(session)
    entry, _ = rights.learned(session, me, NOW)
    wish = correction_requests.ask(
        session, me, entry_id=entry.id, wish="少记了 8 课时，第 3 天我在。", now=NOW
    )
    resident = make.make_person(session, residence_region="650402")
    owner = make.make_actor(session, person=resident)
    award = rights.add_line(session, resident.id, NOW, kind="award")
    waits = correction_requests.ask(
        session, owner, entry_id=award.id, wish="奖项名称写错了，请核对。", now=NOW
    )
    needs.record(session, owner, wish=Wish("6-31-01-03", "650402", date(2027, 1, 1)), now=NOW)
    session.commit()
    suggested = Advancement(
        person_id=resident.id, entry_id=award.id, occupation_code="6-31-01-03", level=4,
        credential="QUAL", rule_id="R62", state="open", suggested_at=NOW, answer="",
        pack_id="turpan-2019",
        pack_hash=session.get_one(PolicyPack, "turpan-2019").content_hash,
    )  # fmt: skip
    session.add(suggested)
    session.commit()
    return {
        "request_id": waits,
        "advancement_id": suggested.id,
        "correction_desk.refuse.request_id": wish,
        "enrolment_id": under_review(session).id,
        "import_conflicts.line_id": _asked_line(session, resident),
    }


def _asked_line(session: Session, person: Person) -> UUID:
    """A line out of another portal's archive that its owner wants an officer to look at."""
    portal = TrustedPortal(
        url="https://elsewhere.example", name="别处", page={"issuers": [], "keys": []},
        status_lists={}, added_at=NOW, fetched_at=NOW,
    )  # fmt: skip
    session.add(portal)
    session.flush()
    brought = ArchiveImport(
        person_id=person.id, portal_id=portal.id, file_hash="0", made_at=NOW, state="decided",
        at=NOW, decided_at=NOW,
    )  # fmt: skip
    session.add(brought)
    session.flush()
    line = ArchiveImportLine(
        import_id=brought.id, kind="class", origin="1", state="asked", finding="conflict",
        content={
            "title": "电工", "starts_on": "2026-05-01", "ends_on": "2026-05-05", "hours": 8,
            "planned": 8, "institution_name": "别处学校", "same": "1", "why": "hours", "number": "",
            "occupation_code": None, "level": None, "status_at": None, "hash": "1",
            "status": "completed", "institution_uscc": "1",
        },
    )  # fmt: skip
    session.add(line)
    session.flush()
    return line.id


def _catalogues(session: Session) -> Given:
    officer = make.make_actor(session, Role.OFFICER)
    version = draft_version(session)
    brought = look(session, officer, b"not a sheet")
    entry = filed_supplement(session, officer)
    drafted = drafting.draft(
        session, officer, form=supplement_form(code="BC-02", level="3"), now=NOW
    )
    return {
        "version_id": version.id,
        "import_id": brought.id,
        "entry_id": entry,
        "entry_ids": [drafted],
    }


def _institutions(session: Session) -> Given:
    officer = make.make_actor(session, Role.OFFICER)
    refused = admission.apply(
        session, officer, fields=FIELDS | {"uscc": OTHER_CODE, "name": "另一所示例职业培训学校"},
        papers=PAPERS, now=NOW,
    )  # fmt: skip
    admission.refuse(
        session, officer, application_id=refused, reason="没有实训场地，请先落实", now=NOW
    )
    application = admission.apply(session, officer, fields=FIELDS, papers=PAPERS, now=NOW)
    school = openings.school(session)
    opening, other = openings.sent(session, school), openings.sent(session, school)
    seen = openings.seen(session, officer, other)
    deciding.reject(session, officer, opening_id=other, seen=seen, reason="本季度不再开班", now=NOW)
    filing = file_evaluation(session, make.make_actor(session, Role.EMPLOYER))
    return {"application_id": application, "opening_id": opening, "filing_id": filing}


def _rooms(session: Session) -> Given:
    room = Room(session)
    inspection = room.open()
    inspections.count(session, room.officer, inspection_id=room.open(), heads=3, now=DURING)
    risk_scores.score(session, SYSTEM, class_id=room.made.id, now=NOW + timedelta(days=3))
    return {
        "inspection_id": inspection,
        "session_id": room.meeting.id,
        "risk_findings.class_id": room.made.id,
        "risk_findings.note_finding.class_id": room.made.id,
        "inspector": room.officer,
    }


def _reviewed(session: Session) -> Given:
    outside = Outside(session)
    given = outside.assign()
    return {
        "assignment_id": given,
        "item_id": outside.items(given)[0].id,
        "reviewer": outside.reviewer,
        "wanted": outside.wanted(),
    }


def _reports(session: Session) -> Given:
    officer = make.make_actor(session, Role.OFFICER)
    report = freezing.draft(
        session, officer, region_code=HOME, period=parse_period("2026-Q3"), now=NOW
    )
    rebuilding.rebuild(session, SYSTEM, now=NOW)
    frozen = freezing.draft(
        session, officer, region_code="650402", period=parse_period("2026-Q3"), now=NOW
    )
    freezing.freeze(session, officer, report_id=frozen, now=NOW)
    return {
        "report_id": report,
        "reports.reading.report_id": frozen,
        "reports.reconcile.report_id": frozen,
        "reporter": officer,
    }


_PARTS: tuple[Callable[[Session], Given], ...] = (
    _casework,
    _money,
    _papers,
    _people,
    _rights,
    _catalogues,
    _institutions,
    _rooms,
    _reviewed,
    _reports,
)
