"""Policy documents: what each promises, to whom, by which clause."""

from typing import Any

import reflex as rx

from portal.components.class_card import note
from portal.components.filters import link_chips, search_form
from portal.components.folds import fold, source
from portal.components.parts import card, empty, problem_note, skeleton_list
from portal.components.shell import plain_link, shell
from portal.locale import t
from portal.pages.table import Page
from portal.state.policies import PoliciesState, PolicyState

_list: Any = PoliciesState
_one: Any = PolicyState
_QUIET = "text-sm text-neutral break-words"
_SMALL = "text-sm text-neutral"


def _standing(item: Any) -> rx.Component:
    return rx.match(
        item.standing,
        ("in_force", note("circle-check", item.standing_text, "text-success")),
        ("continued", note("circle-check", item.standing_text, "text-success")),
        ("not_yet", note("calendar-clock", item.standing_text, "text-info")),
        note("archive", item.standing_text, "text-neutral"),
    )


def _row(item: Any) -> rx.Component:
    """A document; where it was looked for, with the plans that say it."""
    return rx.el.li(
        rx.el.a(
            rx.el.span(item.title, class_name="font-semibold leading-snug"),
            rx.el.span(item.issuer, class_name=_QUIET),
            rx.cond(item.doc_no != "", rx.el.span(item.doc_no, class_name=_QUIET)),
            rx.el.span(
                _standing(item),
                rx.el.span(item.region_name, class_name="text-sm"),
                class_name="flex flex-wrap justify-between gap-x-3 gap-y-1",
            ),
            href=item.href,
            custom_attrs={"data-testid": "policy-card"},
            class_name="flex flex-col gap-1 grow",
        ),
        rx.cond(
            item.hits.length() > 0,
            rx.el.ul(
                rx.foreach(item.hits, _hit),
                class_name="border-t border-base-300 pt-1",
            ),
        ),
        class_name="flex flex-col gap-2 rounded-2xl bg-base-100 border border-base-300 p-4 "
        "hover:border-primary",
    )


def _hit(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.a(
            item.name,
            href=item.href,
            class_name="link text-primary text-base min-h-11 inline-flex items-center",
        )
    )


def _ways() -> rx.Component:
    """Who goes free, and the documents in everyday words."""
    look = "btn bg-base-100 border-base-300 text-base w-full sm:w-auto h-auto py-2"
    return rx.el.div(
        plain_link(
            t("free.link"),
            rx.el.span(t("free.link_more"), class_name="text-sm text-neutral"),
            href="/free",
            class_name=look,
            data_testid="free-link",
        ),
        rx.el.a(
            t("public_catalogues.kind.policy_article"),
            rx.el.span(t("public_catalogues.about.policy_article"), class_name=_SMALL),
            href="/catalogues/policy_article",
            class_name=look,
        ),
        class_name="flex flex-wrap gap-2",
    )


def _nothing() -> rx.Component:
    return rx.cond(
        _list.clear_href != "",
        empty(
            t("public.policies.none_found"),
            rx.el.a(
                t("public.policies.show_all"),
                href=_list.clear_href,
                class_name="btn bg-base-100 border-base-300 text-base",
            ),
        ),
        empty(t("public.policies.empty")),
    )


def _found() -> rx.Component:
    return rx.fragment(
        rx.cond(_list.found != "", rx.el.p(_list.found, role="status", class_name=_SMALL)),
        rx.cond(
            _list.rows.length() > 0,
            rx.el.ul(rx.foreach(_list.rows, _row), class_name="grid gap-3 md:grid-cols-2"),
            _nothing(),
        ),
    )


def index() -> rx.Component:
    """The list of documents."""
    return shell(
        rx.el.p(t("public.policies.lead"), class_name="text-neutral"),
        search_form(
            _list.submit,
            _list.search.debounce(400),
            start=_list.box,
            version=_list.box_no,
            label=t("public.policies.search_label"),
            placeholder=t("public.policies.placeholder"),
            test_id="policy-search",
        ),
        rx.cond(
            _list.regions.length() > 2, link_chips(_list.regions, label=t("public.classes.region"))
        ),
        _ways(),
        problem_note(_list.problem),
        rx.match(_list.status, ("loading", skeleton_list()), _found()),
        title=t("public.policies.title"),
        back="/",
        wide=True,
    )


def _benefits(title: str, benefits: Any) -> rx.Component:
    """Who trains free or with a subsidy."""
    return rx.cond(
        benefits.length() > 0,
        card(
            rx.el.h3(title, class_name="text-lg font-semibold"),
            rx.el.ul(
                rx.foreach(benefits, _benefit), class_name="divide-y divide-base-300 space-y-2"
            ),
        ),
    )


def _benefit(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(item.summary),
        rx.el.p(item.groups.join("；"), class_name=_QUIET),
        source(item.clause, item.quote),
        class_name="space-y-1 pb-2",
    )


def _plan(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            rx.el.span(item.plan_no, class_name="text-neutral me-2"),
            item.name,
            class_name="font-medium",
        ),
        rx.el.p(
            rx.cond(item.target_text != "", rx.el.b(item.target_text, class_name="me-3")),
            rx.el.span(item.hours_text),
            class_name="empty:hidden",
        ),
        rx.el.p(item.summary),
        rx.cond(
            item.lead_department != "",
            rx.el.p(t("public.class.leads"), item.lead_department, class_name=_QUIET),
        ),
        source(item.clause, item.quote),
        rx.cond(
            item.href != "",
            rx.el.a(
                item.programmes,
                href=item.href,
                class_name="link text-primary text-base min-h-11 inline-flex items-center",
            ),
        ),
        id="plan-" + item.plan_no,
        class_name="py-3 space-y-1 scroll-mt-20",
    )


def _plans(item: Any) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h3(t("public.policies.plans"), class_name="text-lg font-semibold"),
            rx.cond(
                item.total_text != "",
                rx.el.span(t("public.policies.total"), rx.el.b(item.total_text)),
            ),
            class_name="flex flex-wrap items-baseline justify-between gap-2",
        ),
        rx.el.ol(rx.foreach(item.plans, _plan), class_name="divide-y divide-base-300"),
    )


def _target(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(item.name, " ", rx.el.b(item.value_text)),
        source(item.clause, item.quote),
        class_name="py-2",
    )


def _rule(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(item.message),
        rx.el.p(item.remedy, class_name=_QUIET + " empty:hidden"),
        source(item.clause, item.quote),
        class_name="py-2",
    )


def _folded(title: str, items: Any, draw: Any) -> rx.Component:
    return rx.cond(
        items.length() > 0,
        card(
            fold(title, rx.el.ul(rx.foreach(items, draw), class_name="divide-y divide-base-300")),
            class_name="py-2",
        ),
    )


def _ready() -> rx.Component:
    item, head = _one.item, _one.item.card
    return rx.el.div(
        rx.el.div(
            rx.el.h2(head.title, class_name="text-xl font-semibold leading-snug"),
            rx.el.p(head.issuer, " ", head.doc_no, class_name="text-neutral"),
            rx.el.p(head.dates_text, class_name=_QUIET),
            _standing(head),
            rx.el.p(item.standing_note, class_name=_QUIET),
            rx.el.p(item.force_text),
            class_name="space-y-1",
        ),
        _benefits(t("public.policies.free"), item.free),
        _benefits(t("public.policies.subsidised"), item.subsidised),
        _plans(item),
        _folded(t("public.policies.targets"), item.targets, _target),
        _folded(t("public.policies.rules"), item.rules, _rule),
        rx.el.a(
            t("public.policies.classes"),
            href="/classes?region=" + head.region_code,
            class_name="btn btn-primary w-full text-base",
        ),
        class_name="space-y-4",
    )


def _missing() -> rx.Component:
    return empty(
        _one.problem,
        rx.el.a(
            t("public.classes.see_policies"),
            href="/policies",
            class_name="btn btn-primary text-base",
        ),
    )


def detail() -> rx.Component:
    """The page of one document."""
    status = rx.cond(rx.State.is_hydrated, _one.status, "loading")
    return shell(
        rx.match(status, ("ready", _ready()), ("refused", _missing()), skeleton_list(3)),
        title=t("public.policies.one"),
        back="/policies",
    )


PAGES = [
    Page("/policies", t("public.policies.page_title"), index, (PoliciesState.load,)),
    Page(
        "/policies/[pack_id]",
        rx.cond(
            _one.item,
            _one.item.card.short_title + t("public.suffix"),
            t("public.policies.page_title"),
        ),
        detail,
        (PolicyState.load,),
    ),
]
