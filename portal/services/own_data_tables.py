"""Which tables hold something about a person, and how its rows are found.

Every table of the schema stands here, in ``HELD`` or with a reason in ``NOT_HELD``; a test fails
for a new one that stands in neither, so that the download stays everything that is held.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, Select, or_, select

from portal.db.models import (
    Account,
    AccountHold,
    AccountMove,
    Advancement,
    ArchiveEntry,
    ArchiveHead,
    ArchiveImport,
    ArchiveImportLine,
    ArchivePrint,
    AttendanceAppeal,
    AttendanceCorrection,
    AttendanceEvent,
    AttendanceRecord,
    AttendanceSignal,
    AttendanceWarning,
    AuditEvent,
    CarriedHours,
    CaseFile,
    Certificate,
    ClaimLine,
    Complaint,
    ComplaintMessage,
    ConsentRecord,
    CorrectionProposal,
    CorrectionRequest,
    Disbursement,
    EligibilityDecision,
    Enrolment,
    ExamResult,
    ExternalCertificate,
    IdCorrection,
    LeaveRequest,
    LoginSession,
    MakeUp,
    Mandate,
    Notice,
    OfflineUpload,
    PasswordReset,
    Person,
    PersonalSheet,
    PersonFact,
    PersonGroup,
    PersonMerge,
    PersonMergeRequest,
    PersonPass,
    PersonPhoto,
    RecoveryCode,
    RelayTry,
    ReviewItem,
    RosterRow,
    SeatOffer,
    SecondFactor,
    ShareLink,
    ShareView,
    SmsMessage,
    SocialCardBinding,
    StaffAttendance,
    StaffInvitation,
    SubsidyClaim,
    SubsidyReservation,
    TrainingNeed,
)
from portal.domain.masking import mask_id_no, mask_phone


@dataclass(frozen=True, slots=True)
class Mine:
    """What rows are found by: all records of the person, and the phone that is theirs alone."""

    ids: tuple[UUID, ...]
    phone_hash: bytes | None

    def of(self, column: Any) -> Select[Any]:
        """A column of the rows that name the person."""
        return select(column).where(column.class_.person_id.in_(self.ids))

    @property
    def claims(self) -> Select[Any]:
        """Claims that are paid to the person."""
        return select(SubsidyClaim.id).where(SubsidyClaim.payee_person_id.in_(self.ids))


Finds = Callable[[Mine], ColumnElement[bool]]


def _person(model: Any) -> Finds:
    return lambda mine: model.person_id.in_(mine.ids)


def _enrolment(model: Any) -> Finds:
    return lambda mine: model.enrolment_id.in_(mine.of(Enrolment.id))


def _account(model: Any) -> Finds:
    return lambda mine: model.account_id.in_(mine.of(Account.id))


_BY_PERSON = (
    *(Account, Advancement, ArchiveEntry, ArchiveHead, ArchiveImport, ArchivePrint),
    *(CaseFile, Certificate, Complaint, ConsentRecord, CorrectionRequest, Enrolment),
    *(ExternalCertificate, IdCorrection, MakeUp, Mandate, Notice, PersonFact, PersonGroup),
    *(PersonPass, PersonPhoto, RelayTry, RosterRow, ShareLink, SocialCardBinding),
    *(StaffAttendance, SubsidyReservation, TrainingNeed),
)
# Some of these name the person, too; the enrolment is what an index finds them by.
_BY_ENROLMENT = (
    *(AttendanceEvent, AttendanceRecord, ClaimLine),
    *(AttendanceAppeal, AttendanceCorrection, AttendanceWarning, CarriedHours),
    *(CorrectionProposal, EligibilityDecision, ExamResult, LeaveRequest, PersonalSheet, SeatOffer),
    ReviewItem,
)
_BY_ACCOUNT = (
    *(LoginSession, OfflineUpload),
    *(AccountHold, AccountMove, PasswordReset, RecoveryCode, SecondFactor, StaffInvitation),
)
_OTHERWISE: dict[Any, Finds] = {
    Person: lambda mine: Person.id.in_(mine.ids),
    PersonMerge: lambda mine: or_(
        PersonMerge.kept_id.in_(mine.ids), PersonMerge.merged_id.in_(mine.ids)
    ),
    PersonMergeRequest: lambda mine: or_(
        PersonMergeRequest.kept_id.in_(mine.ids), PersonMergeRequest.merged_id.in_(mine.ids)
    ),
    ComplaintMessage: lambda mine: ComplaintMessage.complaint_id.in_(mine.of(Complaint.id)),
    ArchiveImportLine: lambda mine: ArchiveImportLine.import_id.in_(mine.of(ArchiveImport.id)),
    AttendanceSignal: lambda mine: AttendanceSignal.event_id.in_(mine.of(AttendanceEvent.id)),
    ShareView: lambda mine: ShareView.link_id.in_(mine.of(ShareLink.id)),
    SubsidyClaim: lambda mine: SubsidyClaim.payee_person_id.in_(mine.ids),
    Disbursement: lambda mine: Disbursement.claim_id.in_(mine.claims),
    # What others did stands in who_looked, with the words for it.
    AuditEvent: lambda mine: AuditEvent.actor_account_id.in_(mine.of(Account.id)),
    SmsMessage: lambda mine: SmsMessage.phone_hash == mine.phone_hash,
}

HELD: dict[Any, Finds] = {
    **{model: _person(model) for model in _BY_PERSON},
    **{model: _enrolment(model) for model in _BY_ENROLMENT},
    **{model: _account(model) for model in _BY_ACCOUNT},
    **_OTHERWISE,
}

_PLACES = "of places, plans and offers, not of persons"
_PUBLIC = "published for everybody"
_WHOLE = "of a whole class or session, not of one person in it"
_CASE = "of a case about an institution; who is concerned is told by name nowhere in it"
_TALLY = "counts that repeat the enrolments in the file"
_REPORT = "figures of a frozen report, copies of what is in the file, without names"
NOT_HELD: dict[str, str] = {
    "annual_target": _PLACES,
    "audit_block": "seals over the trail of everybody, from which no row can be read",
    "audit_place": "which region a row of the trail concerns",
    "case_event": _CASE,
    "case_finding": _CASE,
    "case_hearing": _CASE,
    "case_sanction": _CASE,
    "class_call_off": _WHOLE,
    "class_change": _TALLY,
    "class_member": _TALLY,
    "class_opening": _PLACES,
    "class_opening_decision": _PLACES,
    "class_opening_version": _PLACES,
    "class_outcome": _TALLY,
    "class_tally": _TALLY,
    "fund_publication": _PUBLIC,
    "people_tally": _TALLY,
    "period_report": _REPORT,
    "period_report_row": _REPORT,
    "recovery": "money that an institution pays back",
    "recovery_entry": "money that an institution pays back",
    "recovery_write_off": "money that an institution pays back",
    "review_assignment": "whom an office asked to look at a sample",
    "review_finding": "what a reviewer noted of a sample; that one is in it is in the file",
    "self_evaluation": "what an enterprise filed; it names no person",
    "supplement_entry": _PUBLIC,
    "supplement_filing": _PUBLIC,
    "tally_state": _TALLY,
    "violation_case": _CASE,
    "archive_checkpoint": "seals over the lines of everybody, from which no line can be read",
    "catalog_version": _PUBLIC,
    "catalogue_change": _PUBLIC,
    "catalogue_entry": _PUBLIC,
    "catalogue_import": "a sheet of a catalogue on its way to being published",
    "catalogue_mapping": "how the columns of catalogue sheets are called",
    "certificate_batch": _WHOLE,
    "certificate_file": "drawings of certificates that are in the file, made again at will",
    "claim_release": "acts of an office on a claim; the own claim is in the file",
    "class_checkin": _WHOLE,
    "class_score": _WHOLE,
    "class_search_entry": _PUBLIC,
    "code_claim": "codes of a room, not who scanned them",
    "commitment_template": _PUBLIC,
    "employer": _PLACES,
    "fact_import": "counts of a list; the facts that came from it are in the file",
    "inspection": _WHOLE,
    "institution": _PLACES,
    "institution_listing": _PUBLIC,
    "issuer": _PUBLIC,
    "issuer_key": "keys of issuers",
    "listing_application": _PLACES,
    "listing_decision": _PLACES,
    "listing_effect": _PLACES,
    "login_challenge": "a login that waits minutes for its second step, by keyed hashes only",
    "login_attempt": "keyed hashes of tries, kept for a day or so against guessing",
    "occupation": _PUBLIC,
    "policy_pack": _PUBLIC,
    "policy_pack_version": _PUBLIC,
    "region": _PUBLIC,
    "risk_finding": _WHOLE,
    "roster_upload": "of the institution or employer that sent it; the own row is in the file",
    "session_call": _WHOLE,
    "session_score": _WHOLE,
    "status_list": _PUBLIC,
    "subsidy_standard": _PUBLIC,
    "training_class": _PLACES,
    "training_plan": _PLACES,
    "training_programme": _PLACES,
    "training_session": _PLACES,
    "trusted_portal": _PUBLIC,
}

# Sealed columns that are told, masked: what they were sealed as, the mask, the name in the file.
TOLD: dict[tuple[str, str], tuple[str, Callable[[str], str], str]] = {
    ("person", "id_no_enc"): ("id_no", mask_id_no, "id_no"),
    ("person", "phone_enc"): ("phone", mask_phone, "phone"),
    ("roster_row", "id_no_enc"): ("id_no", mask_id_no, "id_no"),
    ("roster_row", "phone_enc"): ("phone", mask_phone, "phone"),
    ("id_correction", "old_enc"): ("id_no", mask_id_no, "old_id_no"),
    ("id_correction", "new_enc"): ("id_no", mask_id_no, "new_id_no"),
    ("complaint", "text_enc"): ("complaint", str, "text"),
    ("complaint", "name_enc"): ("complaint", str, "name"),
    ("complaint", "phone_enc"): ("complaint", mask_phone, "phone"),
    ("social_card_binding", "number_enc"): ("social_card", mask_id_no, "number"),
}

# Secrets, what is of use to the machine only (counters, ranges), and others' accounts.
_INNER = frozenset(
    {
        *("password_hash", "pass_id", "code_tries", "tries"),
        *("no", "person_id", "person_no", "busy", "name_key", "idempotency_key", "account_id"),
        *("actor_account_id", "acting_account_id", "examiner_account_id", "helper_account_id"),
        *("officer_account_id", "updated_by", "created_by", "verified_by", "decided_by"),
        *("proposed_by", "printed_by", "accepted_by", "withdrawn_by", "undone_by", "filed_by"),
        *("answered_by", "checked_by", "reviewed_by", "approved_by", "closed_by", "by_account_id"),
        *("confirmed_by", "vouched_by", "status_list_no", "status_index"),
        *("held_by", "ended_by", "invited_by", "agreed_by", "started_by", "last_step"),
        *("commitment_text_hash", "text_hash", "pack_hash"),
    }
)
_ONLY = {
    # Of one's own acts only which and when: what staff wrote and touched is others' data.
    "audit_event": frozenset({"at", "action"}),
    # Nothing of the other record: until two officers agree, and once it is undone, it is another
    # person's.
    "person_merge": frozenset({"at", "reason", "undo_until", "undone_at", "undo_reason"}),
    "person_merge_request": frozenset(
        {"at", "reason", "lapses_at", "state", "decided_at", "answer"}
    ),
}


def told_columns(model: Any) -> list[Any]:
    """The columns of a table that the file tells as they are: no bytes, nothing inner."""
    columns = model.__table__.columns
    only = _ONLY.get(model.__tablename__) or {column.name for column in columns}
    return [
        column
        for column in columns
        if column.name in only - _INNER and not isinstance(column.type, LargeBinary)
    ]
