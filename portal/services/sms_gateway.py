"""Hands text messages to whoever sends them: an HTTP gateway, or in the demo nobody at all.

The gateway is a POST of ``{"id", "phone", "text", "purpose"}`` to ``PORTAL_SMS_WEBHOOK_URL`` with
``Idempotency-Key`` and, if ``PORTAL_SMS_WEBHOOK_TOKEN`` is set, ``Authorization: Bearer``. Any 2xx
means that it took the message; 408, 425, 429 and 5xx that it may be asked again; other answers
that it never will.
"""

import http.client
import json
import urllib.error
import urllib.request
from typing import Any

from portal.services.sms import BUSY, NO_GATEWAY, REFUSED, Outgoing
from portal.settings import Settings, get_settings

_TIMEOUT = 10.0
_ASK_AGAIN = frozenset({408, 425, 429})


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A message goes to the address that an operator chose, nowhere else."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Follow none: the answer stays what it is, an error."""


def has_gateway(settings: Settings) -> bool:
    """Whether messages can leave: by a gateway, or onto the demo's own telephone."""
    return bool(settings.sms_webhook_url) or not settings.is_production


def hand_over(message: Outgoing) -> str:
    """Hand a message over; answers "" or what kept it, one of the words of ``services.sms``."""
    settings = get_settings()
    if not settings.sms_webhook_url:
        # The demo's message is read at /demo/phone.
        return "" if has_gateway(settings) else NO_GATEWAY
    # The scheme was checked with the settings (``Settings.sms_webhook_url``).
    request = urllib.request.Request(  # noqa: S310
        settings.sms_webhook_url,
        data=_payload(message),
        headers=_headers(message, settings.sms_webhook_token),
        method="POST",
    )
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=_TIMEOUT):
            return ""
    except urllib.error.HTTPError as error:
        error.close()
        return BUSY if error.code in _ASK_AGAIN or error.code >= 500 else REFUSED
    except (OSError, http.client.HTTPException):
        return BUSY


def _payload(message: Outgoing) -> bytes:
    fields = {
        "id": str(message.message_id),
        "phone": message.phone,
        "text": message.body,
        "purpose": message.purpose,
    }
    return json.dumps(fields, ensure_ascii=False).encode()


def _headers(message: Outgoing, token: str) -> dict[str, str]:
    headers = {
        "content-type": "application/json; charset=utf-8",
        "idempotency-key": str(message.message_id),
    }
    return headers | ({"authorization": f"Bearer {token}"} if token else {})
