"""The only way into Rasa: our gateway, on loopback, with a shared key. Every message is answered or fails."""

import asyncio
import hmac
import logging
import os
import secrets
import traceback
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.nlu.action_server import speak_with_actions, stop_speaking
from bot.nlu.tracker_store import ShortTrackerStore
from bot.triage.answer import text_reply

logger = logging.getLogger(__name__)

KEY_VARIABLE = "AFTERCARE_CHANNEL_KEY"
KEY_HEADER = "X-Aftercare-Key"
SHORTEST_KEY = 16
# Answers to messages that may be sent again, the oldest forgotten first.
ANSWERS_KEPT = 500
LOOPBACK = frozenset(("127.0.0.1", "::1"))
# Rasa takes a leading slash for a command of ours. This one looks the same and is none; offsets stay right.
HARMLESS_SLASH = "\N{FRACTION SLASH}"
# What tapping options means to Rasa. Nothing was typed, so the language model is not asked.
TAPPED: dict[str, Any] = {"text": "/inform", "intent": {"name": "inform", "confidence": 1.0}, "entities": []}

Handler = Callable[[UserMessage], Awaitable[Any]]


class Refused(Exception):
    """A request that is not answered: a status and a reason without the patient's words."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Replies(OutputChannel):
    """Collects the replies to one message, and where the conversation stands after the last of them."""

    def __init__(self) -> None:
        self.replies: list[dict[str, Any]] = []
        self.turn: dict[str, Any] | None = None

    @classmethod
    def name(cls) -> str:
        return "aftercare"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one message of the bot; a plain response of the domain becomes a text."""
        self.replies.append(message.get("reply") or text_reply(message.get("text") or ""))
        self.turn = message.get("turn") or self.turn


class AftercareInput(InputChannel):
    """POST /webhooks/aftercare/webhook with {conversation_id, message_id, text | values, now, findings}."""

    @classmethod
    def name(cls) -> str:
        return "aftercare"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> "AftercareInput":
        """Read the shared key from the environment. Started by hand without one, Rasa makes a key for its run."""
        key = os.environ.get(KEY_VARIABLE)
        if key is None:
            logger.warning("%s is not set, so only `aftercare serve` or your own key opens this channel", KEY_VARIABLE)
            return cls(secrets.token_urlsafe(32))
        if len(key) < SHORTEST_KEY:
            raise RasaException(f"{KEY_VARIABLE} needs at least {SHORTEST_KEY} letters")
        return cls(key)

    def __init__(self, key: str) -> None:
        self.key = key.encode()
        self.answers: OrderedDict[tuple[str, str | None], asyncio.Task[Any]] = OrderedDict()

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """Return the channel's routes, and what it does once Rasa has loaded its model."""
        routes = Blueprint("aftercare")

        @routes.listener("after_server_start")
        async def connect(app: Sanic, _loop: asyncio.AbstractEventLoop) -> None:
            speak_with_actions(app.ctx.agent)

        @routes.listener("before_server_stop")
        async def disconnect(app: Sanic, _loop: asyncio.AbstractEventLoop) -> None:
            await stop_speaking(app.ctx.agent)

        @routes.get("/")
        async def health(request: Request) -> HTTPResponse:
            return json({"status": "ok"})

        @routes.post("/forget")
        async def forget(request: Request) -> HTTPResponse:
            return await self.forget(request)

        @routes.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            return await self.receive(request, on_new_message)

        return routes

    async def receive(self, request: Request, on_new_message: Handler) -> HTTPResponse:
        """Answer one message of the gateway, or say by status why not."""
        try:
            self.authenticate(request)
            return json(await self.answer(request.json, on_new_message))
        except Refused as refused:
            return json({"error": str(refused)}, status=refused.status)

    def authenticate(self, request: Request) -> None:
        """Refuse whoever is not on this machine or does not hold the key."""
        if request.ip not in LOOPBACK:
            raise Refused(403, "only the gateway on this machine may call")
        given = request.headers.get(KEY_HEADER, "").encode()
        if not hmac.compare_digest(given, self.key):
            raise Refused(401, f"{KEY_HEADER} is missing or wrong")

    async def answer(self, body: Any, on_new_message: Handler) -> dict[str, Any]:
        """Run one message through Rasa, once however often it is sent; Refused when any part gave no answer.

        The gateway sends a message again when it had to give up waiting: Rasa must not hear it twice.
        """
        collected = Replies()
        message = user_message(body, collected)
        name = (message.sender_id, message.message_id)
        if name not in self.answers:
            self.answers[name] = asyncio.create_task(self.run(message, collected, on_new_message))
            while len(self.answers) > ANSWERS_KEPT:
                self.answers.popitem(last=False)
        try:
            answer: dict[str, Any] = await asyncio.shield(self.answers[name])
        except Refused:
            self.answers.pop(name, None)
            raise
        return answer

    async def forget(self, request: Request) -> HTTPResponse:
        """Remove what Rasa keeps of a conversation that its patient erased."""
        try:
            self.authenticate(request)
        except Refused as refused:
            return json({"error": str(refused)}, status=refused.status)
        name = (request.json or {}).get("conversation_id")
        # Rasa hides the store that endpoints.yml names behind one that falls back to memory.
        store = getattr(request.app.ctx.agent.tracker_store, "_tracker_store", None)
        if isinstance(name, str) and isinstance(store, ShortTrackerStore):
            store.forget(name)
        for answered in [one for one in self.answers if one[0] == name]:
            del self.answers[answered]
        return json({"forgotten": name})

    async def run(self, message: UserMessage, collected: "Replies", on_new_message: Handler) -> dict[str, Any]:
        """Have Rasa hear a message; raises Refused when nothing came of it."""
        try:
            await on_new_message(message)
        except Exception as error:
            # Rasa's own trace holds the patient's words and every local variable: only kind and place are logged.
            logger.error("message %s failed with %s", message.message_id, _kind_and_place(error))
            raise Refused(500, "the language model or the policies failed") from None
        if not collected.replies or collected.turn is None:
            logger.error("message %s was not answered", message.message_id)
            raise Refused(502, "the actions gave no answer")
        return {"message_id": message.message_id, "replies": collected.replies, **collected.turn}


def user_message(body: Any, output: OutputChannel) -> UserMessage:
    """Return the message of a request; Refused (400) when the request is not one."""
    if not isinstance(body, dict) or not _is_text(body.get("conversation_id"), body.get("message_id")):
        raise Refused(400, "conversation_id and message_id are required")
    text, values = body.get("text") or "", body.get("values") or []
    if not isinstance(text, str) or not isinstance(values, list) or not _is_text(*values):
        raise Refused(400, "text is a string and values a list of strings")
    if bool(text.strip()) == bool(values):
        raise Refused(400, "exactly one of text and values is required")
    sent = {"values": values} if values else {"findings": body.get("findings"), "read_text": text}
    return UserMessage(
        text=TAPPED["text"] if values else harmless(text),
        output_channel=output,
        sender_id=body["conversation_id"],
        parse_data=dict(TAPPED) if values else None,
        input_channel=AftercareInput.name(),
        message_id=body["message_id"],
        metadata={"now": body.get("now"), **sent},
    )


def harmless(text: str) -> str:
    """Return the text with leading slashes that Rasa does not take for a command."""
    stripped = text.strip()
    bare = stripped.lstrip("/")
    return HARMLESS_SLASH * (len(stripped) - len(bare)) + bare


def _kind_and_place(error: BaseException) -> str:
    cause = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    place = traceback.extract_tb(cause.__traceback__)[-1]
    return f"{type(cause).__name__} at {place.filename}:{place.lineno}"


def _is_text(*values: Any) -> bool:
    return all(isinstance(value, str) and value for value in values)
