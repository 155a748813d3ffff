"""An excerpt in words, as whoever opens the link reads it and its owner previews it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from portal.locale import has, t
from portal.services.share_fields import FIELDS
from portal.services.share_states import State

# Values come from whoever signed; what is longer than any of ours is cut.
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Line:
    """A field in words; ``href`` leads to what is behind it, if anything is."""

    label: str
    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """A certificate or a class. ``state`` is of certificates; ``changed``: put right since."""

    heading: str
    lines: tuple[Line, ...]
    state: State | None = None
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What others see. ``until`` is when the link stops working."""

    holder: tuple[Line, ...]
    totals: tuple[Line, ...]
    certificates: tuple[ShownRecord, ...]
    classes: tuple[ShownRecord, ...]
    issuer: str
    until: datetime


def shown(
    claims: Mapping[str, Any],
    *,
    issuer: str,
    until: datetime,
    states: Sequence[State] = (),
    changed: Collection[int] = (),
) -> Shown:
    """The disclosed claims in words; ``states`` in the order of the certificates."""
    certificates = tuple(_records(claims, "certificates"))
    classes = tuple(_records(claims, "classes"))
    return Shown(
        holder=tuple(_lines("holder", _object(claims.get("holder")))),
        totals=tuple(_lines("totals", _object(claims.get("totals")))),
        certificates=tuple(
            replace(one, state=states[n] if n < len(states) else None)
            for n, one in enumerate(certificates)
        ),
        classes=tuple(replace(one, changed=n in changed) for n, one in enumerate(classes)),
        issuer=issuer,
        until=until,
    )


def _records(claims: Mapping[str, Any], part: str) -> Iterator[ShownRecord]:
    listed = claims.get(part)
    for number, one in enumerate(listed if isinstance(listed, list) else (), 1):
        values = _object(one)
        heading = values.get("title")
        yield ShownRecord(
            heading=_text(heading) if heading else t(f"shares.untitled.{part}", number=number),
            lines=tuple(_lines(part, {k: v for k, v in values.items() if k != "title"})),
        )


def _lines(part: str, values: Mapping[str, Any]) -> Iterator[Line]:
    for name in FIELDS[part]:
        if name in values:
            yield from _worded(part, name, values[name])


def _worded(part: str, name: str, value: Any) -> Iterator[Line]:
    # Whoever looks sees that the name is masked.
    label = t(f"shares.field.{part}.{'name' if name == 'nameMasked' else name}")
    match name:
        case "dates":
            yield from _dates(part, _object(value))
        case "occupation":
            parts = [_text(_object(value).get(key, "")) for key in ("name", "code")]
            yield Line(label, " ".join(one for one in parts if one))
        case "kind":
            yield Line(label, _word("certificate.kind", value))
        case "result":
            yield Line(label, _word("archive.status", value))
        case "hours" | "trainings" | "certificates" | "birthYear":
            yield Line(label, t(f"shares.unit.{name}", count=_text(value)))
        case "number":
            number = _text(value)
            yield Line(label, number, f"/verify/{number}" if number.isalnum() else "")
        case _:
            yield Line(label, _text(value))


def _dates(part: str, value: Mapping[str, Any]) -> Iterator[Line]:
    begin, end = _day(value.get("begin")), _day(value.get("end"))
    if issued := _day(value.get("issued")):
        yield Line(t("shares.date.issued"), issued)
    if end:
        span = t("shares.date.span", begin=begin, end=end) if begin and begin != end else end
        yield Line(t("shares.date.training"), span)
    if part == "certificates":
        yield Line(
            t("shares.date.expires"), _day(value.get("expires")) or t("shares.date.for_good")
        )


def _day(value: Any) -> str:
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        return ""
    return t("time.date", year=day.year, month=day.month, day=day.day)


def _word(prefix: str, value: Any) -> str:
    key = f"{prefix}.{value}" if isinstance(value, str) else ""
    return t(key) if has(key) else _text(value)


def _text(value: Any) -> str:
    """A value as plain text on one line, whatever was signed."""
    text = " ".join(str(value).split())[:_LONGEST]
    return "".join(char for char in text if char.isprintable())


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
