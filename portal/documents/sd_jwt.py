"""Selective disclosure for JWTs (SD-JWT, RFC 9901) over our Ed25519 signatures.

The signed part holds digests instead of the fields that may be withheld. A field goes along as a
disclosure, ``[salt, name, value]``; without it only a digest is seen, and a salt of 128 random
bits keeps anybody from trying out values. Nothing is lenient: whatever RFC 9901 section 7.1 tells
a verifier to reject is rejected, and base64url has one spelling.
"""

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from portal.documents import signature
from portal.documents.signature import SignatureInvalid

# The header's ``typ``, as the SD-JWT VC specification has it.
TYP = "dc+sd-jwt"
SEPARATOR = "~"
_ALGORITHM = "sha-256"
_SALT_BYTES = 16
_DIGESTS, _ELEMENT, _ALG = "_sd", "...", "_sd_alg"
_RESERVED = frozenset({_DIGESTS, _ELEMENT})

# An excerpt of ten certificates takes some 15 kB; far beyond that somebody tries our patience.
LONGEST = 256 * 1024
_MOST_DISCLOSURES = 1000
_DEEPEST = 20

# Where a field stands: names of objects and places in arrays, from the top.
Path = tuple[str | int, ...]


class Signer(Protocol):
    """Whoever signs: see ``services.issuers.SigningKey``."""

    def sign(self, payload: Mapping[str, object], *, typ: str) -> str:
        """``payload`` as a compact JWS."""
        ...


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One field that may be withheld, and the text that discloses it."""

    path: Path
    encoded: str


def issue(
    claims: Mapping[str, Any], hidden: Collection[Path], key: Signer, *, pad: int = 0
) -> tuple[str, tuple[Disclosure, ...]]:
    """Sign ``claims`` with the fields at ``hidden`` as digests; their disclosures come apart.

    Every object with hidden fields gets decoys up to ``pad`` digests, so that their number does
    not tell how many fields there are. Raises KeyError or IndexError for a path to nothing,
    ValueError for a name that the format needs itself.
    """
    body: dict[str, Any] = json.loads(signature.canonical(claims))
    _refuse_reserved(body)
    made: list[Disclosure] = []
    # The deepest first: a hidden field may hold hidden fields.
    for path in sorted(set(hidden), key=lambda one: (-len(one), [str(part) for part in one])):
        made.append(_hide(body, path, pad))
    if made:
        _finish(body, pad)
        body[_ALG] = _ALGORITHM
    return key.sign(body, typ=TYP), tuple(made)


def present(jwt: str, chosen: Iterable[Disclosure]) -> str:
    """The signed part with the chosen disclosures, as it is handed on."""
    return SEPARATOR.join([jwt, *(one.encoded for one in chosen), ""])


def verify(
    presentation: str, jwks: Sequence[Mapping[str, Any]], *, typ: Sequence[str] = (TYP,)
) -> dict[str, Any]:
    """The claims that a presentation discloses, when one of the published keys signed it.

    Raises SignatureInvalid or UnknownIssuer. Dates are the caller's to judge. A key binding is
    refused: nobody here asks for one, so that it would go unchecked.
    """
    count = presentation.count(SEPARATOR) - 1
    if len(presentation) > LONGEST or count > _MOST_DISCLOSURES:
        raise SignatureInvalid
    if not presentation.endswith(SEPARATOR):
        raise SignatureInvalid
    jwt, *disclosures, _ = presentation.split(SEPARATOR)
    payload = signature.verify_compact(jwt, jwks, typ=typ)
    try:
        return _Opening(disclosures).open(payload)
    except (ValueError, RecursionError) as error:
        raise SignatureInvalid from error


def kid_of(presentation: str) -> str:
    """The key that a presentation claims to be signed with. Raises SignatureInvalid."""
    return signature.kid_of(presentation.partition(SEPARATOR)[0])


def digest_of(encoded: str) -> str:
    """The digest of a disclosure, as the signed part holds it."""
    return _spelled(hashlib.sha256(encoded.encode("ascii")).digest())


def _hide(body: dict[str, Any], path: Path, pad: int) -> Disclosure:
    """Put a digest in the place of the field at ``path``."""
    *way, last = path
    parent: Any = body
    for step in way:
        parent = parent[step]
    # What goes into a disclosure is out of reach afterwards.
    _finish(parent[last], pad)
    salt = _spelled(secrets.token_bytes(_SALT_BYTES))
    if isinstance(last, int):
        encoded = _encoded([salt, parent[last]])
        parent[last] = {_ELEMENT: digest_of(encoded)}
    else:
        encoded = _encoded([salt, last, parent.pop(last)])
        parent.setdefault(_DIGESTS, []).append(digest_of(encoded))
    return Disclosure(path, encoded)


def _finish(node: Any, pad: int) -> None:
    """Add decoys and sort: the order of digests must not tell the order of fields."""
    if isinstance(node, list):
        for one in node:
            _finish(one, pad)
    elif isinstance(node, dict):
        for name, one in node.items():
            if name != _DIGESTS:
                _finish(one, pad)
        if _DIGESTS in node:
            missing = range(pad - len(node[_DIGESTS]))
            decoys = [_spelled(hashlib.sha256(secrets.token_bytes(32)).digest()) for _ in missing]
            node[_DIGESTS] = sorted([*node[_DIGESTS], *decoys])


def _refuse_reserved(node: Any) -> None:
    if isinstance(node, list):
        for one in node:
            _refuse_reserved(one)
    elif isinstance(node, dict):
        if not (_RESERVED | {_ALG}).isdisjoint(node):
            raise ValueError("a name that the format needs itself")
        for one in node.values():
            _refuse_reserved(one)


class _Opening:
    """Puts disclosures in the places of their digests; every fault is a ValueError."""

    def __init__(self, disclosures: Sequence[str]) -> None:
        self.waiting = {digest_of(one): _decoded(one) for one in disclosures}
        if len(self.waiting) != len(disclosures):
            raise ValueError("a disclosure comes twice")
        self.seen: set[str] = set()

    def open(self, payload: dict[str, Any]) -> dict[str, Any]:
        if payload.pop(_ALG, _ALGORITHM) != _ALGORITHM:
            raise ValueError("an unknown digest")
        opened: dict[str, Any] = self._object(payload, 0)
        if self.waiting:
            raise ValueError("a disclosure without its digest")
        return opened

    def _value(self, node: Any, depth: int) -> Any:
        if depth > _DEEPEST:
            raise ValueError("too deep")
        if isinstance(node, dict):
            return self._object(node, depth)
        if isinstance(node, list):
            return self._array(node, depth)
        return node

    def _object(self, node: dict[str, Any], depth: int) -> dict[str, Any]:
        digests = node.pop(_DIGESTS, [])
        if not isinstance(digests, list) or _ELEMENT in node:
            raise ValueError("no list of digests")
        opened = {name: self._value(one, depth + 1) for name, one in node.items()}
        for digest in digests:
            found = self._take(digest)
            if found is None:
                continue
            if len(found) != 3:
                raise ValueError("a disclosure of an array in an object")
            _, name, value = found
            if not isinstance(name, str) or name in _RESERVED or name in opened or name in node:
                raise ValueError("a name that may not be disclosed")
            opened[name] = self._value(value, depth + 1)
        return opened

    def _array(self, node: list[Any], depth: int) -> list[Any]:
        opened = []
        for one in node:
            if not isinstance(one, dict) or _ELEMENT not in one:
                opened.append(self._value(one, depth + 1))
                continue
            if len(one) != 1:
                raise ValueError("a digest among other names")
            found = self._take(one[_ELEMENT])
            if found is None:
                continue
            if len(found) != 2:
                raise ValueError("a disclosure of an object in an array")
            opened.append(self._value(found[1], depth + 1))
        return opened

    def _take(self, digest: Any) -> list[Any] | None:
        """The disclosure of a digest; None for one that is withheld. Each digest comes once."""
        if not isinstance(digest, str) or digest in self.seen:
            raise ValueError("a digest comes twice")
        self.seen.add(digest)
        return self.waiting.pop(digest, None)


def _encoded(content: list[Any]) -> str:
    return _spelled(json.dumps(content, ensure_ascii=False, allow_nan=False).encode())


def _decoded(encoded: str) -> list[Any]:
    """The content of a disclosure in its only spelling; raises ValueError."""
    try:
        plain = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if _spelled(plain) != encoded:
        raise ValueError("not canonical base64url")
    content = json.loads(plain)
    if not isinstance(content, list) or len(content) not in (2, 3):
        raise ValueError("no disclosure")
    if not isinstance(content[0], str):
        raise ValueError("a salt that is no text")
    return content


def _spelled(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
