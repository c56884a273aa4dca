"""A conversation as a FHIR R4B Bundle: what was said, the risk judged, the warning and the work it made.

Plain dictionaries; the patient is not identified, since the assistant does not know who it is.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from bot.console import words
from bot.records.database import Row
from bot.triage import levels

Resource = dict[str, Any]
SPACE = uuid.UUID("5f3f9c1e-7a43-4d0e-9a59-1f6f4d6b2a10")
"""Any fixed id: resources of the same record get the same id in every export."""

PATIENT = {"display": "Patient of the aftercare assistant, not identified"}
PRIORITIES = {levels.AMBULANCE: "stat", levels.DOCTOR_NOW: "asap", levels.DOCTOR_TODAY: "urgent"}


def bundle(
    conversation: Row, messages: Iterable[Row], escalations: Iterable[Row], names: Mapping[int, str], now: datetime
) -> Resource:
    """Return the Bundle. names: staff by id."""
    device = _resource(
        "Device", conversation["id"], deviceName=[{"name": "Aftercare assistant", "type": "user-friendly-name"}]
    )
    resources = [device]
    for message in messages:
        resources += _of_message(message, conversation, device)
    for row in escalations:
        resources += _of_escalation(row, device, names)
    return {
        "resourceType": "Bundle",
        "id": conversation["id"],
        "type": "collection",
        "timestamp": _instant(now),
        "entry": [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in resources],
    }


def _of_message(message: Row, conversation: Row, device: Resource) -> list[Resource]:
    found = []
    key = f"{conversation['id']}/{message['uuid']}"
    said = message["text"] or ", ".join(map(str, message["chosen"] or ()))
    if message["sender"] == "patient":
        found.append(_communication(f"{key}/said", said, message["received_at"], PATIENT, _reference(device)))
    answered = message["answered_at"] or message["received_at"]
    for number, reply in enumerate(message["replies"] or ()):
        sender = {"display": "Clinic staff"} if message["sender"] == "staff" else _reference(device)
        text = reply.get("text") or (reply.get("result") or {}).get("headline") or ""
        found.append(_communication(f"{key}/{number}", text, answered, sender, PATIENT))
    if message["assessment"] and message["assessment"].get("level"):
        found.append(_risk(key, message["assessment"], answered, found[0], device))
    return found


def _communication(key: str, text: str, at: datetime, sender: Resource, recipient: Resource) -> Resource:
    return _resource(
        "Communication",
        key,
        status="completed",
        subject=PATIENT,
        sent=_instant(at),
        sender=sender,
        recipient=[recipient],
        payload=[{"contentString": text or "(no words)"}],
    )


def _risk(key: str, assessment: Row, at: datetime, basis: Resource, device: Resource) -> Resource:
    rules = ", ".join(map(str, assessment.get("rules") or ())) or "none"
    return _resource(
        "RiskAssessment",
        f"{key}/risk",
        status="final" if assessment.get("final") else "preliminary",
        subject=PATIENT,
        occurrenceDateTime=_instant(at),
        performer=_reference(device),
        method={"text": f"Aftercare protocol {assessment.get('protocol_version') or 'unknown'}"},
        basis=[_reference(basis)],
        prediction=[{"qualitativeRisk": {"text": words.level_of(assessment)}, "rationale": f"Rules: {rules}"}],
    )


def _of_escalation(row: Row, device: Resource, names: Mapping[int, str]) -> list[Resource]:
    period = {"start": _instant(row["opened_at"])} | ({"end": _instant(row["closed_at"])} if row["closed_at"] else {})
    title = f"{words.KINDS.get(row['kind'], row['kind'])}: {words.badge(row['rank'], row['crisis'])[2]}"
    flag = _resource(
        "Flag",
        f"escalation/{row['id']}",
        status="inactive" if row["closed_at"] else "active",
        code={"text": title},
        subject=PATIENT,
        period=period,
        author=_reference(device),
    )
    return [flag, _task(row, flag, title, names)]


def _task(row: Row, flag: Resource, title: str, names: Mapping[int, str]) -> Resource:
    owner = names.get(row["closed_by"] or row["acknowledged_by"])
    task = _resource(
        "Task",
        f"task/{row['id']}",
        status="completed" if row["closed_at"] else "accepted" if row["acknowledged_at"] else "requested",
        intent="order",
        priority=PRIORITIES.get(row["rank"], "routine"),
        description=title,
        focus=_reference(flag),
        authoredOn=_instant(row["opened_at"]),
        restriction={"period": {"end": _instant(row["due_at"])}},
    )
    task["for"] = PATIENT
    if owner:
        task["owner"] = {"display": owner}
    if row["closed_at"]:
        task["businessStatus"] = {"text": words.outcome(row["outcome"])}
        task["note"] = [{"text": row["reason"], "time": _instant(row["closed_at"])}]
    return task


def _resource(kind: str, key: str, **content: Any) -> Resource:
    return {"resourceType": kind, "id": str(uuid.uuid5(SPACE, f"{kind}/{key}")), **content}


def _reference(resource: Resource) -> Resource:
    return {"reference": f"urn:uuid:{resource['id']}"}


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
