"""Catalogues as the officer keeps them: the list, one version, publishing and withdrawing it."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import reflex as rx

from portal.domain.errors import BadInput
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.publication import browsing, imports, life
from portal.services.publication.changes import WHATS, ChangeLog, changes
from portal.services.publication.comparing import Change
from portal.services.publication.forms import FORMS
from portal.services.publication.imports import ImportView
from portal.services.publication.views import VersionView
from portal.services.times import day_of
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import path_part, query_value, text_of
from portal.state.pager import page_number, pager
from portal.state.texts import date_text

HOME = "/admin/catalogues"
TONES = {
    "draft": "warn",
    "scheduled": "info",
    "published": "good",
    "superseded": "plain",
    "withdrawn": "bad",
}
_CHANGES, _FORMATS = 30, ("csv", "xlsx", "json")


@dataclass(frozen=True)
class VersionRow:
    """A version as its card shows it."""

    href: str = ""
    title: str = ""
    number: str = ""
    status: str = ""
    tone: str = "plain"
    facts: str = ""
    why: str = ""


@dataclass(frozen=True)
class LinkRow:
    """A way to somewhere, which may be where one is."""

    label: str
    href: str
    active: bool = False


@dataclass(frozen=True)
class ChangeRow:
    """An entry that differs, in words; ``lines`` are its fields."""

    key: str
    title: str
    what: str
    tone: str
    lines: list[str]


def version_row(view: VersionView) -> VersionRow:
    """A version in words."""
    since = date_text(view.effective_from)
    if view.effective_to is not None and view.effective_to >= view.effective_from:
        since = t("publication.page.span", since=since, until=date_text(view.effective_to))
    facts = [
        view.region_name,
        t("publication.page.rows", count=f"{view.row_count:,}"),
        view.doc_no,
        t("publication.page.since", since=since) if view.status != "draft" else view.source_name,
    ]
    reason = view.withdrawal_reason
    return VersionRow(
        href=f"{HOME}/versions/{view.id}",
        title=view.kind_name,
        number=t("publication.page.number", number=view.number) if view.number else "",
        status=t(f"publication.status.{view.status}"),
        tone=TONES[view.status],
        facts=" · ".join(filter(None, facts)),
        why=t("publication.page.withdrawn_why", reason=reason) if reason else "",
    )


def import_row(view: ImportView) -> VersionRow:
    """An import that is not a draft yet."""
    state = "working" if view.working else import_stage(view)
    return VersionRow(
        href=f"{HOME}/imports/{view.id}",
        title=view.kind_name,
        status=t(f"publication.import.{state}"),
        tone={"working": "info", "failed": "bad", "faults": "bad"}.get(state, "warn"),
        facts=f"{view.region_name} · {view.file_name}",
    )


def import_stage(view: ImportView) -> str:
    """Where an import stands: mapping, faults, fine, failed, draft."""
    if view.state == "checked":
        return "faults" if view.problem_count else "fine"
    return view.state if view.state in ("failed", "draft") else "mapping"


def change_row(change: Change) -> ChangeRow:
    """A difference in words."""
    blank = t("publication.page.blank")
    tones = {"added": "good", "removed": "bad", "changed": "warn"}
    return ChangeRow(
        key=change.code,
        title=change.title,
        what=t(f"publication.what.{change.what}"),
        tone=tones[change.what],
        lines=[
            t("publication.page.field", column=f.column, old=f.old or blank, new=f.new or blank)
            for f in change.fields
        ],
    )


class CataloguesKeptState(PageState, rx.State):
    """Every version of the region, by kind; sheets on their way."""

    area: str = ""
    kinds: list[LinkRow] = []
    waiting: list[VersionRow] = []
    rows: list[VersionRow] = []

    @rx.event
    @handler(Permission.PUBLISH_CATALOGUES)
    async def load(self) -> None:
        """Show the kind that the address names, or all."""
        forget(self)
        wanted = query_value(self.router.url.query, "kind")
        kind = wanted if wanted in FORMS else ""
        found = await self._run(browsing.officers_list, kind=kind)
        every = LinkRow(t("publication.page.every_kind"), HOME, not kind)
        self.kinds = [every] + [
            LinkRow(form.name, f"{HOME}?kind={form.kind}", form.kind == kind)
            for form in FORMS.values()
        ]
        self.area = found.area_name
        self.rows = [version_row(one) for one in found.items]
        on_the_way = await self._run(imports.recent)
        self.waiting = [import_row(one) for one in on_the_way if kind in ("", one.kind)]


class CatalogueVersionState(PageState, rx.State):
    """One version: what it changes, and what may be done with it."""

    version: VersionRow = VersionRow()
    stage: str = ""
    doc_no: str = ""
    day: str = ""
    compared: str = ""
    is_first: bool = False
    filters: list[LinkRow] = []
    items: list[ChangeRow] = []
    previous: str = ""
    place: str = ""
    next: str = ""
    files: list[LinkRow] = []
    question: str = ""
    effect: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.PUBLISH_CATALOGUES)
    async def load(self) -> None:
        """Open the version that the address names."""
        forget(self)
        await self._load()

    @rx.event
    @handler(Permission.PUBLISH_CATALOGUES)
    async def publish(self, form: dict[str, object]) -> None:
        """Publish the draft, as the officer confirmed."""
        self.done, self.doc_no, self.day = "", text_of(form, "doc_no"), text_of(form, "day")
        self._understood(form)
        status = await self._run(
            life.publish_version,
            version_id=self._id(),
            doc_no=self.doc_no,
            effective_from=_day(self.day),
            now=self._now(),
        )
        await self._load()
        self.done = t(f"publication.page.done_{status}")

    @rx.event
    @handler(Permission.PUBLISH_CATALOGUES)
    async def withdraw(self, form: dict[str, object]) -> None:
        """Take the version back."""
        self._understood(form)
        await self._run(
            life.withdraw,
            version_id=self._id(),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        await self._load()
        self.done = t("publication.page.done_withdrawn")

    @rx.event
    @handler(Permission.PUBLISH_CATALOGUES)
    async def discard(self) -> Any:
        """Throw the draft away."""
        self.done = ""
        await self._run(life.discard_draft, version_id=self._id(), now=self._now())
        return rx.redirect(HOME)

    @staticmethod
    def _understood(form: dict[str, object]) -> None:
        if not text_of(form, "understood"):
            raise BadInput("understood", "publication.page.tick_first")

    def _id(self) -> UUID:
        return parse_id(path_part(self.router.url.path, 3), "version_id")

    async def _load(self) -> None:
        query = self.router.url.query
        wanted = query_value(query, "what")
        what = wanted if wanted in WHATS else ""
        version_id = self._id()
        view = await self._run(browsing.officers_version, version_id=version_id)
        log = await self._run(
            changes,
            version_id=version_id,
            what=what,
            page=page_number(query_value(query, "page")),
            size=_CHANGES,
            now=self._now(),
        )
        self._show(view)
        self._show_changes(log, what)

    def _show(self, view: VersionView) -> None:
        self.version, self.stage = version_row(view), view.status
        self.doc_no = self.doc_no or view.doc_no
        today = day_of(self._now())
        self.day = self.day or max(view.effective_from, today).isoformat()
        base = f"/catalogues/{view.kind}/{view.region_code}/v{view.number}"
        shown = _FORMATS if view.status != "draft" else ()
        self.files = [LinkRow(t(f"publication.file.{one}"), f"{base}.{one}") for one in shown]
        self.effect = t(
            f"publication.effect.{'institution' if view.kind == 'institution' else 'other'}"
        )

    def _show_changes(self, log: ChangeLog, what: str) -> None:
        base = self.version.href
        counts = {"added": log.added, "removed": log.removed, "changed": log.changed}
        self.is_first = log.is_first
        self.compared = (
            t("publication.page.compared", number=log.former.number) if log.former else ""
        )
        self.filters = [
            LinkRow(t("publication.page.all", count=f"{sum(counts.values()):,}"), base, not what)
        ] + [
            LinkRow(
                t(f"publication.what.{one}_count", count=f"{counts[one]:,}"),
                f"{base}?what={one}",
                one == what,
            )
            for one in WHATS
        ]
        self.items = [change_row(one) for one in log.items]
        more = f"?what={what}&page=" if what else "?page="
        ways = pager(
            lambda page: f"{base}{more}{page}", page=log.page, size=log.size, total=log.total
        )
        self.previous, self.place, self.next = ways.previous, ways.text, ways.next
        key = "question_first" if log.is_first else "question"
        self.question = t(
            f"publication.page.{key}",
            rows=self.version.facts,
            **{name: f"{number:,}" for name, number in counts.items()},
        )


def _day(raw: str) -> date:
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise BadInput("day", "publication.bad_day") from None
