"""How Alembic reaches the database: on the connection that ``db.schema`` hands over."""

from alembic import context

from portal.db.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    compare_type=True,
    compare_server_default=False,
)
with context.begin_transaction():
    context.run_migrations()
