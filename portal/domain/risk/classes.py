"""What makes a whole class look odd."""

from collections.abc import Iterator

from portal.domain.risk.facts import ClassFacts
from portal.domain.risk.parameters import Parameters
from portal.domain.risk.reasons import Reason


def class_reasons(facts: ClassFacts, parameters: Parameters) -> Iterator[Reason]:
    """The reasons that are worth a point."""
    for code, measure, params in _measures(facts, parameters):
        points = parameters.of_class[code].worth(measure)
        if points:
            yield Reason(code, points, params)


def _measures(
    facts: ClassFacts, parameters: Parameters
) -> Iterator[tuple[str, float, dict[str, object]]]:
    yield from _of_sessions(facts, parameters)
    yield from _of_exams(facts)
    size = max(facts.roster, 1)
    yield (
        "appeals_upheld",
        facts.appeals_upheld / size,
        {"appeals": facts.appeals_upheld, "roster": facts.roster},
    )
    yield "denials", facts.denials / size, {"people": facts.denials, "roster": facts.roster}


def _of_sessions(
    facts: ClassFacts, parameters: Parameters
) -> Iterator[tuple[str, float, dict[str, object]]]:
    held = len(facts.session_scores)
    if not held:
        return
    odd = sum(score >= parameters.look_at for score in facts.session_scores)
    mean = sum(facts.session_scores) / held
    yield "odd_sessions", odd / held, {"odd": odd, "sessions": held}
    yield "odd_on_average", mean, {"points": round(mean), "sessions": held}
    if not facts.dropped:
        yield "nobody_left", held * facts.roster, {"people": facts.roster, "sessions": held}


def _of_exams(facts: ClassFacts) -> Iterator[tuple[str, float, dict[str, object]]]:
    examined, passed = facts.examined, facts.passed
    if examined and passed == examined:
        yield "all_passed", examined, {"people": examined}
    if facts.finished and examined is not None:
        avoided = max(facts.finished - examined, 0)
        share = avoided / facts.finished
        yield "exam_avoided", share, {"people": avoided, "finished": facts.finished}
    if facts.certified and passed is not None:
        more = max(facts.certified - passed, 0)
        yield (
            "certified_unexamined",
            more / facts.certified,
            {"people": more, "certified": facts.certified},
        )
