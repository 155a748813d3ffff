"""Acts that answer an officer of another region, and why they may. Whoever adds one says it here.

What is not named here refuses a stranger with NotFound or Forbidden, or answers with nothing of
the region.
"""

# Everybody reads it, signed in or not.
_PUBLIC = """
    archive_prints.verify_print
    casework.complaints.judge
    casework.complaints.look_up
    casework.complaints.regions_offered
    casework.complaints.reply
    casework.complaints.send
    catalogue.detail.class_detail
    catalogue.facets.facets
    catalogue.facets.quick_choices
    catalogue.finding.find_classes
    catalogue.finding.list_classes
    claims.board.notices
    class_badges.find_rows
    eligibility.badges
    file_register.registered
    file_register.verify_file
    free_check.could_i_go_free
    free_form.free_form
    home.home
    hours_needed.needed_by_class
    institutions.find_institutions
    institutions.institution_detail
    issuers.published
    own_check.own_check
    own_check.visit
    policies.list_packs
    policy_finding.find_packs
    policies.pack_detail
    public_catalogues.entry.entry_page
    public_catalogues.links.open_classes
    public_catalogues.links.plan_name
    public_catalogues.lists.browse
    public_catalogues.log.catalogue_log
    public_catalogues.shelf.shelf
    public_catalogues.ways.of_class
    public_catalogues.ways.of_institution
    public_catalogues.shelf.versions_in_force
    publication.browsing.history
    publication.browsing.in_force
    publication.browsing.version_at
    publication.exporting.export
    reports.funds.published
    sms_reading.demo_inbox
    status_lists.signed_list
    trust.trusted_urls
    verification.verify_number
"""
# About the actor's own account, person or rights.
_OWN = """
    access_log.my_access
    account_closure.close
    account_closure.closing
    accounts.log_in
    accounts.log_out
    accounts.my_account
    accounts.register
    certificate_files.keep_own
    claims.claimable.claimable_if_any
    colour_question.who_scans
    facts.declare_education
    facts.declare_employment
    facts.declare_origin
    facts.declare_pension
    facts.declare_residence
    inspections.may_inspect
    listings.applications.may_keep
    messages.my_messages
    notices.mark_all_read
    notices.mark_read
    notices.my_notices
    notices.unread_count
    own_data.my_data
    own_data.my_data_json
    own_data_consents.withdraw
    own_data_files.my_pack
    own_helpers.confirm
    own_helpers.my_helpers
    own_helpers.revoke
    rosters_scope.may_send
    staff.second_step.begin_own
    staff.second_step.confirm_own
    staff.second_step.my_factor
    staff.second_step.own_set_up
    staff.second_step.renew_codes
    supervision.area_name
    trusted_portals.i_may_change
"""
# A secret opens it, whoever brings it.
_SECRET = """
    offers.accept_by_code
    rosters_confirm.answer
    rosters_confirm.look
    share_views.open_link
    staff.joining.accept
    staff.joining.look
    staff.second_step.asked
    staff.second_step.take_step
    staff.security_desk.look_at_reset
    staff.security_desk.reset_password
"""
# Part of other acts, which have checked by then: no page, route or task calls it.
_INNER = """
    account_closure_ends.end_everything
    advancement.suggesting.suggest
    attendance_sheet.note_reading
    audit.record
    carried_lines.take_back_void
    casework.case_rows.another_officer
    casework.claim_mirror.mirror
    casework.recovery_rows.claim_first
    corrections.note
    desk_enrolment.enrol_person
    enrolment_cards.own_card
    facts_checks.trace
    issuance.issue
    mandate_rows.own_mandate
    mandates.left_today
    marks.mark
    needs.record_for
    needs.withdraw_for
    offers.accept_for
    offers.decline_for
    offline_judging.kept_before
    offline_judging.one_at_a_time
    offline_judging.refuse_flood
    offline_own.record_own
    own_enrolments.already
    people.hold_open
    proposals.proposals_of
    rosters_employment.put
    shares.own_link
    signals.login_moved
    signals.place_seen
    staff.consent.another_person
    staff.roles.account_in_reach
    supplements.views.views_of
    teaching.own_class
    teaching.own_session
"""
# It answers everybody of the authority, for a reason of its own.
_OTHERWISE = {
    "appeals_oversight.overseen": "by the region of its class: test_appeals.py",
    "appeals_oversight.regions_with": "by the region of its class: test_appeals.py",
    "archive_lookup.competitions_of": "a published list",
    "archive_sealing.seal_old": "by the clock",
    "casework.recovery_views.by_fund": "sums of the rows that the list beside it shows",
    "casework.recoveries.funds": "names of funds, out of published amounts",
    "catalogue.planning.create_class": "by the clock and the demo",
    "correction_queue.count_open": "a number; the queue beside it is tried",
    "correction_queue.waiting": "a number; the queue beside it is tried",
    "facts_import.import_form": "the groups of the rules",
    "facts_import.import_group": "leaves out who lives elsewhere: test_facts_import.py",
    "listings.admission.apply": "refuses a seat outside the region as a wrong field",
    "needs_report.export": "small groups are hidden: test_needs_report.py",
    "needs_report.needs_report": "small groups are hidden: test_needs_report.py",
    "oversight.targets.tree": "numbers of a document: test_targets.py",
    "oversight.waiting.waiting": "numbers; the queue beside them is tried",
    "overlaps.overlaps": "by the region of its classes: test_overlaps.py",
    "publication.imports.import_form": "kinds of catalogues",
    "publication.imports.start": "refuses another region as a wrong field",
    "publishing.publish": "rules out of files, for the operator's command",
    "staff.invitations.open_ones": "of administrators and managers",
    "certificate_drafts.start": "whom it does not reach is nobody: test_certificate_drafts.py",
    "supplements.drafting.draft": "writes into the supplement of the officer's own region",
    "supplements.exporting.export": "words without ids: test_ending.py",
    "supplements.views.plan_options": "the plans of the rules",
    "supplements.views.waiting": "a number; the desk beside it is tried",
    "talent.search": "counts by area, small ones hidden: test_talent.py",
    "third_party.assignments.assign": "draws from the own region, where nothing was taught",
    "trusted_portals.add": "the list of a province or the country",
    "trusted_portals.check_keeper": "the list of a province or the country",
    "trusted_portals.listed": "the list of a province or the country",
    "trusted_portals.look": "the list of a province or the country",
    "trusted_portals.withdraw": "the list of a province or the country",
}
# Behind an act that asked for the permission; they keep to the region themselves, and so are tried
# for officers, but no page, route or task calls them.
_BEHIND = """
    facts_checks.find
    oversight.reach.class_within
    person_finding.find
    person_finding.in_reach
    person_merge_rows.locked
    reports.freezing.held
    reports.reading.of_area
    third_party.mine.own_item
"""
PUBLIC = set(_PUBLIC.split())
OWN = set(_OWN.split())
SECRET = set(_SECRET.split())
INNER = set(_INNER.split())
BEHIND = set(_BEHIND.split())
EXPLAINED = PUBLIC | OWN | SECRET | INNER | set(_OTHERWISE)
