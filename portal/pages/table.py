"""The table of Reflex pages: path, title, component, what happens when it opens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx


@dataclass(frozen=True)
class Page:
    """One row of the table."""

    route: str
    title: str
    build: Callable[[], rx.Component]
    on_load: Sequence[Any] = ()


def all_pages() -> list[Page]:
    """Every Reflex page of the product."""
    from portal.pages.authority import (
        accounts,
        admissions,
        advancements,
        archives,
        complaints_desk,
        drilldown,
        listing,
        mandates,
        overlaps,
        overview,
        persons,
        recoveries,
        reviews,
        risk,
        security,
        targets,
        third_parties,
        trail,
        work,
    )
    from portal.pages.authority import appeals as appeals_watch
    from portal.pages.authority import cases as case_files
    from portal.pages.authority import catalogue_import as sheets_on_the_way
    from portal.pages.authority import catalogues as catalogues_kept
    from portal.pages.authority import certificates as revocation
    from portal.pages.authority import claims as office_claims
    from portal.pages.authority import corrections as corrections_office
    from portal.pages.authority import evaluations as evaluation_desk
    from portal.pages.authority import external as external_checks
    from portal.pages.authority import facts as fact_checks
    from portal.pages.authority import inspections as head_counts
    from portal.pages.authority import institutions as overseen
    from portal.pages.authority import issuers as issuers_kept
    from portal.pages.authority import needs as unmet
    from portal.pages.authority import openings as openings_queue
    from portal.pages.authority import papers as paper_desk
    from portal.pages.authority import portals as trusted
    from portal.pages.authority import reports as period_reports
    from portal.pages.authority import supplements as supplement_desk
    from portal.pages.authority import talent as talent_pool
    from portal.pages.employer import claims as employer_claims
    from portal.pages.employer import evaluations as own_evaluations
    from portal.pages.employer import overview as employer
    from portal.pages.employer import rosters as employer_rosters
    from portal.pages.helper import people as helped
    from portal.pages.institution import appeals as appeals_desk
    from portal.pages.institution import cases as own_cases
    from portal.pages.institution import (
        checkin_settings,
        opening_steps,
        openings,
        own_listing,
        rosters,
        sheet,
        today,
        training_class,
    )
    from portal.pages.institution import claims as institution_claims
    from portal.pages.institution import corrections as corrections_desk
    from portal.pages.institution import staff as team
    from portal.pages.public import (
        catalogue_entry,
        catalogues,
        class_page,
        classes,
        home,
        institutions,
        missing,
        policies,
    )
    from portal.pages.reviewer import review
    from portal.pages.trainee import (
        access,
        archive,
        card,
        certificates,
        corrections,
        data,
        enrolments,
        external,
        facts,
        me,
        messages,
        my_session,
        needs,
        scan,
        shares,
        subsidies,
    )
    from portal.pages.trainee import claims as my_claims

    trainee = (
        me,
        enrolments,
        scan,
        archive,
        card,
        certificates,
        external,
        subsidies,
        messages,
        data,
        facts,
        needs,
        my_session,
        shares,
    )
    institution = (
        today,
        training_class,
        checkin_settings,
        sheet,
        appeals_desk,
        rosters,
        employer,
        employer_rosters,
    )
    authority = (
        advancements,
        overview,
        drilldown,
        targets,
        overseen,
        reviews,
        fact_checks,
        unmet,
        mandates,
        revocation,
        trail,
    )
    rights = (access, corrections, corrections_desk, corrections_office)
    papers = (archives, persons, trusted, talent_pool, paper_desk, external_checks, issuers_kept)
    published = (catalogues_kept, sheets_on_the_way, evaluation_desk, own_evaluations)
    watch = (risk, head_counts, overlaps, appeals_watch, period_reports)
    opened = (openings, opening_steps, openings_queue)
    catalogue = (catalogues, catalogue_entry, supplement_desk)
    public = (home, classes, class_page, institutions, policies, *catalogue, missing)
    staffing = (listing, admissions, team, accounts, security)
    money = (my_claims, institution_claims, employer_claims, office_claims)
    casework = (
        *(work, case_files, recoveries, complaints_desk, third_parties),
        *(own_cases, own_listing, review),
    )
    return [
        *[
            page
            for module in (
                *public,
                *trainee,
                helped,
                *institution,
                *authority,
                *papers,
                *published,
                *rights,
                *watch,
                *money,
                *opened,
                *staffing,
                *casework,
            )
            for page in module.PAGES
        ],
    ]
