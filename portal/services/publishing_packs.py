"""Policy packs on their way into the database."""

import hashlib
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import PolicyPack, PolicyPackVersion, TrainingPlan, TrainingProgramme
from portal.documents.signature import canonical
from portal.policies import loader, models
from portal.policies.reach import distance
from portal.services.publishing_report import Published, PublishProblem, of_file, of_pack

# The longest pack of ours has 40 kB; nested deeply, some megabytes fill the memory.
MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class PackDraft:
    """A checked pack and the hash of what it says: comments and blanks do not count."""

    pack: models.PolicyPack
    content_hash: str


def read_packs(
    files: Iterable[tuple[str, bytes]],
) -> tuple[dict[str, PackDraft], list[PublishProblem]]:
    """The packs by document id, and every fault of every file."""
    drafts: dict[str, PackDraft] = {}
    origin: dict[str, str] = {}
    problems: list[PublishProblem] = []
    for name, data in files:
        if len(data) > MAX_BYTES:
            too_big = of_file(name, "publish.sheet.too_big", limit_mb=MAX_BYTES // 1024**2)
            problems.append(too_big)
            continue
        try:
            pack = _load(name, data)
        except loader.PackError as error:
            problems += [of_pack(problem) for problem in error.problems]
            continue
        except (RecursionError, ValueError):
            # The parser's own limits: brackets without end, a number of thousands of digits.
            problems.append(of_file(name, "publish.sheet.corrupt"))
            continue
        key = pack.document.id
        if key in drafts:
            problem = of_file(name, "publishing.pack_twice", pack=key, first=origin[key])
            problems.append(problem)
            continue
        origin[key] = name
        digest = hashlib.sha256(canonical(pack.model_dump(mode="json"))).hexdigest()
        drafts[key] = PackDraft(pack, digest)
    return drafts, problems


def _load(name: str, data: bytes) -> models.PolicyPack:
    # The loader reads files; the name is kept because its problems carry it.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(name).name
        path.write_bytes(data)
        return loader.load_pack(path)


def known_packs(session: Session, drafts: dict[str, PackDraft]) -> dict[str, models.PolicyPack]:
    """Every pack that a catalogue may refer to: those published and those about to be."""
    stored = {
        row.id: models.PolicyPack.model_validate_json(canonical(row.payload))
        for row in session.scalars(select(PolicyPack))
    }
    return stored | {key: draft.pack for key, draft in drafts.items()}


def covers(pack: models.PolicyPack, region_code: str) -> bool:
    """Whether a document applies in a region; a named scope narrows a national one."""
    return distance(pack.document, region_code) is not None


def write_pack(
    session: Session, draft: PackDraft, *, published_by: UUID | None, now: datetime, dry_run: bool
) -> Published:
    """Put a pack in force; the same content again changes nothing."""
    document = draft.pack.document
    stored = session.get(PolicyPack, document.id)
    outcome = "changed" if stored else "new"
    if stored and stored.content_hash == draft.content_hash:
        outcome = "unchanged"
    if outcome != "unchanged" and not dry_run:
        _store(session, draft, published_by=published_by, now=now)
        _store_plans(session, draft.pack)
    if not dry_run:
        _keep_version(session, draft, now)
    return Published(
        "policy_pack", document.title, document.region_code, outcome, len(draft.pack.plans)
    )


def _store(session: Session, draft: PackDraft, *, published_by: UUID | None, now: datetime) -> None:
    document = draft.pack.document
    row = session.get(PolicyPack, document.id) or PolicyPack(id=document.id)
    row.title = document.title
    row.doc_no = document.doc_no or ""
    row.region_code = document.region_code
    row.effective_from = document.effective_from
    row.effective_to = document.effective_to
    row.content_hash = draft.content_hash
    row.payload = draft.pack.model_dump(mode="json")
    row.published_at = now
    row.published_by = published_by
    session.add(row)
    session.flush()


def _keep_version(session: Session, draft: PackDraft, now: datetime) -> None:
    """Keep what decisions will be made by; a pack may go back to an earlier version."""
    version = insert(PolicyPackVersion).values(
        pack_id=draft.pack.document.id,
        content_hash=draft.content_hash,
        payload=draft.pack.model_dump(mode="json"),
        published_at=now,
    )
    session.execute(version.on_conflict_do_nothing())


def _store_plans(session: Session, pack: models.PolicyPack) -> None:
    rows = [_plan_row(pack.document.id, plan) for plan in pack.plans]
    statement = insert(TrainingPlan)
    columns = {
        name: statement.excluded[name]
        for name in rows[0]
        if name not in ("id", "pack_id", "plan_no")
    }
    session.execute(
        statement.on_conflict_do_update(index_elements=["pack_id", "plan_no"], set_=columns), rows
    )
    # A plan that programmes were made from stays: their classes and certificates rest on it.
    used = exists().where(TrainingProgramme.plan_id == TrainingPlan.id)
    session.execute(
        delete(TrainingPlan).where(
            TrainingPlan.pack_id == pack.document.id,
            TrainingPlan.plan_no.not_in([plan.plan_no for plan in pack.plans]),
            ~used,
        )
    )


def _plan_row(pack_id: str, plan: models.Plan) -> dict[str, object]:
    return {
        "id": new_id(),
        "pack_id": pack_id,
        "plan_no": plan.plan_no,
        "name": plan.name,
        "lead_department": plan.lead_department or "",
        "target_person_times": plan.target_person_times,
        "min_hours": plan.min_hours,
        "training_type": plan.training_type or "",
        "group_codes": list(plan.group_codes),
        "clause": plan.clause,
        "quote": plan.quote,
    }
