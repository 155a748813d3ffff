"""Who may do what. Every handler and route names one of these; services check the row besides."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from portal.domain.errors import Forbidden, Unauthenticated


class Role(StrEnum):
    """The role of an account."""

    ANONYMOUS = "anonymous"
    TRAINEE = "trainee"
    INSTRUCTOR = "instructor"
    MANAGER = "manager"
    OFFICER = "officer"
    AUDITOR = "auditor"
    EMPLOYER = "employer"
    HELPER = "helper"
    # Somebody from outside who looks at a drawn sample for a time (第三方评估), and at no more.
    REVIEWER = "reviewer"
    # Who keeps accounts, who keeps what accounts may do, and the auditor, who reads what both
    # did: none of the three can do what another does.
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    # The portal itself, in background work: no account has this role.
    SYSTEM = "system"


class Permission(StrEnum):
    """An act that a handler or route performs."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    ENROL = "enrol"
    CHECK_IN = "check_in"
    SEE_OWN_ARCHIVE = "see_own_archive"
    RUN_SESSION = "run_session"
    CONFIRM_ATTENDANCE = "confirm_attendance"
    FINISH_CLASS = "finish_class"
    # How a class checks in: the colour question, new codes, windows of its own.
    SET_CHECK_IN = "set_check_in"
    SUPERVISE = "supervise"
    READ_AUDIT = "read_audit"
    # An officer decides what the rules leave open, and verifies what people declare.
    DECIDE_REVIEWS = "decide_reviews"
    VERIFY_FACTS = "verify_facts"
    REVIEW_CLAIMS = "review_claims"
    # Certificates that an authority issues or corrects; keys and seals; whose word we take.
    ISSUE_CERTIFICATES = "issue_certificates"
    KEEP_ISSUERS = "keep_issuers"
    # Two records that are one person; somebody's archive, looked up for a reason.
    KEEP_PERSONS = "keep_persons"
    READ_ARCHIVES = "read_archives"
    SEARCH_TALENT = "search_talent"
    DECIDE_CORRECTIONS = "decide_corrections"
    # An institution or an employer sends sheets of people and asks for money.
    SUBMIT_ROSTER = "submit_roster"
    FILE_CLAIM = "file_claim"
    # An enterprise files that it evaluates its own staff (企业自主评价).
    FILE_EVALUATION = "file_evaluation"
    # A village helper acts for somebody who gave a mandate.
    HELP_OTHERS = "help_others"
    # What workers browse: catalogues, supplements and what institutions may stand in them.
    PUBLISH_CATALOGUES = "publish_catalogues"
    FILE_SUPPLEMENTS = "file_supplements"
    KEEP_LISTINGS = "keep_listings"
    # A class is applied for by an institution and opened by the authority (开班).
    APPLY_FOR_CLASS = "apply_for_class"
    DECIDE_OPENINGS = "decide_openings"
    # Either calls off a class that has not begun (停办): the institution its own.
    CALL_OFF_CLASS = "call_off_class"
    # Findings, sanctions, money to be paid back, complaints; who looks from outside.
    HANDLE_CASES = "handle_cases"
    SEE_SAMPLE = "see_sample"
    SET_TARGETS = "set_targets"
    # People of an institution; accounts of the authority; what they may do and how they sign in.
    KEEP_STAFF = "keep_staff"
    KEEP_ACCOUNTS = "keep_accounts"
    KEEP_SECURITY = "keep_security"
    # What becomes due by the clock: offers that expire, messages that are sent.
    RUN_TASKS = "run_tasks"


_EVERYONE = frozenset({Permission.PUBLIC})
_ACCOUNT = _EVERYONE | {Permission.SIGNED_IN}
_TEACHES = _ACCOUNT | {Permission.RUN_SESSION, Permission.CONFIRM_ATTENDANCE}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ANONYMOUS: _EVERYONE,
    Role.TRAINEE: _ACCOUNT | {Permission.ENROL, Permission.CHECK_IN, Permission.SEE_OWN_ARCHIVE},
    Role.INSTRUCTOR: _TEACHES,
    Role.MANAGER: _TEACHES
    | {
        Permission.FINISH_CLASS,
        Permission.DECIDE_CORRECTIONS,
        Permission.SET_CHECK_IN,
        Permission.SUBMIT_ROSTER,
        Permission.FILE_CLAIM,
        Permission.APPLY_FOR_CLASS,
        Permission.CALL_OFF_CLASS,
        Permission.KEEP_STAFF,
    },
    Role.OFFICER: _ACCOUNT
    | {
        Permission.SUPERVISE,
        Permission.DECIDE_REVIEWS,
        Permission.VERIFY_FACTS,
        Permission.REVIEW_CLAIMS,
        Permission.ISSUE_CERTIFICATES,
        Permission.KEEP_ISSUERS,
        Permission.KEEP_PERSONS,
        Permission.READ_ARCHIVES,
        Permission.SEARCH_TALENT,
        Permission.DECIDE_CORRECTIONS,
        Permission.PUBLISH_CATALOGUES,
        Permission.FILE_SUPPLEMENTS,
        Permission.KEEP_LISTINGS,
        Permission.DECIDE_OPENINGS,
        Permission.CALL_OFF_CLASS,
        Permission.HANDLE_CASES,
        Permission.SET_TARGETS,
    },
    Role.EMPLOYER: _ACCOUNT
    | {Permission.SUBMIT_ROSTER, Permission.FILE_CLAIM, Permission.FILE_EVALUATION},
    Role.HELPER: _ACCOUNT | {Permission.HELP_OTHERS},
    Role.SYSTEM: _EVERYONE | {Permission.RUN_TASKS},
    # The auditor reads what others did and changes nothing.
    Role.AUDITOR: _ACCOUNT | {Permission.READ_AUDIT},
    Role.REVIEWER: _ACCOUNT | {Permission.SEE_SAMPLE},
    Role.SYSTEM_ADMIN: _ACCOUNT | {Permission.KEEP_ACCOUNTS},
    Role.SECURITY_ADMIN: _ACCOUNT | {Permission.KEEP_SECURITY},
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, as loaded from the login for this one call."""

    role: Role = Role.ANONYMOUS
    account_id: UUID | None = None
    person_id: UUID | None = None
    login_id: UUID | None = None
    institution_id: UUID | None = None
    employer_id: UUID | None = None
    region_code: str | None = None
    name: str = ""
    # Records that were merged into the person's: whatever hangs on them is the person's, too.
    merged: tuple[UUID, ...] = ()

    @property
    def is_signed_in(self) -> bool:
        return self.account_id is not None

    def may(self, permission: Permission) -> bool:
        """Whether the role is granted the act at all."""
        return permission in GRANTS[self.role]

    def require(self, permission: Permission) -> None:
        """Raise Unauthenticated or Forbidden unless the role is granted the act."""
        if self.may(permission):
            return
        raise Forbidden if self.is_signed_in else Unauthenticated

    def the_person(self) -> UUID:
        """The id of the person behind the account; raises Unauthenticated."""
        if self.person_id is None:
            raise Unauthenticated
        return self.person_id

    def the_records(self) -> tuple[UUID, ...]:
        """All records of that person, ``the_person`` first; raises Unauthenticated.

        Reading goes by these, writing by ``the_person``.
        """
        return (self.the_person(), *self.merged)

    def the_account(self) -> UUID:
        """The id of the account; raises Unauthenticated."""
        if self.account_id is None:
            raise Unauthenticated
        return self.account_id


ANONYMOUS = Actor()
SYSTEM = Actor(role=Role.SYSTEM)
