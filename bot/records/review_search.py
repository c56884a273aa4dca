"""Finding conversations: full-text search over patients' words, and filters, newest first.

Pages go on from a cursor, never from an offset: a deep page costs as much as the first, and a conversation that
changes meanwhile hides no other. A search by words lists a conversation where its newest fitting message is;
when older messages of it fit as well it can come up again pages later.
"""

import re
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.records.database import Connection, Row, rows
from bot.records.review_filters import Conditions, Filters, conditions
from bot.records.tables import conversations, messages

WINDOW = 500
"""Among so many of the newest conversations a page is looked for first."""

MOST_WORDS = 12
WORD = re.compile(r'"([^"]+)"|(\S+)')


def find(connection: Connection, filters: Filters, limit: int, cursor: str = "") -> tuple[list[Row], str]:
    """Return a page of conversations that fit, the newest first, and the cursor of the next page ("" at the end).

    cursor: what the page before returned; one that makes no sense starts from the beginning.
    """
    question = _question(filters.text, connection.dialect.name)
    if question:
        return _find_words(connection, filters, question, limit, cursor)
    return _find_newest(connection, filters, limit, cursor)


def _find_newest(connection: Connection, filters: Filters, limit: int, cursor: str) -> tuple[list[Row], str]:
    table, wanted = conversations, conditions(connection, filters)
    after: list[Any] = []
    at, _, last = cursor.partition("~")
    if last and (moment := _moment(at)):
        after.append(sa.tuple_(table.c.updated_at, table.c.id) < sa.tuple_(moment, last))
    if wanted.many and not wanted.listed:
        found = _among_many(connection, wanted, after, limit + 1)
    else:
        found = _newest(connection, wanted.tested + after, limit + 1)
    more = f"{found[limit - 1]['updated_at'].isoformat()}~{found[limit - 1]['id']}" if len(found) > limit else ""
    return found[:limit], more


def _newest(connection: Connection, where: list[Any], count: int) -> list[Row]:
    """Return the newest conversations that fit, walking from the newest on."""
    table = conversations
    query = sa.select(table).where(*where).order_by(table.c.updated_at.desc(), table.c.id.desc())
    return rows(connection.execute(query.limit(count)))


def _among_many(connection: Connection, wanted: Conditions, after: list[Any], count: int) -> list[Row]:
    """Return the newest that fit a filter which fits many.

    The walk is quick where many of the newest fit, and endless where they lie far back or two filters hardly meet.
    So a short one says how dense they lie, and then the quicker way is taken: a longer one, or to gather and sort.
    """
    found, complete = _walk(connection, wanted, after, count, WINDOW)
    if complete:
        return found
    rarest = wanted.rarest_first(connection)
    expected = WINDOW * count // max(len(found), 1)
    if expected < rarest // 2:
        found, complete = _walk(connection, wanted, after, count, 2 * expected)
    return found if complete else _gathered(connection, wanted, after, count)


def _walk(
    connection: Connection, wanted: Conditions, after: list[Any], count: int, window: int
) -> tuple[list[Row], bool]:
    """Return what fits among so many of the newest, and whether the rest needs no look any more."""
    updated = conversations.c.updated_at
    walk = sa.select(updated).where(*wanted.ordered, *after).order_by(updated.desc())
    border = connection.execute(walk.offset(window).limit(1)).scalar()
    within = [] if border is None else [updated >= border]
    found = _newest(connection, wanted.tested + after + within, count)
    return found, border is None or len(found) == count


def _gathered(connection: Connection, wanted: Conditions, after: list[Any], count: int) -> list[Row]:
    table = conversations
    query = wanted.gathered(sa.select(table.c.id).where(*after))
    # An expression, so that SQLite reads what was gathered instead of walking the index of the order.
    newest = sa.func.coalesce(table.c.updated_at, table.c.updated_at).desc()
    first = [row.id for row in connection.execute(query.order_by(newest, table.c.id.desc()).limit(count))]
    return _newest(connection, [table.c.id.in_(first)], count)


def _find_words(
    connection: Connection, filters: Filters, question: str, limit: int, cursor: str
) -> tuple[list[Row], str]:
    """Walk the matching messages from the newest on until a page of different conversations is full."""
    wanted = conditions(connection, filters).tested
    found: dict[str, Row] = {}
    before = int(cursor) if cursor.isdecimal() else None
    while True:
        batch = _matches(connection, question, wanted, before, limit * 4)
        for row in batch:
            if row["id"] not in found and len(found) == limit:
                return list(found.values()), str(row["match_id"] + 1)
            found.setdefault(row["id"], row)
        if len(batch) < limit * 4:
            return list(found.values()), ""
        before = batch[-1]["match_id"]


def _matches(connection: Connection, question: str, wanted: list[Any], before: int | None, limit: int) -> list[Row]:
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
    query = query.where(matching, *wanted)
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


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
