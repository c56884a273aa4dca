"""Opening, migrating and locking."""

import threading
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.records import conversations, migrate
from bot.records.database import Database, DatabaseError, database_url, open_database
from bot.records.tables import metadata
from tests.records.conftest import NOW


@pytest.mark.filterwarnings("ignore")
def test_the_migrations_make_the_tables_that_the_code_expects(database: Database) -> None:
    # Search indexes and counters are each database's own; indexes over expressions are compared by name below.
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_ours})
        differences = compare_metadata(context, metadata)
    assert [one for one in differences if not str(one[0]).endswith("_index")] == []


def is_ours(name: str | None, _kind: str, _parents: object) -> bool:
    return "search" not in (name or "") and name != "sqlite_sequence"


def test_the_newest_migration_is_alembics_head_too() -> None:
    assert ScriptDirectory(str(migrate.FOLDER)).get_current_head() == migrate.newest_revision()


def test_every_index_of_the_code_is_in_the_database(database: Database) -> None:
    wanted = {str(index.name) for table in metadata.tables.values() for index in table.indexes}
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'index'"
        if database.is_sqlite
        else "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"
    )
    with database.read() as connection:
        there = {row[0] for row in connection.execute(sa.text(query))}
    assert wanted <= there


def test_opening_twice_at_once_migrates_once(url: str) -> None:
    errors: list[Exception] = []

    def open_it() -> None:
        try:
            open_database(url).close()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_database_of_a_newer_program_is_refused(database: Database) -> None:
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="newer version"):
        open_database(database.url.render_as_string(hide_password=False))


def test_a_folder_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="cannot open the database"):
        open_database(tmp_path / "missing")


def test_the_password_of_a_database_is_not_in_the_error() -> None:
    with pytest.raises(DatabaseError) as error:
        open_database("postgresql://somebody:hunter2@127.0.0.1:1/none")
    assert "hunter2" not in str(error.value)


def test_the_environment_may_name_another_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert database_url(tmp_path) == f"sqlite:///{tmp_path}/aftercare.sqlite3"
    monkeypatch.setenv("AFTERCARE_DATABASE_URL", "postgresql://db/aftercare")
    assert database_url(tmp_path) == "postgresql://db/aftercare"


def test_an_error_undoes_the_whole_transaction(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        conversation_id = conversations.create(connection, NOW)
        raise ZeroDivisionError
    with database.read() as connection:
        assert conversations.find(connection, conversation_id) is None


def test_times_come_back_with_their_zone_and_need_one(database: Database) -> None:
    with database.write() as connection:
        row = conversations.find(connection, conversations.create(connection, NOW))
        assert row is not None and row["started_at"] == NOW and row["started_at"].tzinfo is not None
    with pytest.raises(sa.exc.StatementError, match="no time zone"), database.write() as connection:
        conversations.create(connection, datetime(2026, 1, 1))


def test_many_writers_at_once_lose_nothing(database: Database) -> None:
    with database.write() as connection:
        conversation_id = conversations.create(connection, NOW)

    def count() -> None:
        for _ in range(10):
            with database.write() as connection:
                conversations.count_up(connection, conversation_id, "event_count")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        row = conversations.find(connection, conversation_id)
    assert row is not None and row["event_count"] == 40
