"""Many at once on a class of few seats, through the API: the small form of the benchmark."""

from concurrent.futures import ThreadPoolExecutor

from httpx2 import Response
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.http.parts import bearer
from tests.support import factories as make
from tests.support.acts import listed_class
from tests.support.lines import check_books
from tests.support.tasks import forget_all, run_pending

SEATS, PEOPLE = 5, 80


def test_everybody_has_a_seat_or_one_place_in_a_strict_order(
    client: TestClient, saved: Session
) -> None:
    klass = listed_class(saved, capacity=SEATS)
    tokens = [make.log_in(saved, make.make_account(saved)) for _ in range(PEOPLE)]
    saved.commit()

    def ask(token: str) -> Response:
        body = {"class_id": str(klass.id)}
        return client.post("/api/v1/enrolments", json=body, headers=bearer(token))

    def own(token: str) -> dict[str, object]:
        (row,) = client.get("/api/v1/enrolments", headers=bearer(token)).json()["items"]
        return dict(row)

    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(ask, tokens))
    assert sorted({answer.status_code for answer in answers}) == [201, 202]
    rows = {token: own(token) for token in tokens}
    places = {token: row["waitlist_position"] for token, row in rows.items()}
    line = sorted((int(str(n)), token) for token, n in places.items() if n is not None)
    assert [n for n, _ in line] == list(range(1, PEOPLE - SEATS + 1))
    assert sum(row["status"] == "accepted" for row in rows.values()) == SEATS
    check_books(klass.id)
    # What each was told at once is what stands there afterwards.
    told = [answer.json()["waitlist_position"] for answer in answers]
    assert told == [places[token] for token in tokens]
    for token, row in rows.items():
        if row["status"] == "accepted":
            client.delete(f"/api/v1/enrolments/{row['id']}", headers=bearer(token))
    run_pending(now=make.NOW)
    offered = {token for token in tokens if own(token)["status"] == "offered"}
    assert offered == {token for n, token in line if n <= SEATS}
    check_books(klass.id)
    forget_all()
