"""One question at a time: groups, pension, work, school, household, where I live."""

import re
from datetime import date
from typing import Any

import reflex as rx

from portal.domain.errors import BadInput, NotFound
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.policies import reference
from portal.services import facts, facts_terms, facts_values
from portal.services.facts import Job, OwnFacts
from portal.state.base import PageState, handler
from portal.state.facts import FactCard, GroupRow, fact_card, group_row
from portal.state.facts_options import (
    GroupSection,
    JobForm,
    Option,
    Place,
    SchoolForm,
    options_of,
    places_in,
    sections_of,
    yes_no,
)
from portal.state.fresh import forget
from portal.state.inputs import path_part, query_value, text_of

QUESTIONS = (facts_terms.GROUP, *facts_terms.KINDS, "residence")
_HOME = "/me/facts"
_CLASS_PAGE = re.compile(r"/classes/[0-9a-f-]{36}")
_TRI = {"yes": True, "no": False}


def day_of_form(form: object, name: str) -> date | None:
    """A day from a date field; None when it was left empty. Raises BadInput."""
    raw = text_of(form, name)
    if not raw:
        return None
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise BadInput(name, "facts.bad_date") from None


class FactFormState(PageState, rx.State):
    """One question with what was answered before."""

    question: str = ""
    card: FactCard = FactCard()
    fixed_groups: list[GroupRow] = []
    sections: list[GroupSection] = []
    draws: list[Option] = []
    job: JobForm = JobForm()
    school: SchoolForm = SchoolForm()
    origins: list[Option] = []
    dibao: list[Option] = []
    residence: str = ""
    places: list[Place] = []
    place_name: str = ""
    place_up: str = ""
    is_top: bool = True

    @rx.event
    @handler(Permission.ENROL)
    async def load(self) -> None:
        """Show the question that the address names."""
        forget(self)
        question = path_part(self.router.url.path, 2)
        if question not in QUESTIONS:
            raise NotFound
        view = await self._run(facts.my_facts, now=self._now())
        self.question = question
        self._fill(view)

    @rx.event
    @handler(Permission.ENROL)
    async def save_groups(self, form: dict[str, object]) -> Any:
        """State the groups whose boxes are ticked."""
        codes = [
            term.code
            for term in facts_terms.statable_groups()
            if isinstance(form, dict) and form.get(term.code)
        ]
        await self._run(facts.state_groups, codes=codes, now=self._now())
        return self._done("group")

    @rx.event
    @handler(Permission.ENROL)
    async def save_pension(self, form: dict[str, object]) -> Any:
        """State what is drawn every month."""
        draws = text_of(form, "draws")
        await self._run(facts.declare_pension, draws=draws, now=self._now())
        return self._done("pension")

    @rx.event
    @handler(Permission.ENROL)
    async def save_employment(self, form: dict[str, object]) -> Any:
        """State where I work."""
        job = Job(
            employer_name=text_of(form, "employer_name"),
            employer_uscc=text_of(form, "employer_uscc"),
            employer_kind=text_of(form, "employer_kind"),
            hired_on=day_of_form(form, "hired_on"),
            insured=_TRI.get(text_of(form, "insured")),
            level_linked_pay=_TRI.get(text_of(form, "level_linked_pay")),
            wages_kept=_TRI.get(text_of(form, "wages_kept")),
        )
        await self._run(facts.declare_employment, job=job, now=self._now())
        return self._done("employment")

    @rx.event
    @handler(Permission.ENROL)
    async def save_education(self, form: dict[str, object]) -> Any:
        """State where I study or studied."""
        await self._run(
            facts.declare_education,
            school_kind=text_of(form, "school_kind"),
            school_name=text_of(form, "school_name"),
            graduates_on=day_of_form(form, "graduates_on"),
            now=self._now(),
        )
        return self._done("education")

    @rx.event
    @handler(Permission.ENROL)
    async def save_origin(self, form: dict[str, object]) -> Any:
        """State where my household is registered."""
        dibao = _TRI.get(text_of(form, "urban_dibao"))
        origin = text_of(form, "origin")
        await self._run(facts.declare_origin, origin=origin, urban_dibao=dibao, now=self._now())
        return self._done("origin")

    @rx.event
    @handler(Permission.ENROL)
    async def save_residence(self, code: str) -> Any:
        """Live in a place."""
        wanted = code if isinstance(code, str) else ""
        await self._run(facts.declare_residence, region_code=wanted, now=self._now())
        return self._done("residence")

    @rx.event
    @handler(Permission.ENROL)
    async def look_into(self, code: str) -> None:
        """Show the regions below one."""
        self._list(code if isinstance(code, str) else "")

    @rx.event
    @handler(Permission.ENROL)
    async def take_back(self) -> Any:
        """No longer so, or not known after all."""
        await self._run(facts.end_fact, kind=self.question, now=self._now())
        return self._done(self.question)

    @rx.event
    @handler(Permission.ENROL)
    async def report(self, form: dict[str, object]) -> Any:
        """Tell the authority that what it verified is wrong."""
        fact_id = parse_id(text_of(form, "fact_id"), "fact_id")
        reason = text_of(form, "reason")
        await self._run(facts.report_wrong, fact_id=fact_id, reason=reason, now=self._now())
        return self._done("report")

    def _done(self, question: str) -> Any:
        """Back to where the question came from."""
        return rx.redirect(self._back() or f"{_HOME}?saved={question}#{question}")

    def _back(self) -> str:
        """The class whose page asked for the answer; anything else is none."""
        raw = query_value(self.router.url.query, "next")
        return raw if _CLASS_PAGE.fullmatch(raw) else ""

    def _fill(self, view: OwnFacts) -> None:
        """Put what stands into the fields."""
        if self.question == facts_terms.GROUP:
            self.sections = sections_of(view)
            rows = [group_row(group) for group in view.groups]
            self.fixed_groups = [row for row in rows if row.is_fixed]
        elif self.question == "residence":
            self.residence = view.residence
            self._list(reference.ancestors(view.residence_code)[0] if view.residence_code else "")
        else:
            fact = view.fact(self.question)
            self.card = fact_card(fact)
            self._prefill(fact.value or {} if fact.status != "refused" else {})

    def _prefill(self, value: Any) -> None:
        self.draws = options_of("draws", facts_values.DRAWS, value.get("draws"))
        self.job = JobForm(
            employer_name=value.get("employer_name", ""),
            employer_uscc=value.get("employer_uscc", ""),
            hired_on=value.get("hired_on", ""),
            kinds=options_of(
                "employer_kind", facts_values.EMPLOYER_KINDS, value.get("employer_kind")
            ),
            insured=yes_no("insured", value.get("insured")),
            wages_kept=yes_no("wages_kept", value.get("wages_kept")),
            level_linked_pay=yes_no("level_linked_pay", value.get("level_linked_pay")),
        )
        self.school = SchoolForm(
            kinds=options_of("school_kind", facts_values.SCHOOL_KINDS, value.get("school_kind")),
            school_name=value.get("school_name", ""),
            graduates_on=value.get("graduates_on", ""),
        )
        self.origins = options_of("origin", facts_values.ORIGINS, value.get("origin"))
        self.dibao = yes_no("urban_dibao", value.get("urban_dibao"))

    def _list(self, code: str) -> None:
        """Show the regions below ``code``; below nothing that is known, the provinces."""
        places = places_in(code)
        if not places:
            code, places = "", places_in("")
        above = [one for one in reference.ancestors(code) if one != code] if code else []
        self.places, self.is_top = places, not code
        self.place_name = "".join(reference.region_path(code)) if code else ""
        self.place_up = above[-1] if above else ""
