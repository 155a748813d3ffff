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
    from portal.pages.authority import certificates as revocation
    from portal.pages.authority import facts as fact_checks
    from portal.pages.authority import institutions as overseen
    from portal.pages.authority import overview, reviews, trail
    from portal.pages.institution import sheet, today, training_class
    from portal.pages.public import (
        catalogues,
        class_page,
        classes,
        home,
        institutions,
        missing,
        policies,
    )
    from portal.pages.trainee import (
        archive,
        certificates,
        data,
        enrolments,
        facts,
        me,
        messages,
        pass_,
        scan,
        subsidies,
    )

    trainee = (me, enrolments, scan, pass_, archive, certificates, subsidies, messages, data, facts)
    institution = (today, training_class, sheet)
    authority = (overview, overseen, reviews, fact_checks, revocation, trail)
    public = (home, classes, class_page, institutions, policies, catalogues, missing)
    return [
        *[
            page
            for module in (*public, *trainee, *institution, *authority)
            for page in module.PAGES
        ],
    ]
