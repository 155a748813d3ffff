"""The tables (entities of reference C1, as many as are in use)."""

from portal.db.models.base import Base
from portal.db.models.catalogue import (
    CatalogVersion,
    Institution,
    InstitutionListing,
    Occupation,
    PolicyPack,
    Region,
    TrainingPlan,
    TrainingProgramme,
)
from portal.db.models.classes import (
    ClassSearchEntry,
    CommitmentTemplate,
    Enrolment,
    TrainingClass,
    TrainingSession,
)
from portal.db.models.learning import (
    APPEND_ONLY,
    ArchiveEntry,
    AttendanceCorrection,
    AttendanceEvent,
    AttendanceRecord,
    Certificate,
    ExamResult,
    certificate_serial,
)
from portal.db.models.people import (
    Account,
    AuditEvent,
    ConsentRecord,
    LoginAttempt,
    LoginSession,
    Person,
    PersonGroup,
)

__all__ = [
    "APPEND_ONLY",
    "Account",
    "ArchiveEntry",
    "AttendanceCorrection",
    "AttendanceEvent",
    "AttendanceRecord",
    "AuditEvent",
    "Base",
    "CatalogVersion",
    "Certificate",
    "ClassSearchEntry",
    "CommitmentTemplate",
    "ConsentRecord",
    "Enrolment",
    "ExamResult",
    "Institution",
    "InstitutionListing",
    "LoginAttempt",
    "LoginSession",
    "Occupation",
    "Person",
    "PersonGroup",
    "PolicyPack",
    "Region",
    "TrainingClass",
    "TrainingPlan",
    "TrainingProgramme",
    "TrainingSession",
    "certificate_serial",
]
