"""What ``portal doctor`` asks of an installation, one question at a time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.db import schema
from portal.db.embedded import EmbeddedDatabaseProblem
from portal.db.engine import get_engine, transaction
from portal.db.models import Occupation, Region
from portal.db.vault import KeyFileProblem, load_vault
from portal.documents import typesetter
from portal.services import (
    archive_doctor,
    archive_seals,
    issuers,
    queue,
    sms_gateway,
    sms_reading,
)
from portal.services.audit_trail import blocks, examination
from portal.services.oversight import checking as tally_check
from portal.services.reports import whole
from portal.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """One question and its answer; ``detail`` says what is wrong and what to do, ``warning``
    what works and yet wants attention."""

    name: str
    ok: bool
    detail: str
    warning: str = ""


def examine(settings: Settings, *, now: datetime) -> list[Finding]:
    """Settings, keys, database, schema, reference data, queue, fonts, Redis if one is set,
    archives, tallies, audit trail, text messages."""
    questions: list[tuple[str, Callable[[], str]]] = [
        ("settings", lambda: "; ".join(settings.problems())),
        ("master key", lambda: _master_key(settings)),
        ("issuer keys", lambda: _issuer_keys(now)),
        ("database", _database),
        ("schema", _schema),
        ("reference data", _reference),
        ("queue", lambda: _queue(now)),
        ("fonts", _fonts),
        ("reports", _reports),
    ]
    if settings.redis_url:
        questions.append(("redis", lambda: _redis(settings.redis_url)))
    findings = [ask(name, question) for name, question in questions]
    tallies = ask("tallies", _tallies)
    return [*findings, _archive(), tallies, _trail(), _sms(settings, now)]


def ask(name: str, question: Callable[[], str]) -> Finding:
    """The answer to one question, which returns what is wrong; an exception is an answer, too."""
    try:
        wrong = question()
    except (OSError, SQLAlchemyError, KeyFileProblem, EmbeddedDatabaseProblem) as problem:
        wrong = str(problem).splitlines()[0]
    return Finding(name, not wrong, wrong or "ok")


def _master_key(settings: Settings) -> str:
    load_vault(settings.key_file)
    # Permission bits: nobody but the owner may read a key.
    loose = settings.key_file.stat().st_mode & 0o077
    return f"{settings.key_file} can be read by others: chmod 600 it" if loose else ""


def _issuer_keys(now: datetime) -> str:
    """Every key is as the portal wrote it, and those that sign open with the master key."""
    with transaction() as session:
        issuers.of_portal(session, now=now)
        return "; ".join(issuers.unsound(session))


def _database() -> str:
    with get_engine().connect() as connection:
        connection.execute(select(1))
    return ""


def _schema() -> str:
    return "" if schema.is_current(get_engine()) else "out of date: run 'portal init'"


def _reference() -> str:
    with transaction() as session:
        empty = [
            table.__tablename__
            for table in (Region, Occupation)
            if not session.scalar(select(func.count()).select_from(table))
        ]
    return f"{', '.join(empty)} empty: run 'portal init'" if empty else ""


def _reports() -> str:
    """Every frozen report is what was frozen: rows, sums and hash."""
    with transaction() as session:
        return "; ".join(whole.examine(session))


def _archive() -> Finding:
    """Every line of every archive, its seals, heads and checkpoints; takes a while."""
    anchor = archive_seals.anchor_file()
    told: list[str] = []

    def question() -> str:
        engine = get_engine().execution_options(isolation_level="REPEATABLE READ")
        with Session(engine) as session:
            found = archive_doctor.examine(session, anchor=anchor)
        if not anchor.is_file():
            told.append(f"{anchor} is not there: that no checkpoint is missing cannot be told")
        return found.sentence

    return replace(ask("archives", question), warning="; ".join(told))


def _tallies() -> str:
    """What the overview reads is what a full recount gives; takes a while."""
    engine = get_engine().execution_options(isolation_level="REPEATABLE READ")
    with Session(engine) as session:
        return tally_check.compare(session).sentence


def _trail() -> Finding:
    """Every row of the audit trail and the blocks they are closed in; takes a while."""
    anchor = blocks.anchor_file()
    told: list[str] = []

    def question() -> str:
        engine = get_engine().execution_options(isolation_level="REPEATABLE READ")
        with Session(engine) as session:
            found = examination.examine(session, anchor=anchor)
        if found.blocks and not anchor.is_file():
            told.append(f"{anchor} is not there: that no block is missing cannot be told")
        return found.sentence

    return replace(ask("audit trail", question), warning="; ".join(told))


def _sms(settings: Settings, now: datetime) -> Finding:
    """Text messages: without a gateway the portal works, and people miss what they must hear."""
    told: list[str] = []

    def question() -> str:
        with transaction() as session:
            found = sms_reading.status(session, now=now)
        if not sms_gateway.has_gateway(settings):
            told.append(f"PORTAL_SMS_WEBHOOK_URL is not set: {found.waiting} messages wait")
        if found.failed:
            told.append(f"{found.failed} messages of the last day could not be sent")
        return ""

    return replace(ask("text messages", question), warning="; ".join(told))


def _queue(now: datetime) -> str:
    with transaction() as session:
        found = queue.status(session, now=now)
    wrong = []
    if found.failed:
        wrong.append(f"{found.failed} jobs gave up: {', '.join(found.failed_tasks)}")
    if found.late and not found.workers:
        wrong.append(f"{found.late} jobs are overdue and no worker runs: start 'portal work'")
    return "; ".join(wrong)


def _fonts() -> str:
    missing = [name for name in _FONT_FILES if not (typesetter.FONTS / name).is_file()]
    if missing:
        return f"missing in {typesetter.FONTS}: {', '.join(missing)}"
    typesetter.warm_up()
    return ""


_FONT_FILES = (
    "PortalSerif-Regular.otf",
    "PortalTitle-Bold.otf",
    "PortalLatin-Regular.ttf",
    "PortalArabic-Regular.ttf",
    "PortalMongolian-Regular.ttf",
)


def _redis(url: str) -> str:
    # Here, because the import is slow and few installations have one.
    import redis

    try:
        redis.Redis.from_url(url, socket_connect_timeout=3).ping()
    except redis.RedisError as problem:
        return f"does not answer: {problem}"
    return ""
