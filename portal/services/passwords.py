"""Password hashes: argon2id by passlib. The only module that imports passlib."""

from functools import lru_cache

from passlib.context import CryptContext

# OWASP's second choice for argon2id (19 MiB, two passes, one lane): about 20 ms a log-in here,
# and a burst of log-ins cannot exhaust a small server's memory.
_context = CryptContext(
    schemes=["argon2"],
    argon2__type="ID",
    argon2__memory_cost=19456,
    argon2__time_cost=2,
    argon2__parallelism=1,
)


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return str(_context.hash(password))


def verify_password(password: str, hashed: str | None) -> bool:
    """Whether the password is right. Takes as long when there is no such account."""
    # No password belongs to what is no hash: the account was closed, or never had one.
    if hashed is None or not _context.identify(hashed):
        _context.verify(password, _nobody())
        return False
    return bool(_context.verify(password, hashed))


@lru_cache
def _nobody() -> str:
    return hash_password("nobody has this password")
