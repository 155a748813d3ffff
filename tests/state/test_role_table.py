"""Two tables that somebody must have written by hand: which role holds which permission, and which
handler asks for which.

A new handler or a new grant stands here too, or the tests fail: nobody gets a right in passing.
"""

import re
from collections import defaultdict

from portal.domain.permissions import GRANTS, Permission, Role
from portal.services.unit import required_permission
from portal.settings import ROOT
from tests.http.test_access import TABLE as ROUTES
from tests.state.test_handlers import ALL, public_methods

P, R = Permission, Role
SIGNED_IN = frozenset(Role) - {R.ANONYMOUS, R.SYSTEM}
HOLDERS: dict[Permission, frozenset[Role]] = {
    P.PUBLIC: frozenset(Role),
    P.SIGNED_IN: SIGNED_IN,
    P.ENROL: frozenset({R.TRAINEE}),
    P.CHECK_IN: frozenset({R.TRAINEE}),
    P.SEE_OWN_ARCHIVE: frozenset({R.TRAINEE}),
    P.RUN_SESSION: frozenset({R.INSTRUCTOR, R.MANAGER}),
    P.CONFIRM_ATTENDANCE: frozenset({R.INSTRUCTOR, R.MANAGER}),
    P.FINISH_CLASS: frozenset({R.MANAGER}),
    P.SET_CHECK_IN: frozenset({R.MANAGER}),
    P.SUPERVISE: frozenset({R.OFFICER}),
    P.READ_AUDIT: frozenset({R.AUDITOR}),
    P.DECIDE_REVIEWS: frozenset({R.OFFICER}),
    P.VERIFY_FACTS: frozenset({R.OFFICER}),
    P.REVIEW_CLAIMS: frozenset({R.OFFICER}),
    P.ISSUE_CERTIFICATES: frozenset({R.OFFICER}),
    P.KEEP_ISSUERS: frozenset({R.OFFICER}),
    P.KEEP_PERSONS: frozenset({R.OFFICER}),
    P.READ_ARCHIVES: frozenset({R.OFFICER}),
    P.SEARCH_TALENT: frozenset({R.OFFICER}),
    P.DECIDE_CORRECTIONS: frozenset({R.MANAGER, R.OFFICER}),
    P.SUBMIT_ROSTER: frozenset({R.MANAGER, R.EMPLOYER}),
    P.FILE_CLAIM: frozenset({R.MANAGER, R.EMPLOYER}),
    P.FILE_EVALUATION: frozenset({R.EMPLOYER}),
    P.HELP_OTHERS: frozenset({R.HELPER}),
    P.PUBLISH_CATALOGUES: frozenset({R.OFFICER}),
    P.FILE_SUPPLEMENTS: frozenset({R.OFFICER}),
    P.KEEP_LISTINGS: frozenset({R.OFFICER}),
    P.APPLY_FOR_CLASS: frozenset({R.MANAGER}),
    P.CALL_OFF_CLASS: frozenset({R.MANAGER, R.OFFICER}),
    P.DECIDE_OPENINGS: frozenset({R.OFFICER}),
    P.HANDLE_CASES: frozenset({R.OFFICER}),
    P.SEE_SAMPLE: frozenset({R.REVIEWER}),
    P.SET_TARGETS: frozenset({R.OFFICER}),
    P.KEEP_STAFF: frozenset({R.MANAGER}),
    P.KEEP_ACCOUNTS: frozenset({R.SYSTEM_ADMIN}),
    P.KEEP_SECURITY: frozenset({R.SECURITY_ADMIN}),
    P.RUN_TASKS: frozenset({R.SYSTEM}),
}
HANDLERS: dict[Permission, str] = {
    P.CALL_OFF_CLASS: """
        CallOffState.ask
        CallOffState.confirm
        CallOffState.step_back
    """,
    P.CHECK_IN: """
        EnrolmentState.appeal
        EnrolmentState.explain_appeal
        EnrolmentState.withdraw_appeal
    """,
    P.CONFIRM_ATTENDANCE: """
        AppealsDeskState.load
        AppealsDeskState.refuse
        AppealsDeskState.uphold
        ClaimState.check
        ClaimState.send_back
        DutiesState.load
        LeaveHintsState.load
        SheetExtrasState.grant
        SheetExtrasState.load
        SheetExtrasState.refuse
        SheetState.approve
        SheetState.confirm
        SheetState.correct
        SheetState.edit
        SheetState.load
        SheetState.refuse
        SheetState.take_back
        SheetUploadsState.load
    """,
    P.DECIDE_CORRECTIONS: """
        CorrectionDeskState.accept
        CorrectionDeskState.load
        CorrectionDeskState.refuse
    """,
    P.DECIDE_REVIEWS: """
        ReviewState.approve
        ReviewState.load
        ReviewState.override
        ReviewState.refuse
        ReviewsState.load
    """,
    P.ENROL: """
        EnrolmentState.cancel
        EnrolmentState.load
        EnrolmentsState.load
        EnrolmentsState.more
        FactFormState.load
        FactFormState.look_into
        FactFormState.report
        FactFormState.save_education
        FactFormState.save_employment
        FactFormState.save_groups
        FactFormState.save_origin
        FactFormState.save_pension
        FactFormState.save_residence
        FactFormState.take_back
        FactsState.load
        MyClaimsState.claim
        MyClaimsState.load
        MySessionState.ask_leave
        MySessionState.find
        MySessionState.give_back
        MySessionState.load
        MySessionState.plan
        MySessionState.take_leave_back
        NeedsState.load
        NeedsState.withdraw
        SubsidiesState.load
    """,
    P.FILE_CLAIM: """
        ClaimState.leave_out
        ClaimState.refresh
        ClaimState.settle
        ClaimState.submit
        ClaimState.withdraw
        ClaimsState.open_claim
    """,
    P.FILE_EVALUATION: """
        OwnEvaluationsState.file
        OwnEvaluationsState.load
        OwnEvaluationsState.withdraw
    """,
    P.FINISH_CLASS: """
        BatchState.start
        BatchState.watch
        CarriedState.accept
        CarriedState.withdraw
        ResultsState.ask
        ResultsState.finish
        ResultsState.pass_rest
        ResultsState.record
        ResultsState.step_back
    """,
    P.HELP_OTHERS: """
        HelpedState.load
    """,
    P.ISSUE_CERTIFICATES: """
        AdvancementsState.decline
        AdvancementsState.load
        AdvancementsState.recommend
        ArchiveLookupState.add
        ArchiveLookupState.pick_day
        DraftsState.load
        ExternalCheckState.load
        ExternalCheckState.refuse
        ExternalCheckState.take_back
        ExternalCheckState.verify
        ExternalQueueState.load
        NewPaperState.load
        NewPaperState.save
        PaperState.amend
        PaperState.correct
        PaperState.discard
        PaperState.load
        PaperState.print_again
        PaperState.put_in_force
    """,
    P.KEEP_ISSUERS: """
        IssuerState.load
        IssuerState.mark_compromised
        IssuerState.rotate
        IssuersState.load
        PortalsState.ask
        PortalsState.withdraw
    """,
    P.KEEP_PERSONS: """
        PersonsState.ask
        PersonsState.check
        PersonsState.compare
        PersonsState.confirm
        PersonsState.correct
        PersonsState.decline
        PersonsState.find
        PersonsState.load
        PersonsState.start_over
        PersonsState.swap
        PersonsState.take_back
        PersonsState.undo
        PersonsState.vouch
        PortalsState.accept
        PortalsState.load
        PortalsState.refuse
    """,
    P.PUBLIC: """
        CatalogueEntryState.load
        CatalogueLogState.load
        CatalogueState.load
        CatalogueState.search
        CatalogueState.submit
        CataloguesState.load
        ClassState.load
        ClassesState.close_sheet
        ClassesState.load
        ClassesState.open_sheet
        ClassesState.search
        ClassesState.submit
        HomeState.load
        InstitutionState.load
        InstitutionsState.load
        InstitutionsState.search
        InstitutionsState.submit
        PoliciesState.load
        PoliciesState.search
        PoliciesState.submit
        PolicyState.load
    """,
    P.READ_ARCHIVES: """
        ArchiveLookupState.load
        ArchiveLookupState.look_up
        ArchiveLookupState.start_over
    """,
    P.READ_AUDIT: """
        TrailState.check
        TrailState.check_on
        TrailState.load
        TrailState.search
        TrailState.search_older
    """,
    P.REVIEW_CLAIMS: """
        OfficeClaimState.advance
        OfficeClaimState.approve
        OfficeClaimState.claw_back
        OfficeClaimState.close
        OfficeClaimState.decide
        OfficeClaimState.excuse
        OfficeClaimState.load
        OfficeClaimState.pay
        OfficeClaimState.publish
        OfficeClaimState.recover
        OfficeClaimState.reject
        OfficeClaimState.send_back
        OfficeClaimState.take_up
        OfficeClaimsState.load
    """,
    P.RUN_SESSION: """
        BatchState.load
        CarriedState.load
        CheckInSettingsState.load
        CheckInSettingsState.save_place
        OverlapWarningState.load
        ResultsState.load
        SheetExtrasState.look
        SheetExtrasState.start_call
        SheetExtrasState.tap
        SheetState.mark
        StaffAttendanceState.load
        StaffAttendanceState.tap
        TeachState.load
        UnconfirmedState.load
        WarnedState.load
    """,
    P.SEARCH_TALENT: """
        TalentState.list_people
        TalentState.load
        TalentState.pass_on
    """,
    P.SEE_OWN_ARCHIVE: """
        ArchiveState.choose
        ArchiveState.load
        ArchiveState.toggle
        CardState.bind
        CardState.load
        CardState.recheck
        CardState.reissue
        CardState.unbind
        CertificatesState.load
        CorrectionsState.ask
        CorrectionsState.load
        CorrectionsState.withdraw
        MyExternalState.load
        MyExternalState.withdraw
        SharesState.ask
        SharesState.join
        SharesState.leave
        SharesState.load
        SharesState.revoke
    """,
    P.SET_CHECK_IN: """
        CheckInSettingsState.save
    """,
    P.SIGNED_IN: """
        AccessState.load
        AccountState.load
        AccountState.withdraw
        AdmissionsState.load
        CallOffState.load
        ClaimState.load
        ClaimsState.load
        DrilldownState.load
        InspectionState.load
        InspectionsState.load
        InstitutionsOverseenState.load
        ListingDeskState.load
        MeState.load
        MessagesState.all_read
        MessagesState.load
        MessagesState.opened
        NeedsReportState.load
        OversightState.load
        OwnHelpersState.confirm
        OwnHelpersState.load
        OwnHelpersState.revoke
        ReportState.load
        ReportState.watch
        ReportsState.load
        RiskDetailState.load
        RiskState.load
        RiskState.narrow
        TargetsState.load
        WaitingWorkState.load
    """,
    P.SUBMIT_ROSTER: """
        EmployerState.load
        RosterState.ask
        RosterState.choose
        RosterState.choose_all
        RosterState.commit
        RosterState.load
        RosterState.step_back
        RosterState.watch
        RostersState.load
    """,
    P.SUPERVISE: """
        InspectionState.count
        InspectionState.write_note
        InspectionsState.begin
        InspectionsState.find
        OfficerCallState.call_roll
        OfficerCallState.load
        OverlapsState.load
        OverseenMandatesState.ask
        OverseenMandatesState.load
        OverseenMandatesState.revoke
        OverseenState.load
        ReportState.call_back
        ReportState.countersign
        ReportState.discard
        ReportState.freeze
        ReportState.publish
        ReportsState.draft
        RevocationState.load
        RevocationState.look_up
        RevocationState.revoke
        RevocationState.start_over
        RiskDetailState.note
        WorkState.load
    """,
    P.VERIFY_FACTS: """
        FactCheckState.end
        FactCheckState.keep
        FactCheckState.load
        FactCheckState.refuse
        FactCheckState.reveal
        FactCheckState.verify
        FactChecksState.load
    """,
    P.PUBLISH_CATALOGUES: """
        CatalogueImportState.check
        CatalogueImportState.drop
        CatalogueImportState.load
        CatalogueImportState.watch
        CatalogueVersionState.discard
        CatalogueVersionState.load
        CatalogueVersionState.publish
        CatalogueVersionState.withdraw
        CataloguesKeptState.load
    """,
    P.FILE_SUPPLEMENTS: """
        NewSupplementState.load
        NewSupplementState.save
        SupplementState.accept
        SupplementState.correct
        SupplementState.end
        SupplementState.load
        SupplementState.reject
        SupplementState.take_back
        SupplementState.withdraw
        SupplementsState.file
        SupplementsState.load
    """,
    P.KEEP_LISTINGS: """
        AdmissionsState.admit
        AdmissionsState.apply
        AdmissionsState.refuse
        AdmissionsState.visit
        CaseState.answer_appeal
        CaseState.ask_sanction
        CaseState.sanction
        CaseState.step_back
        EvaluationsState.accept
        EvaluationsState.end
        EvaluationsState.load
        EvaluationsState.send_back
        ListingDeskState.ask
        ListingDeskState.ask_lift
        ListingDeskState.decide
        ListingDeskState.forget_lift
        ListingDeskState.lift
        ListingDeskState.release
        ListingDeskState.step_back
    """,
    P.APPLY_FOR_CLASS: """
        OpeningState.copy_it
        OpeningState.load
        OpeningState.submit
        OpeningState.withdraw
        OpeningStepState.find
        OpeningStepState.load
        OpeningStepState.open_meeting
        OpeningStepState.remove_meeting
        OpeningStepState.save_exam
        OpeningStepState.save_meeting
        OpeningStepState.save_people
        OpeningStepState.save_week
        OpeningStepState.save_what
        OpeningStepState.save_where
        OpeningStepState.save_who
        OpeningStepState.use_place
        OpeningsState.load
        OpeningsState.start
    """,
    P.DECIDE_OPENINGS: """
        OpeningDecisionState.approve
        OpeningDecisionState.load
        OpeningDecisionState.reject
        OpeningDecisionState.send_back
        OpeningQueueState.load
    """,
    P.HANDLE_CASES: """
        CaseState.add_evidence
        CaseState.close
        CaseState.confirm
        CaseState.fulfil
        CaseState.grade
        CaseState.hear
        CaseState.load
        CaseState.recover
        CaseState.refuse
        CaseState.write_note
        CasesState.find
        CasesState.load
        CasesState.open_case
        ComplaintState.answer
        ComplaintState.ask
        ComplaintState.forward
        ComplaintState.load
        ComplaintState.name_institution
        ComplaintState.reveal
        ComplaintState.take
        ComplaintsState.load
        OfficeClaimState.enter_recovery
        RecoveriesState.load
        RecoveryState.ask_off
        RecoveryState.decide_off
        RecoveryState.demand
        RecoveryState.load
        RecoveryState.pay
        ThirdPartiesState.assign
        ThirdPartiesState.load
        ThirdPartyState.end
        ThirdPartyState.load
        ThirdPartyState.prove
    """,
    P.SEE_SAMPLE: """
        OwnReviewState.load
        OwnReviewState.write_report
        ReviewsOfMineState.load
        SampleItemState.find
        SampleItemState.load
    """,
    P.SET_TARGETS: """
        TargetsState.put
    """,
    P.KEEP_STAFF: """
        OwnCaseState.appeal
        OwnCaseState.load
        OwnCaseState.state_it
        OwnCasesState.load
        OwnListingState.apply
        OwnListingState.load
        StaffState.ask
        StaffState.invite
        StaffState.load
        StaffState.remove
        StaffState.revoke
        StaffState.step_back
    """,
    P.KEEP_ACCOUNTS: """
        AccountsState.act
        AccountsState.invite
        AccountsState.load
        AccountsState.move
        AccountsState.revoke
        AccountsState.revoke_move
    """,
    P.KEEP_SECURITY: """
        SecurityState.act
        SecurityState.agree
        SecurityState.agree_move
        SecurityState.decline
        SecurityState.decline_move
        SecurityState.load
        SecurityState.search
        SecurityState.turn
    """,
}
# What an auditor may call beyond what everybody who is signed in may: all of it reads.
AUDITOR_HANDLERS = {
    *("TrailState.load", "TrailState.search", "TrailState.search_older"),
    *("TrailState.check", "TrailState.check_on"),
}
AUDITOR_ROUTES = {("POST", "/admin/audit/export")}
# Where services ask for the auditor's one permission, or let it stand for another: they read.
AUDITOR_SERVICES = {
    "archive_reading.py",
    "scope.py",
    "supervision_trail.py",
    "audit_trail/export.py",
    "audit_trail/standing.py",
}


def test_each_permission_is_held_by_exactly_these_roles() -> None:
    held = {
        permission: frozenset(role for role in Role if permission in GRANTS[role])
        for permission in Permission
    }
    assert held == HOLDERS


def test_each_handler_asks_for_exactly_this_permission() -> None:
    found: dict[Permission, set[str]] = defaultdict(set)
    for state in ALL:
        for name, method in public_methods(state).items():
            permission = required_permission(method)
            assert permission is not None, (state, name)
            found[permission].add(f"{state.__name__}.{name}")
    assert found == {permission: set(names.split()) for permission, names in HANDLERS.items()}


def test_an_auditor_may_call_what_reads_and_nothing_else() -> None:
    beyond = GRANTS[R.AUDITOR] - {P.PUBLIC, P.SIGNED_IN}
    assert beyond == {P.READ_AUDIT}
    assert set(HANDLERS[P.READ_AUDIT].split()) == AUDITOR_HANDLERS
    assert {route for route, asked in ROUTES.items() if asked in beyond} == AUDITOR_ROUTES


def test_no_service_that_writes_asks_for_the_permission_to_read_the_trail() -> None:
    home = ROOT / "portal" / "services"
    asking = {
        str(path.relative_to(home))
        for path in home.rglob("*.py")
        if re.search(r"Permission\.READ_AUDIT", path.read_text("utf-8"))
    }
    assert asking == AUDITOR_SERVICES


def test_administrators_and_auditor_share_no_permission_of_their_own() -> None:
    """None of the three can do what another does (三员分立)."""
    three = (R.SYSTEM_ADMIN, R.SECURITY_ADMIN, R.AUDITOR)
    for role in three:
        own = GRANTS[role] - GRANTS[R.TRAINEE]
        assert own
        for other in set(Role) - {role}:
            assert not own & GRANTS[other], (role, other)
