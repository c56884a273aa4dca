"""The queue: what waits for staff, the most urgent first."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.console.visit import Visit, not_found
from bot.records import escalations, review
from bot.records.database import Connection, Row

EXCERPT = 140


@dataclass(frozen=True)
class Waiting:
    """A conversation that waits for staff, with everything that is open about it."""

    conversation: Row
    open: list[Row] = field(default_factory=list)
    words: str = ""
    assignee: str | None = None
    takers: tuple[str, ...] = ()

    @property
    def taken(self) -> bool:
        """Whether somebody has acknowledged everything that is open."""
        return all(row["acknowledged_at"] for row in self.open)

    @property
    def most_urgent(self) -> Row:
        """What is most urgent and not taken; when all is taken, what is most urgent."""
        untaken = [row for row in self.open if not row["acknowledged_at"]]
        return max(untaken or self.open, key=lambda row: (row["rank"], row["crisis"]))

    @property
    def since(self) -> datetime:
        """Since when it waits."""
        moment: datetime = min(row["opened_at"] for row in self.open if self.taken or not row["acknowledged_at"])
        return moment

    @property
    def due(self) -> datetime:
        """By when somebody should have taken it."""
        moment: datetime = min(row["due_at"] for row in self.open if self.taken or not row["acknowledged_at"])
        return moment

    @property
    def order(self) -> tuple[Any, ...]:
        """Sorts the most urgent first, then the longest waiting; what is being looked after comes last."""
        top = self.most_urgent
        return (self.taken, -top["rank"], self.since)


def queue(visit: Visit) -> Response:
    """Show the queue."""
    return visit.page("queue.html", **_content(visit))


def live(visit: Visit) -> Response:
    """Return the rows of the queue as they are now; 304 when the browser has them already."""
    with visit.desk.database.read() as connection:
        mark = (review.feed_mark(connection), visit.request.query_params.get("mine"))
    tag = '"' + hashlib.sha256(repr(mark).encode()).hexdigest()[:20] + '"'
    if visit.request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    return HTMLResponse(visit.html("_queue_rows.html", **_content(visit)), headers={"ETag": tag})


def escalation(visit: Visit) -> Response:
    """Lead from the link in an alert to the conversation it is about."""
    with visit.desk.database.read() as connection:
        row = escalations.find(connection, visit.number("escalation_id"))
    if row is None:
        raise not_found()
    return RedirectResponse(f"{visit.base}/conversations/{row['conversation_id']}", 303)


def _content(visit: Visit) -> dict[str, Any]:
    mine = visit.request.query_params.get("mine") == "1"
    with visit.desk.database.read() as connection:
        found = waiting(connection)
        hidden = max(0, review.count_open(connection) - review.QUEUE_LIMIT)
    if mine:
        found = [one for one in found if one.conversation["assignee_id"] == visit.member.id]
    return {
        "untaken": [one for one in found if not one.taken],
        "taken": [one for one in found if one.taken],
        "mine": mine,
        "hidden": hidden,
    }


def waiting(connection: Connection) -> list[Waiting]:
    """Return the conversations that wait for staff, in the order in which to look at them."""
    open_rows = review.open_escalations(connection)
    names = review.staff_names(connection)
    words = review.last_words(connection, list({row["conversation_id"] for row in open_rows}))
    grouped: dict[str, list[Row]] = {}
    for row in open_rows:
        grouped.setdefault(row["conversation_id"], []).append(row)
    found = (_waiting(rows, names, words.get(conversation_id, "")) for conversation_id, rows in grouped.items())
    return sorted(found, key=lambda one: one.order)


def _waiting(rows: list[Row], names: dict[int, str], words: str) -> Waiting:
    first = rows[0]
    conversation = {name: first[name] for name in review.FOR_QUEUE} | {"id": first["conversation_id"]}
    return Waiting(
        conversation=conversation,
        open=rows,
        words=words if len(words) <= EXCERPT else words[:EXCERPT].rstrip() + "…",
        assignee=names.get(first["assignee_id"]),
        takers=_names(names, (row["acknowledged_by"] for row in rows)),
    )


def _names(names: dict[int, str], ids: Iterable[int | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names[one] for one in ids if one in names))
