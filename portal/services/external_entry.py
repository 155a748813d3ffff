"""What the owner of a certificate from elsewhere typed about it, read into columns."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from portal.domain.certificate_kinds import CertificateKind
from portal.domain.errors import BadInput
from portal.domain.foreign_number import ForeignNumber, check_foreign_number
from portal.domain.levels import SkillLevel
from portal.policies import reference
from portal.services import certificate_fields

_NAME, _PLACE = 60, 6


def read_entry(kind: CertificateKind, form: Mapping[str, str], *, today: date) -> dict[str, Any]:
    """The columns of what an owner typed. Raises BadInput."""
    read = certificate_fields.filled(certificate_fields.read_fields(form))
    level = read["level"] if "level" not in kind.never else None
    issuer = certificate_fields.read_line(form, "issuer", _NAME)
    title = read["title"] or read["occupation_name"]
    issued_on = read["issued_on"]
    told = {**read, "level": level, "issuer": issuer, "title": title, "issued_on": issued_on}
    for field in ("title", "issuer", "issued_on", *sorted(kind.owner_needs)):
        if told[field] is None:
            raise BadInput(field, f"certificate_kinds.missing.{field}")
    expires_on = read["expires_on"]
    if expires_on is None and kind.valid_years:
        expires_on = years_after(issued_on, kind.valid_years)
    certificate_fields.check_days(issued_on, expires_on, today=today)
    return {
        "title": title,
        "occupation_code": read["occupation_code"],
        "occupation_name": read["occupation_name"],
        "edition": read["edition"],
        "level": level,
        "issuer_name": issuer,
        "issuer_region": _region(form),
        "issued_on": issued_on,
        "expires_on": expires_on,
    }


def _region(form: Mapping[str, str]) -> str | None:
    code = form.get("issuer_region", "").strip()
    if not code:
        return None
    if len(code) != _PLACE or reference.region(code) is None:
        raise BadInput("issuer_region", "certificate_kinds.choose")
    return code


def read_number(
    kind: CertificateKind, form: Mapping[str, str], values: Mapping[str, Any], id_no: str
) -> ForeignNumber:
    """The number of what ``read_entry`` read; ``id_no`` is its owner's. Raises BadInput."""
    return check_foreign_number(
        kind,
        form.get("number", ""),
        level=SkillLevel(values["level"]) if values["level"] else None,
        issued_on=values["issued_on"],
        province=values["issuer_region"] or "",
        own_id_no=id_no,
    )


def years_after(day: date, years: int) -> date:
    """The same day some years on; 29 February becomes 28."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
