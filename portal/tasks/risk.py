"""Scores are worked out by the clock, and what they rested on is forgotten in time."""

from datetime import datetime, timedelta

from portal.domain.permissions import SYSTEM
from portal.services import risk_scores
from portal.services.unit import as_actor
from portal.tasks.registry import periodic


@periodic("score_classes", every=timedelta(minutes=10))
def score_classes(*, now: datetime) -> None:
    """Score what is due, each class in a transaction of its own; what is left waits for the
    next round."""
    for class_id in as_actor(risk_scores.due, SYSTEM, now=now):
        as_actor(risk_scores.score, SYSTEM, class_id=class_id, now=now)
