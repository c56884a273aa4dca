"""The dialogue side: one Rasa server on loopback, reached through our own channel."""

import asyncio
import json
import logging
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from bot.gateway.wire import RasaAnswer
from bot.records.database import Row

if TYPE_CHECKING:
    import httpx

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
        self._url = url
        self._key = key
        self._health = ["/", *([f"{actions_url}/health"] if actions_url else [])]

    def prepare(self) -> None:
        """Load what the first request needs, which takes a third of a second."""
        _ = self._http

    @cached_property
    def _http(self) -> "httpx.AsyncClient":
        # A fifth of the gateway's imports, and the widget's files can be served without it.
        import httpx

        return httpx.AsyncClient(
            base_url=self._url,
            headers={KEY_HEADER: self._key},
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=4),
            trust_env=False,
        )

    async def alive(self) -> bool:
        """Whether the server, which listens only after its model is loaded, and its actions answer."""
        return all(await asyncio.gather(*map(self._answers, self._health)))

    async def _answers(self, url: str) -> bool:
        try:
            await self._send("GET", url, 2.0)
        except RasaFailed:
            return False
        return True

    async def ask(self, message: dict[str, Any], timeout: float) -> RasaReply:
        """Hand over a message and return the answer. Raises RasaFailed after `timeout` seconds at most."""
        return read_answer(await self._send("POST", CHANNEL, timeout, message), message["message_id"])

    async def forget(self, conversation_id: str) -> bool:
        """Have Rasa drop what it keeps of a conversation, and say whether it did. What it keeps is short-lived
        in any case, so a Rasa that is down stops nobody from erasing a chat.
        """
        try:
            await self._send("POST", FORGET, 2.0, {"conversation_id": conversation_id})
        except RasaFailed as failure:
            log.warning("rasa did not forget %s (%s)", conversation_id, failure.kind)
            return False
        return True

    async def _send(self, method: str, url: str, timeout: float, body: dict[str, Any] | None = None) -> bytes:
        """Return the body of an answer with status 200. Raises RasaFailed after `timeout` seconds at most."""
        import httpx

        try:
            # httpx counts its own timeout anew for every piece that arrives; a trickle must not hold a patient.
            answer = await asyncio.wait_for(self._http.request(method, url, json=body, timeout=timeout), timeout)
        except (httpx.TimeoutException, asyncio.TimeoutError) as error:
            raise RasaFailed("timeout", f"no answer in {timeout:g} s") from error
        except httpx.HTTPError as error:
            raise RasaFailed("refused", f"{type(error).__name__} {error}") from error
        if answer.status_code != 200:
            raise RasaFailed("status", str(answer.status_code))
        return answer.content

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
