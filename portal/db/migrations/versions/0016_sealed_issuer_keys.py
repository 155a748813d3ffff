"""Seal what is published of each issuer's key, so that none can be slipped into the database.

The keys that are there are sealed as they stand: before this, nothing could tell a false one.

Revision ID: 0016
Revises: 0015
"""

import hmac
import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from portal.db.vault import get_vault

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

KEYS = """
    SELECT k.id, k.kid, k.public_x, k.active_from, k.retired_at, k.compromised_at,
           i.id AS issuer_id, i.kind, i.name, i.uscc
      FROM issuer_key k JOIN issuer i ON i.id = k.issuer_id
"""


def upgrade() -> None:
    op.add_column("issuer_key", sa.Column("seal", sa.LargeBinary(), nullable=True))
    connection = op.get_bind()
    for key in connection.execute(sa.text(KEYS)).all():
        connection.execute(
            sa.text("UPDATE issuer_key SET seal = :seal WHERE id = :id"),
            {"seal": _seal(key), "id": key.id},
        )
    op.alter_column("issuer_key", "seal", nullable=False)


def _seal(key: sa.Row[tuple[object, ...]]) -> bytes:
    """As ``services.issuers`` made it when this migration was written."""
    said = [str(key.issuer_id), key.kind, key.name, key.uscc, key.kid, key.public_x]
    said += [_moment(at) for at in (key.active_from, key.retired_at, key.compromised_at)]
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    return hmac.digest(get_vault().subkey("issuer_key_seal"), body, "sha256")


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at is not None else None


def downgrade() -> None:
    op.drop_column("issuer_key", "seal")
