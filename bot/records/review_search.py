"""Finding conversations: full-text search over patients' words, and filters, newest first.

Pages go on from a cursor, never from an offset: a deep page costs as much as the first, and a conversation that
changes meanwhile hides no other. A search by words lists a conversation where its newest fitting message is;
when older messages of it fit as well it can come up again pages later.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.records.database import Connection, Row, rows
from bot.records.tables import conversations, facets, feedback, messages, tags

RARE = 2000
"""Up to so many conversations, a filter is quicker followed from its own index than tested one by one."""

MOST_WORDS = 12
WORD = re.compile(r'"([^"]+)"|(\S+)')
FACETS = ("rule", "finding", "symptom", "intent", "area")
COLUMNS = ("level", "status", "treatment")
NOBODY = "nobody"
CONFIDENCE = {
    "sqlite": "json_extract(messages.understood, '$.intent.confidence')",
    "postgresql": "CAST(messages.understood #>> '{intent,confidence}' AS double precision)",
}


@dataclass(frozen=True)
class Filters:
    """What to look for; empty fields do not count.

    text: words that one message must hold, in any order; "in quotes" as a phrase; a trailing * for any ending.
    since, until: when the conversation began; until is not included. less_sure_than: an intent's confidence, 0 to 1.
    assignee: a staff id, or NOBODY.
    """

    text: str = ""
    level: str = ""
    status: str = ""
    treatment: str = ""
    rule: str = ""
    finding: str = ""
    symptom: str = ""
    intent: str = ""
    area: str = ""
    tag: str = ""
    feedback: str = ""
    assignee: str = ""
    since: datetime | None = None
    until: datetime | None = None
    less_sure_than: float | None = None
    disagreement: bool = False
    for_review: bool = False


def find(connection: Connection, filters: Filters, limit: int, cursor: str = "") -> tuple[list[Row], str]:
    """Return a page of conversations that fit, the newest first, and the cursor of the next page ("" at the end).

    cursor: what the page before returned; one that makes no sense starts from the beginning.
    """
    question = _question(filters.text, connection.dialect.name)
    if question:
        return _find_words(connection, filters, question, limit, cursor)
    return _find_newest(connection, filters, limit, cursor)


def _find_newest(connection: Connection, filters: Filters, limit: int, cursor: str) -> tuple[list[Row], str]:
    table = conversations
    query = sa.select(table).where(table.c.erased_at.is_(None), *_conditions(connection, filters))
    at, _, last = cursor.partition("~")
    if last and (moment := _moment(at)):
        query = query.where(sa.tuple_(table.c.updated_at, table.c.id) < sa.tuple_(moment, last))
    ordered = query.order_by(table.c.updated_at.desc(), table.c.id.desc()).limit(limit + 1)
    found = rows(connection.execute(ordered))
    more = f"{found[limit - 1]['updated_at'].isoformat()}~{found[limit - 1]['id']}" if len(found) > limit else ""
    return found[:limit], more


def _find_words(
    connection: Connection, filters: Filters, question: str, limit: int, cursor: str
) -> tuple[list[Row], str]:
    """Walk the matching messages from the newest on until a page of different conversations is full."""
    conditions = _conditions(connection, filters)
    found: dict[str, Row] = {}
    before = int(cursor) if cursor.isdecimal() else None
    while True:
        batch = _matches(connection, question, conditions, before, limit * 4)
        for row in batch:
            if row["id"] not in found and len(found) == limit:
                return list(found.values()), str(row["match_id"] + 1)
            found.setdefault(row["id"], row)
        if len(batch) < limit * 4:
            return list(found.values()), ""
        before = batch[-1]["match_id"]


def _matches(connection: Connection, question: str, conditions: list[Any], before: int | None, limit: int) -> list[Row]:
    columns = (conversations, messages.c.id.label("match_id"), messages.c.text.label("match_text"))
    if connection.dialect.name == "sqlite":
        index = sa.table("message_search", sa.column("rowid"))
        query = sa.select(*columns).select_from(index.join(messages, messages.c.id == index.c.rowid))
        key, matching = index.c.rowid, sa.text("message_search MATCH :question")
    else:
        words = sa.func.to_tsvector("simple", sa.func.coalesce(messages.c.text, ""))
        query, key = sa.select(*columns).select_from(messages), messages.c.id
        matching = words.op("@@")(sa.func.to_tsquery("simple", sa.bindparam("question")))
    query = query.join(conversations, conversations.c.id == messages.c.conversation_id)
    query = query.where(matching, *conditions)
    if before is not None:
        query = query.where(key < before)
    return rows(connection.execute(query.order_by(key.desc()).limit(limit), {"question": question}))


def _question(text: str, dialect: str) -> str:
    """Return what was typed as a query of the database's own full-text language, "" when there is no word in it."""
    parts = [phrase or word for phrase, word in WORD.findall(text.replace("\x00", ""))][:MOST_WORDS]
    terms = [(re.findall(r"\w+", part), part.endswith("*")) for part in parts]
    if dialect == "sqlite":
        return " AND ".join(f'"{" ".join(words)}"{"*" if open_end else ""}' for words, open_end in terms if words)
    return " & ".join(f"({' <-> '.join(words)}{':*' if open_end else ''})" for words, open_end in terms if words)


def _conditions(connection: Connection, filters: Filters) -> list[Any]:
    table = conversations
    found = [table.c[name] == getattr(filters, name) for name in COLUMNS if getattr(filters, name)]
    if filters.since:
        found.append(table.c.started_at >= filters.since)
    if filters.until:
        found.append(table.c.started_at < filters.until)
    if filters.for_review:
        found.append(table.c.needs_review.is_(True))
    if filters.assignee == NOBODY:
        found.append(table.c.assignee_id.is_(None))
    elif filters.assignee:
        found.append(table.c.assignee_id == int(filters.assignee))
    return found + [_among(connection, owner, where) for owner, where in _memberships(connection, filters)]


def _memberships(connection: Connection, filters: Filters) -> Iterator[tuple[Any, Any]]:
    """Yield (column with a conversation's id, condition) for what is kept outside the conversation's own row."""
    for kind in FACETS:
        if getattr(filters, kind):
            yield facets.c.conversation_id, (facets.c.kind == kind) & (facets.c.value == getattr(filters, kind))
    if filters.disagreement:
        yield facets.c.conversation_id, (facets.c.kind == "flag") & (facets.c.value == "disagreement")
    if filters.tag:
        yield tags.c.conversation_id, tags.c.tag == filters.tag.lower()
    if filters.feedback:
        yield feedback.c.conversation_id, feedback.c.kind == filters.feedback
    if filters.less_sure_than is not None:
        confidence = sa.literal_column(CONFIDENCE[connection.dialect.name], sa.Float)
        yield messages.c.conversation_id, confidence < filters.less_sure_than


def _among(connection: Connection, owner: Any, where: Any) -> Any:
    """Return the condition that a conversation is among some, in the form that is quick for how many they are."""
    few = sa.select(owner).where(where).limit(RARE + 1)
    ids = {row[0] for row in connection.execute(few)}
    if len(ids) <= RARE:
        return conversations.c.id.in_(ids)
    return sa.exists(sa.select(sa.literal(1)).where(where & (owner == conversations.c.id)))


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
