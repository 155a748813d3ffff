"""The states of one entry of a catalogue, and of a catalogue's change log."""

from dataclasses import dataclass
from datetime import date

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.class_rows import ClassRow
from portal.services.public_catalogues import entry, kinds, log
from portal.services.public_catalogues.entry import EntryPage
from portal.services.public_catalogues.holding import Held
from portal.services.public_catalogues.links import Clause, Link, LinkGroup
from portal.services.public_catalogues.log import EntryChange, LogLine
from portal.services.publication.changes import ChangeLog
from portal.services.publication.comparing import Change, FieldChange
from portal.state.base import PageState, handler
from portal.state.catalogues import PATH, log_href, slug_in
from portal.state.inputs import path_part, query_value, whole_number
from portal.state.pager import Pager, page_number, pager
from portal.state.texts import date_text

# As much as stands beside another on a phone.
_SHORT = 9


@dataclass(frozen=True, slots=True)
class FactRow:
    """A labelled line; a short one leaves room for another beside it."""

    label: str
    text: str
    wide: bool = True


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """An entry in a change log, or a change of one entry; ``fields`` say what was and is."""

    title: str
    what: str
    tone: str
    fields: list[str]


@dataclass(frozen=True, slots=True)
class LogRow:
    """A version in the log."""

    href: str
    name: str
    about: str
    counts: str
    status: str
    tone: str
    opened: bool


@dataclass(frozen=True, slots=True)
class FileLink:
    """A version as a file."""

    href: str
    label: str


class CatalogueEntryState(PageState, rx.State):
    """One entry with all that belongs to it."""

    title: str = ""
    kind_name: str = ""
    kind_href: str = PATH
    note: str = ""
    held: str = ""
    held_title: str = ""
    held_links: list[Link] = []
    is_gone: bool = False
    facts: list[FactRow] = []
    standing: list[FactRow] = []
    subject: Link = Link("", "", "")
    institution_href: str = ""
    desk_href: str = ""
    about: list[LinkGroup] = []
    taught_by: list[Link] = []
    classes: list[ClassRow] = []
    classes_all: str = ""
    classes_href: str = ""
    has_subject: bool = False
    clauses: list[Clause] = []
    changes: list[ChangeRow] = []
    log_href: str = ""

    @rx.event
    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Show the entry that the address names."""
        # Whatever stood here before, this one has not loaded yet.
        self.status = "loading"
        kind = path_part(self.router.url.path, 1)
        self.kind_href = f"{PATH}/{kind}" if kind in kinds.KINDS else PATH
        found = await self._run(
            entry.entry_page,
            kind=kind,
            slug=slug_in(self.router.url.path),
            region=query_value(self.router.url.query, "region"),
            now=self._now(),
        )
        self._show(found)

    def _show(self, found: EntryPage) -> None:
        version = found.version
        self.title = found.title
        self.kind_name = t(f"public_catalogues.kind.{found.kind}")
        self.kind_href = f"{PATH}/{found.kind}"
        self._hold(found.held)
        added = version is not None and found.kind == kinds.SUPPLEMENT and not self.is_gone
        region = version.region_name if version else ""
        self.note = t("public_catalogues.supplement_note", region=region) if added else ""
        self.facts = [FactRow(label, text, len(text) > _SHORT) for label, text in found.facts]
        self.standing = _standing(found)
        self.subject = found.subject or Link("", "", "")
        self.institution_href = found.institution_href
        self.desk_href = found.desk_href
        self.about = list(found.about)
        self.taught_by = list(found.taught_by)
        self.classes = list(found.classes.rows)
        more = found.classes.total > len(found.classes.rows)
        self.classes_all = (
            t("public_catalogues.classes_all", total=found.classes.total) if more else ""
        )
        self.classes_href = found.classes.href
        self.has_subject = found.classes.href != ""
        self.clauses = list(found.clauses)
        self.changes = [_entry_change(one) for one in found.changes]
        self.log_href = log_href(found.kind, version.region_code) if version else ""

    def _hold(self, held: Held | None) -> None:
        """Say which of two entries holds."""
        self.held = held.sentence if held else ""
        self.held_links = list(held.links) if held else []
        self.is_gone = held is not None and held.is_gone
        self.held_title = t(f"public_catalogues.held_{'go' if self.is_gone else 'old'}")


class CatalogueLogState(PageState, rx.State):
    """What every version of a catalogue changed."""

    title: str = ""
    lead: str = ""
    kind_href: str = PATH
    versions: list[LogRow] = []
    opened: str = ""
    note: str = ""
    changes: list[ChangeRow] = []
    files: list[FileLink] = []
    pager: Pager = Pager()

    @rx.event
    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Show the log that the address names, one version opened."""
        self.status = "loading"
        url = self.router.url
        kind, region = path_part(url.path, 1), path_part(url.path, 3)
        number = whole_number(query_value(url.query, "v"), 0)
        found = await self._run(
            log.catalogue_log,
            kind=kind,
            region=region,
            number=number,
            page=page_number(query_value(url.query, "page")),
            now=self._now(),
        )
        opened = found.open
        name = t(f"public_catalogues.kind.{kind}")
        self.title = name
        self.kind_href = f"{PATH}/{kind}?region={region}"
        self.lead = t("public_catalogues.log_lead", region=found.region_name, kind=name)
        here = log_href(kind, region)
        self.versions = [_log_row(one, here, opened.version.number) for one in found.lines]
        self.opened = t("public_catalogues.log_opened", number=opened.version.number)
        self.changes = [_change(one) for one in opened.items]
        self.files = _files(kind, region, opened.version.number)
        self.note = _note(opened)
        self.pager = pager(
            lambda other: f"{here}?v={opened.version.number}&page={other}",
            page=opened.page,
            size=opened.size,
            total=opened.total,
        )


_TONES = {"added": "good", "removed": "warn", "changed": "info"}


def _files(kind: str, region: str, number: int) -> list[FileLink]:
    """The whole version to take along."""
    address = f"{PATH}/{kind}/{region}/v{number}"
    return [
        FileLink(f"{address}.{suffix}", t("public_catalogues.file", kind=suffix.upper()))
        for suffix in ("xlsx", "csv", "json")
    ]


def _note(opened: ChangeLog) -> str:
    """Why a version shows no changes, if it shows none."""
    if opened.total:
        return ""
    return t(f"public_catalogues.{'log_first' if opened.is_first else 'log_same'}")


def _standing(found: EntryPage) -> list[FactRow]:
    """Version, document, source, dates: where an entry comes from."""
    version = found.version
    if version is None or found.since is None:
        return []
    of = t("public_catalogues.version_of", region=version.region_name, number=version.number)
    document = "accepted_doc" if found.kind == kinds.SUPPLEMENT else "doc_no"
    lines = (
        (t("public_catalogues.version_label"), of),
        (t(f"public_catalogues.{document}"), found.doc_no),
        (t("public_catalogues.source"), version.source_name),
        (t("public_catalogues.valid_from"), date_text(version.effective_from)),
        (t("public_catalogues.since"), _since(found.since, found.held)),
    )
    return [FactRow(label, text) for label, text in lines if text]


def _since(first: date, held: Held | None) -> str:
    """From when on it stands there, and until when it did."""
    if held is not None and held.ended is not None:
        words = {"first": date_text(first), "last": date_text(held.ended)}
        return t("public_catalogues.until_text", **words)
    if held is not None and held.is_gone:
        return date_text(first)
    return t("public_catalogues.since_text", day=date_text(first))


def _entry_change(one: EntryChange) -> ChangeRow:
    what = t(f"public_catalogues.what.{one.what}")
    day = date_text(one.on)
    title = t("public_catalogues.change_line", number=one.number, day=day, what=what)
    return ChangeRow(title, what, _TONES[one.what], [_from_to(*field) for field in one.fields])


def _change(one: Change) -> ChangeRow:
    fields = [_from_to(*_parts(field)) for field in one.fields]
    return ChangeRow(one.title, t(f"public_catalogues.what.{one.what}"), _TONES[one.what], fields)


def _parts(field: FieldChange) -> tuple[str, str, str]:
    return field.column, field.old, field.new


def _from_to(label: str, old: str, new: str) -> str:
    nothing = t("public_catalogues.nothing")
    return t("public_catalogues.from_to", field=label, old=old or nothing, new=new or nothing)


def _log_row(line: LogLine, here: str, opened: int) -> LogRow:
    version = line.version
    counts = t(
        "public_catalogues.log_counts",
        added=line.added,
        removed=line.removed,
        changed=line.changed,
    )
    since = date_text(version.effective_from)
    about = t("public_catalogues.version_doc", doc=version.doc_no or version.source_name, day=since)
    if version.withdrawal_reason:
        about += " " + t("public_catalogues.withdrawn", reason=version.withdrawal_reason)
    return LogRow(
        href=f"{here}?v={version.number}",
        name=t("public_catalogues.version", region=version.region_name, number=version.number),
        about=about,
        counts=counts,
        status=t(f"public_catalogues.status.{version.status}"),
        tone="good" if version.status == "published" else "plain",
        opened=version.number == opened,
    )
