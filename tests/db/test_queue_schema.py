"""The queue's tables are those that the installed procrastinate expects."""

from procrastinate.schema import SchemaManager
from sqlalchemy import Engine, text

from portal.db import schema


def test_our_copy_is_the_schema_of_the_installed_version() -> None:
    ours = (schema.MIGRATIONS / "procrastinate_3_10_0.sql").read_text("utf-8")
    assert ours == SchemaManager.get_schema()


def test_the_queue_works_whatever_schema_the_caller_looks_in(engine: Engine) -> None:
    with engine.begin() as connection:
        loose = connection.execute(
            text(
                "SELECT proname FROM pg_proc WHERE pronamespace = 'queue'::regnamespace"
                " AND NOT coalesce(proconfig, '{}') @> '{\"search_path=queue, pg_temp\"}'"
            )
        ).scalars()
        assert list(loose) == []
        strays = connection.execute(
            text(
                "SELECT relname FROM pg_class WHERE relname LIKE '%procrastinate%'"
                " AND relnamespace = 'public'::regnamespace"
            )
        ).scalars()
        assert list(strays) == []
