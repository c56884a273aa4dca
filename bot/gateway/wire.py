"""What travels over the chat API, as msgspec structs. The OpenAPI document is made of these."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

Level = Literal["self_care", "contact_clinic", "urgent", "emergency"]
Within = Literal["next_working_day", "today", "now"]
Kind = Literal["text", "question", "result", "notice"]
Input = Literal["choice", "text", "scale", "datetime", "body_area", "contact"]

LONGEST_TEXT = 5_000
MOST_VALUES = 60
ShortText = Annotated[str, msgspec.Meta(max_length=200)]
Zone = Annotated[str, msgspec.Meta(max_length=64, description="IANA time zone, such as Europe/London")]
Values = Annotated[list[ShortText], msgspec.Meta(min_length=1, max_length=MOST_VALUES)]


class Option(msgspec.Struct):
    """A button."""

    label: str
    value: str


class Call(msgspec.Struct):
    """A telephone number to call, with the words of its button."""

    label: str
    tel: str


class Source(msgspec.Struct):
    """Where an answer comes from; `added` marks what none of the documents says."""

    document: str
    section: str
    added: bool


class Result(msgspec.Struct):
    """What to do and how soon, with the reasons."""

    level: Level
    within: Within | None
    crisis: bool
    headline: str
    call: Call | None
    why: list[str]
    do: list[str]
    avoid: list[str]
    expect: str | None
    get_help_if: list[str]
    sources: list[Source]
    rules: list[str]


class Reply(msgspec.Struct):
    """One thing the assistant says. Whatever `input` says, typed text is always accepted."""

    id: str = ""
    kind: Kind = "text"
    text: str = ""
    input: Input | None = None
    options: list[Option] = []
    multiple: bool = False
    result: Result | None = None
    why: str | None = None
    at: datetime | None = None


class NewConversation(msgspec.Struct, forbid_unknown_fields=True):
    """Starts a conversation."""

    zone: Zone | None = None


class Created(msgspec.Struct):
    """A conversation, the token that opens it and nothing else, and the greeting."""

    conversation_id: str
    token: str
    expires_at: datetime
    replies: list[Reply]


class PatientMessage(msgspec.Struct, forbid_unknown_fields=True):
    """A message: either text or the values of chosen options. The same id again is the same message."""

    id: UUID
    text: str | None = None
    values: Values | None = None


class Answered(msgspec.Struct):
    """What the assistant says to a message."""

    message_id: str
    replies: list[Reply]


class Message(msgspec.Struct):
    """A message of the patient with everything that was said to it."""

    id: str
    at: datetime
    text: str | None
    values: list[str] | None
    state: Literal["received", "answered", "failed"]
    replies: list[Reply]


class Conversation(msgspec.Struct):
    """A whole conversation; `replies` came before the first message.

    waiting: how many questions were put since the patient last wrote (check-ins).
    """

    conversation_id: str
    started_at: datetime
    last_event_id: str
    replies: list[Reply]
    messages: list[Message]
    waiting: int = 0


class Feedback(msgspec.Struct, forbid_unknown_fields=True):
    """Was this helpful, or not what was meant; with a word on it if the patient likes."""

    reply_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    helpful: bool | None = None
    misunderstood: bool = False
    word: Annotated[str, msgspec.Meta(max_length=500)] | None = None


class ContactDetails(msgspec.Struct, forbid_unknown_fields=True):
    """Whom to call back, on which number, and when it suits."""

    phone: Annotated[str, msgspec.Meta(min_length=3, max_length=40)]
    name: Annotated[str, msgspec.Meta(max_length=120)] = ""
    best_time: Annotated[str, msgspec.Meta(max_length=120)] = ""


class CheckInRequest(msgspec.Struct, forbid_unknown_fields=True):
    """When to ask again: in the morning, in a day, or when it should be gone; with an address if a mail is wanted."""

    when: Literal["morning", "day", "gone"]
    email: Annotated[str, msgspec.Meta(min_length=3, max_length=254)] | None = None


class CheckInPlanned(msgspec.Struct):
    """When the patient is asked again, in words too."""

    due_at: datetime
    text: str


class CheckInOffer(msgspec.Struct):
    """A moment to choose, with the words of its button."""

    when: Literal["morning", "day", "gone"]
    label: str
    due_at: datetime


class CheckIns(msgspec.Struct):
    """What can be chosen (nothing, where there is nothing to ask again about), and what is planned.

    by_email: whether an address can be left for a mail that says when there is a question.
    """

    offers: list[CheckInOffer]
    planned_at: datetime | None
    by_email: bool


class Handover(msgspec.Struct):
    """What to tell whoever helps: lines to read out, the first of them a title."""

    title: str
    lines: list[str]


class Clinic(msgspec.Struct):
    """What the widget shows of the clinic before anything is asked."""

    name: str
    logo: str | None
    calls: list[Call]
    red_flags: list[str]


class RasaIntent(msgspec.Struct):
    """What the message was about."""

    name: str | None = None
    confidence: float = 0.0


class RasaUnderstood(msgspec.Struct):
    """What the dialogue side understood."""

    intent: RasaIntent
    findings: list[dict[str, Any]]


class RasaAssessment(msgspec.Struct):
    """What the dialogue side assessed; the keys the log relies on, the others are kept as they are."""

    level: Level | None
    rank: int | None = None


class RasaAnswer(msgspec.Struct):
    """The shape of an answer of the dialogue side; anything else counts as garbled."""

    message_id: str
    replies: Annotated[list[Reply], msgspec.Meta(min_length=1)]
    understood: RasaUnderstood
    assessment: RasaAssessment
