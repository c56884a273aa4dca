"""What the gateway itself says. Every word is the clinic's, from the reviewed protocol."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from bot.gateway.wire import LONGEST_TEXT, Call, Clinic
from bot.records.database import Row
from bot.triage.hours import Hours
from bot.triage.model import Protocol


@dataclass(frozen=True)
class Words:
    """The texts of one clinic.

    refusals: why a message is not taken, by reason; zone: the clinic's time zone.
    """

    clinic: Clinic
    greeting: tuple[str, ...]
    safety_lines: tuple[str, ...]
    answered_late: str
    refusals: dict[str, str]
    zone: ZoneInfo
    host_pages: tuple[str, ...]
    retention_days: int
    protocol: Protocol

    def greet(self) -> list[Row]:
        """Return the replies that open a conversation."""
        return [_reply("text", text) for text in self.greeting]

    def safety_card(self) -> list[Row]:
        """Return what a patient reads when no answer can be given now."""
        return [_reply("notice", "\n".join(self.safety_lines))]

    def while_closed(self, now: datetime) -> list[Row]:
        """Return what is said to a wish for a call while nobody is there: when the clinic opens."""
        hours = Hours(self.protocol.clinic, now.astimezone(self.zone))
        if hours.is_open():
            return []
        return [_reply("text", self.protocol.text("call_back.closed", **hours.places(self.protocol)))]


def words_of(protocol: Protocol) -> Words:
    """Take from a protocol what the gateway says. Raises KeyError naming a text that is missing."""
    clinic, card = protocol.clinic, protocol.texts["safety_card"]
    lines = (card["text"], card["emergency"], *(f"• {sign}" for sign in card["red_flags"]), card["doctor"])
    return Words(
        clinic=_clinic(protocol),
        greeting=tuple(protocol.texts["greeting"]["first"]),
        safety_lines=(*lines, card["clinic"]),
        answered_late=protocol.text("notice.answered_late"),
        refusals=_refusals(protocol),
        zone=ZoneInfo(clinic["time_zone"]),
        host_pages=tuple(clinic.get("host_pages") or ()),
        retention_days=int(clinic["retention_days"]),
        protocol=protocol,
    )


def _refusals(protocol: Protocol) -> dict[str, str]:
    return {
        "too_long": protocol.text("notice.too_long", limit=LONGEST_TEXT),
        "too_many": protocol.text("notice.too_many"),
        "empty": protocol.text("notice.empty"),
        "unreadable": protocol.text("notice.empty"),
        "answer_late": protocol.text("notice.answer_late"),
        **protocol.texts["api"],
    }


def _clinic(protocol: Protocol) -> Clinic:
    emergency, phone = protocol.numbers["emergency_number"], protocol.clinic["phone"]
    return Clinic(
        name=protocol.clinic["name"],
        logo=protocol.clinic.get("logo"),
        calls=[
            Call(protocol.text("safety_card.call_label"), _dialled(emergency)),
            Call(protocol.text("labels.call_clinic"), _dialled(phone)),
        ],
        red_flags=list(protocol.texts["safety_card"]["red_flags"]),
    )


def _dialled(number: str) -> str:
    return "".join(character for character in number if character.isdigit() or character == "+")


def _reply(kind: str, text: str) -> dict[str, Any]:
    plain: Row = {"input": None, "options": [], "multiple": False, "result": None}
    return {"id": str(uuid4()), "kind": kind, "text": text, **plain}
