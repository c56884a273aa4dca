"""Finding conversations. The address of a search holds all of it, so that it can be kept and passed on."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from bot.console import words
from bot.console.sheets import csv_response, json_lines_response
from bot.console.visit import Refused, Visit
from bot.records import messages, remarks, review, review_search, staff
from bot.records.database import Connection, Row
from bot.records.review_filters import NOBODY, Filters

MOST_ROWS = 5000
MOST_CONVERSATIONS = 500
COLUMNS = (
    "id",
    "started_at",
    "updated_at",
    "level",
    "within",
    "crisis",
    "status",
    "symptoms",
    "area",
    "treatment",
    "needs_review",
    "message_count",
    "protocol_version",
)
CONFIDENCES = {"0.3": "below 30 %", "0.5": "below 50 %", "0.7": "below 70 %"}


def search(visit: Visit) -> Response:
    """Show the filters and a page of what they find."""
    asked = dict(visit.request.query_params)
    filters = filters_of(visit, asked)
    with visit.desk.database.read() as connection:
        size = visit.desk.settings.page_size
        found, cursor = review_search.find(connection, filters, size, asked.get("after", ""))
        shown: dict[str, Any] = {
            "found": found,
            "next": urlencode({**asked, "after": cursor}) if cursor else None,
            "query": urlencode({name: value for name, value in asked.items() if name != "after"}),
            "asked": asked,
            "active": [name for name, value in asked.items() if value and name in FIELDS and name != "text"],
            "last_words": review.last_words(connection, [row["id"] for row in found]),
            "names": review.staff_names(connection),
            "people": staff.everyone(connection),
            "known": _known(visit),
            "confidences": CONFIDENCES,
        }
    return visit.page("search.html", **shown)


def as_csv(visit: Visit) -> Response:
    """Return what was found as a table, without the patients' words."""
    found = _all(visit, MOST_ROWS)
    return csv_response("conversations.csv", COLUMNS, ([_flat(row[name]) for name in COLUMNS] for row in found))


def as_json_lines(visit: Visit) -> Response:
    """Return what was found as one JSON document per conversation, with everything that was said."""
    found = _all(visit, MOST_CONVERSATIONS)
    with visit.desk.database.read() as connection:
        return json_lines_response("conversations.jsonl", [whole(connection, row) for row in found])


def whole(connection: Connection, conversation: Row) -> dict[str, Any]:
    """Return a conversation with its messages, notes, tags, corrections and feedback as plain data."""
    said = remarks.of_conversation(connection, conversation["id"])
    return {**conversation, "messages": messages.transcript(connection, conversation["id"]), **said}


def filters_of(visit: Visit, asked: Mapping[str, str]) -> Filters:
    """Return the filters that an address asks for. Raises Refused for a date or a person that cannot be."""
    given: dict[str, Any] = {name: asked[name].strip()[:200] for name in FIELDS if asked.get(name, "").strip()}
    for name in ("since", "until"):
        if name in given:
            given[name] = _day(visit, given[name]) + timedelta(days=name == "until")
    for name in ("disagreement", "for_review"):
        given[name] = given.get(name) == "1"
    if "less_sure_than" in given:
        given["less_sure_than"] = _number(given["less_sure_than"])
    if given.get("assignee", NOBODY) != NOBODY and not given["assignee"].isdecimal():
        raise Refused(400, "There is no such colleague.")
    return Filters(**given)


FIELDS = tuple(field.name for field in fields(Filters))


def _known(visit: Visit) -> dict[str, list[str]]:
    """Return what each filter can offer, from the content in use now; older ids can be typed."""
    protocol = visit.desk.protocol
    return {
        "rule": [rule.id for rule in protocol.rules],
        "finding": list(protocol.facts),
        "symptom": list(protocol.symptoms),
        "intent": sorted(visit.desk.intents),
        "area": list(protocol.facts["area"].values),
    }


def _all(visit: Visit, most: int) -> list[Row]:
    filters = filters_of(visit, dict(visit.request.query_params))
    with visit.desk.database.read() as connection:
        found, _ = review_search.find(connection, filters, most)
    return found


def _day(visit: Visit, text: str) -> datetime:
    """Return the beginning of a day in the clinic's time."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
        return datetime.combine(day, time(), visit.desk.zone)
    except (ValueError, OverflowError):
        raise Refused(400, "A date looks like 2026-11-24.") from None


def _number(text: str) -> float:
    if text not in CONFIDENCES:
        raise Refused(400, "Choose how sure the assistant was from the list.")
    return float(text)


def _flat(value: Any) -> Any:
    return ", ".join(map(words.plain, value)) if isinstance(value, list) else value
