"""The dialogue side: one Rasa server on loopback, reached through our own channel."""

import asyncio
import json
import logging
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from bot.gateway.wire import RasaAnswer
from bot.records.database import Row

log = logging.getLogger(__name__)
CHANNEL = "/webhooks/aftercare/webhook"
FORGET = "/webhooks/aftercare/forget"
KEY_HEADER = "X-Aftercare-Key"
MOST_BYTES = 1_000_000


class RasaFailed(Exception):
    """No usable answer came; `kind` says why in one word, for the log and the metrics.

    refused: nobody listens; timeout: too slow; status: an error status; garbled: not the agreed shape (an empty
    list of replies included: Rasa answers with it when an action fails).
    """

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(f"{kind}: {reason}")
        self.kind = kind


@dataclass(frozen=True)
class RasaReply:
    """A valid answer, as plain data for the log."""

    replies: list[Row]
    understood: Row
    assessment: Row


class RasaClient:
    """Asks Rasa over connections that stay open.

    actions_url: address of Rasa's action server, where the gateway knows it: without its actions Rasa listens, yet
    answers nothing.
    """

    def __init__(self, url: str, key: str, actions_url: str = "") -> None:
        self._health = ["/", *([f"{actions_url}/health"] if actions_url else [])]
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={KEY_HEADER: key},
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=4),
            trust_env=False,
        )

    async def alive(self) -> bool:
        """Whether the server, which listens only after its model is loaded, and its actions answer."""
        return all(await asyncio.gather(*map(self._answers, self._health)))

    async def _answers(self, url: str) -> bool:
        try:
            return (await self._http.get(url, timeout=2.0)).status_code == 200
        except httpx.HTTPError:
            return False

    async def ask(self, message: dict[str, Any], timeout: float) -> RasaReply:
        """Hand over a message and return the answer. Raises RasaFailed after `timeout` seconds at most."""
        try:
            # httpx counts its own timeout anew for every piece that arrives; a trickle must not hold a patient.
            response = await asyncio.wait_for(self._http.post(CHANNEL, json=message, timeout=timeout), timeout)
        except httpx.ConnectError as error:
            raise RasaFailed("refused", str(error)) from error
        except (httpx.TimeoutException, asyncio.TimeoutError) as error:
            raise RasaFailed("timeout", f"no answer in {timeout:g} s") from error
        except httpx.HTTPError as error:
            raise RasaFailed("refused", f"{type(error).__name__} {error}") from error
        if response.status_code != 200:
            raise RasaFailed("status", str(response.status_code))
        return read_answer(response.content, message["message_id"])

    async def forget(self, conversation_id: str) -> bool:
        """Have Rasa drop what it keeps of a conversation, and say whether it did. What it keeps is short-lived
        in any case, so a Rasa that is down stops nobody from erasing a chat.
        """
        try:
            answer = await self._http.post(FORGET, json={"conversation_id": conversation_id}, timeout=2.0)
        except httpx.HTTPError as error:
            log.warning("rasa did not forget %s (%s)", conversation_id, type(error).__name__)
            return False
        return bool(answer.status_code == 200)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def read_answer(body: bytes, message_id: str) -> RasaReply:
    """Return the answer in a response's body. Raises RasaFailed when it has another shape or another message's id."""
    try:
        answer = msgspec.json.decode(body[:MOST_BYTES], type=RasaAnswer)
    except msgspec.DecodeError as error:
        raise RasaFailed("garbled", str(error)) from error
    if answer.message_id != message_id:
        raise RasaFailed("garbled", "the answer is to another message")
    if not all(reply.text.strip() or reply.result for reply in answer.replies):
        raise RasaFailed("garbled", "a reply says nothing")
    whole = json.loads(body)
    return RasaReply(whole["replies"], whole["understood"], whole["assessment"])
