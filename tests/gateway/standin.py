"""A small HTTP server in Rasa's place, which fails on demand in the ways that Rasa does."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp


def reply(text: str, level: str | None = None) -> dict[str, Any]:
    """A reply as the dialogue side gives it."""
    result = {
        "level": level, "within": "now", "crisis": False, "headline": text, "call": None, "why": [], "do": [],
        "avoid": [], "expect": None, "get_help_if": [], "sources": [], "rules": ["R1"],
    }  # fmt: skip
    kind = "result" if level else "text"
    return {"kind": kind, "text": text, "input": None, "options": [], "multiple": False,
            "result": result if level else None}  # fmt: skip


def assessment(level: str | None = None, within: str | None = None, rank: int | None = None) -> dict[str, Any]:
    """An assessment as the dialogue side gives it."""
    return {
        "level": level, "within": within, "rank": rank, "crisis": False, "scope": "symptom", "asks": [],
        "rules": ["R1"], "facts": {}, "unsure": [], "corrected": [], "final": True, "symptoms": [],
        "protocol_version": "1", "notes_for_staff": [],
    }  # fmt: skip


class StandIn:
    """What it does next: `mode` is ok, slow, error, empty, list, garbage, wrong_id or silent_reply."""

    def __init__(self) -> None:
        self.mode = "ok"
        self.delay = 0.0
        self.intent = "inform"
        self.answers: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
        self.heard: list[dict[str, Any]] = []
        self.forgotten: list[str] = []
        self.keys: list[str | None] = []
        self.at_once = 0
        self.most_at_once: dict[str, int] = {}
        self.app = Starlette(
            routes=[
                Route("/", self.hello),
                Route("/webhooks/aftercare/webhook", self.webhook, methods=["POST"]),
                Route("/webhooks/aftercare/forget", self.forget, methods=["POST"]),
            ]
        )

    async def hello(self, _request: Request) -> Response:
        return PlainTextResponse("Hello from Rasa")

    async def forget(self, request: Request) -> Response:
        self.forgotten.append((await request.json())["conversation_id"])
        return JSONResponse({})

    async def webhook(self, request: Request) -> Response:
        message = await request.json()
        self.heard.append(message)
        self.keys.append(request.headers.get("x-aftercare-key"))
        self.at_once += 1
        conversation_id = message["conversation_id"]
        self.most_at_once[conversation_id] = max(self.at_once, self.most_at_once.get(conversation_id, 0))
        await asyncio.sleep(5 if self.mode == "slow" else self.delay)
        self.at_once -= 1
        return self.answer(message)

    def answer(self, message: dict[str, Any]) -> Response:
        said, assessed = self.answers.get(message["text"], (reply(f"You said {message['text']}"), assessment()))
        whole: dict[str, Any] = {
            "message_id": message["message_id"],
            "replies": [said],
            "understood": {"intent": {"name": self.intent, "confidence": 0.9}, "findings": message["findings"]},
            "assessment": assessed,
        }
        broken: dict[str, Response] = {
            "error": PlainTextResponse("Internal error", 500),
            "empty": JSONResponse({**whole, "replies": []}),
            "list": JSONResponse([]),
            "garbage": PlainTextResponse("<html>"),
            "wrong_id": JSONResponse({**whole, "message_id": "another"}),
            "silent_reply": JSONResponse({**whole, "replies": [reply("  ")]}),
        }
        return broken.get(self.mode) or JSONResponse(whole)


@contextmanager
def served(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """Run an application on a real socket and yield its address."""
    listener = socket.create_server(("127.0.0.1", port))
    config = uvicorn.Config(app, log_level="critical", ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def eventually(look: Any, seconds: float = 20.0) -> Any:
    """Return what `look` gives once it is true; fail after so many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")
