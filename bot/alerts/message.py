"""What an alert says: how soon to look, and where. Nothing about the patient leaves the house."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

NOW, SOON, TEST = "now", "soon", "test"
SUBJECTS = {
    NOW: "Aftercare: please look now ({reference})",
    SOON: "Aftercare: a conversation is waiting ({reference})",
    TEST: "Aftercare: this is a test ({reference})",
}
LINES = {
    NOW: "A conversation needs someone now.",
    SOON: "A conversation is waiting for someone.",
    TEST: "This is a test of the alerts. Nothing needs doing.",
}
AGAIN = "Nobody has taken it yet, so you are told as well."


@dataclass(frozen=True)
class Message:
    """One alert for one contact.

    key: the same for every attempt, so that a receiver can tell a repetition from news.
    """

    key: str
    urgency: str
    reference: str
    link: str
    opened_at: datetime
    again: bool = False

    @property
    def subject(self) -> str:
        """The subject of a mail, the title of a notification."""
        return SUBJECTS[self.urgency].format(reference=self.reference)

    @property
    def text(self) -> str:
        """The body."""
        lines = [LINES[self.urgency], *([AGAIN] if self.again else []), "", f"Open it here: {self.link}", ""]
        lines.append(f"Waiting since {self.opened_at:%Y-%m-%d %H:%M} UTC.")
        return "\n".join(lines) + "\n"

    def as_dict(self) -> dict[str, Any]:
        """Return the alert as plain data, for a webhook."""
        return {
            "id": self.key,
            "urgency": self.urgency,
            "reference": self.reference,
            "link": self.link,
            "opened_at": self.opened_at.isoformat(),
            "again": self.again,
        }
