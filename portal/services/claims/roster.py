"""Who learned in a class, and how it ended: what the lines of a claim are drawn from."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.domain.rules.facts import OutcomeFacts

# An employer's own word about whom it employs gives it no claim, nor a look at where strangers
# learn: the person names it, an authority verified it, or it entered the person in this class.
# Lines of other claims speak of the same enrolment until they are dropped.
_ROSTER = text("""
SELECT e.id AS enrolment_id, e.person_id, p.name, p.name_key, e.status, x.passed,
       c.kind AS certificate_kind, c.level AS certificate_level,
       coalesce(a.hours, 0) AS hours, coalesce(a.days, 0) AS days,
       EXISTS (SELECT FROM subsidy_reservation r
                WHERE r.enrolment_id = e.id AND r.state IN ('held', 'consumed')) AS reserved,
       sender.employer_id AS sent_by,
       (SELECT f.value ->> 'employer_uscc' FROM person_fact f
         WHERE f.person_id = e.person_id AND f.kind = 'employment'
           AND f.status IN ('declared', 'verified')
           AND (f.source <> 'employer' OR f.status = 'verified')
         ORDER BY f.valid_from DESC, f.created_at DESC LIMIT 1) AS works_for,
       (SELECT jsonb_agg(jsonb_build_array(o.kind, l.exclusive_group))
          FROM claim_line l JOIN subsidy_claim o ON o.id = l.claim_id
         WHERE l.enrolment_id = e.id AND l.state <> 'dropped'
           AND o.id IS DISTINCT FROM CAST(:claim_id AS uuid)) AS other_claims,
       (SELECT coalesce(sum(l.months), 0)
          FROM claim_line l JOIN subsidy_claim o ON o.id = l.claim_id
         WHERE l.person_id = e.person_id AND l.state <> 'dropped'
           AND o.kind = 'work_as_training'
           AND o.id IS DISTINCT FROM CAST(:claim_id AS uuid)) AS months_before,
       (SELECT jsonb_agg(jsonb_build_array(l.hours, l.days, l.months, l.amount_fen))
          FROM claim_line l JOIN case_file f ON f.claim_line_id = l.id
          JOIN subsidy_claim o ON o.id = l.claim_id
         WHERE l.enrolment_id = e.id AND f.state = 'upheld' AND o.kind = :kind) AS refuted,
       (SELECT jsonb_agg(jsonb_build_array(item ->> 'rule_id', item ->> 'outcome'))
          FROM eligibility_decision d, jsonb_array_elements(d.results) item
         WHERE d.enrolment_id = e.id AND d.act IN ('approve', 'override')
           AND item ->> 'outcome' <> 'pass') AS decided
  FROM enrolment e
  JOIN person p ON p.id = e.person_id
  LEFT JOIN exam_result x ON x.enrolment_id = e.id
  LEFT JOIN certificate c ON c.enrolment_id = e.id AND c.status = 'issued'
  LEFT JOIN account sender ON sender.id = e.acting_account_id
  LEFT JOIN LATERAL (
       SELECT sum(r.credited_hours) AS hours,
              count(DISTINCT (s.starts_at AT TIME ZONE 'Asia/Shanghai')::date)
                  FILTER (WHERE r.credited_hours > 0) AS days
         FROM attendance_record r JOIN training_session s ON s.id = r.session_id
        WHERE r.enrolment_id = e.id
       ) a ON TRUE
 WHERE e.class_id = :class_id AND e.status = ANY(:statuses)
   AND (CAST(:person_id AS uuid) IS NULL OR e.person_id = :person_id)
 ORDER BY p.name_key, e.id
""")
_LEARNED = ("accepted", "active", "completed", "failed")


@dataclass(frozen=True, slots=True)
class Learner:
    """One person of a class. ``reserved``: a subsidy was set aside when the seat was given.

    ``sent_by`` is the employer whose account enrolled the person, ``works_for`` the employer's
    USCC that the person named. ``other_claims`` are kinds and exclusive groups of lines that
    stand elsewhere; ``refuted`` figures (hours, days, months, fen) that a case proved wrong;
    ``decided`` the answers of rules (id, outcome) that an officer set aside at enrolment.
    """

    enrolment_id: UUID
    person_id: UUID
    name: str
    status: str
    outcome: OutcomeFacts
    reserved: bool
    sent_by: UUID | None
    works_for: str | None
    other_claims: tuple[tuple[str, str], ...]
    months_before: int
    refuted: frozenset[tuple[int, ...]]
    decided: frozenset[tuple[str, str]]

    @property
    def is_over(self) -> bool:
        """Whether the training has ended for this person."""
        return self.status in ("completed", "failed")


def learners(
    session: Session,
    class_id: UUID,
    *,
    kind: str,
    claim_id: UUID | None = None,
    person_id: UUID | None = None,
) -> list[Learner]:
    """The people of a class by name, or one of them; lines of ``claim_id`` itself do not count."""
    rows = session.execute(
        _ROSTER,
        {
            "class_id": class_id,
            "claim_id": claim_id,
            "person_id": person_id,
            "kind": kind,
            "statuses": list(_LEARNED),
        },
    )
    return [_learner(row) for row in rows]


def _learner(row: Any) -> Learner:
    return Learner(
        enrolment_id=row.enrolment_id,
        person_id=row.person_id,
        name=row.name,
        status=row.status,
        outcome=OutcomeFacts(
            passed=row.passed,
            certificate_kind=row.certificate_kind,
            certificate_level=row.certificate_level,
            credited_hours=int(row.hours),
            days_attended=int(row.days),
        ),
        reserved=row.reserved,
        sent_by=row.sent_by,
        works_for=row.works_for,
        other_claims=tuple((kind, group) for kind, group in row.other_claims or ()),
        months_before=int(row.months_before),
        refuted=frozenset(tuple(figures) for figures in row.refuted or ()),
        decided=frozenset((rule_id, outcome) for rule_id, outcome in row.decided or ()),
    )
