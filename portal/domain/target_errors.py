"""Why a part of a target is refused, as types. Sentences stand below ``targets.refused``."""

from portal.domain.errors import PortalError


class TargetRefused(PortalError):
    """Base of every refusal about targets."""

    key = "targets.refused.refused"
    code = "target_refused"
    status = 409


class SetByDocument(TargetRefused):
    """The document itself says this number; no office changes it."""

    key = "targets.refused.set_by_document"


class NothingToSplit(TargetRefused):
    """The whole has no number yet, so that nothing can be a part of it."""

    key = "targets.refused.nothing_to_split"


class MoreThanTheWhole(TargetRefused):
    """All parts together are ``excess`` more than the whole of ``amount``, and nobody said why."""

    key = "targets.refused.more_than_the_whole"


class LessThanItsParts(TargetRefused):
    """It was split already, into ``parts`` in all, which is more than the new number."""

    key = "targets.refused.less_than_its_parts"
