"""The room's screen: the code to show, and the keys by which it goes on without a link."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.db.models import AttendanceEvent, TrainingSession
from portal.db.vault import get_vault
from portal.domain import checkin_code, relay_trap
from portal.domain.checkin_code import CODE_PERIOD, Phase
from portal.domain.permissions import Actor, Permission
from portal.domain.relay_trap import COLOUR_PERIOD
from portal.services import audit, code_claims
from portal.services.calls import open_call
from portal.services.checkin_settings import settings_of
from portal.services.inspection_counts import roster_count
from portal.services.teaching import own_session
from portal.services.windows import next_opening, phase_now
from portal.settings import get_settings

# The key of this block of five minutes and so many more: a screen that was just drawn bears at
# least ten minutes without a link, and a stolen set of keys is worthless after fifteen.
_BLOCKS_AHEAD = 2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ScreenKey:
    """The key of one block of five minutes; ``block`` is the number of it since 1970."""

    block: int
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ScreenCode:
    """What the room's screen shows; ``phase``, ``token``, ``numeric``, ``url``, ``expires_at`` and
    ``closes_at`` are None and ``keys`` empty while no window is open.

    ``phase`` is in, mid (a roll-call) or out. ``opens_at`` is when the next window opens, None
    after the last. ``seq`` is the number of the code where the class wants a new one
    after every scan, else 0. ``colour`` is the one to show now, None unless the class asks for it.
    ``present_count`` have signed in, ``called_count`` answered the roll-call, ``left_count``
    signed out, of ``roster_count``; all four with the guests who make up a session here.
    """

    session_id: UUID
    class_id: UUID
    class_title: str
    seq_no: int
    topic: str
    room: str
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime | None
    period_s: int
    present_count: int
    called_count: int
    left_count: int
    roster_count: int
    shown_at: datetime
    new_code_per_scan: bool
    phase: str | None = None
    token: str | None = None
    numeric: str | None = None
    url: str | None = None
    expires_at: datetime | None = None
    closes_at: datetime | None = None
    seq: int = 0
    colour: str | None = None
    keys: tuple[ScreenKey, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether there is a code to show; the API answers OutsideWindow when not."""
        return self.phase is not None

    @property
    def count(self) -> int:
        """How many have done what the screen asks for; those present while it asks nothing."""
        counts = {"mid": self.called_count, "out": self.left_count}
        return counts.get(self.phase or "", self.present_count)

    @property
    def expected_count(self) -> int:
        """Of how many: the roster while they come, afterwards those who came. Never fewer than
        ``count``: some sign out who forgot to sign in."""
        if self.phase in ("mid", "out"):
            return max(self.present_count, self.count)
        return self.roster_count


def show_code(session: Session, actor: Actor, *, session_id: UUID, now: datetime) -> ScreenCode:
    """The code to show now, and how many are present. Staff of the institution only.

    Notes when a session's screen showed a code for the first time. Raises NotFound, Forbidden,
    Unauthenticated.
    """
    own = own_session(session, actor, Permission.RUN_SESSION, session_id=session_id)
    row, opened = own.session, _opened(session, own.session, now)
    if opened is not None:
        _note_opened(session, actor, row, now)
    settings = settings_of(session, own.training_class.id)
    counts = _counts(session, session_id)
    screen = ScreenCode(
        session_id=session_id,
        class_id=own.training_class.id,
        class_title=own.training_class.title,
        seq_no=row.seq_no,
        topic=row.topic,
        room=row.room,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        opens_at=next_opening(row, now),
        period_s=int(CODE_PERIOD.total_seconds()),
        present_count=counts.get(Phase.IN, 0),
        called_count=counts.get(Phase.MID, 0),
        left_count=counts.get(Phase.OUT, 0),
        roster_count=roster_count(session, row),
        shown_at=now,
        new_code_per_scan=settings.new_code_per_scan,
    )
    if opened is None:
        return screen
    return _with_code(session, screen, opened, asks_colour=settings.relay_trap)


class _Opened(NamedTuple):
    """What takes scans now, and until when."""

    phase: Phase
    closes_at: datetime


def _opened(session: Session, row: TrainingSession, now: datetime) -> _Opened | None:
    if call := open_call(session, row.id, now):
        return _Opened(Phase.MID, call.closes_at)
    phase = phase_now(row, now)
    if phase is None:
        return None
    return _Opened(phase, row.sign_in_until if phase is Phase.IN else row.sign_out_until)


def _with_code(
    session: Session, screen: ScreenCode, opened: _Opened, *, asks_colour: bool
) -> ScreenCode:
    """The screen with its code and what it needs to make the next ones itself."""
    key = checkin_code.session_key(get_vault().subkey("checkin"), screen.session_id)
    phase, now, seq = opened.phase, screen.shown_at, 0
    if screen.new_code_per_scan:
        claims = code_claims.claims_so_far(session, screen.session_id, phase)
        seq = code_claims.seq_after(claims)
    code = checkin_code.code_at(key, session_id=screen.session_id, phase=phase, at=now, seq=seq)
    keys = _keys(key, phase, now)
    return replace(
        screen,
        phase=phase.value,
        token=code.token,
        numeric=code.numeric,
        url=scan_url(code.token),
        expires_at=code.expires_at,
        closes_at=opened.closes_at,
        seq=seq,
        colour=relay_trap.colour_at(keys[0].key, now) if asks_colour else None,
        keys=keys,
    )


def scan_url(token: str) -> str:
    """The address that the QR code on the screen holds."""
    return f"{get_settings().public_url}/c/{token}"


def colours_ahead(code: ScreenCode, *, span: timedelta) -> tuple[tuple[datetime, str], ...]:
    """From when each colour is shown, the present one first, until ``span`` from now; for a
    screen that cannot compute them. Empty unless the class asks for the colour."""
    if code.colour is None:
        return ()
    of_block = {key.block: key.key for key in code.keys}
    begun = code.shown_at - (code.shown_at - _EPOCH) % COLOUR_PERIOD
    moments = [begun + n * COLOUR_PERIOD for n in range(span // COLOUR_PERIOD + 1)]
    return tuple(
        (at, relay_trap.colour_at(of_block[relay_trap.block_of(at)], at)) for at in moments
    )


def _keys(key: bytes, phase: Phase, now: datetime) -> tuple[ScreenKey, ...]:
    first = relay_trap.block_of(now)
    return tuple(
        ScreenKey(block, checkin_code.screen_key(key, phase, block))
        for block in range(first, first + 1 + _BLOCKS_AHEAD)
    )


def _note_opened(session: Session, actor: Actor, row: TrainingSession, now: datetime) -> None:
    """The session's first code: what was signed in before it did not come from this screen."""
    if row.screen_opened_at is not None:
        return
    first = session.execute(
        update(TrainingSession)
        .where(TrainingSession.id == row.id, TrainingSession.screen_opened_at.is_(None))
        .values(screen_opened_at=now)
        .returning(TrainingSession.id)
    ).first()
    if first is not None:
        audit.record(
            session,
            actor,
            "checkin.open_screen",
            now=now,
            object_type="training_session",
            object_id=row.id,
        )


def _counts(session: Session, session_id: UUID) -> dict[str, int]:
    query = (
        select(AttendanceEvent.phase, func.count())
        .where(AttendanceEvent.session_id == session_id)
        .group_by(AttendanceEvent.phase)
    )
    return {row[0]: row[1] for row in session.execute(query)}
