"""Targets: what a document sets, what officers made of it, and how far it has come."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from portal.domain.errors import BadInput
from portal.domain.permissions import Permission
from portal.domain.target_errors import MoreThanTheWhole
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.services.oversight import targets
from portal.services.oversight.target_rows import Change, year_name
from portal.services.oversight.targets import Node, Tree
from portal.services.times import moment_text
from portal.state.base import PageState, handler
from portal.state.inputs import query_value, text_of
from portal.state.oversight import Step, address, plan_id_of, ratio, share


@dataclass(frozen=True)
class NodeRow:
    """A place of the tree in words; ``percent`` is the bar, at most 100."""

    key: str
    name: str
    path: str
    amount: str
    done: str
    percent: int
    text: str
    pace: str
    tone: str
    projected: str
    by_document: bool


@dataclass(frozen=True)
class ChangeRow:
    """A version."""

    name: str
    what: str
    when: str
    reason: str
    exceeds: str


_TONES = {"behind": "warn", "ahead": "good", "even": "good"}


def change_row(one: Change, unit: str) -> ChangeRow:
    """A version as its line shows it."""
    return ChangeRow(
        name=one.name,
        what=t("targets.version", number=one.version_no, amount=f"{one.amount:,}", unit=unit),
        when=moment_text(one.at),
        reason=one.reason,
        exceeds=t("targets.exceeds", excess=f"{one.exceeds_by:,}") if one.exceeds_by else "",
    )


def node_row(node: Node, unit: str, path: str) -> NodeRow:
    """A place as its line shows it."""
    found, place = node.progress, node.place
    amount = t("targets.not_set")
    if node.amount is not None:
        amount = t("targets.amount", amount=f"{node.amount:,}", unit=unit)
    return NodeRow(
        key=f"{place.year}:{place.institution_id or place.region_code}",
        name=node.name,
        path=path,
        amount=amount,
        done=t("targets.done", done=f"{node.done:,}", unit=unit),
        percent=min(100, share(node.done, node.amount or 0)),
        text=ratio(node.done / node.amount) if node.amount else "",
        pace=t(f"targets.pace.{found.pace}", expected=f"{found.expected:,}") if found else "",
        tone=_TONES.get(found.pace, "plain") if found else "plain",
        projected=t("targets.projected", projected=f"{found.projected:,}", unit=unit)
        if found and found.projected is not None
        else "",
        by_document=node.by_document,
    )


class TargetsState(PageState, rx.State):
    """The place that the address names, with its parts; one form sets any of them."""

    nothing: bool = False
    packs: list[Step] = []
    lines: list[Step] = []
    years: list[Step] = []
    way: list[Step] = []
    title: str = ""
    source: str = ""
    node: NodeRow = NodeRow("", "", "", "", "", 0, "", "", "plain", "", by_document=False)
    people: str = ""
    placed: str = ""
    over: bool = False
    parts: list[NodeRow] = []
    of_years: list[NodeRow] = []
    years_placed: str = ""
    may_set: bool = False
    choices: list[Step] = []
    changes: list[ChangeRow] = []
    # What a refused form held, so that nothing is typed twice.
    typed_part: str = ""
    typed_amount: str = ""
    typed_reason: str = ""
    asks_excess: bool = False
    refusal: str = ""
    done: str = ""
    _asked: dict[str, str] = {}

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Show the place."""
        self.status = "loading"
        self.refusal = self.done = self.typed_part = self.typed_amount = self.typed_reason = ""
        self.asks_excess = False
        await self._read()

    @rx.event
    @handler(Permission.SET_TARGETS)
    async def put(self, form: dict[str, Any]) -> None:
        """Set one part."""
        self.refusal = self.done = ""
        self.typed_part, self.typed_amount = text_of(form, "part"), text_of(form, "amount")
        self.typed_reason = text_of(form, "reason")
        try:
            await self._put(may_exceed=text_of(form, "exceed") == "1")
        except (MoreThanTheWhole, BadInput) as refused:
            self.asks_excess = isinstance(refused, MoreThanTheWhole)
            self.refusal = sentence_for(refused)
            return
        self.typed_part = self.typed_amount = self.typed_reason = ""
        self.asks_excess = False
        self.done = t("targets.saved")
        await self._read()

    async def _put(self, *, may_exceed: bool) -> None:
        kind, _, value = self.typed_part.partition(":")
        digits = self.typed_amount.replace(",", "").replace("，", "")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
            raise BadInput("amount", "targets.reason.amount", most=f"{targets.MOST:,}")
        part: dict[str, Any] = {"region_code": value}
        if kind == "school":
            part = {"institution_id": plan_id_of(value)}
        elif kind == "year":
            part = {"of_year": int(value) if value.isascii() and value.isdigit() else -1}
        await self._run(
            targets.set_part,
            pack_id=self._asked["pack"],
            line=self._asked["line"],
            year=int(self._asked["year"]),
            area=self._asked["area"],
            amount=int(digits),
            reason=self.typed_reason,
            may_exceed=may_exceed,
            now=self._now(),
            **part,
        )

    async def _read(self) -> None:
        query = self.router.url.query
        year = query_value(query, "year")
        tree = await self._run(
            targets.tree,
            pack_id=query_value(query, "pack"),
            line=query_value(query, "line"),
            year=int(year) if year.isascii() and year.isdigit() and len(year) <= 4 else None,
            area=query_value(query, "area"),
            now=self._now(),
        )
        self.nothing = tree is None
        if tree is not None:
            self._asked = {
                "pack": tree.document.pack_id, "line": tree.line.key, "area": tree.area,
                "year": str(tree.year),
            }  # fmt: skip
            self._show(tree)

    def _path(self, **changed: object) -> str:
        return address("/admin/targets", **{**self._asked, **changed})

    def _show(self, tree: Tree) -> None:
        line, unit = tree.line, tree.line.unit
        self._offer(tree)
        self.title = line.name
        self.source = t(
            "targets.source", title=tree.document.title, clause=line.clause, quote=line.quote
        )
        self.node = node_row(tree.node, unit, "")
        self.people = ""
        if line.measure == "training":
            self.people = t("targets.people", people=f"{tree.people:,}")
        self.placed, self.over = self._left(tree.node.amount, tree.placed, unit)
        self.years_placed = self._left(tree.node.amount, tree.years_placed, unit)[0]
        self.parts = [
            node_row(one, unit, "" if one.place.institution_id else self._path(
                area=one.place.region_code))
            for one in tree.parts
        ]  # fmt: skip
        self.of_years = [node_row(one, unit, self._path(year=one.place.year)) for one in tree.years]
        self.changes = [change_row(one, unit) for one in tree.changes]

    @staticmethod
    def _left(amount: int | None, placed: int, unit: str) -> tuple[str, bool]:
        if amount is None:
            return "", False
        key = "targets.left" if placed <= amount else "targets.too_much"
        left = abs(amount - placed)
        return t(key, placed=f"{placed:,}", left=f"{left:,}", unit=unit), placed > amount

    def _offer(self, tree: Tree) -> None:
        """What the selects offer, and what may be set here."""
        here = tree.document
        self.packs = [
            Step(one.pack_id, one.short_title, "", one.pack_id == here.pack_id)
            for one in tree.documents
        ]
        self.lines = [
            Step(one.key, f"{one.plan_no} {one.name}".strip(), "", one.key == tree.line.key)
            for one in here.lines
        ]
        self.years = [
            Step(str(one), year_name(one), "", one == tree.year) for one in tree.line.choices
        ]
        self.way = [
            Step(code, name, self._path(area=code), code == tree.area) for code, name in tree.way
        ]
        self.may_set = tree.may_set
        open_years = tree.years if tree.may_set_years else ()
        given = {one.place.institution_id for one in tree.parts if one.by_document}
        self.choices = [
            *[
                Step(f"year:{one.place.year}", one.name, "", chosen=False)
                for one in open_years
                if not one.by_document
            ],
            *[
                Step(f"region:{one.place.region_code}", one.name, "", chosen=False)
                for one in tree.parts
                if not one.place.institution_id
            ],
            *[
                Step(f"school:{key}", name, "", chosen=False)
                for key, name in tree.schools
                if key not in given
            ],
        ]
