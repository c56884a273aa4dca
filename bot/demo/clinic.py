"""What the staff of the demo's clinic do, at the times of the script."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher

from bot.records import audit, conversations, escalations, messages, remarks, review_deeds, staff
from bot.records.database import Connection, Row, rows
from bot.records.tables import messages as message_table

Team = Mapping[str, int]
"""Ids of staff by the name they log in with."""

COLLEAGUES = {"robin": "Robin Park", "sam": "Sam Ortiz"}
FIRST_DAY = timedelta(days=30)


def hire(connection: Connection, name: str, password: str, now: datetime) -> Team:
    """Make the account that can be logged in with, and those of its colleagues, whose passwords nobody knows."""
    began = now - FIRST_DAY
    team = {name: staff.add(connection, name, staff.ADMIN, PasswordHasher().hash(password), began, "Demo")}
    for one, shown in COLLEAGUES.items():
        unknown = PasswordHasher().hash(secrets.token_urlsafe())
        team[one] = staff.add(connection, one, staff.CLINICIAN, unknown, began, shown)
    for one in team:
        audit.write(connection, audit.PROGRAM, "add staff", "staff", one, began)
    return team


def work(connection: Connection, scripts: Iterable[tuple[str, Iterable[Mapping[str, Any]]]], team: Team) -> None:
    """Do what the scripts say, in the order of time. scripts: (conversation, deeds)."""
    planned: list[tuple[datetime, str, Mapping[str, Any]]] = []
    for conversation_id, deeds in scripts:
        found = conversations.find(connection, conversation_id)
        assert found is not None
        last: datetime = found["updated_at"]
        planned += [(last + timedelta(minutes=deed["after"]), conversation_id, deed) for deed in deeds]
    for at, conversation_id, deed in sorted(planned, key=lambda one: one[0]):
        DEEDS[deed["do"]](connection, conversation_id, deed, team[deed["by"]], at)
        audit.write(connection, deed["by"], ACTIONS.get(deed["do"], deed["do"]), "conversation", conversation_id, at)


def _acknowledge(connection: Connection, conversation_id: str, _: Mapping[str, Any], who: int, at: datetime) -> None:
    for row in _open(connection, conversation_id):
        escalations.acknowledge(connection, row["id"], who, at)


def _close(connection: Connection, conversation_id: str, deed: Mapping[str, Any], who: int, at: datetime) -> None:
    for row in _open(connection, conversation_id):
        escalations.close(connection, row["id"], who, deed["outcome"], deed["reason"], at)


def _call(connection: Connection, conversation_id: str, deed: Mapping[str, Any], who: int, at: datetime) -> None:
    review_deeds.record_call(connection, conversation_id, deed["outcome"], who, at)
    if deed["text"]:
        remarks.add_note(connection, conversation_id, who, deed["text"], at)


def _note(connection: Connection, conversation_id: str, deed: Mapping[str, Any], who: int, at: datetime) -> None:
    remarks.add_note(connection, conversation_id, who, deed["text"], at)


def _tag(connection: Connection, conversation_id: str, deed: Mapping[str, Any], who: int, at: datetime) -> None:
    remarks.set_tags(connection, conversation_id, who, set(deed["tags"]), at)


def _assign(connection: Connection, conversation_id: str, deed: Mapping[str, Any], who: int, _: datetime) -> None:
    review_deeds.assign(connection, conversation_id, None, who)


def _read(connection: Connection, conversation_id: str, _: Mapping[str, Any], who: int, at: datetime) -> None:
    conversations.change(connection, conversation_id, needs_review=False, review_reasons=None)


def _correct(connection: Connection, conversation_id: str, deed: Mapping[str, Any], who: int, at: datetime) -> None:
    typed = (message_table.c.conversation_id == conversation_id) & message_table.c.text.is_not(None)
    typed &= message_table.c.sender == messages.PATIENT
    query = sa.select(message_table).where(typed).order_by(message_table.c.sequence).limit(1)
    (first,) = rows(connection.execute(query))
    before = first["understood"]["intent"]["name"]
    given = (conversation_id, first["uuid"], who, "intent", before, deed["intent"], at)
    remarks.add_correction(connection, *given)


def _open(connection: Connection, conversation_id: str) -> list[Row]:
    found = escalations.of_conversation(connection, conversation_id)
    return [row for row in found if row["closed_at"] is None]


ACTIONS = {"read": "review"}
DEEDS: dict[str, Callable[[Connection, str, Mapping[str, Any], int, datetime], None]] = {
    "acknowledge": _acknowledge,
    "assign": _assign,
    "call": _call,
    "close": _close,
    "correct": _correct,
    "note": _note,
    "read": _read,
    "tag": _tag,
}
