"""The form of a certificate: what there is to choose from, and what was sent of it."""

from dataclasses import dataclass

from portal.domain.certificate_kinds import Source, kinds_from
from portal.domain.identity import IdType
from portal.domain.levels import SkillLevel
from portal.locale import t
from portal.services.certificate_fields import EDITIONS, FIELDS
from portal.services.reissue import PRESENT_NAME
from portal.state.facts_options import Option
from portal.state.inputs import text_of


@dataclass(frozen=True)
class PaperFields:
    """Every field of a certificate as its form shows it."""

    number: str = ""
    title: str = ""
    institution_name: str = ""
    occupation_code: str = ""
    occupation_name: str = ""
    edition: str = ""
    level: str = ""
    result: str = ""
    remark: str = ""
    hours_planned: str = ""
    hours_credited: str = ""
    starts_on: str = ""
    ends_on: str = ""
    issued_on: str = ""
    expires_on: str = ""


def sent_fields(form: dict[str, object]) -> dict[str, str]:
    """The texts of a sent form, by name; nothing else of it."""
    return {name: text_of(form, name) for name in (*FIELDS, "number", PRESENT_NAME)}


def kind_options() -> list[Option]:
    """The kinds that an authority issues."""
    return [
        Option(kind.code, t(f"certificate.kind.{kind.code}"))
        for kind in kinds_from(Source.AUTHORITY)
    ]


def level_options() -> list[Option]:
    """No level, and the eight by rank."""
    levels = [Option(str(int(level)), level.printed_name) for level in SkillLevel]
    return [Option("", t("papers.field.level_none")), *levels]


def edition_options() -> list[Option]:
    """No code, and the editions whose codes are met."""
    editions = [Option(name, t(f"papers.edition.{name}")) for name in EDITIONS]
    return [Option("", t("papers.field.edition_none")), *editions]


def document_options() -> list[Option]:
    """The documents that people register with."""
    return [Option(kind.value, t(f"register.id_types.{kind.value}")) for kind in IdType]
