"""Opening the database: SQLite by default, PostgreSQL by URL, with migrations run on the way in."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import QueuePool

Connection = Any
"""An open SQLAlchemy connection inside a transaction (1.4 has no type hints to name it by)."""

Row = dict[str, Any]
"""One row of a table, by column name."""

URL_VARIABLE = "AFTERCARE_DATABASE_URL"
FILE = "aftercare.sqlite3"
BUSY_TIMEOUT_S = 10
POOL_SIZE = 8


class DatabaseError(RuntimeError):
    """The database cannot be opened; the message says what to do."""


class Database:
    """One database and its two doors: `read` for looking, `write` for changing."""

    def __init__(self, url: str) -> None:
        """Prepare the engine for `url`; nothing is opened before the first `read` or `write`."""
        self.url = sa.engine.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _server_engine(self.url)
        # One SQLite file has one writer at a time; waiting here is fair, its busy handler only polls.
        self._writing = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection for reading a consistent state; nothing is kept."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection whose changes are committed together at the end, or not at all on an error."""
        if not self.is_sqlite:
            with self.engine.begin() as connection:
                yield connection
            return
        with self._writing, self.engine.connect() as plain:
            connection = plain.execution_options(aftercare_write=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def database_url(data_dir: Path) -> str:
    """Return the database of a data directory: AFTERCARE_DATABASE_URL if set, else the embedded one in it."""
    return os.environ.get(URL_VARIABLE) or f"sqlite:///{(data_dir / FILE).resolve()}"


def open_database(place: str | Path) -> Database:
    """Open a database URL, or the database of a data directory, and bring its tables up to date.

    Raises DatabaseError when it cannot be reached, cannot be written, or is newer than this program.
    """
    from bot.records.migrate import upgrade

    database = Database(database_url(place) if isinstance(place, Path) else place)
    try:
        upgrade(database)
    except sa.exc.DBAPIError as error:
        database.close()
        shown = database.url.render_as_string(hide_password=True)
        raise DatabaseError(f"cannot open the database {shown}: {str(error.orig).strip()}") from error
    return database


def refresh_statistics(database: Database) -> None:
    """Let SQLite learn how its tables are filled, so that it chooses the right index; a server does so by itself."""
    if database.is_sqlite:
        with database.write() as connection:
            connection.exec_driver_sql("PRAGMA analysis_limit = 1000")
            connection.exec_driver_sql("ANALYZE")


def rows(result: Any) -> list[Row]:
    """Return every row of a result as dictionaries."""
    return [dict(row) for row in result.mappings()]


def one(result: Any) -> Row | None:
    """Return the first row of a result as a dictionary, or None."""
    row = result.mappings().first()
    return None if row is None else dict(row)


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _server_engine(url: Any) -> Any:
    return sa.create_engine(url, future=True, pool_size=POOL_SIZE, pool_pre_ping=True, json_serializer=_dump)


def _sqlite_engine(url: Any) -> Any:
    # SQLAlchemy 1.4 would open a file anew for every transaction; a pool keeps its page cache warm.
    engine = sa.create_engine(
        url,
        future=True,
        poolclass=QueuePool,
        pool_size=POOL_SIZE,
        json_serializer=_dump,
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_S},
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Take transactions out of the driver's hands and set what every connection needs."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -32000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    # A reader that later wants to write fails at once when another wrote in between: writers say so first.
    writing = connection.get_execution_options().get("aftercare_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
