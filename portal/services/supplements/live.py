"""An accepted entry in force: a programme like those of the base, in its region's supplement.

A region's supplement is one version that grows by what is accepted: entries are added and never
change (C8), so no class ever stands on a version that a later one replaced. What is covered or
ended is marked so, and stays there for its classes (``standing``).
"""

import hashlib
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    CatalogueChange,
    CatalogueEntry,
    CatalogVersion,
    SupplementEntry,
    SupplementFiling,
    TrainingPlan,
    TrainingProgramme,
)
from portal.documents.signature import canonical
from portal.domain.permissions import Actor
from portal.domain.search_text import search_terms
from portal.locale import t
from portal.policies import reference
from portal.services import publishing_programmes
from portal.services.publication.forms import form_of
from portal.services.search_index import subject_words
from portal.services.supplements import standing
from portal.services.supplements.base import KIND
from portal.services.times import day_of

_CERTIFICATE = "TRAINING"


def put_in_force(
    session: Session,
    actor: Actor,
    row: SupplementEntry,
    filing: SupplementFiling,
    *,
    now: datetime,
) -> TrainingProgramme:
    """The entry's programme, new in its region's version; the caller holds the region's lock."""
    version = _version(session, actor, row.region_code, filing, now)
    made = TrainingProgramme(
        id=new_id(),
        catalog_version_id=version.id,
        code=row.code,
        plan_id=row.plan_id,
        title=row.title,
        training_type=row.training_type,
        occupation_code=row.occupation_code,
        topic_code=row.topic_code,
        level=row.level,
        planned_hours=row.theory_hours + row.practice_hours,
        theory_hours=row.theory_hours,
        practice_hours=row.practice_hours,
        fee_fen=row.fee_fen,
        certificate_kind=_CERTIFICATE,
        filing="accepted",
        description=row.description,
    )
    session.add(made)
    session.flush()
    _publish(session, version, made)
    return made


def _publish(session: Session, version: CatalogVersion, made: TrainingProgramme) -> None:
    """The entry as the public reads it, and its line in the change log."""
    plan = session.get_one(TrainingPlan, made.plan_id)
    form = form_of(publishing_programmes.KIND)
    values = {one.name: getattr(made, one.name, None) for one in form.fields}
    values |= {"pack": plan.pack_id, "plan": plan.plan_no}
    subject = made.occupation_code or made.topic_code or ""
    words = [made.title, *subject_words(subject), *reference.region_path(version.region_code)]
    position = standing.entries_in(session, version) + 1
    session.add(
        CatalogueEntry(
            id=new_id(),
            version_id=version.id,
            position=position,
            code=made.code,
            title=made.title,
            subject_code=subject,
            region_code=version.region_code,
            columns=values,
            search_terms=search_terms(words),
        )
    )
    session.add(
        CatalogueChange(
            id=new_id(),
            version_id=version.id,
            position=position,
            what="added",
            code=made.code,
            title=made.title,
            fields=[],
        )
    )
    # Added to, never changed: what it said before and the new entry say what it says now.
    said = canonical({"before": version.content_hash, "entry": values})
    version.content_hash = hashlib.sha256(said).hexdigest()
    session.flush()
    standing.count_live(session, version)
    session.flush()


def _version(
    session: Session, actor: Actor, region_code: str, filing: SupplementFiling, now: datetime
) -> CatalogVersion:
    found = session.scalar(
        select(CatalogVersion).where(
            CatalogVersion.kind == KIND,
            CatalogVersion.region_code == region_code,
            CatalogVersion.status == "published",
        )
    )
    if found is not None:
        found.doc_no = filing.doc_no
        return found
    former = select(func.max(CatalogVersion.version_no)).where(
        CatalogVersion.kind == KIND, CatalogVersion.region_code == region_code
    )
    made = CatalogVersion(
        id=new_id(),
        kind=KIND,
        region_code=region_code,
        version_no=(session.scalar(former) or 0) + 1,
        status="published",
        doc_no=filing.doc_no,
        source_name=t("supplements.source"),
        content_hash="",
        row_count=0,
        effective_from=day_of(now),
        published_at=now,
        published_by=actor.account_id,
    )
    session.add(made)
    session.flush()
    return made
