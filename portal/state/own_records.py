"""A trainee's own records as the page of the class shows them: hours, appeals."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.locale import t
from portal.services.appeal_views import OwnAppeal
from portal.services.own_hours import OwnHours
from portal.services.own_sessions import OwnMeeting
from portal.services.times import day_of, day_text
from portal.state.meetings import MeetingRow, meeting_row


@dataclass(frozen=True)
class RecordRow:
    """One session with what is recorded, how, and what was appealed.

    ``appeal``: can (one tap appeals), open, upheld, refused, or "" when there is nothing to say
    or do; ``kind`` is what the tap says: missing or wrong. ``more`` leads to the session's own
    page, empty where nothing can be done there.
    """

    key: str
    meeting: MeetingRow
    how: str
    more: str
    href: str
    appeal: str
    kind: str
    label: str
    until: str
    appeal_id: str
    said: str
    own_note: str
    tone: str


@dataclass(frozen=True)
class HoursNote:
    """The hours bar in words: ``value`` of ``most``, and what is still possible."""

    value: int = 0
    most: int = 1
    words: str = ""
    waiting: str = ""
    ahead: str = ""
    tone: str = ""


def record_row(meeting: OwnMeeting, now: datetime) -> RecordRow:
    """A session in words."""
    both = meeting.signed_in_at and meeting.signed_out_at
    kind = "wrong" if both or meeting.credited_hours else "missing"
    appeal = meeting.appeal
    state, said, tone = _appealed(appeal)
    until = ""
    if meeting.can_appeal:
        state, until = state or "can", t("appeals.own.until_later")
    if meeting.can_appeal and meeting.appeal_until is not None:
        last = day_of(meeting.appeal_until - timedelta(seconds=1))
        until = t("appeals.own.until", when=day_text(last))
    return RecordRow(
        key=str(meeting.session_id),
        meeting=meeting_row(meeting, now),
        how=_how(meeting),
        more=_more(meeting, now),
        href=f"/me/sessions/{meeting.session_id}",
        appeal=state,
        kind=kind,
        label=t(f"appeals.own.{kind}"),
        until=until,
        appeal_id=str(appeal.appeal_id) if appeal else "",
        said=said,
        own_note=appeal.note if appeal else "",
        tone=tone,
    )


def _appealed(appeal: OwnAppeal | None) -> tuple[str, str, str]:
    """State, sentence and tone of the latest appeal."""
    if appeal is None:
        return "", "", "plain"
    if appeal.state == "open":
        key = "open_late" if appeal.late else "open"
        return "open", t(f"appeals.own.{key}", day=appeal.answer_by), "info"
    tone = "good" if appeal.state == "upheld" else "warn"
    said = t(f"appeals.own.{appeal.state}", answer=appeal.answer)
    return appeal.state, said, tone


def _more(meeting: OwnMeeting, now: datetime) -> str:
    if now < meeting.starts_at:
        return t("trainee.meeting.leave")
    got = meeting.expected_hours if meeting.credited_hours is None else meeting.credited_hours
    return t("trainee.meeting.make_up") if now > meeting.ends_at and got < meeting.hours else ""


def _how(meeting: OwnMeeting) -> str:
    """By which way: once when both are the same."""
    ways = list(dict.fromkeys(way for way in (meeting.how_in, meeting.how_out) if way))
    return t("trainee.meeting.how", ways=t("trainee.meeting.and").join(ways)) if ways else ""


def hours_note(hours: OwnHours | None) -> HoursNote:
    """32 课时里已有 26，还差 6 课时。还剩 8 课时可上，最多还能缺 2 课时。"""
    if hours is None:
        return HoursNote()
    key = "missing" if hours.lacking else "enough"
    waiting = t("trainee.outlook.waiting", waiting=hours.waiting) if hours.waiting else ""
    return HoursNote(
        value=min(hours.got, hours.needed),
        most=max(hours.needed, 1),
        words=t(
            f"trainee.outlook.{key}", needed=hours.needed, got=hours.got, missing=hours.lacking
        ),
        waiting=waiting,
        ahead=_ahead(hours),
        tone={"near": "warn", "last": "warn", "lost": "bad"}.get(hours.level, ""),
    )


def _ahead(hours: OwnHours) -> str:
    if hours.spare < 0:
        return t("trainee.outlook.lost", ahead=hours.ahead)
    if not hours.ahead or not hours.lacking:
        return ""
    key = "last" if hours.level == "last" else "ahead" if hours.spare else "none_spare"
    return t(f"trainee.outlook.{key}", ahead=hours.ahead, spare=hours.spare)
