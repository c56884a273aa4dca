"""Bringing a database's tables up to date when the program starts."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from bot.records.database import Database, DatabaseError

FOLDER = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 4_201_701
"""Any number that no other program in the same PostgreSQL database uses for its advisory lock."""


def upgrade(database: Database, revision: str = "head") -> None:
    """Run the migrations that are still missing, all of them or none.

    Two processes may do this at once: one waits for the other. Raises DatabaseError when the database
    was written by a newer version of this program.
    """
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ADVISORY_LOCK)))
        try:
            command.upgrade(configuration(connection), revision)
        except CommandError as error:
            raise DatabaseError(
                f"the database was written by a newer version of this program ({error}); update the program"
            ) from error


def configuration(connection: Any) -> Config:
    """Return alembic's configuration for a connection that is already open."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER))
    return config


def newest_revision() -> str:
    """Return the id of the last migration this program knows."""
    head = ScriptDirectory(str(FOLDER)).get_current_head()
    assert head is not None
    return head
