"""Bringing a database's tables up to date when the program starts."""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.records.database import Connection, Database, DatabaseError

FOLDER = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 4_201_701
"""Any number that no other program in the same PostgreSQL database uses for its advisory lock."""


def upgrade(database: Database, revision: str = "head") -> None:
    """Run the migrations that are still missing, all of them or none.

    Two processes may do this at once: one waits for the other. Raises DatabaseError when the database
    was written by a newer version of this program.
    """
    with database.read() as connection:
        # Importing alembic takes longer than all the rest of a start, and is seldom needed.
        if revision == "head" and current_revision(connection) == newest_revision():
            return
    # Before the lock, so that nobody waits for the import.
    import_module("alembic.command")
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ADVISORY_LOCK)))
        _upgrade(connection, revision)


def current_revision(connection: Connection) -> str | None:
    """Return the last migration a database has had, None for an empty one."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def newest_revision() -> str:
    """Return the last migration this program knows; their files sort in their order."""
    newest = max((FOLDER / "versions").glob("[0-9]*.py"))
    found = re.search(r'^revision = "(\w+)"', newest.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None, newest
    return found[1]


def configuration(connection: Connection) -> Any:
    """Return alembic's configuration for a connection that is already open."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER))
    return config


def _upgrade(connection: Connection, revision: str) -> None:
    from alembic import command
    from alembic.util import CommandError

    try:
        command.upgrade(configuration(connection), revision)
    except CommandError as error:
        raise DatabaseError(
            f"the database was written by a newer version of this program ({error}); update the program"
        ) from error
