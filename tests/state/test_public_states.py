"""The states of the pages that everybody may read, called as any client may call them."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import quote

import pytest
import reflex as rx
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.models import Institution, TrainingClass
from portal.domain.permissions import Role
from portal.locale import t
from portal.policies.loader import PACKS
from portal.services import publishing, search_index
from portal.services.public_catalogues import kinds
from portal.state.catalogue_entry import CatalogueEntryState, CatalogueLogState
from portal.state.catalogues import CataloguesState, CatalogueState
from portal.state.class_filters import address, chips, clean, href, to_query
from portal.state.class_page import ClassState
from portal.state.classes import ClassesState
from portal.state.home import HomeState
from portal.state.institutions import InstitutionsState, InstitutionState
from portal.state.pager import page_number, pager
from portal.state.policies import PoliciesState, PolicyState
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.published import published

S = TypeVar("S", bound=rx.State)
STATES = (
    HomeState,
    ClassesState,
    ClassState,
    InstitutionsState,
    InstitutionState,
    PoliciesState,
    PolicyState,
    CataloguesState,
    CatalogueState,
    CatalogueEntryState,
    CatalogueLogState,
)
# What a client may send where a text is meant.
FORGED = [
    None,
    7,
    -1,
    10**30,
    True,
    {},
    {"q": "x"},
    [],
    ["a"],
    "x" * 100_000,
    "\x00",
    "𠮷😀",
    "' OR 1=1",
]


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    for state in STATES:
        monkeypatch.setattr(state, "_now", staticmethod(lambda: NOW))


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session whose rows the handlers can see, once committed."""
    with Session(engine, expire_on_commit=False) as made:
        yield made


def opened(state: type[S], path: str, token: str | None = None) -> S:
    """A state as it stands behind a tab that shows ``path``."""
    root = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
    made: S = root.get_substate(state.get_full_name().split("."))  # type: ignore[assignment]
    go(made, path, token)
    return made


def go(state: rx.State, path: str, token: str | None = None) -> None:
    """Lead the tab to another address."""
    root = state._get_root_state()
    cookie = f"portal_login={token}" if token else ""
    root._update_router_vars(
        {"headers": {"cookie": cookie}, "pathname": path, "asPath": path, "query": {}}, {}
    )


def run(handler: Any, *args: object, **kwargs: object) -> Any:
    """Call a handler to its end."""
    return asyncio.run(handler(*args, **kwargs))


def target(redirect: Any) -> str:
    """Where a handler leads the browser."""
    return next(str(value) for name, value in redirect.args if str(name) == "path").strip('"')


def school(saved: Session) -> Institution:
    made = make.make_institution(saved)
    make.list_institution(saved, made)
    search_index.reindex_institution(saved, made.id)
    saved.commit()
    return made


def offered(saved: Session, title: str, **fields: Any) -> TrainingClass:
    """A class that the list finds by its title."""
    made = make.make_class(saved, institution=school(saved), title=title, **fields)
    search_index.reindex_class(saved, made.id)
    saved.commit()
    return made


def log_in(saved: Session, role: Role, **kwargs: Any) -> str:
    token = make.log_in(saved, make.make_account(saved, role, **kwargs), now=NOW)
    saved.commit()
    return token


# Classes: the address and the list


def test_the_list_shows_what_the_address_asks_for(saved: Session) -> None:
    offered(saved, "丝路刺绣班", seats_taken=30)
    made = offered(saved, "丝路刺绣班")
    state = opened(ClassesState, "/classes?q=丝路&has_seats=1")
    run(state.load)
    assert [row.href for row in state.rows] == [f"/classes/{made.id}"]
    assert (state.status, state.box, state.clear_href) == ("ready", "丝路", "/classes")
    assert state.found == t("public.classes.found", total=1)


def test_pages_are_reached_by_addresses_that_keep_the_filters(saved: Session) -> None:
    for _ in range(3):
        offered(saved, "沙地蔬菜班")
    state = opened(ClassesState, "/classes?q=沙地&page=2")
    run(state.load)
    assert state.rows == []
    assert state.pager.previous == href({"q": "沙地"})
    assert state.pager.next == ""


def test_an_unknown_filter_is_refused_in_a_sentence_and_leaves_no_other_rows(
    saved: Session,
) -> None:
    offered(saved, "葡萄种植班")
    state = opened(ClassesState, "/classes")
    run(state.load)
    assert state.rows
    go(state, "/classes?region=123")
    run(state.load)
    assert state.problem == t("catalogue.bad_region")
    assert state.rows == []
    go(state, "/classes")
    run(state.load)
    assert state.problem == ""
    assert state.rows


def test_typing_shows_the_matches_and_leads_the_address_after_them(saved: Session) -> None:
    offered(saved, "坎儿井修护班")
    state = opened(ClassesState, "/classes?has_seats=1&page=3")
    run(state.load)
    redirect = run(state.search, "kanerj")
    assert [row.title for row in state.rows] == ["坎儿井修护班"]
    assert target(redirect) == "/classes?q=kanerj&has_seats=1"


def test_an_address_that_follows_the_typing_neither_reads_again_nor_overwrites_the_box(
    saved: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered(saved, "馕制作班")
    state = opened(ClassesState, "/classes")
    run(state.load)
    first = target(run(state.search, "nan"))
    second = target(run(state.search, "馕制"))
    box = state.box_no

    async def never(*args: object) -> None:
        raise AssertionError

    with monkeypatch.context() as closed:
        closed.setattr(ClassesState, "_show", never)
        for path in (first, second):
            go(state, path)
            run(state.load)
    assert (state.box_no, [row.title for row in state.rows]) == (box, ["馕制作班"])
    # The way back is no echo: rows and box follow it.
    go(state, "/classes")
    run(state.load)
    assert (state.box, state.box_no) == ("", box + 1)


def test_clearing_what_was_typed_before_the_address_came_back_shows_everything(
    saved: Session,
) -> None:
    offered(saved, "彩陶班")
    state = opened(ClassesState, "/classes")
    run(state.load)
    everything = [row.href for row in state.rows]
    typed = target(run(state.search, "彩陶"))
    cleared = target(run(state.search, ""))
    for path in (typed, cleared):
        go(state, path)
        run(state.load)
    assert [row.href for row in state.rows] == everything


def test_a_search_that_arrives_on_another_page_changes_nothing() -> None:
    state = opened(ClassesState, "/institutions")
    assert run(state.search, "电工") is None
    assert state.rows == []


def test_the_sheet_leads_from_province_to_county_and_back(saved: Session) -> None:
    offered(saved, "杏树修剪班", region_code="650402")
    state = opened(ClassesState, "/classes?has_seats=1&page=2")
    run(state.open_sheet, "region", "")
    province = next(o for o in state.sheet.sections[0].options if o.inside == "650000")
    assert province.href == ""
    run(state.open_sheet, "region", "650400")
    up, whole, *counties = state.sheet.sections[0].options
    assert (up.inside, up.up) == ("650000", True)
    assert whole.href == "/classes?has_seats=1&region=650400"
    assert "/classes?has_seats=1&region=650402" in {county.href for county in counties}
    run(state.open_sheet, "region", "650000")
    assert state.sheet.sections[0].options[0].inside == "top"
    run(state.close_sheet)
    assert state.sheet.title == ""


def test_the_sheets_mark_what_is_chosen(saved: Session) -> None:
    offered(saved, "水电安装班", level=2)
    state = opened(ClassesState, "/classes?level=2&starts_within_days=30")
    run(state.open_sheet, "more", "")
    chosen = [o.label for section in state.sheet.sections for o in section.options if o.chosen]
    assert chosen == ["五级/初级工", t("public.classes.any"), t("catalogue.within_days", days=30)]


@pytest.mark.parametrize("forged", FORGED, ids=lambda value: repr(value)[:20])
def test_forged_arguments_do_no_harm(saved: Session, forged: object) -> None:
    state = opened(ClassesState, "/classes")
    run(state.load)
    run(state.search, forged)
    run(state.submit, forged)
    run(state.submit, {"q": forged})
    run(state.open_sheet, forged, forged)
    assert state.sheet.title == ""
    run(state.open_sheet, "region", forged)
    assert state.sheet.title
    assert state.status == "ready"
    institutions = opened(InstitutionsState, "/institutions")
    run(institutions.search, forged)
    run(institutions.submit, forged)


@pytest.mark.parametrize("page", ["-5", "0", "1e9", "９", "99999999999999999999", "a", "", "%00"])
def test_any_page_number_shows_a_page(saved: Session, page: str) -> None:
    offered(saved, "木工班")
    for state, path in (
        (ClassesState, "/classes"),
        (InstitutionsState, "/institutions"),
        (CatalogueState, "/catalogues/occupation"),
    ):
        made: Any = opened(state, f"{path}?page={page}")
        run(made.load)
        assert (made.status, made.problem) == ("ready", "")


def test_an_address_keeps_known_filters_only_and_cuts_long_ones() -> None:
    raw = {"q": " 电工 ", "evil": "x", "region": "6504000000", "level": 3, "group": "", "page": "2"}
    params = clean(raw)
    assert params == {"q": "电工", "region": "650400", "page": "2"}
    assert address(params) == "/classes?q=%E7%94%B5%E5%B7%A5&region=650400&page=2"
    assert to_query(params).page == 2
    assert href(params, q="") == "/classes?region=650400"


def test_chips_say_what_is_chosen() -> None:
    labels = [chip.label for chip in chips(clean({"region": "650400", "has_seats": "1"}))]
    assert labels[:2] == [t("public.classes.seats"), "吐鲁番市"]
    two = chips(clean({"level": "2", "starts_within_days": "7"}))[-1]
    assert (two.label, two.active) == (f"{t('public.classes.more')} 2", True)
    assert chips({})[0].href == "/classes?has_seats=1"
    assert not any(chip.active for chip in chips(clean({"group": "JUSTICE", "level": "9"})))


def test_a_pager_beyond_the_last_page_leads_back_to_it() -> None:
    beyond = pager(str, page=9, size=10, total=25)
    assert (beyond.previous, beyond.next) == ("3", "")
    assert pager(str, page=1, size=10, total=10).text == ""
    capped = pager(str, page=300, size=20, total=5000, has_more=True, capped=True)
    assert (capped.previous, capped.next) == ("299", "301")
    assert page_number({"page": 1}) == 1


# One class


def test_a_class_shows_the_way_in_to_whoever_may_enrol(saved: Session) -> None:
    made = offered(saved, "砌筑班")
    state = opened(ClassState, f"/classes/{made.id}")
    run(state.load)
    assert state.item is not None
    assert state.item.title == "砌筑班"
    assert (state.action.kind, state.action.href) == ("enrol", f"/enrol/{made.id}")


def test_a_class_tells_apart_full_closed_and_own(saved: Session) -> None:
    token = log_in(saved, Role.TRAINEE, person=(person := make.make_person(saved)))
    mine = offered(saved, "自己的班")
    enrolment = make.enrol(saved, person, mine)
    saved.commit()
    overlapping = offered(saved, "同时的班")
    full = offered(saved, "满员班", capacity=3, seats_taken=3, first_start=NOW + timedelta(days=60))
    seen = {}
    for made in (mine, overlapping, full):
        state = opened(ClassState, f"/classes/{made.id}", token)
        run(state.load)
        seen[made.title] = state.action
    assert seen["自己的班"].href == f"/me/enrolments/{enrolment.id}"
    assert seen["自己的班"].kind == "enrolled"
    assert seen["同时的班"].kind == "conflict"
    assert "自己的班" in seen["同时的班"].sentence
    assert (seen["满员班"].kind, seen["满员班"].sentence) == ("wait", t("preflight.next.full"))


@pytest.mark.parametrize(
    "bad",
    ["x", "", "..", "%00", "01a201af-b35c-72b2-87d0-9451169bec0f", "0" * 36, "0000-000g"],
)
def test_a_malformed_or_unknown_id_is_a_friendly_refusal(saved: Session, bad: str) -> None:
    for state, path in (
        (ClassState, "/classes"),
        (InstitutionState, "/institutions"),
        (PolicyState, "/policies"),
        (CatalogueState, "/catalogues"),
    ):
        made: Any = opened(state, f"{path}/{bad}")
        run(made.load)
        assert (made.status, made.problem) == ("refused", t("error.not_found"))


def test_the_former_class_is_not_shown_for_an_unknown_one(saved: Session) -> None:
    made = offered(saved, "木雕班")
    state = opened(ClassState, f"/classes/{made.id}")
    run(state.load)
    go(state, "/classes/nothing")
    run(state.load)
    assert state.status == "refused"


# Home


def test_home_offers_trades_and_places_to_a_newcomer(saved: Session) -> None:
    offered(saved, "电工班", first_start=NOW + timedelta(days=3))
    state = opened(HomeState, "/")
    run(state.load)
    assert (state.audience, state.greeting, state.meetings) == ("guest", "", [])
    assert any(chip.href.startswith("/classes?occupation=") for chip in state.trades)
    assert any(chip.href.startswith("/classes?region=") for chip in state.regions)


def test_home_shows_a_trainee_what_is_on_today(saved: Session) -> None:
    person = make.make_person(saved, name="阿依古丽")
    token = log_in(saved, Role.TRAINEE, person=person)
    made = offered(saved, "今天的班", first_start=NOW + timedelta(minutes=10), enrol_until=NOW)
    make.enrol(saved, person, made)
    saved.commit()
    state = opened(HomeState, "/", token)
    run(state.load)
    assert (state.audience, state.greeting) == (
        "trainee",
        t("public.home.greeting", name="阿依古丽"),
    )
    assert [row.class_title for row in state.meetings] == ["今天的班"]
    assert state.meetings[0].can_scan
    assert [row.title for row in state.progress] == ["今天的班"]


@pytest.mark.parametrize(("minutes", "is_first"), [(10, True), (180, False)], ids=["now", "later"])
def test_a_lesson_comes_before_the_greeting_only_while_it_takes_scans(
    saved: Session, minutes: int, is_first: bool
) -> None:
    person = make.make_person(saved)
    token = log_in(saved, Role.TRAINEE, person=person)
    made = offered(saved, "一个班", first_start=NOW + timedelta(minutes=minutes), enrol_until=NOW)
    make.enrol(saved, person, made)
    saved.commit()
    state = opened(HomeState, "/", token)
    run(state.load)
    assert (len(state.meetings), state.at_the_door) == (1, is_first)


def test_home_shows_what_can_be_scanned_now_and_keeps_a_long_day_short(saved: Session) -> None:
    person = make.make_person(saved)
    token = log_in(saved, Role.TRAINEE, person=person)
    made = offered(
        saved,
        "一天的班",
        first_start=NOW - timedelta(hours=1),
        sessions=4,
        session_length=timedelta(minutes=45),
        gap=timedelta(hours=1),
        enrol_until=NOW,
    )
    make.enrol(saved, person, made)
    saved.commit()
    state = opened(HomeState, "/", token)
    run(state.load)
    assert [row.can_scan for row in state.meetings] == [True, True]
    assert state.later == t("public.home.later", count=4)


def test_home_forgets_the_person_who_logged_out(saved: Session) -> None:
    token = log_in(saved, Role.TRAINEE)
    state = opened(HomeState, "/", token)
    run(state.load)
    go(state, "/")
    run(state.load)
    assert (state.audience, state.greeting, state.progress) == ("guest", "", [])


@pytest.mark.parametrize(
    ("role", "audience"),
    [
        (Role.INSTRUCTOR, "teacher"),
        (Role.MANAGER, "teacher"),
        (Role.OFFICER, "authority"),
        (Role.AUDITOR, "authority"),
    ],
)
def test_home_leads_people_at_work_to_it(saved: Session, role: Role, audience: str) -> None:
    of = {"institution": school(saved)} if audience == "teacher" else {}
    state = opened(HomeState, "/", log_in(saved, role, **of))
    run(state.load)
    assert state.audience == audience


# Institutions, policies, catalogues


def test_an_institution_is_found_by_pinyin_and_shows_its_classes(saved: Session) -> None:
    made = offered(saved, "机构的班")
    who = saved.get_one(Institution, made.institution_id)
    who.name = "葡萄沟培训学校"
    search_index.reindex_institution(saved, who.id)
    saved.commit()
    state = opened(InstitutionsState, "/institutions")
    run(state.load)
    assert target(run(state.search, "putaogou")) == "/institutions?q=putaogou"
    go(state, "/institutions?q=putaogou")
    run(state.load)
    assert who.name in {row.name for row in state.rows}
    one = opened(InstitutionState, f"/institutions/{who.id}")
    run(one.load)
    assert [row.title for row in one.classes] == ["机构的班"]
    assert one.item is not None
    assert one.item.uscc == who.uscc


def test_institutions_follow_the_last_thing_typed(saved: Session) -> None:
    school(saved)
    state = opened(InstitutionsState, "/institutions")
    run(state.load)
    everything = state.found
    typed = target(run(state.search, "没有这家"))
    cleared = target(run(state.search, ""))
    assert (typed, cleared) == (f"/institutions?q={quote('没有这家')}", "/institutions")
    go(state, typed)
    run(state.load)
    assert state.found == everything
    go(state, cleared)
    run(state.load)
    assert (state.found, state.box, state.box_no) == (everything, "", 0)
    assert run(state.search, "") is None


def test_policies_show_plans_and_who_goes_free(saved: Session) -> None:
    path = PACKS / "turpan-2019.toml"
    files = [(path.name, path.read_bytes())]
    publishing.publish(saved, publishing.OPERATOR, files=files, now=NOW)
    saved.commit()
    listed = opened(PoliciesState, "/policies")
    run(listed.load)
    assert "/policies/turpan-2019" in {row.href for row in listed.rows}
    assert (listed.found, listed.clear_href) == ("", "")
    listed = opened(PoliciesState, "/policies?q=岗前培训&region=650402")
    run(listed.load)
    assert [row.href for row in listed.rows] == ["/policies/turpan-2019"]
    assert listed.rows[0].hits[0].href.startswith("/policies/turpan-2019#plan-")
    assert listed.clear_href == "/policies"
    assert target(run(listed.submit, {"q": "x"})) == "/policies?q=x&region=650402"
    state = opened(PolicyState, "/policies/turpan-2019")
    run(state.load)
    assert state.item is not None
    assert state.item.plans[0].name == "新录用员工岗前培训计划"
    assert "105,000" in state.item.total_text
    assert state.item.free


def test_every_kind_of_catalogue_is_listed_and_leads_to_its_entries(saved: Session) -> None:
    listed = opened(CataloguesState, "/catalogues")
    run(listed.load)
    assert [row.href.rpartition("/")[2] for row in listed.rows] == list(kinds.KINDS)
    state = opened(CatalogueState, "/catalogues/occupation?page=2")
    run(state.load)
    assert state.rows[0].href.startswith("/catalogues/occupation/")
    assert state.pager.previous == "/catalogues/occupation"


def test_typing_finds_entries_and_leads_the_address(saved: Session) -> None:
    state = opened(CatalogueState, "/catalogues/occupation")
    run(state.load)
    redirect = run(state.search, "dg")
    assert target(redirect) == "/catalogues/occupation?q=dg"
    go(state, "/catalogues/occupation?q=dg")
    run(state.load)
    assert "电工" in [row.title for row in state.rows]
    assert state.clear_href == "/catalogues/occupation"


@pytest.mark.parametrize("forged", FORGED, ids=lambda value: repr(value)[:20])
def test_forged_searches_of_catalogues_do_no_harm(saved: Session, forged: object) -> None:
    state = opened(CatalogueState, "/catalogues/occupation")
    run(state.load)
    run(state.search, forged)
    run(state.submit, forged)
    run(state.submit, {"q": forged})
    assert state.status == "ready"


def test_an_entry_shows_where_it_stands_and_what_belongs_to_it(saved: Session) -> None:
    path = PACKS / "turpan-2019.toml"
    files = [(path.name, path.read_bytes())]
    publishing.publish(saved, publishing.OPERATOR, files=files, now=NOW)
    published(saved, "programme", {"code": "P-77", "title": "馕制作"}, region="652900")
    published(saved, "programme", {"code": "P-77", "title": "馕烤制"}, region="652900")
    saved.commit()
    state = opened(CatalogueEntryState, "/catalogues/programme/P-77?region=652900")
    run(state.load)
    assert (state.status, state.title) == ("ready", "馕烤制")
    assert [row.what for row in state.changes] == [t("public_catalogues.what.changed")]
    assert state.subject.title == "电工"
    assert state.clauses[0].href.startswith("/policies/turpan-2019#plan-")
    log = opened(CatalogueLogState, state.log_href)
    run(log.load)
    assert [row.opened for row in log.versions] == [True, False]
    assert log.changes[0].title == "馕烤制"


def test_an_unknown_entry_leads_back_to_its_catalogue(saved: Session) -> None:
    for path in ("/catalogues/programme/nothing", "/catalogues/programme/%7Ezz"):
        state = opened(CatalogueEntryState, path)
        run(state.load)
        assert (state.status, state.kind_href) == ("refused", "/catalogues/programme")
    log = opened(CatalogueLogState, "/catalogues/programme/log/999999")
    run(log.load)
    assert log.status == "refused"
