"""What a message leads to, in one transaction."""

from datetime import timedelta
from typing import Any

import pytest

from bot.records import conversations, escalations, events, messages, outbox, turns
from bot.records.database import Connection, Database
from bot.records.escalations import Conflict, Deadlines
from tests.records.conftest import NOW

CARD = [{"id": "c1", "kind": "notice", "text": "I cannot answer right now."}]


def assessed(level: str | None, within: str | None, rank: int | None, **more: Any) -> dict[str, Any]:
    return {"level": level, "within": within, "rank": rank, "crisis": False, "rules": ["R1"], "facts": {}, **more}


HOME = assessed("self_care", None, 0, symptoms=["soreness"], final=True, facts={"area": ["neck"]})
DOCTOR = assessed("urgent", "today", 3)
EMERGENCY = assessed("emergency", "now", 5, symptoms=["chest"])


def answer(assessment: dict[str, Any], **more: Any) -> turns.Answer:
    understood = {
        "intent": {"name": "report_chest", "confidence": 0.9},
        "findings": [{"finding": "chest_pain", "assertion": "present"}, {"finding": "fever", "assertion": "absent"}],
    }
    return turns.Answer([{"id": "r1", "kind": "text", "text": "Hello"}], understood, assessment, **more)


def begin(connection: Connection, *message_ids: str) -> str:
    conversation_id = conversations.create(connection, NOW)
    for message_id in message_ids:
        messages.receive(connection, conversation_id, message_id, NOW, text="words")
    return conversation_id


def record(connection: Connection, conversation_id: str, message_id: str, outcome: Any, minutes: int = 0) -> Any:
    function = turns.record_answer if isinstance(outcome, turns.Answer) else turns.record_failure
    now = NOW + timedelta(minutes=minutes)
    return function(connection, conversation_id, message_id, outcome, now, Deadlines())


def row_of(connection: Connection, conversation_id: str) -> dict[str, Any]:
    row = conversations.find(connection, conversation_id)
    assert row is not None
    return row


def test_the_same_message_id_is_the_same_message(database: Database) -> None:
    with database.write() as connection:
        conversation_id = begin(connection, "m1")
        again, new = messages.receive(connection, conversation_id, "m1", NOW, text="other words")
        assert (again["text"], new) == ("words", False)
        assert len(messages.transcript(connection, conversation_id)) == 1


def test_an_emergency_opens_its_escalation_alert_and_events_together(database: Database) -> None:
    with database.write() as connection:
        conversation_id = begin(connection, "m1")
        record(connection, conversation_id, "m1", answer(EMERGENCY))
        opened = escalations.of_conversation(connection, conversation_id)
        assert [(e["level"], e["due_at"] - e["opened_at"]) for e in opened] == [("emergency", timedelta(minutes=5))]
        alerts = outbox.take(connection, NOW, timedelta(minutes=1))
        assert [(a["kind"], a["payload"]["escalation_id"]) for a in alerts] == [("escalation", opened[0]["id"])]
        kinds = [e["kind"] for e in events.after(connection, conversation_id, 0)]
        assert kinds == [events.REPLY, events.SENT_TO_CLINIC]
        row = row_of(connection, conversation_id)
        assert (row["level"], row["queue_rank"], row["waiting_since"]) == ("emergency", 5, NOW)


@pytest.mark.parametrize(("rank", "level"), [(0, "self_care"), (1, "contact_clinic"), (2, "contact_clinic")])
def test_below_urgent_nothing_is_escalated(database: Database, rank: int, level: str) -> None:
    with database.write() as connection:
        conversation_id = begin(connection, "m1")
        record(connection, conversation_id, "m1", answer(assessed(level, None, rank)))
        assert escalations.of_conversation(connection, conversation_id) == []
        assert row_of(connection, conversation_id)["queue_rank"] is None


def test_a_message_is_answered_once(database: Database) -> None:
    with database.write() as connection:
        conversation_id = begin(connection, "m1")
        first = record(connection, conversation_id, "m1", answer(HOME))
        assert record(connection, conversation_id, "m1", answer(EMERGENCY)) == first
        assert record(connection, conversation_id, "m1", turns.Failure(CARD, "late")) == first
        assert len(events.after(connection, conversation_id, 0)) == 1
        assert row_of(connection, conversation_id)["level"] == "self_care"


def test_the_level_of_a_conversation_only_rises(database: Database) -> None:
    with database.write() as connection:
        conversation_id = begin(connection, "m1", "m2")
        record(connection, conversation_id, "m1", answer(DOCTOR))
        record(connection, conversation_id, "m2", answer(HOME))
        row = row_of(connection, conversation_id)
        assert (row["level"], row["rank"], row["status"]) == ("urgent", 3, "finished")
        assert (row["symptoms"], row["area"]) == (["soreness"], "neck")


def test_getting_worse_after_it_was_seen_asks_to_be_seen_again(database: Database, staff_id: int) -> None:
    with database.write() as connection:
        conversation_id = begin(connection, "m1", "m2", "m3")
        record(connection, conversation_id, "m1", answer(DOCTOR))
        first = escalations.of_conversation(connection, conversation_id)[0]
        escalations.acknowledge(connection, first["id"], staff_id, NOW)
        record(connection, conversation_id, "m2", answer(EMERGENCY), 10)
        record(connection, conversation_id, "m3", answer(EMERGENCY), 11)
        earlier, later = escalations.of_conversation(connection, conversation_id)
        assert (earlier["outcome"], later["acknowledged_at"], later["closed_at"]) == ("superseded", None, None)


def test_a_crisis_in_an_open_emergency_is_an_escalation_of_its_own(database: Database) -> None:
    with database.write() as connection:
        conversation_id = begin(connection, "m1", "m2")
        record(connection, conversation_id, "m1", answer(EMERGENCY))
        record(connection, conversation_id, "m2", answer({**EMERGENCY, "crisis": True}))
        assert [e["crisis"] for e in escalations.of_conversation(connection, conversation_id)] == [False, True]
        assert row_of(connection, conversation_id)["crisis"] is True


def test_a_failure_shows_its_card_once_and_waits(database: Database) -> None:
    with database.write() as connection:
        conversation_id = begin(connection, "m1")
        failure = turns.Failure(CARD, "timeout: 8 s")
        assert record(connection, conversation_id, "m1", failure) == CARD
        assert record(connection, conversation_id, "m1", turns.Failure([{"id": "other"}], "again")) == CARD
        assert messages.unanswered(connection, 20) == [(conversation_id, "m1")]
        assert messages.unanswered(connection, 2) == []
        assert row_of(connection, conversation_id)["status"] == "failed"
        kinds = [e["kind"] for e in escalations.of_conversation(connection, conversation_id)]
        assert kinds == ["failure"]


def test_a_late_answer_is_added_and_settles_the_failure(database: Database) -> None:
    with database.write() as connection:
        conversation_id = begin(connection, "m1")
        record(connection, conversation_id, "m1", turns.Failure(CARD, "refused"))
        told = record(connection, conversation_id, "m1", answer(HOME), 5)
        assert [reply["id"] for reply in told] == ["c1", "r1"]
        late = events.after(connection, conversation_id, 0, (events.REPLY,))
        assert [event["data"]["late"] for event in late] == [False, True]
        assert escalations.of_conversation(connection, conversation_id)[0]["outcome"] == "answered_later"
        row = row_of(connection, conversation_id)
        assert (row["status"], row["queue_rank"]) == ("finished", None)
        assert outbox.take(connection, NOW + timedelta(hours=9), timedelta(minutes=1)) == []


def test_an_emergency_the_screen_saw_counts_when_nobody_answers(database: Database) -> None:
    with database.write() as connection:
        conversation_id = begin(connection, "m1")
        seen = {"findings": [], "assessment": EMERGENCY}
        record(connection, conversation_id, "m1", turns.Failure(CARD, "refused", seen))
        assert row_of(connection, conversation_id)["queue_rank"] == 5


def test_a_disagreement_takes_the_higher_level_and_is_flagged(database: Database) -> None:
    with database.write() as connection:
        conversation_id = begin(connection, "m1")
        seen = {"findings": [], "assessment": EMERGENCY}
        record(connection, conversation_id, "m1", answer(HOME, screen=seen, disagreement=True))
        row = row_of(connection, conversation_id)
        assert (row["level"], row["review_reasons"]) == ("emergency", ["disagreement"])
        assert len(events.after(connection, conversation_id, 0, (events.DISAGREEMENT,))) == 1


def test_facets_name_what_was_found_and_not_what_was_denied() -> None:
    labels = turns.labels_of(answer({**HOME, "facts": {"area": ["neck", "hip"]}}, disagreement=True))
    assert labels == {
        ("rule", "R1"), ("symptom", "soreness"), ("finding", "chest_pain"), ("intent", "report_chest"),
        ("area", "neck"), ("area", "hip"), ("flag", "disagreement"),
    }  # fmt: skip


def test_the_queue_puts_rank_before_waiting_time(database: Database) -> None:
    with database.write() as connection:
        ids = [begin(connection, "m1") for _ in range(3)]
        for minutes, (conversation_id, assessment) in enumerate(zip(ids, (DOCTOR, DOCTOR, EMERGENCY), strict=True)):
            record(connection, conversation_id, "m1", answer(assessment), minutes)
        assert [row["id"] for row in escalations.queue(connection)] == [ids[2], ids[0], ids[1]]


def test_two_people_at_once_are_told(database: Database, staff_id: int) -> None:
    with database.write() as connection:
        conversation_id = begin(connection, "m1")
        record(connection, conversation_id, "m1", answer(EMERGENCY))
        escalation_id = escalations.of_conversation(connection, conversation_id)[0]["id"]
        by = NOW + timedelta(hours=2)
        escalations.acknowledge(connection, escalation_id, staff_id, NOW, by)
        with pytest.raises(Conflict):
            escalations.acknowledge(connection, escalation_id, staff_id, NOW)
        with pytest.raises(ValueError, match="reason"):
            escalations.close(connection, escalation_id, staff_id, "called", " ", NOW)
        escalations.close(connection, escalation_id, staff_id, "called", "spoke to her", NOW)
        with pytest.raises(Conflict):
            escalations.close(connection, escalation_id, staff_id, "called", "twice", NOW)
        with pytest.raises(KeyError):
            escalations.acknowledge(connection, 9999, staff_id, NOW)
        assert row_of(connection, conversation_id)["queue_rank"] is None
        seen, closed = events.after(connection, conversation_id, 2)
        assert (seen["kind"], closed["kind"]) == (events.SEEN, events.CLOSED)
        assert seen["data"] == {"kind": "result", "call_by": by.isoformat()}


def test_what_nobody_took_in_time_is_overdue(database: Database, staff_id: int) -> None:
    with database.write() as connection:
        conversation_id = begin(connection, "m1")
        record(connection, conversation_id, "m1", answer(EMERGENCY))
        assert escalations.overdue(connection, NOW + timedelta(minutes=4)) == []
        late = escalations.overdue(connection, NOW + timedelta(minutes=5))
        assert len(late) == 1
        escalations.acknowledge(connection, late[0]["id"], staff_id, NOW)
        assert escalations.overdue(connection, NOW + timedelta(hours=1)) == []
