"""How to reach a patient who asked to be called back, sealed with a key that is not in the database."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken

from bot.records import escalations, events, keys
from bot.records.database import Connection, one
from bot.records.escalations import Deadlines
from bot.records.tables import contacts
from bot.triage import levels

KEY_FILE = "contacts.key"


class KeyLost(RuntimeError):
    """Sealed details cannot be opened with the key of this data directory."""


@dataclass(frozen=True)
class Contact:
    """Name, telephone number and the best time to call, as the patient wrote them."""

    name: str
    phone: str
    best_time: str = ""


class Seal:
    """Closes and opens what must not be readable in the database."""

    def __init__(self, data_dir: Path) -> None:
        """Use the key file of a data directory, making it at the first start."""
        self._fernet = Fernet(keys.load_or_create(data_dir / KEY_FILE))

    def close(self, text: str) -> bytes:
        """Return the text sealed."""
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """Return the sealed text. Raises KeyLost when another key closed it."""
        try:
            return self._fernet.decrypt(bytes(sealed)).decode()
        except InvalidToken as error:
            raise KeyLost(f"{KEY_FILE} is not the key these details were sealed with") from error


def ask_for_call(
    connection: Connection,
    conversation_id: str,
    contact: Contact,
    seal: Seal,
    now: datetime,
    deadlines: Deadlines,
) -> int:
    """Keep how to reach a patient (instead of what was kept before) and put the call on the clinic's list.

    Return the id of the open call-back escalation.
    """
    connection.execute(contacts.delete().where(contacts.c.conversation_id == conversation_id))
    sealed = seal.close(json.dumps(asdict(contact)))
    connection.execute(contacts.insert().values(conversation_id=conversation_id, given_at=now, sealed=sealed))
    events.add(connection, conversation_id, events.CALL_BACK, {}, now)
    rank = levels.CLINIC_TODAY
    return escalations.ensure_open(
        connection, conversation_id, escalations.CALL_BACK, rank, now, now + deadlines.of(rank)
    )


def of_conversation(connection: Connection, conversation_id: str, seal: Seal) -> Contact | None:
    """Return how to reach a patient, None when they did not say. The caller records who looked.

    Raises KeyLost when the key file is not the one it was sealed with.
    """
    wanted = sa.select(contacts.c.sealed).where(contacts.c.conversation_id == conversation_id)
    row = one(connection.execute(wanted))
    return None if row is None else Contact(**json.loads(seal.open(row["sealed"])))
