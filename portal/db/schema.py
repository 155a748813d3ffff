"""Schema versions: upgrade, downgrade, and whether the database is up to date."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

MIGRATIONS = Path(__file__).parent / "migrations"
# A new index over years of rows takes longer than a page may.
_NO_LIMIT = text("SET LOCAL statement_timeout = 0")


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration for our migrations."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["connection"] = connection
    return made


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema forward; one transaction, and nothing when it is up to date."""
    with engine.begin() as connection:
        connection.execute(_NO_LIMIT)
        command.upgrade(config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema back to ``revision`` (``base`` for an empty database)."""
    with engine.begin() as connection:
        connection.execute(_NO_LIMIT)
        command.downgrade(config(connection), revision)


def is_current(engine: Engine) -> bool:
    """Whether the database stands at the newest migration."""
    head = ScriptDirectory.from_config(config()).get_current_head()
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head
