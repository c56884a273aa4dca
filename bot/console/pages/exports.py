"""One conversation as a file: everything as JSON, or a FHIR Bundle for the patient record."""

from starlette.responses import Response

from bot.console import fhir
from bot.console.pages.conversation import conversation_of
from bot.console.pages.search import whole
from bot.console.sheets import file_response, json_text
from bot.console.visit import Visit
from bot.records import escalations, messages, review


def as_json(visit: Visit) -> Response:
    """Return everything about a conversation but how to reach the patient."""
    with visit.desk.database.read() as connection:
        found = conversation_of(visit, connection)
        entry = whole(connection, found) | {"escalations": escalations.of_conversation(connection, found["id"])}
    return file_response(f"conversation-{found['id'][:8]}.json", json_text(entry), "application/json")


def as_fhir(visit: Visit) -> Response:
    """Return a conversation as a FHIR R4B Bundle."""
    with visit.desk.database.read() as connection:
        found = conversation_of(visit, connection)
        transcript = messages.transcript(connection, found["id"])
        opened = escalations.of_conversation(connection, found["id"])
        names = review.staff_names(connection)
    bundle = fhir.bundle(found, transcript, opened, names, visit.now)
    return file_response(f"conversation-{found['id'][:8]}.fhir.json", json_text(bundle), "application/fhir+json")
