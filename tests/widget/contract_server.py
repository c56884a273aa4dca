"""A small server that speaks the chat API's contract and can fail on demand.

The real gateway cannot be told to cut a response in half, answer with nothing or stay silent, and needs a trained
model to answer at all. Tests of the widget's failure handling use this one; the others drive the real product.
It keeps everything in memory and serves the widget's files as the gateway does.
"""

import asyncio
import json
import socket
import threading
import uuid
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.gateway.files import WidgetFiles

Reply = dict[str, Any]


def now() -> str:
    """The moment as ISO text with zone."""
    return datetime.now(timezone.utc).isoformat()


@dataclass
class Conversation:
    """One patient's conversation: messages with their replies, and the events of its stream."""

    token: str
    greeting: list[Reply]
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Script:
    """What the server does next; a test changes it while the server runs.

    answers: words of a message → replies to it. failures: one of "empty", "cut", "silent", "slow" or a status
    number for each of the next message posts. no_feedback: feedback and contact answer 404. planned_at: the time of
    a check-in that is planned; check_ins: what was asked for; waiting: questions put since the patient last wrote.
    """

    greeting: list[Reply]
    answers: dict[str, list[Reply]]
    clinic: dict[str, Any] | None = None
    failures: deque[str | int] = field(default_factory=deque)
    create_failures: deque[int] = field(default_factory=deque)
    no_feedback: bool = False
    conversations: dict[str, Conversation] = field(default_factory=dict)
    posts: list[dict[str, Any]] = field(default_factory=list)
    feedback: list[dict[str, Any]] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    check_ins: list[dict[str, Any]] = field(default_factory=list)
    planned_at: str | None = None
    waiting: int = 0
    stream_headers: list[str | None] = field(default_factory=list)

    def push(self, kind: str, value: dict[str, Any]) -> None:
        """Put an event on the stream of every conversation."""
        for conversation in self.conversations.values():
            conversation.events.append({"id": len(conversation.events) + 1, "kind": kind, "value": value})


def with_id(reply: Reply) -> Reply:
    """A copy of a scripted reply with its own id and all the keys of the contract."""
    blank = {"kind": "text", "text": "", "input": None, "options": [], "multiple": False, "result": None}
    return {**blank, **reply, "id": str(uuid.uuid4()), "at": now()}


class Problem(Exception):
    """An error answer."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


async def problem(_: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, Problem) else 500
    headers = {"Retry-After": "1"} if status in (429, 503) else {}
    body = {"type": "about:blank", "title": "refused", "status": status, "detail": f"refused with {status}"}
    return JSONResponse(body, status, headers=headers, media_type="application/problem+json")


class ContractServer:
    """The routes of the chat API over one script."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.files = WidgetFiles()

    def app(self) -> Starlette:
        """The ASGI application, with the widget's files beside the API."""
        own = "/api/conversations/{id}"
        routes = [
            Route("/api/conversations", self.create, methods=["POST"]),
            Route(own, self.read, methods=["GET"]),
            Route(own, self.erase, methods=["DELETE"]),
            Route(own + "/messages", self.message, methods=["POST"]),
            Route(own + "/events", self.stream, methods=["GET"]),
            Route(own + "/feedback", self.take(self.script.feedback), methods=["POST"]),
            Route(own + "/contact", self.take(self.script.contacts), methods=["POST"]),
            Route(own + "/summary", self.summary, methods=["GET"]),
            Route(own + "/check-ins", self.show_check_ins, methods=["GET"]),
            Route(own + "/check-ins", self.plan_check_in, methods=["POST"]),
            Route(own + "/check-ins", self.stop_check_ins, methods=["DELETE"]),
            Route("/api/clinic", self.clinic),
            Route("/widget.js", self.files.script),
            Route("/", self.files.demo),
            Route("/widget/{path:path}", lambda request: self.files.file(request, request.path_params["path"])),
        ]
        cors = Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])
        return Starlette(routes=routes, middleware=[cors], exception_handlers={Problem: problem})

    def conversation(self, request: Request) -> Conversation:
        conversation = self.script.conversations.get(request.path_params["id"])
        if conversation is None:
            raise Problem(404)
        if request.headers.get("authorization") != f"Bearer {conversation.token}":
            raise Problem(401)
        return conversation

    async def clinic(self, request: Request) -> Response:
        if self.script.clinic is None:
            raise Problem(404)
        return JSONResponse(self.script.clinic)

    async def create(self, request: Request) -> Response:
        if self.script.create_failures:
            raise Problem(self.script.create_failures.popleft())
        conversation = Conversation(str(uuid.uuid4()), [with_id(reply) for reply in self.script.greeting])
        name = str(uuid.uuid4())
        self.script.conversations[name] = conversation
        body = {
            "conversation_id": name,
            "token": conversation.token,
            "expires_at": now(),
            "replies": conversation.greeting,
        }
        return JSONResponse(body, 201)

    async def read(self, request: Request) -> Response:
        conversation = self.conversation(request)
        messages = list(conversation.messages.values())
        name, waiting = request.path_params["id"], self.script.waiting
        whole = {"conversation_id": name, "replies": conversation.greeting, "messages": messages, "waiting": waiting}
        return JSONResponse(whole)

    async def erase(self, request: Request) -> Response:
        self.conversation(request)
        del self.script.conversations[request.path_params["id"]]
        return Response(status_code=204)

    async def message(self, request: Request) -> Response:
        conversation = self.conversation(request)
        posted = await request.json()
        failure = self.script.failures.popleft() if self.script.failures else None
        self.script.posts.append(posted)
        if isinstance(failure, int):
            raise Problem(failure)
        if failure == "silent":
            await asyncio.sleep(60)
        replies = self.replies(conversation, posted, failure == "empty")
        if failure == "slow":
            await asyncio.sleep(4)
        body = json.dumps({"message_id": posted["id"], "replies": replies}).encode()
        if failure == "cut":
            return Response(body[: len(body) // 2], headers={"content-length": str(len(body))})
        return Response(body, media_type="application/json")

    def replies(self, conversation: Conversation, posted: dict[str, Any], empty: bool) -> list[Reply]:
        if posted["id"] in conversation.messages:
            return list(conversation.messages[posted["id"]]["replies"])
        words = posted.get("text") or ",".join(posted.get("values", []))
        scripted = self.script.answers.get(words.lower(), self.script.answers[""])
        replies = [] if empty else [with_id(reply) for reply in scripted]
        conversation.messages[posted["id"]] = {"text": None, "values": None, **posted, "at": now(), "replies": replies}
        return replies

    async def stream(self, request: Request) -> Response:
        conversation = self.conversation(request)
        last = request.headers.get("last-event-id")
        self.script.stream_headers.append(last)

        async def events() -> AsyncIterator[str]:
            sent = int(last or 0)
            yield ": open\n\n"
            while not await request.is_disconnected():
                for event in conversation.events[sent:]:
                    yield f"id: {event['id']}\nevent: {event['kind']}\ndata: {json.dumps(event['value'])}\n\n"
                sent = max(sent, len(conversation.events))
                await asyncio.sleep(0.05)

        return StreamingResponse(events(), media_type="text/event-stream")

    async def summary(self, request: Request) -> Response:
        self.conversation(request)
        return JSONResponse({"title": "What to tell them", "lines": ["Treatment: dry needling", "Now: a headache"]})

    async def show_check_ins(self, request: Request) -> Response:
        self.conversation(request)
        offers = [{"when": "morning", "label": "In the morning: Tuesday, about 09:00", "due_at": now()}]
        return JSONResponse({"offers": offers, "planned_at": self.script.planned_at, "by_email": True})

    async def plan_check_in(self, request: Request) -> Response:
        conversation = self.conversation(request)
        self.script.check_ins.append(await request.json())
        self.script.planned_at = now()
        said = with_id({"text": "Good. I will ask you again."})
        list(conversation.messages.values())[-1]["replies"].append(said)
        return JSONResponse({"due_at": now(), "text": said["text"]}, 201)

    async def stop_check_ins(self, request: Request) -> Response:
        self.conversation(request)
        self.script.planned_at = None
        return Response(status_code=204)

    def take(self, kept: list[dict[str, Any]]) -> Any:
        async def endpoint(request: Request) -> Response:
            self.conversation(request)
            if self.script.no_feedback:
                raise Problem(404)
            kept.append(await request.json())
            return Response(status_code=204)

        return endpoint


@contextmanager
def serving(script: Script, port: int = 0) -> Iterator[str]:
    """Run the server in a thread; gives its address."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    # Before the thread: on a busy machine the browser asks first, and would be refused.
    listener.listen()
    config = uvicorn.Config(ContractServer(script).app(), log_level="critical", ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(5)
        listener.close()
