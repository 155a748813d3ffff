"""A trainee's own session as a page shows it: in and out, what it counts, what to do now."""

from dataclasses import dataclass
from datetime import datetime

from portal.locale import t
from portal.services.own_sessions import OwnMeeting
from portal.services.times import clock_text

_TONES = {
    "present": "good",
    "late": "warn",
    "early_leave": "warn",
    "absent": "bad",
    "excused": "info",
    "makeup": "good",
}


@dataclass(frozen=True)
class MeetingRow:
    """One session. Empty strings for what there is not; ``can_scan``: a scan would help now."""

    key: str
    heading: str
    class_title: str
    when: str
    room: str
    status: str
    tone: str
    times: str
    hours: str
    receipts: str
    note: str
    can_scan: bool
    href: str


def meeting_row(meeting: OwnMeeting, now: datetime) -> MeetingRow:
    """A session in words."""
    word, tone = _status(meeting, now)
    return MeetingRow(
        key=str(meeting.session_id),
        heading=" · ".join(
            part for part in (t("trainee.meeting.nth", n=meeting.seq_no), meeting.topic) if part
        ),
        class_title=meeting.class_title,
        when=meeting.when,
        room=meeting.room,
        status=t(f"trainee.meeting.state.{word}"),
        tone=tone,
        times=_times(meeting),
        hours=_hours(meeting),
        receipts=_receipts(meeting),
        note=meeting.note,
        can_scan=_missing(meeting),
        href=f"/me/enrolments/{meeting.enrolment_id}",
    )


def _missing(meeting: OwnMeeting) -> bool:
    """Whether the open window still waits for this person."""
    done = {"in": meeting.signed_in_at, "out": meeting.signed_out_at}
    return meeting.phase is not None and done[meeting.phase] is None


def _status(meeting: OwnMeeting, now: datetime) -> tuple[str, str]:
    """The word and tone of the badge."""
    if meeting.state in _TONES:
        return meeting.state, _TONES[meeting.state]
    if _missing(meeting):
        return f"open_{meeting.phase}", "now"
    if meeting.state == "upcoming":
        return "upcoming", "plain"
    if meeting.signed_out_at:
        return "waiting", "info"
    if meeting.signed_in_at:
        return ("signed_in", "good") if now < meeting.ends_at else ("no_out", "warn")
    return ("under_way", "info") if now < meeting.ends_at else ("no_in", "warn")


def _times(meeting: OwnMeeting) -> str:
    marks = (("in", meeting.signed_in_at), ("out", meeting.signed_out_at))
    said = [t(f"trainee.meeting.{phase}_at", clock=clock_text(at)) for phase, at in marks if at]
    # Whoever forgets to sign out has no hours: said as long as it can still be done.
    if meeting.signed_in_at and not meeting.signed_out_at and meeting.opens_at:
        said.append(t("trainee.meeting.out_from", clock=clock_text(meeting.opens_at)))
    return " · ".join(said)


def _hours(meeting: OwnMeeting) -> str:
    if meeting.credited_hours is not None:
        key = "corrected" if meeting.corrected else "credited"
        return t(f"trainee.meeting.{key}", hours=meeting.credited_hours, planned=meeting.hours)
    if meeting.signed_in_at and meeting.signed_out_at:
        return t("trainee.meeting.expected", hours=meeting.expected_hours, planned=meeting.hours)
    return t("trainee.meeting.planned", planned=meeting.hours)


def _receipts(meeting: OwnMeeting) -> str:
    receipts = (("in", meeting.receipt_in), ("out", meeting.receipt_out))
    return " · ".join(
        t(f"trainee.meeting.receipt_{phase}", receipt=receipt)
        for phase, receipt in receipts
        if receipt
    )
