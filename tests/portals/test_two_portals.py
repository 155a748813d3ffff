"""A person goes from one portal to another, and hours and certificate come along.

A and B share nothing but the network: what B knows of A it has by HTTP, or from the person.
"""

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from tests.portals.conftest import Machine

_numbers = itertools.count(1)


@dataclass
class Person:
    """Somebody with an identity card and a login at both portals."""

    a: Machine
    b: Machine
    id_no: str = field(default_factory=lambda: f"65040119900101{next(_numbers):04d}")

    def __post_init__(self) -> None:
        self.at = {
            one.url: {"authorization": f"Bearer {one.inside('trainee', id_no=self.id_no)}"}
            for one in (self.a, self.b)
        }

    def learn(self) -> str:
        """Finish a class of 20 课时 at A, sixty days ago; the certificate's number."""
        studied = self.a.inside("study", id_no=self.id_no, days_ago=60, hours=20)
        (made,) = self.a.inside("finish", **studied)
        return str(made["number"])

    def export(self) -> bytes:
        found = httpx2.get(f"{self.a.url}/files/archive-export.json", headers=self.at[self.a.url])
        assert found.status_code == 200
        return found.content

    def hand_in(self, content: bytes) -> httpx2.Response:
        return httpx2.post(
            f"{self.b.url}/me/import",
            headers=self.at[self.b.url],
            files={"file": ("archive-export.json", content, "application/json")},
        )

    def page(self, path: str) -> str:
        return httpx2.get(self.b.url + path, headers=self.at[self.b.url]).text

    def take(self, path: str) -> str:
        """Tick everything on a preview and confirm; the page afterwards."""
        ticks = [part.split('"')[0] for part in self.page(path).split('name="take" value="')[1:]]
        done = httpx2.post(
            self.b.url + path, headers=self.at[self.b.url], data={"take": ticks, "act": "take"}
        )
        assert done.status_code == 303, done.text
        return self.page(path)

    def archive(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.b.inside("archive", id_no=self.id_no)
        return found


@pytest.fixture(scope="module")
def two(machines: dict[str, Machine]) -> tuple[Machine, Machine]:
    """A and B serve, and B's authority has put A on its list."""
    a, b = machines["a"], machines["b"]
    b.inside("publish")
    a.start()
    b.start()
    _trust(b, a)
    return a, b


def _trust(b: Machine, a: Machine) -> None:
    """As an officer does it: fetch the page, look, compare, confirm."""
    who = {"authorization": f"Bearer {b.inside('officer')}"}
    saved = httpx2.get(f"{a.url}/.well-known/portal-issuer.json").content
    where = f"{b.url}/admin/portals/new"
    seen = httpx2.post(
        where, headers=who, data={"url": a.url}, files={"page": ("page.json", saved)}
    )
    kid = json.loads(saved)["keys"][0]["kid"]
    assert kid[:4] in seen.text
    hidden = seen.text.split('name="saved" value="')[1].split('"')[0]
    unread = httpx2.post(f"{where}/confirm", headers=who, data={"url": a.url, "saved": hidden})
    assert unread.status_code == 400
    done = httpx2.post(
        f"{where}/confirm", headers=who, data={"url": a.url, "saved": hidden, "compared": "1"}
    )
    assert done.status_code == 303, done.text


@pytest.fixture
def person(two: tuple[Machine, Machine]) -> Person:
    return Person(*two)


def taken(person: Person) -> None:
    answer = person.hand_in(person.export())
    assert answer.status_code == 303, answer.text
    person.take(answer.headers["location"])


def test_hours_and_certificate_go_from_one_portal_to_the_other(person: Person) -> None:
    number = person.learn()
    file = person.export()
    assert person.id_no.encode() not in file
    answer = person.hand_in(file)
    assert answer.status_code == 303, answer.text
    preview = person.page(answer.headers["location"])
    assert preview.count('data-finding="new"') == 2
    assert person.archive() == []

    after = person.take(answer.headers["location"])
    assert after.count('data-state="taken"') == 2
    lines = person.archive()
    assert {line["source"] for line in lines} == {person.a.url}
    assert {line["certificate_number"] for line in lines} == {number}

    # The next school counts a quarter of its hours from there, and its certificate says so.
    studied = person.b.inside("study", id_no=person.id_no, days_ago=2, hours=12)
    (line,) = person.b.inside("brought", **studied)
    assert (line["hours"], line["most"], line["why"]) == (20, 5, "")
    person.b.inside("count", **studied, entry_id=line["entry_id"], hours=4)
    (made,) = person.b.inside("finish", **studied)
    assert (made["hours"], made["remark"]) == (16, "其中转入 4 课时")
    verified = httpx2.get(
        f"{person.b.url}/verify/{made['number']}", headers={"accept": "application/json"}
    )
    assert verified.json()["status"] == "valid"
    # A third portal is told what was had here only: the rest comes from its origin.
    assert [one["hours"] for one in person.b.inside("export", id_no=person.id_no)["classes"]] == [
        12
    ]


def test_the_same_file_twice_doubles_nothing(person: Person) -> None:
    person.learn()
    taken(person)
    answer = person.hand_in(person.export())
    page = person.page(answer.headers["location"])
    assert page.count('data-finding="duplicate"') == 2
    assert 'name="take"' not in page
    assert len(person.archive()) == 2


def test_a_revocation_over_there_is_a_revocation_here(person: Person) -> None:
    number = person.learn()
    taken(person)
    person.b.inside("refresh")
    assert sorted(line["status"] for line in person.archive()) == ["completed", "valid"]

    person.a.inside("revoke", number=number)
    person.b.inside("refresh")
    assert sorted(line["status"] for line in person.archive()) == ["completed", "revoked"]


def test_a_certificate_revoked_before_it_came_is_not_taken(person: Person) -> None:
    number = person.learn()
    file = person.export()
    person.a.inside("revoke", number=number)
    answer = person.hand_in(file)
    page = person.page(answer.headers["location"])
    assert page.count('data-finding="revoked"') == 1
    assert page.count('name="take"') == 1


def test_a_stranger_is_refused_by_name(person: Person, machines: dict[str, Machine]) -> None:
    stranger = machines["c"]
    file = json.dumps(stranger.inside("export", id_no=person.id_no)).encode()
    answer = person.hand_in(file)
    assert answer.status_code == 422
    assert stranger.url in answer.text
    assert "互认名单" in answer.text


def test_a_stranger_under_a_trusted_name_is_refused(
    person: Person, machines: dict[str, Machine]
) -> None:
    forger = Machine(machines["c"].data, machines["c"].database, port=person.a.port)
    file = json.dumps(forger.inside("export", id_no=person.id_no)).encode()
    forger.dismiss()
    answer = person.hand_in(file)
    assert answer.status_code == 422
    assert "签名对不上" in answer.text


@pytest.mark.parametrize(
    ("key", "value"), [("hours", 19), ("title", "高级班"), ("status", "failed")]
)
def test_a_changed_file_is_refused(person: Person, key: str, value: object) -> None:
    person.learn()
    plain = json.loads(person.export())
    plain["classes"][0][key] = value
    answer = person.hand_in(json.dumps(plain).encode())
    assert answer.status_code == 422
    assert "签名对不上" in answer.text


def test_somebody_elses_file_is_refused(person: Person) -> None:
    other = Person(person.a, person.b)
    other.learn()
    answer = person.hand_in(other.export())
    assert answer.status_code == 422
    assert "证件号码对不上" in answer.text


def test_a_key_that_was_rotated_still_speaks_for_old_files(person: Person) -> None:
    person.learn()
    old = person.export()
    person.a.inside("rotate")
    # The new key is fetched when its first file comes.
    answer = person.hand_in(person.export())
    assert answer.status_code == 303, answer.text
    answer = person.hand_in(old)
    assert answer.status_code == 303, answer.text
    person.take(answer.headers["location"])
    assert len(person.archive()) == 2


def test_a_portal_that_is_down_is_taken_at_its_last_word(person: Person) -> None:
    person.learn()
    file = person.export()
    person.b.inside("refresh")
    person.a.stop()
    try:
        answer = person.hand_in(file)
        assert answer.status_code == 303, answer.text
        page = person.page(answer.headers["location"])
        assert "的名单判断" in page
        assert page.count('data-finding="new"') == 2
    finally:
        person.a.start()
