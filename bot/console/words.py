"""What staff read: levels, kinds, outcomes and times in plain words."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.records import conversations, escalations, staff
from bot.triage import levels

Badge = tuple[str, str, str]
"""A level as (css class, icon, words)."""

LEVEL_BADGES: Mapping[int, Badge] = {
    levels.AMBULANCE: ("emergency", "siren", "Emergency"),
    levels.DOCTOR_NOW: ("urgent", "clock", "Doctor now"),
    levels.DOCTOR_TODAY: ("urgent", "clock", "Doctor today"),
    levels.CLINIC_TODAY: ("clinic", "phone", "Clinic today"),
    levels.NEXT_DAY_CLINIC: ("clinic", "phone", "Clinic, next working day"),
    levels.HOME: ("home", "house", "Self-care"),
}
CRISIS_BADGE: Badge = ("emergency", "heart", "Crisis")
NO_BADGE: Badge = ("none", "dash", "No level yet")

LEVELS = {
    levels.EMERGENCY: "Emergency",
    levels.URGENT: "Urgent: see a doctor",
    levels.CONTACT_CLINIC: "Contact the clinic",
    levels.SELF_CARE: "Self-care",
}
WITHIN = {levels.NOW: "now", levels.TODAY: "today", levels.NEXT_WORKING_DAY: "next working day"}
KINDS = {
    escalations.RESULT: "Needs a person",
    escalations.CALL_BACK: "Asked to be called back",
    escalations.FAILURE: "The assistant could not answer",
    escalations.BROKEN_OFF: "Stopped before the end",
}
STATUSES = {
    conversations.OPEN: "Going on",
    conversations.FINISHED: "Finished",
    conversations.UNFINISHED: "Stopped before the end",
    conversations.FAILED: "Waits for an answer",
    conversations.CLOSED: "Erased",
}
OUTCOMES = {
    "advised": "Spoke with the patient, gave advice",
    "appointment": "Spoke with the patient, appointment made",
    "sent_to_care": "Spoke with the patient, sent to a doctor or emergency care",
    "in_care": "The patient is already being treated elsewhere",
    "not_reached": "Could not be reached after several tries",
    "no_action": "Read; nothing needs doing",
    "not_relevant": "Not a real case (test, mistake, joke)",
}
PROGRAM_OUTCOMES = {
    escalations.SUPERSEDED: "Replaced by a more urgent one",
    escalations.ANSWERED_LATER: "The assistant answered after all",
    escalations.ERASED: "Erased by the patient",
}
CALLS = {
    "reached": "Reached the patient",
    "no_answer": "No answer",
    "left_message": "Left a message",
    "wrong_number": "Wrong number",
}
CALL_WITHIN = {"15": "in 15 minutes", "30": "in 30 minutes", "60": "in an hour", "120": "in two hours"}
"""By when a patient is told that somebody calls; minutes from the acknowledgement."""

ASSERTIONS = {
    "present": "has it",
    "absent": "does not have it",
    "possible": "may have it",
    "past": "had it in the past",
    "hypothetical": "asks about it",
    "other_person": "someone else has it",
}
REASONS = {
    "corrected": "The patient took something back",
    "disagreement": "The two safety checks disagreed",
    "broken_off": "Stopped before the end",
    "asked_for_a_person": "The patient asked for a person",
}
FEEDBACK = {
    "helpful": "Helpful",
    "not_helpful": "Not helpful",
    "not_what_i_meant": "“That is not what I meant”",
}
ROLES = {"viewer": "Viewer: reads", "clinician": "Clinician: reads and acts", "admin": "Admin: everything"}
MENU = (
    ("/", "Queue", staff.VIEWER),
    ("/search", "Find", staff.VIEWER),
    ("/improve", "Improve", staff.VIEWER),
    ("/learn", "Learn", staff.VIEWER),
    ("/people", "People", staff.ADMIN),
    ("/audit", "Audit log", staff.ADMIN),
)
"""The menu: path, words, and the least role that sees it."""

NOTICES = {
    "acknowledged": "Acknowledged. The patient can see that the clinic has seen it.",
    "closed": "Closed. The outcome and your reason are kept.",
    "called": "The call is written down.",
    "noted": "Your note is saved.",
    "tagged": "The tags are saved.",
    "flagged": "Flagged for review.",
    "unflagged": "Marked as reviewed.",
    "assigned": "Assigned.",
    "corrected": "Thank you. The correction is kept for the next training.",
    "held": "The legal hold is changed.",
    "logged_out": "You are logged out.",
    "password": "Your password is changed. Other sessions of yours have ended.",
    "person": "The account is changed.",
    "factor": "The second factor is changed.",
    "reviewed": "Thank you. Your reading is saved.",
    "drawn": "A new sample is drawn.",
    "exported": "Marked as exported.",
}


def badge(rank: int | None, crisis: bool = False) -> Badge:
    """Return how a rank of `bot.triage.levels` is shown."""
    if crisis:
        return CRISIS_BADGE
    return LEVEL_BADGES.get(-1 if rank is None else rank, NO_BADGE)


def level_of(entry: Mapping[str, Any]) -> str:
    """Return a level and how soon, such as "Contact the clinic, today"."""
    level, within = entry.get("level"), entry.get("within")
    if level is None:
        return "No level yet"
    return ", ".join(filter(None, (LEVELS.get(level, level), WITHIN.get(within or ""))))


def outcome(code: str | None) -> str:
    """Return an outcome in words."""
    return OUTCOMES.get(code or "") or PROGRAM_OUTCOMES.get(code or "") or (code or "")


def plain(code: str) -> str:
    """Return an id such as "site_redness" as words."""
    return code.replace("_", " ").replace(".", ": ")


def clock(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Return a moment in the clinic's time: the time of day for today, with the date otherwise."""
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local:%a} {local.day} {local:%b}{year}, {local:%H:%M}"


def span(length: timedelta) -> str:
    """Return a length of time roughly, such as "4 min" or "2 h 10 min"."""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    days = minutes // (24 * 60)
    return f"{days} day{'s' if days > 1 else ''}"
