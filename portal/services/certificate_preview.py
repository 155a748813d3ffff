"""A draft as it will be printed: the same paper, without number, signature and credential."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Issuer, Person
from portal.db.vault import get_vault
from portal.documents import certificate as paper
from portal.domain.certificate_life import Act
from portal.domain.masking import mask_id_no
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.policies.regions import region_name
from portal.services import certificate_desk, credentials
from portal.settings import get_settings


def draft_document(session: Session, actor: Actor, *, draft_id: UUID) -> paper.CertificateDocument:
    """What a draft of the officer's region will say. Render it outside the transaction.

    In place of the number stands that it is a draft, so that no picture of it passes for more.
    Raises NotFound, Forbidden, and NotReady for what is no draft.
    """
    actor.require(Permission.ISSUE_CERTIFICATES)
    draft = certificate_desk.draft_of(session, actor, draft_id, Act.AMEND)
    person = session.get_one(Person, draft.person_id)
    issuer = session.scalar(select(Issuer).where(Issuer.region_code == draft.region_code))
    name = t("certificate.authority_name", region=region_name(draft.region_code))
    return paper.CertificateDocument(
        number=t("papers.preview_number"),
        holder_name=draft.holder_name,
        id_no_masked=mask_id_no(get_vault().open("id_no", person.id_no_enc)),
        programme_name=draft.title,
        occupation_name=draft.occupation_name,
        level_name=credentials.level_name(draft.level),
        hours_credited=draft.hours_credited,
        hours_planned=draft.hours_planned,
        starts_on=draft.starts_on,
        ends_on=draft.ends_on,
        issued_on=draft.issued_on,
        institution_name=draft.institution_name,
        institution_uscc=draft.institution_uscc,
        exam_result=draft.result,
        verify_url=f"{get_settings().public_url}/verify",
        issuer_name=issuer.name if issuer else name,
        kind=draft.kind,
        version=draft.version,
        remark=draft.remark,
        edition=draft.edition,
        expires_on=draft.expires_on,
        seal_image=issuer.seal_image if issuer else None,
    )


def preview_png(document: paper.CertificateDocument) -> bytes:
    """The picture of it."""
    return paper.render_png(document)
