"""What is kept, for how long, and what nobody may change or read."""

import base64
import stat
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.records import audit, check_ins, contacts, conversations, escalations, messages, outbox, remarks, staff
from bot.records.contacts import Contact, KeyLost, Seal
from bot.records.database import Connection, Database
from bot.records.escalations import Deadlines
from bot.records.retention import PERSONAL, OnHold, delete_older_than, erase, flag_broken_off
from bot.records.tables import metadata
from bot.records.turns import record_answer
from tests.records.conftest import NOW
from tests.records.test_turns import EMERGENCY, HOME, answer, begin

WHO = Contact("Ada", "+44 20 7946 0999", "after five")


def full(connection: Connection, seal: Seal, staff_id: int) -> str:
    """A conversation with a row in every table that can hold something personal."""
    conversation_id = begin(connection, "m1")
    record_answer(connection, conversation_id, "m1", answer(EMERGENCY), NOW, Deadlines())
    contacts.ask_for_call(connection, conversation_id, WHO, seal, NOW, Deadlines())
    check_ins.ask(connection, conversation_id, NOW, NOW, seal, "ada@example.org")
    remarks.add_feedback(connection, conversation_id, remarks.HELPFUL, NOW, None, "thanks")
    remarks.add_note(connection, conversation_id, staff_id, "sounded worried", NOW)
    remarks.set_tags(connection, conversation_id, staff_id, {"call", "lung"}, NOW)
    remarks.add_correction(connection, conversation_id, "m1", staff_id, "intent", "a", "b", NOW)
    return conversation_id


@pytest.fixture
def seal(tmp_path: Path) -> Seal:
    return Seal(tmp_path)


def test_erasing_leaves_nothing_but_an_empty_row(database: Database, seal: Seal, staff_id: int) -> None:
    with database.write() as connection:
        conversation_id = full(connection, seal, staff_id)
        assert erase(connection, conversation_id, NOW) is True
        assert conversations.find(connection, conversation_id) is None
        for table in PERSONAL:
            kept = sa.select(sa.func.count()).where(table.c.conversation_id == conversation_id)
            assert connection.execute(kept).scalar() == 0, table.name
        closed = escalations.of_conversation(connection, conversation_id)
        assert {e["outcome"] for e in closed} == {"erased"}
        row = connection.execute(sa.select(metadata.tables["conversations"])).mappings().one()
        assert {k: row[k] for k in ("level", "area", "symptoms", "zone", "queue_rank", "status")} == {
            "level": None, "area": None, "symptoms": None, "zone": None, "queue_rank": None, "status": "closed",
        }  # fmt: skip
        assert erase(connection, conversation_id, NOW) is False
        assert [e["action"] for e in audit.entries(connection, "conversation", conversation_id)] == ["erase"]


def test_every_table_of_a_conversation_is_erased_or_known_to_hold_nothing_personal() -> None:
    tied = {t.name for t in metadata.tables.values() if "conversation_id" in t.c}
    assert tied - {table.name for table in PERSONAL} == {"escalations"}


def test_a_legal_hold_keeps_a_conversation(database: Database) -> None:
    with database.write() as connection:
        conversation_id = begin(connection)
        conversations.change(connection, conversation_id, legal_hold=True)
        with pytest.raises(OnHold):
            erase(connection, conversation_id, NOW)
    assert delete_older_than(database, 30, NOW + timedelta(days=300)) == 0


def test_retention_deletes_what_is_old_and_settled(database: Database, seal: Seal, staff_id: int) -> None:
    with database.write() as connection:
        waiting = full(connection, seal, staff_id)
        old = begin(connection, "m1")
        record_answer(connection, old, "m1", answer(HOME), NOW, Deadlines())
        recent = conversations.create(connection, NOW + timedelta(days=20))
    assert delete_older_than(database, 30, NOW + timedelta(days=31)) == 1
    with database.read() as connection:
        assert messages.transcript(connection, old) == []
        assert None not in (conversations.find(connection, waiting), conversations.find(connection, recent))


def test_a_conversation_broken_off_goes_on_the_list_once(database: Database) -> None:
    with database.write() as connection:
        stopped, small_talk = begin(connection, "m1"), begin(connection, "m1")
        open_answer = answer({**HOME, "final": False})
        record_answer(connection, stopped, "m1", open_answer, NOW, Deadlines())
        nothing = {"level": None, "rank": None, "final": False}
        record_answer(connection, small_talk, "m1", answer(nothing), NOW, Deadlines())
    idle, later = timedelta(minutes=30), NOW + timedelta(minutes=31)
    assert flag_broken_off(database, idle, NOW + timedelta(minutes=29), Deadlines()) == 0
    assert flag_broken_off(database, idle, later, Deadlines()) == 1
    assert flag_broken_off(database, idle, later, Deadlines()) == 0
    with database.read() as connection:
        assert [row["id"] for row in escalations.queue(connection)] == [stopped]


def test_contact_details_are_sealed_and_the_key_is_private(database: Database, seal: Seal, tmp_path: Path) -> None:
    assert stat.S_IMODE((tmp_path / contacts.KEY_FILE).stat().st_mode) == 0o600
    with database.write() as connection:
        conversation_id = begin(connection)
        contacts.ask_for_call(connection, conversation_id, WHO, seal, NOW, Deadlines())
        stored = connection.execute(sa.select(contacts.contacts.c.sealed)).scalar_one()
        sealed = base64.urlsafe_b64decode(bytes(stored))  # as text, three letters are there by chance now and then
        assert b"Ada" not in sealed and b"7946" not in sealed
        assert contacts.of_conversation(connection, conversation_id, Seal(tmp_path)) == WHO
        with pytest.raises(KeyLost):
            contacts.of_conversation(connection, conversation_id, Seal(tmp_path / "other"))


@pytest.mark.parametrize("change", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"])
def test_the_audit_log_can_only_grow(database: Database, change: str) -> None:
    with database.write() as connection:
        audit.write(connection, "maria", "view", "conversation", "c1", NOW)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.write() as connection:
        connection.execute(sa.text(change))
    with database.read() as connection:
        assert [entry["actor"] for entry in audit.entries(connection)] == ["maria"]


def test_an_alert_is_taken_by_one_worker_and_comes_back_if_that_dies(database: Database) -> None:
    lease = timedelta(minutes=2)
    with database.write() as connection:
        assert outbox.put(connection, "test", "k", {}, NOW) is True
        assert outbox.put(connection, "test", "k", {}, NOW) is False
        taken = outbox.take(connection, NOW, lease)
        assert len(taken) == 1 and outbox.take(connection, NOW, lease) == []
        again = outbox.take(connection, NOW + lease, lease)
        assert [alert["attempts"] for alert in again] == [1]
        outbox.failed(connection, again[0]["id"], "no route", NOW + timedelta(hours=1))
        assert outbox.take(connection, NOW + timedelta(minutes=59), lease) == []
        outbox.done(connection, again[0]["id"], NOW)
        assert outbox.take(connection, NOW + timedelta(hours=9), lease) == []


def test_a_check_in_goes_out_once_and_not_after_it_was_cancelled(database: Database, seal: Seal) -> None:
    with database.write() as connection:
        conversation_id = begin(connection)
        first = check_ins.ask(connection, conversation_id, NOW + timedelta(hours=24), NOW, seal)
        check_ins.ask(connection, conversation_id, NOW + timedelta(hours=48), NOW, seal)
        assert [c["id"] for c in check_ins.due(connection, NOW + timedelta(hours=25))] == [first]
        assert (check_ins.sent(connection, first, NOW), check_ins.sent(connection, first, NOW)) == (True, False)
        assert check_ins.cancel(connection, conversation_id, NOW) == 1
        assert check_ins.due(connection, NOW + timedelta(hours=99)) == []


def test_a_staff_session_ends_when_idle_expired_closed_or_the_account_is_off(database: Database, staff_id: int) -> None:
    idle = timedelta(minutes=15)
    with database.write() as connection:
        held, csrf = staff.open_session(connection, staff_id, NOW, timedelta(hours=8))
        found = staff.session(connection, held, NOW, idle)
        assert found is not None and (found["csrf"], found["role"]) == (csrf, "clinician")
        assert held not in str(found)
        assert staff.session(connection, held, NOW + idle, idle) is None
        assert staff.session(connection, held, NOW + timedelta(hours=9), timedelta(days=1)) is None
        staff.change(connection, staff_id, active=False)
        assert staff.session(connection, held, NOW, idle) is None
        staff.change(connection, staff_id, active=True)
        staff.close_session(connection, held)
        assert staff.session(connection, held, NOW, idle) is None


def test_an_account_needs_a_known_role_and_a_free_name(database: Database, staff_id: int) -> None:
    with database.write() as connection:
        with pytest.raises(staff.StaffError, match="no role"):
            staff.add(connection, "eve", "owner", "hash", NOW)
        with pytest.raises(staff.StaffError, match="already"):
            staff.add(connection, "maria", staff.ADMIN, "hash", NOW)
    assert staff.count_staff(database) == 1


def test_a_second_opinion_on_the_same_reply_replaces_the_first(database: Database) -> None:
    with database.write() as connection:
        conversation_id = begin(connection)
        for kind in (remarks.HELPFUL, remarks.NOT_HELPFUL):
            remarks.add_feedback(connection, conversation_id, kind, NOW, "r1", None)
            remarks.add_feedback(connection, conversation_id, kind, NOW, None, None)
        kept = remarks.of_conversation(connection, conversation_id)["feedback"]
        assert [row["kind"] for row in kept] == [remarks.NOT_HELPFUL, remarks.NOT_HELPFUL]
