"""A portal of its own for benchmarks: fresh database, bulk rows, one worker on a free port."""

import contextlib
import functools
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg.types.multirange import TimestamptzMultirange
from psycopg.types.range import TimestamptzRange
from sqlalchemy import Connection, Engine, func, insert, select, text

from portal import server
from portal.db import embedded, schema
from portal.db.engine import make_engine
from portal.db.ids import new_id
from portal.db.models import (
    Account,
    AttendanceEvent,
    CatalogVersion,
    ClassCheckIn,
    CommitmentTemplate,
    Enrolment,
    Institution,
    InstitutionListing,
    LoginSession,
    Person,
    PersonGroup,
    PolicyPack,
    TrainingClass,
    TrainingPlan,
    TrainingProgramme,
    TrainingSession,
)
from portal.db.vault import create_key_file
from portal.policies.loader import load_packs
from portal.policies.models import PolicyPack as Pack
from portal.services.commitment import current
from portal.services.unit import token_hash
from portal.settings import ROOT

# As ``portal serve``, without building the pages again for another port.
_SERVE = (
    "from portal import server; from portal.settings import get_settings;"
    " server.serve(get_settings(), database_url={url!r}, workers=1)"
)
PARTS = 3
PER_PART = 900
CLASS_SIZE = 30
STAMPEDE = 500
# The rules that are asked: a city's own, and the nation's that reach it.
PACKS = ("turpan-2019", "rural-revitalisation-2021")


@dataclass
class World:
    """What the calls are made of."""

    port: int
    key_file: Path
    open_classes: list[UUID] = field(default_factory=list)
    small_class: UUID | None = None
    enrol_tokens: list[list[str]] = field(default_factory=list)
    checkins: list[list[tuple[str, UUID]]] = field(default_factory=list)
    stampede_tokens: list[str] = field(default_factory=list)
    burst_class: UUID | None = None
    burst_tokens: list[str] = field(default_factory=list)
    # Who signs in where, one after the other, and how many events the database holds.
    sign_ins: list[tuple[str, UUID]] = field(default_factory=list)
    # Numbers of certificates that may be asked for.
    numbers: list[str] = field(default_factory=list)
    count_events: Callable[[], int] = field(default=lambda: 0)


def _pack_row(pack: Pack, now: datetime) -> dict[str, Any]:
    document = pack.document
    return {
        "id": document.id,
        "title": document.title,
        "doc_no": document.doc_no or "",
        "region_code": document.region_code,
        "effective_from": document.effective_from,
        "effective_to": document.effective_to,
        "content_hash": "b",
        "payload": pack.model_dump(mode="json"),
        "published_at": now,
    }


class Builder:
    """Inserts rows in bulk; what they are worth is only their number and shape."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self.programme_id, self.institution_id = self._catalogue()
        signed = current()
        self.signed = {
            "commitment_version": signed.version,
            "commitment_text_hash": signed.text_hash,
        }
        self._add(
            CommitmentTemplate,
            [
                {
                    "version": signed.version,
                    "text_hash": signed.text_hash,
                    "text": signed.text,
                    "created_at": now,
                }
            ],
        )

    def _add(self, model: type, rows: list[dict[str, Any]]) -> None:
        self.connection.execute(insert(model), rows)

    def _catalogue(self) -> tuple[UUID, UUID]:
        pack, plan, version, programme, institution = PACKS[0], *(new_id() for _ in range(4))
        now = self.now
        self._add(PolicyPack, [_pack_row(load_packs()[key], now) for key in PACKS])
        self._add(
            TrainingPlan,
            [
                {
                    "id": plan,
                    "pack_id": pack,
                    "plan_no": "6",
                    "name": "b",
                    "lead_department": "b",
                    "training_type": "JOB_SKILL",
                    "group_codes": [],
                    "clause": "b",
                    "quote": "b",
                }
            ],
        )
        self._add(
            CatalogVersion,
            [
                {
                    "id": version,
                    "kind": "institution",
                    "region_code": "650400",
                    "version_no": 1,
                    "status": "published",
                    "doc_no": "b",
                    "source_name": "b",
                    "content_hash": "b",
                    "row_count": 1,
                    "effective_from": date(2020, 1, 1),
                    "published_at": now,
                }
            ],
        )
        self._add(
            TrainingProgramme,
            [
                {
                    "id": programme,
                    "code": "b",
                    "catalog_version_id": version,
                    "plan_id": plan,
                    "title": "b",
                    "training_type": "JOB_SKILL",
                    "occupation_code": "6-31-01-03",
                    "planned_hours": 4,
                    "theory_hours": 0,
                    "practice_hours": 4,
                    "fee_fen": 0,
                    "certificate_kind": "TRAINING",
                    "description": "",
                }
            ],
        )
        self._add(
            Institution,
            [
                {
                    "id": institution,
                    "uscc": "b",
                    "name": "b",
                    "kind": "PRIVATE_INST",
                    "ownership": "private",
                    "license_no": "b",
                    "region_code": "650402",
                    "address": "b",
                    "contact_phone": "b",
                    "scope": [],
                    "description": "",
                    "search_terms": [],
                    "created_at": now,
                }
            ],
        )
        self._add(
            InstitutionListing,
            [
                {
                    "id": new_id(),
                    "institution_id": institution,
                    "catalog_version_id": version,
                    "status": "listed",
                    "effective_from": date(2020, 1, 1),
                    "decision_doc": "b",
                }
            ],
        )
        return programme, institution

    def trainees(self, count: int) -> list[tuple[UUID, str]]:
        """(person id, login token) of new trainees."""
        made = [(new_id(), new_id(), secrets.token_urlsafe(32)) for _ in range(count)]
        now = self.now
        self._add(
            Person,
            [
                {
                    "id": person,
                    "id_type": "resident_id",
                    "id_no_hash": person.bytes,
                    "id_no_enc": b"b",
                    "name": "王小强",
                    "name_key": "王小强",
                    "birth_date": date(1990, 5, 1),
                    "created_at": now,
                }
                for person, _, _ in made
            ],
        )
        self._add(
            PersonGroup,
            [
                {
                    "id": new_id(),
                    "person_id": person,
                    "group_code": "MIGRANT",
                    "valid_from": date(2020, 1, 1),
                    "status": "declared",
                    "source": "self",
                    "created_at": now,
                }
                for person, _, _ in made
            ],
        )
        self._add(
            Account,
            [
                {
                    "id": account,
                    "person_id": person,
                    "role": "trainee",
                    "password_hash": "!",
                    "created_at": now,
                }
                for person, account, _ in made
            ],
        )
        self._add(
            LoginSession,
            [
                {
                    "id": new_id(),
                    "account_id": account,
                    "token_hash": token_hash(token),
                    "kind": "device",
                    "device": "b",
                    "created_at": now,
                    "expires_at": now + timedelta(days=1),
                }
                for _, account, token in made
            ],
        )
        return [(person, token) for person, _, token in made]

    def classes(self, count: int, *, capacity: int, start: datetime) -> list[tuple[UUID, UUID]]:
        """(class id, id of its one session) of classes that meet once, from ``start``."""
        end = start + timedelta(hours=3)
        made = [(new_id(), new_id()) for _ in range(count)]
        self._add(
            TrainingClass,
            [
                {
                    "id": class_id,
                    "class_no": str(class_id),
                    "programme_id": self.programme_id,
                    "institution_id": self.institution_id,
                    "title": "b",
                    "region_code": "650402",
                    "site": "b",
                    "address": "b",
                    "capacity": capacity,
                    "enrol_from": self.now - timedelta(days=1),
                    "enrol_until": self.now + timedelta(days=1),
                    "starts_on": start.date(),
                    "ends_on": end.date(),
                    "hours": 4,
                    "group_codes": [],
                    "meets": TimestamptzMultirange([TimestamptzRange(start, end, "[)")]),
                    "status": "enrolling",
                    "published_at": self.now,
                }
                for class_id, _ in made
            ],
        )
        self._add(
            TrainingSession,
            [
                {
                    "id": session_id,
                    "class_id": class_id,
                    "seq_no": 1,
                    "starts_at": start,
                    "ends_at": end,
                    "hours": 4,
                    "kind": "practice",
                    "room": "b",
                    "topic": "b",
                    "sign_in_from": start - timedelta(minutes=30),
                    "late_after": start + timedelta(minutes=15),
                    "sign_in_until": start + timedelta(minutes=60),
                    "sign_out_from": end - timedelta(minutes=10),
                    "sign_out_until": end + timedelta(minutes=60),
                }
                for class_id, session_id in made
            ],
        )
        return made

    def enrol(self, pairs: list[tuple[UUID, UUID]]) -> None:
        """Live enrolments of (person id, class id)."""
        people = {p for p, _ in pairs}
        numbers = dict(
            self.connection.execute(select(Person.id, Person.no).where(Person.id.in_(people)))
            .tuples()
            .all()
        )
        meets: dict[UUID, Any] = dict(
            self.connection.execute(select(TrainingClass.id, TrainingClass.meets)).tuples().all()
        )
        self._add(
            Enrolment,
            [
                {
                    "id": new_id(),
                    "person_id": person,
                    "person_no": numbers[person],
                    "class_id": class_id,
                    "busy": meets[class_id],
                    "status": "accepted",
                    "channel": "api",
                    "signed_at": self.now,
                    "created_at": self.now,
                    **self.signed,
                }
                for person, class_id in pairs
            ],
        )


def populate(connection: Connection, world: World) -> None:
    """Fill the database and write down what the calls need."""
    now = datetime.now(UTC)
    build = Builder(connection, now)
    later = now + timedelta(days=3)
    open_classes = build.classes(PER_PART // CLASS_SIZE, capacity=CLASS_SIZE * 4, start=later)
    world.open_classes = [class_id for class_id, _ in open_classes]
    world.small_class = build.classes(1, capacity=30, start=later)[0][0]
    world.stampede_tokens = [token for _, token in build.trainees(STAMPEDE)]
    for _ in range(PARTS):
        world.enrol_tokens.append([token for _, token in build.trainees(PER_PART)])
        rooms = build.classes(PER_PART // CLASS_SIZE, capacity=CLASS_SIZE, start=now)
        people = build.trainees(PER_PART)
        seated = [(p, t, rooms[i % len(rooms)]) for i, (p, t) in enumerate(people)]
        build.enrol([(person, room[0]) for person, _, room in seated])
        world.checkins.append([(token, room[1]) for _, token, room in seated])
    connection.execute(text("COMMIT"))
    connection.execute(text("VACUUM ANALYZE"))


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def populate_burst(connection: Connection, world: World, *, people: int, seats: int) -> None:
    """One class of few seats, and many who want one."""
    now = datetime.now(UTC)
    build = Builder(connection, now)
    ((world.burst_class, _),) = build.classes(1, capacity=seats, start=now + timedelta(days=3))
    world.burst_tokens = [token for _, token in build.trainees(people)]
    connection.execute(text("COMMIT"))
    connection.execute(text("VACUUM ANALYZE"))


def populate_sign_ins(connection: Connection, world: World, *, classes: int, size: int) -> None:
    """Classes that meet now, full of people, and a screen to show a colour on in each."""
    now = datetime.now(UTC)
    build = Builder(connection, now)
    rooms = build.classes(classes, capacity=size, start=now)
    connection.execute(
        insert(ClassCheckIn),
        [{"class_id": one, "relay_trap": True, "updated_at": now} for one, _ in rooms],
    )
    people = build.trainees(classes * size)
    seated = [(person, token, rooms[n // size]) for n, (person, token) in enumerate(people)]
    build.enrol([(person, room[0]) for person, _, room in seated])
    world.sign_ins = [(token, room[1]) for _, token, room in seated]
    connection.execute(text("COMMIT"))
    connection.execute(text("VACUUM ANALYZE"))


@contextlib.contextmanager
def serving(fill: Callable[[Connection, World], None] = populate) -> Iterator[World]:
    """A populated portal behind one worker, as ``portal serve`` runs it."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        data = Path(folder)
        key_file = data / "keys" / "master.key"
        create_key_file(key_file)
        world = World(port=free_port(), key_file=key_file)
        with embedded.running(embedded.Cluster(data / "postgres")) as url:
            engine = make_engine(url, pool_size=2)
            schema.upgrade(engine)
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                fill(connection, world)
            world.count_events = functools.partial(_count_events, engine)
            with _server(world, data, url):
                yield world
            engine.dispose()


def _count_events(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(AttendanceEvent)) or 0


@contextlib.contextmanager
def _server(world: World, data: Path, url: str) -> Iterator[None]:
    environment = os.environ | {
        "PORTAL_DATA_DIR": str(data),
        "PORTAL_DATABASE_URL": url,
        "PORTAL_PORT": str(world.port),
    }
    server.build_pages()
    command = [sys.executable, "-c", _SERVE.format(url=url)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=sys.stderr
    )
    try:
        _wait(world.port, process)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(240):
        if process.poll() is not None:
            raise SystemExit("the server did not start")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2)
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise SystemExit("the server did not become ready")
