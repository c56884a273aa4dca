"""Making the assistant better: corrections in place, files for the next training, readings of quiet conversations."""

from datetime import timedelta
from typing import Any

from starlette.responses import Response

from bot.console import training_data, words
from bot.console.pages.conversation import conversation_of
from bot.console.sheets import file_response
from bot.console.statistics import Share
from bot.console.transcript import turns
from bot.console.visit import Refused, Visit, not_found
from bot.records import messages, remarks, review, review_corrections, review_sample
from bot.records.database import Connection, Row

SAMPLE_SIZE = 10
SAMPLE_FROM = timedelta(days=90)
YAML = "application/yaml; charset=utf-8"


def correct(visit: Visit) -> Response:
    """Keep what the assistant should have understood in a message."""
    with visit.desk.database.write() as connection:
        conversation_id = conversation_of(visit, connection)["id"]
        message = messages.find(connection, conversation_id, visit.path("message_id"))
        if message is None or message["sender"] != messages.PATIENT or not message["text"]:
            raise not_found()
        kind = visit.field("kind", 10)
        before, after = _intent(visit, message) if kind == training_data.INTENT else _finding(visit, message)
        member = visit.member.id
        remarks.add_correction(connection, conversation_id, message["uuid"], member, kind, before, after, visit.now)
        visit.audit(connection, "correct", "conversation", conversation_id, {"kind": kind})
    return visit.go(f"/conversations/{conversation_id}", "corrected")


def improve(visit: Visit) -> Response:
    """Show what was corrected and what is to be read."""
    with visit.desk.database.read() as connection:
        given = review_corrections.corrections_given(connection)
        readings = review_sample.readings(connection)
        pairs = review_sample.pairs(readings)
        shown: dict[str, Any] = {
            "corrections": given,
            "texts": review_corrections.texts_of(connection, given),
            "names": review.staff_names(connection),
            "to_read": review_sample.open_for(connection, visit.member.id),
            "readings": readings,
            "agreement": Share.of(sum(bool(row["agrees"]) for row in readings), len(readings)),
            "between": Share.of(sum(one == other for one, other in pairs), len(pairs)),
            "kappa": review_sample.kappa(pairs),
            "missed": [row for row in readings if _more_urgent(row)],
        }
    return visit.page("improve.html", problem=_problem(visit), **shown)


def nlu_file(visit: Visit) -> Response:
    """Return the corrected intents as a file for data/nlu."""
    try:
        return file_response("corrections.yml", _nlu(visit), YAML)
    except training_data.DataError as error:
        raise Refused(409, f"Not exported: {error}.") from None


def tests_file(visit: Visit) -> Response:
    """Return the corrected conversations as tests."""
    with visit.desk.database.read() as connection:
        by_conversation: dict[str, list[Row]] = {}
        for row in review_corrections.corrections_given(connection, _everything(visit)):
            by_conversation.setdefault(row["conversation_id"], []).append(row)
        cases = [
            (one, review_corrections.typed_until(connection, one, {row["message_uuid"] for row in given}), given)
            for one, given in by_conversation.items()
        ]
    return file_response("test_corrections.yml", training_data.tests_yaml(cases), YAML)


def mark_exported(visit: Visit) -> Response:
    """Note that the corrections shown have gone into the project's data."""
    newest = visit.field("newest", 12)
    if not newest.isdecimal():
        raise Refused(400, "The form could not be read.")
    with visit.desk.database.write() as connection:
        count = review_corrections.mark_exported(connection, int(newest), visit.now)
        visit.audit(connection, "mark corrections exported", "console", None, {"count": count})
    return visit.go("/improve", "exported")


def draw(visit: Visit) -> Response:
    """Draw a new random sample of quiet conversations."""
    with visit.desk.database.write() as connection:
        count = review_sample.draw(connection, SAMPLE_SIZE, visit.now - SAMPLE_FROM, visit.now)
        visit.audit(connection, "draw sample", "console", None, {"count": count})
    return visit.go("/improve", "drawn")


def reading(visit: Visit) -> Response:
    """Show what a patient said and was asked, without the level the assistant reached."""
    with visit.desk.database.read() as connection:
        row = _open_reading(visit, connection)
        transcript = messages.transcript(connection, row["conversation_id"])
        said = turns(transcript, visit.desk.protocol, {}, ())
    return visit.page("reading.html", row=row, turns=said)


def give_reading(visit: Visit) -> Response:
    """Keep the level that a reader finds right."""
    level = visit.field("level", 20)
    if level not in words.LEVELS:
        raise Refused(400, "Choose a level. Nothing was saved.")
    with visit.desk.database.write() as connection:
        review_id, text = visit.number("review_id"), visit.field("text")
        row = _open_reading(visit, connection)
        if not review_sample.record(connection, review_id, visit.member.id, level, text, visit.now):
            raise Refused(409, "Somebody else has just given this reading. Nothing was changed.")
        visit.audit(connection, "read sample", "conversation", row["conversation_id"])
    return visit.go("/improve", "reviewed")


def _intent(visit: Visit, message: Row) -> tuple[Any, Any]:
    wanted = visit.field("intent", 80)
    if wanted not in visit.desk.intents:
        raise Refused(400, "Choose the intent from the list. Nothing was changed.")
    return ((message["understood"] or {}).get("intent") or {}).get("name"), wanted


def _finding(visit: Visit, message: Row) -> tuple[Any, Any]:
    name = visit.field("finding", 80)
    try:
        after = training_data.checked_finding(
            name, visit.field("assertion", 20), visit.field("words", 200), message["text"], visit.desk.protocol.facts
        )
    except training_data.DataError as error:
        raise Refused(400, f"Not saved: {error}.") from None
    found = (message["understood"] or {}).get("findings") or ()
    return [one for one in found if one["finding"] == name], after


def _nlu(visit: Visit) -> str:
    with visit.desk.database.read() as connection:
        given = review_corrections.corrections_given(connection, _everything(visit))
        texts = review_corrections.texts_of(connection, given)
    return training_data.nlu_yaml(given, texts, visit.desk.intents)


def _problem(visit: Visit) -> str | None:
    """Return why the corrections cannot be exported as they are, None when they can."""
    try:
        _nlu(visit)
    except training_data.DataError as error:
        return str(error)
    return None


def _everything(visit: Visit) -> bool:
    return visit.request.query_params.get("all") == "1"


def _open_reading(visit: Visit, connection: Connection) -> Row:
    for row in review_sample.open_for(connection, visit.member.id):
        if row["id"] == visit.number("review_id"):
            return row
    raise not_found()


def _more_urgent(row: Row) -> bool:
    order = list(words.LEVELS)
    return row["reached"] in order and order.index(row["level"]) < order.index(row["reached"])
