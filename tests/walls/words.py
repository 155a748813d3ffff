"""What acts are called with beyond ids, where a mere text or number would be refused at once."""

from datetime import date, timedelta
from typing import Any

from portal.domain.certificate_life import Act as CertificateAct
from portal.domain.report_period import parse_period
from portal.services.audit_trail.wanted import Wanted as TrailWanted
from portal.services.casework.sources import SOURCES
from portal.services.catalogue.query import ClassQuery
from portal.services.external_checks import POINTS
from portal.services.self_evaluation.assessing import POINTS as POINTS_OF_FILING
from portal.services.talent import TalentQuery
from tests.services.casework.test_complaints import form as complaint_form
from tests.services.listings.test_admission import FIELDS, PAPERS
from tests.support import papers
from tests.support.factories import NOW
from tests.support.supplements import form

HOME = "650400"
VALUES: dict[str, Any] = {
    "region_code": HOME,
    "region": HOME,
    "area": HOME,
    "by": "id",
    "id_type": "resident_id",
    "kind": "shortage_occupation",
    "source": b"1",
    "sources": SOURCES,
    "document_no": "吐人社罚〔2026〕3号",
    "doc_no": "吐人社发〔2026〕3号",
    "query": TalentQuery(),
    "archive_records.add_record.kind": "award",
    "archive_lookup.add.kind": "award",
    "casework.sources.work.kind": "",
    "casework.queue.work.kind": "",
    "certificate_desk.act": CertificateAct.AMEND,
    "certificate_drafts.kind": "SPECIAL",
    "reissue.form": papers.FORMS["SPECIAL"],
    "reissue.version": 1,
    "publication.browsing.number": 1,
    "publication.exporting.number": 1,
    "publication.exporting.suffix": "csv",
    "catalogue.finding.query": ClassQuery(),
    "class_badges.query": ClassQuery(),
    "overlaps.since": NOW - timedelta(days=60),
    "overlaps.until": NOW + timedelta(days=60),
    "certificate_drafts.form": papers.FORMS["SPECIAL"],
    "external_checks.points": POINTS,
    "external_checks.basis": "original",
    "facts_import.group_code": "VETERAN",
    "facts_import.file_name": "名单.csv",
    "casework.complaints.form": complaint_form("b" * 32),
    "staff.invitations.role": "officer",
    "staff.invitations.name": "外人",
    "staff.invitations.phone": "13800000099",
    "third_party.mine.verdict": "ok",
    "audit_trail.wanted": TrailWanted(),
    "opening.deciding.steps": ("when",),
    "oversight.targets.pack_id": "turpan-2019",
    "oversight.targets.line": "plan:6",
    "oversight.targets.year": 2026,
    "oversight.targets.set_part.region_code": "650402",
    "reports.freezing.period": parse_period("2026-Q2"),
    "reports.reading.form": "xlsx",
    "risk_findings.note_finding.session_id": None,
    "risk_findings.finding": "odd",
    "supplements.exporting.suffix": "csv",
    "self_evaluation.assessing.points": POINTS_OF_FILING,
    "self_evaluation.assessing.valid_until": date(2029, 11, 30),
    "supplements.drafting.form": form(code="BC-03", level="4"),
    "import_conflicts.accept": False,
    "listings.admission.fields": FIELDS,
    "listings.admission.papers": PAPERS,
    "listings.decisions.to": "warning",
    "listings.effects.to": "warning",
}
