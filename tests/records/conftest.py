"""A fresh database for each test, on SQLite and, where it is installed, on PostgreSQL."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.records import staff
from bot.records.database import Database, open_database

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=timezone.utc)


def postgres_program(name: str) -> str | None:
    """Where a program of PostgreSQL is; Debian keeps the server's own out of the path."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(debian[-1]) if debian else shutil.which(name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a throw-away PostgreSQL server that ends with the tests."""
    initdb, server = postgres_program("initdb"), postgres_program("postgres")
    if initdb is None or server is None:
        pytest.skip("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="aftercare-postgres-"))
    # PostgreSQL refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    cluster = folder / "cluster"
    subprocess.run(
        [initdb, "-D", cluster, "-U", "test", "-A", "trust", "--no-sync", "-E", "UTF8"],
        user=user, cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    command = [server, "-D", cluster, "-p", str(port), "-h", "127.0.0.1", "-k", folder, "-c", "fsync=off"]
    process = subprocess.Popen(command, user=user, cwd=folder, stderr=subprocess.DEVNULL)
    url = f"postgresql://test@127.0.0.1:{port}/postgres"
    try:
        _wait_for(url)
        yield url
    finally:
        # Interrupted, it ends without waiting for connections that a failed test left open.
        process.send_signal(signal.SIGINT)
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(url: str) -> None:
    for _ in range(100):
        try:
            sa.create_engine(url, future=True).connect().close()
            return
        except sa.exc.OperationalError:
            time.sleep(0.1)
    raise RuntimeError("PostgreSQL did not start")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database's URL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'log.sqlite3'}"
    server: str = request.getfixturevalue("postgres")
    return create_on(server)


def create_on(server: str, template: str = "template0") -> str:
    """Make a database on a PostgreSQL server, a copy of `template`, and return its URL."""
    name = "t" + os.urandom(6).hex()
    engine = sa.create_engine(server, future=True, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
    engine.dispose()
    return server.rpartition("/")[0] + "/" + name


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with its tables, to be copied."""
    path = tmp_path_factory.mktemp("records") / "migrated.sqlite3"
    opened = open_database(f"sqlite:///{path}")
    with opened.engine.connect() as connection:
        connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    opened.close()
    return path


@pytest.fixture(scope="session")
def migrated_on_postgres(postgres: str) -> str:
    """The name of a PostgreSQL database with its tables, to be copied."""
    url = create_on(postgres)
    open_database(url).close()
    return url.rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with its tables."""
    if request.param == "sqlite":
        copied = shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "log.sqlite3")
        opened = open_database(f"sqlite:///{copied}")
    else:
        template: str = request.getfixturevalue("migrated_on_postgres")
        opened = open_database(create_on(request.getfixturevalue("postgres"), template))
    yield opened
    opened.close()


@pytest.fixture
def staff_id(database: Database) -> int:
    """A staff member's id."""
    with database.write() as connection:
        return staff.add(connection, "maria", staff.CLINICIAN, "a hash", NOW)
