"""An import on its way: columns mapped, rows checked, faults named, the draft at the end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import reflex as rx

from portal.domain.errors import PortalError
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.publication import imports
from portal.services.publication.imports import ImportView, SheetChoice
from portal.services.unit import guarded
from portal.state.base import PageState, handler
from portal.state.following import keep_looking
from portal.state.fresh import forget
from portal.state.inputs import path_part, text_of
from portal.state.publication import HOME, import_stage

# How often to look while the background works, and for how long at most: an hour.
_EVERY_S, _LOOKS = 1.0, 3600


@dataclass(frozen=True)
class LetterOption:
    """A column of the sheet to choose."""

    value: str
    label: str


@dataclass(frozen=True)
class ColumnPick:
    """A column of the catalogue and the one of the sheet that is it."""

    name: str
    label: str
    chosen: str
    needed: bool
    options: list[LetterOption]


@dataclass(frozen=True)
class SheetPick:
    """A sheet of the file with its mapping."""

    use_name: str
    name: str
    about: str
    use: bool
    picks: list[ColumnPick]


@dataclass(frozen=True)
class FaultRow:
    """A fault, or a row that was left out."""

    where: str
    why: str


def sheet_pick(view: ImportView, number: int, sheet: Mapping[str, Any]) -> SheetPick:
    """A sheet in words; the fields of the form are named by numbers, never by what it says."""
    nothing = LetterOption("", t("publication.page.no_column"))
    options = [nothing] + [
        LetterOption(one["letter"], f"{one['letter']} {one['label']}") for one in sheet["headings"]
    ]
    about = [t("publication.page.rows", count=f"{sheet['rows']:,}")]
    if sheet["remembered"]:
        about.append(t("publication.page.remembered"))
    if sheet["hidden"]:
        about.append(t("publication.page.hidden", count=sheet["hidden"]))
    return SheetPick(
        use_name=f"use-{number}",
        name=sheet["name"],
        about=" · ".join(about),
        use=sheet["use"],
        picks=[
            ColumnPick(
                f"column-{number}-{at}",
                name if required else t("publication.page.optional", name=name),
                sheet["columns"].get(name, ""),
                required,
                options,
            )
            for at, (name, required) in enumerate(view.wanted)
        ],
    )


def fault_row(told: Mapping[str, Any]) -> FaultRow:
    """Where, and what to do."""
    row = t("publication.page.row", row=told["row"]) if told["row"] else ""
    return FaultRow(" ".join(filter(None, (told["sheet"], row, told["column"]))), told["reason"])


def chosen_sheets(view: ImportView, form: Mapping[str, object]) -> list[SheetChoice]:
    """What the officer set in the form, sheet by sheet."""
    return [
        SheetChoice(
            bool(text_of(form, f"use-{number}")),
            {
                name: letter
                for at, (name, _) in enumerate(view.wanted)
                if (letter := text_of(form, f"column-{number}-{at}"))
            },
        )
        for number in range(len(view.sheets))
    ]


class CatalogueImportState(PageState, rx.State):
    """One import; which one stands in the address."""

    title: str = ""
    about: str = ""
    stage: str = ""
    working: bool = False
    percent: int = 0
    percent_text: str = ""
    sheets: list[SheetPick] = []
    has_hidden: bool = False
    with_hidden: bool = False
    faults: list[FaultRow] = []
    fault_count: str = ""
    left_out: list[FaultRow] = []
    left_text: str = ""
    fine: str = ""
    version: str = ""
    _watch_no: int = 0

    @rx.event
    @handler(Permission.PUBLISH_CATALOGUES)
    async def load(self) -> Any:
        """Show the import, and go on looking while the background has it."""
        forget(self)
        return await self._follow()

    @rx.event(background=True)
    @guarded(Permission.PUBLISH_CATALOGUES)
    async def watch(self) -> None:
        """Look again every second until the work is done, or a later look has begun."""
        await keep_looking(self, every_s=_EVERY_S, looks=_LOOKS)

    @rx.event
    @handler(Permission.PUBLISH_CATALOGUES)
    async def check(self, form: dict[str, object]) -> Any:
        """Check the rows with the mapping of the form."""
        view = await self._run(imports.see, import_id=self._id())
        await self._run(
            imports.check,
            import_id=view.id,
            sheets=chosen_sheets(view, form if isinstance(form, dict) else {}),
            with_hidden=bool(text_of(form, "with_hidden")),
            dry_run=bool(text_of(form, "dry_run")),
            now=self._now(),
        )
        return await self._follow()

    @rx.event
    @handler(Permission.PUBLISH_CATALOGUES)
    async def drop(self) -> Any:
        """Throw the import away."""
        await self._run(imports.drop, import_id=self._id(), now=self._now())
        return rx.redirect(HOME)

    def _id(self) -> UUID:
        return parse_id(path_part(self.router.url.path, 3), "import_id")

    async def _follow(self) -> Any:
        moving = await self._load()
        self._watch_no += 1
        return CatalogueImportState.watch if moving else None

    async def _look(self) -> bool:
        """One look; whether the background still works. A refusal ends it."""
        try:
            return await self._load()
        except PortalError:
            return False

    async def _load(self) -> bool:
        view = await self._run(imports.see, import_id=self._id())
        self.title = view.kind_name
        self.about = f"{view.region_name} · {view.file_name}"
        self.stage, self.working = import_stage(view), view.working
        self.percent = view.done * 100 // view.total if view.total else 0
        self.percent_text = t(
            "publication.page.progress", done=f"{view.done:,}", total=f"{view.total:,}"
        )
        if view.working:
            return True
        self.sheets = [sheet_pick(view, at, one) for at, one in enumerate(view.sheets)]
        self.has_hidden, self.with_hidden = view.hidden_rows > 0, view.with_hidden
        self.faults = [fault_row(one) for one in view.problems]
        shown = len(view.problems)
        key = "faults_some" if shown < view.problem_count else "faults"
        self.fault_count = t(
            f"publication.page.{key}", count=f"{view.problem_count:,}", shown=shown
        )
        self.left_out = [fault_row(one) for one in view.left_out]
        self.left_text = t("publication.page.left_out", count=len(view.left_out))
        self.fine = t("publication.page.fine", count=f"{view.total:,}")
        self.version = f"{HOME}/versions/{view.version_id}" if view.version_id else ""
        return False
