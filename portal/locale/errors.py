"""From an error to the sentence that a user reads."""

from portal.domain.errors import BadInput, NotReady, PortalError
from portal.locale import has, t


def sentence_for(error: PortalError) -> str:
    """What went wrong and what to do, in the user's language."""
    if isinstance(error, BadInput | NotReady):
        params = dict(error.params)
        reason = str(params.pop("reason"))
        params.pop("field", None)
        return t(reason, **params) if has(reason) else t(error.key)
    return t(error.key, **error.params)
