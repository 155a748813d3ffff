"""What an uploaded file claims to be, taken apart without believing any of it.

Nothing here unpacks a picture, follows a reference or reads beyond fixed bounds.
"""

import json
import re
from dataclasses import dataclass

from portal.documents import embedding, signature

# A certificate is a page; anything larger is something else.
LARGEST = 5 * 1024 * 1024
# Of JSON: a certificate has 3 kB, an archive for another portal 900 at most.
LARGEST_JSON = 1024 * 1024

PNG, PDF, JSON, TOKEN, SHARE, OTHER = "png", "pdf", "json", "token", "share", "other"
FORMAT = "training-certificate/1"

_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)
_SHARE = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*(~[\w.-]*)+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Contents:
    """A file taken apart. ``credential`` is the compact JWS in it, None when there is none;
    ``text`` the whole of a ``share`` (an SD-JWT). ``number`` and ``address`` are what a JSON
    file says beside its credential, and ``whole`` is False for one that is not spelled as we
    spell it."""

    form: str
    credential: str | None = None
    number: str | None = None
    address: str | None = None
    text: str = ""
    format: str = ""
    whole: bool = True


def certificate_json(*, number: str, verify_url: str, credential: str) -> bytes:
    """The signed credential in a file of its own, in the only spelling that we accept."""
    content = {
        "format": FORMAT,
        "number": number,
        "verify_url": verify_url,
        "credential": credential,
    }
    return json.dumps(content, ensure_ascii=False, indent=2).encode()


def take_apart(content: bytes) -> Contents:
    """What is in a file; never raises, whatever it holds."""
    if len(content) > LARGEST:
        return Contents(OTHER)
    if content.startswith(embedding.MAGIC):
        return Contents(PNG, embedding.extract_from_png(content))
    if content.startswith(b"%PDF-"):
        return Contents(PDF, embedding.extract_from_pdf(content))
    if len(content) > LARGEST_JSON:
        return Contents(OTHER)
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return Contents(OTHER)
    if len(text) <= signature.LONGEST and _TOKEN.fullmatch(text):
        return Contents(TOKEN, text)
    if len(text) <= signature.LONGEST and _SHARE.fullmatch(text):
        return Contents(SHARE, text=text)
    return _in_json(text, content)


def _in_json(text: str, content: bytes) -> Contents:
    try:
        inside = json.loads(text)
    except (ValueError, RecursionError):
        return Contents(OTHER)
    if not isinstance(inside, dict):
        return Contents(OTHER)
    named = inside.get("format")
    number, address, credential = (
        inside.get(name) for name in ("number", "verify_url", "credential")
    )
    if not (isinstance(number, str) and isinstance(address, str) and isinstance(credential, str)):
        return Contents(OTHER, format=named if isinstance(named, str) else "")
    try:
        ours = certificate_json(number=number, verify_url=address, credential=credential)
    except UnicodeEncodeError:  # half of a surrogate pair
        return Contents(OTHER)
    return Contents(JSON, credential, number, address, format=FORMAT, whole=ours == content)
