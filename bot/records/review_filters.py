"""What conversations can be filtered by, as conditions of the database."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.records.database import Connection
from bot.records.tables import conversations, facets, feedback, messages, tags

RARE = 2000
"""Up to so many conversations, a filter is quickest as the list of their ids."""

ALL = 2**31
"""More than there can be."""

FACETS = ("rule", "finding", "symptom", "intent", "area")
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


@dataclass(frozen=True)
class Membership:
    """What a conversation fits by something kept outside its own row.

    owner: the column with its id. once: whether it can fit only once. by_id: whether an index gives the ids in order.
    """

    owner: Any
    where: Any
    once: bool = True
    by_id: bool = False

    def holds(self, conversation_id: Any) -> Any:
        """Return the condition that one conversation fits."""
        return sa.exists(sa.select(sa.literal(1)).where(self.where & (self.owner == conversation_id)))

    def ids(self, *also: Any) -> Any:
        """Return the query of the id of everything that fits; one comes up again where it is not `once`."""
        return sa.select(self.owner.label("id")).where(self.where, *also)

    def fits_few(self, connection: Connection) -> bool:
        """Whether no more fit than `RARE`."""
        some = self.ids().limit(RARE + 1).subquery()
        return int(connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()) <= RARE

    def count(self, connection: Connection) -> int:
        """Return how many fit."""
        return int(connection.execute(sa.select(sa.func.count(self.owner)).where(self.where)).scalar_one())


@dataclass(frozen=True)
class Conditions:
    """Filters for the database.

    ordered: conditions on the row of a conversation that have an index in the order of the list. plain: others.
    listed: that it is one of a few. many: what fits too many conversations to be listed.
    """

    ordered: list[Any] = field(default_factory=list)
    plain: list[Any] = field(default_factory=list)
    listed: list[Any] = field(default_factory=list)
    many: list[Membership] = field(default_factory=list)

    @property
    def tested(self) -> list[Any]:
        """Every condition in the form that tests one conversation after the other."""
        return self.ordered + self.plain + self.listed + [one.holds(conversations.c.id) for one in self.many]

    def rarest_first(self, connection: Connection) -> int:
        """Put the rarest of `many` first and return how many it fits."""
        sizes = {id(one): one.count(connection) for one in self.many}
        self.many.sort(key=lambda one: sizes[id(one)])
        return sizes[id(self.many[0])]

    def gathered(self, query: Any) -> Any:
        """Return a query over conversations held to what fits: the first of `many` that fit the others too."""
        query = query.where(*self.ordered, *self.plain)
        merged = [one for one in self.many if one.by_id]
        if len(merged) > 1:
            rest = [one.holds(conversations.c.id) for one in self.many if not one.by_id]
            return _joined(query, _in_all(merged)).where(*rest)
        first, *others = self.many
        ids = first.ids(*(one.holds(first.owner) for one in others))
        return _joined(query, ids) if first.once else query.where(conversations.c.id.in_(ids))


def _joined(query: Any, ids: Any) -> Any:
    gathered = ids.subquery()
    return query.join(gathered, gathered.c.id == conversations.c.id)


def _in_all(memberships: list[Membership]) -> Any:
    """Return the query of the ids that fit all, by walking their sorted lists side by side.

    SQLite does so only for an ordered result, and forgets the order of an inner query that has no limit.
    """
    return sa.intersect(*(one.ids() for one in memberships)).order_by("id").limit(ALL)


def conditions(connection: Connection, filters: Filters) -> Conditions:
    """Return the conditions of filters, all but the text; asks the database how many fit where that decides."""
    found = Conditions(list(_in_order(filters)), list(_out_of_order(filters)))
    for one in _memberships(connection, filters):
        if one.fits_few(connection):
            found.listed.append(conversations.c.id.in_({row.id for row in connection.execute(one.ids())}))
        else:
            found.many.append(one)
    return found


def _in_order(filters: Filters) -> Iterator[Any]:
    """Yield conditions on the conversation's own row that have an index in the order of the list."""
    table = conversations
    yield from (table.c[name] == getattr(filters, name) for name in ("level", "status") if getattr(filters, name))
    if filters.for_review:
        yield table.c.needs_review.is_(True)
    if filters.assignee:
        nobody = filters.assignee == NOBODY
        yield table.c.assignee_id.is_(None) if nobody else table.c.assignee_id == int(filters.assignee)


def _out_of_order(filters: Filters) -> Iterator[Any]:
    """Yield conditions on the conversation's own row that are tested one by one."""
    table = conversations
    yield table.c.erased_at.is_(None)
    if filters.treatment:
        yield table.c.treatment == filters.treatment
    if filters.since:
        yield table.c.started_at >= filters.since
    if filters.until:
        yield table.c.started_at < filters.until


def _memberships(connection: Connection, filters: Filters) -> Iterator[Membership]:
    for kind in FACETS:
        if getattr(filters, kind):
            yield _facet(kind, getattr(filters, kind))
    if filters.disagreement:
        yield _facet("flag", "disagreement")
    if filters.tag:
        yield Membership(tags.c.conversation_id, tags.c.tag == filters.tag.lower())
    if filters.feedback:
        yield Membership(feedback.c.conversation_id, feedback.c.kind == filters.feedback, once=False)
    if filters.less_sure_than is not None:
        confidence = sa.literal_column(CONFIDENCE[connection.dialect.name], sa.Float)
        yield Membership(messages.c.conversation_id, confidence < filters.less_sure_than, once=False)


def _facet(kind: str, value: str) -> Membership:
    table = facets.alias()  # two of them can be in one query
    return Membership(table.c.conversation_id, (table.c.kind == kind) & (table.c.value == value), by_id=True)
