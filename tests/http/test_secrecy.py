"""What an institution or employer can fetch does not depend on anybody's target groups.

Everything that a manager, an instructor or an employer can open is fetched twice: while a trainee
of theirs belongs to no group, and after an authority verified every group that there is. Whatever
differs would tell something; a new route or page is in the test by itself.
"""

import io
import json
import zipfile
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.ids import new_id
from portal.db.models import Mandate, PersonFact, PersonGroup
from portal.domain.permissions import GRANTS, Role
from portal.http import first_rows
from portal.pages.table import all_pages
from portal.policies import reference
from portal.services import rosters_view
from portal.services.unit import load_actor
from portal.state.base import PageState
from tests.http.parts import Room, Someone, someone
from tests.http.test_access import TABLE
from tests.state.test_handlers import states
from tests.support import policy
from tests.support.factories import NOW, make_employer
from tests.support.rosters import line, send, xlsx
from tests.support.tab import Tab

SECRETS = sorted(
    {term.code for term in reference.groups() if term.sensitive != "no"}
    | {term.name for term in reference.groups() if term.sensitive != "no"}
)
MANDATE = new_id()
TRAINEE = "阿依夏木·示例"
# Parts of a path that name what exists in this test.
Ids = dict[str, str]


@pytest.fixture(autouse=True)
def _states_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PageState, "_now", staticmethod(lambda: NOW))


@pytest.fixture(autouse=True)
def _built_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A built page that nobody builds anew meanwhile."""
    (tmp_path / "classes").mkdir()
    (tmp_path / "classes" / "index.html").write_text("<!--rows--><!--/rows-->", "utf-8")
    monkeypatch.setattr(first_rows, "BUILT_PAGES", tmp_path)


@pytest.fixture
def employer(saved: Session) -> Someone:
    return someone(saved, Role.EMPLOYER, employer=make_employer(saved))


@pytest.fixture
def helper(saved: Session, room: Room) -> Someone:
    """A village helper whom the trainee gave a mandate."""
    who = someone(saved, Role.HELPER)
    saved.add(
        Mandate(
            id=MANDATE,
            person_id=room.trainee.person.id,
            helper_account_id=who.account.id,
            text_version="test",
            text_hash="0",
            evidence="signature",
            granted_on=date(2026, 11, 1),
            expires_on=date(2027, 10, 31),
            created_at=NOW,
            confirmed_at=NOW,
        )
    )
    saved.commit()
    return who


def ids_of(room: Room) -> Ids:
    return {
        "class_id": str(room.training_class.id),
        "session_id": str(room.meeting.id),
        "enrolment_id": str(room.enrolment.id),
        "institution_id": str(room.institution.id),
        "mandate_id": str(MANDATE),
    }


def filled(path: str, ids: Ids) -> str:
    """The path with ids in it; what does not exist here gets an id that nothing has."""
    parts = []
    for part in path.strip("/").split("/"):
        name = part.strip("{}[]")
        parts.append(ids.get(name, nobody_s(name)) if name != part else part)
    return "/" + "/".join(parts)


def nobody_s(name: str) -> str:
    """What stands for something that is not there."""
    return "00000000-0000-7000-8000-000000000000" if name.endswith("_id") else "x"


def by_http(client: TestClient, who: Someone, ids: Ids) -> dict[str, str]:
    """Every answer to a GET that the role is granted."""
    found = {}
    for (method, path), permission in TABLE.items():
        if method == "GET" and permission in GRANTS[Role(who.account.role)]:
            answer = client.get(filled(path, ids), headers=who.bearer)
            found[f"GET {path}"] = f"{answer.status_code} {read(answer)}"
    return found


def read(answer: Response) -> str:
    """The answer as text; papers by their words and workbooks by their cells, since the files
    hold the time."""
    if answer.content.startswith(b"%PDF"):
        return words(answer.content)
    if not answer.content.startswith(b"PK"):
        return answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as folder:
        names = folder.namelist()
        if "[Content_Types].xml" not in names:
            papers = [words(folder.read(name)) for name in names if name.endswith(".pdf")]
            return str([names, papers])
    book = load_workbook(io.BytesIO(answer.content))
    return str([list(row) for page in book for row in page.values])


def words(paper: bytes) -> str:
    """What a PDF says."""
    return str([page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages])


def by_pages(who: Someone, ids: Ids) -> dict[str, str]:
    """What every page sends to the browser when it opens."""
    kinds: dict[str, Any] = {kind.get_full_name(): kind for kind in states()}
    found = {}
    for page in all_pages():
        tab = Tab()
        tab.go(filled(page.route, ids), who.token)
        sent = [
            tab.call(kinds[handler.state_full_name], handler.fn.__name__).dict()
            for handler in page.on_load
        ]
        found[f"page {page.route}"] = json.dumps(
            sent, ensure_ascii=False, default=str, sort_keys=True
        )
    return found


def tell_everything(saved: Session, person_id: Any) -> None:
    """An authority verified every group, and knows the rest."""
    for term in reference.groups():
        saved.add(
            PersonGroup(
                person_id=person_id,
                group_code=term.code,
                valid_from=date(2026, 1, 1),
                status="verified",
                source="roster",
                verified_at=NOW,
                created_at=NOW,
            )
        )
    value = {"origin": "urban", "urban_dibao": True}
    saved.add(
        PersonFact(
            person_id=person_id,
            kind="origin",
            value=value,
            valid_from=date(2026, 1, 1),
            status="verified",
            source="officer",
            verified_at=NOW,
            created_at=NOW,
        )
    )
    saved.commit()


def differing(one: dict[str, str], two: dict[str, str]) -> set[str]:
    return {name for name in one if one[name] != two[name]}


@pytest.mark.parametrize("role", ["manager", "instructor", "employer", "helper"])
def test_nothing_that_they_can_fetch_tells_of_a_group(
    client: TestClient,
    saved: Session,
    room: Room,
    request: pytest.FixtureRequest,
    role: str,
) -> None:
    outside = role in ("employer", "helper")
    who = request.getfixturevalue(role) if outside else getattr(room, role)
    ids = ids_of(room)
    room.trainee.person.name = TRAINEE
    saved.commit()

    def fetch() -> dict[str, str]:
        return by_http(client, who, ids) | by_pages(who, ids)

    first, before = fetch(), fetch()
    # Keys of forms and the like are new every time.
    fickle = differing(first, before)
    tell_everything(saved, room.trainee.person.id)
    after = fetch()
    assert differing(before, after) - fickle == set()
    # They do see the person: only what they need to know of the person.
    assert any(TRAINEE in text for text in after.values()) is (role != "employer")
    told = {
        (name, secret)
        for name, text in after.items()
        for secret in SECRETS
        if text.count(secret) > before[name].count(secret)
    }
    assert told == set()


def test_this_test_would_notice_what_the_person_sees(
    client: TestClient, saved: Session, room: Room
) -> None:
    ids, who = ids_of(room), room.trainee
    before = by_http(client, who, ids) | by_pages(who, ids)
    tell_everything(saved, who.person.id)
    after = by_http(client, who, ids) | by_pages(who, ids)
    changed = differing(before, after)
    assert {"page /me/facts", "page /me/data", "GET /files/data.json"} <= changed
    assert "JUSTICE" not in "".join(after[name] for name in changed)


def test_the_sheet_and_its_confirmation_tell_nothing(
    client: TestClient, saved: Session, room: Room
) -> None:
    tell_everything(saved, room.trainee.person.id)
    url = f"/api/v1/sessions/{room.meeting.id}/attendance"
    sheet = client.get(url, headers=room.instructor.bearer)
    assert "王小强" in sheet.text
    answer = client.post(f"{url}/confirm", headers=room.instructor.bearer)
    for text in (sheet.text, answer.text):
        assert not [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize("role", ["manager", "employer"])
def test_a_roster_answers_the_same_whatever_groups_its_people_belong_to(
    saved: Session, room: Room, employer: Someone, role: str
) -> None:
    policy.publish_packs(saved)
    who = employer if role == "employer" else room.manager
    actor = load_actor(saved, who.token, now=NOW)
    made = policy.plan_class(saved, institution=room.institution, region_code="650402")
    known = room.trainee
    lines = [line(1), line(2, 姓名=known.person.name, 证件号码=known.id_no)]

    def judged() -> list[dict[str, Any]]:
        sent = send(saved, actor, xlsx(lines), class_id=made.id, now=NOW)
        page = rosters_view.people(saved, actor, upload_id=sent.id, now=NOW)
        return [_without_ids(row) for row in page.items]

    before = judged()
    tell_everything(saved, known.person.id)
    after = judged()
    assert after == before
    assert not [secret for secret in SECRETS if secret in str(after)]


def _without_ids(row: Any) -> dict[str, Any]:
    return {name: str(value) for name, value in asdict(row).items() if not name.endswith("id")}
