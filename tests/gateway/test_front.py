"""What is answered while the application is still loading, and what when it cannot be loaded."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.gateway.front import Front
from bot.problem import Problem
from tests.gateway.standin import served

HOLD_S = 0.5


class Slow:
    """An application whose loading takes as long as the test likes."""

    def __init__(self) -> None:
        self.may_load = threading.Event()
        self.lives: list[str] = []

    def build(self) -> Starlette:
        assert self.may_load.wait(20)
        return Starlette(routes=[Route("/{path:path}", self.answer)], lifespan=self.lifespan)

    async def answer(self, request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"the application at {request.url.path}, {self.lives[-1]}")

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        self.lives.append("running")
        yield
        self.lives.append("stopped")


@pytest.fixture
def slow() -> Iterator[Slow]:
    made = Slow()
    yield made
    made.may_load.set()


def test_it_says_that_it_runs_and_holds_the_rest_until_the_application_is_there(slow: Slow) -> None:
    with served(Front(slow.build, 20, lambda: None)) as url, httpx.Client(base_url=url, timeout=20) as http:
        assert http.get("/healthz").json() == {"status": "alive"}
        threading.Timer(0.3, slow.may_load.set).start()
        assert http.get("/api/clinic").text == "the application at /api/clinic, running"
        assert http.get("/healthz").text == "the application at /healthz, running"
    assert slow.lives == ["running", "stopped"]


def test_who_waited_long_enough_is_asked_to_come_back(slow: Slow) -> None:
    with served(Front(slow.build, HOLD_S, lambda: None)) as url:
        refused = httpx.get(url + "/api/clinic", timeout=20)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")


def test_an_application_that_cannot_be_made_ends_the_server_with_the_reason() -> None:
    given_up: list[str] = []

    def build() -> Starlette:
        raise Problem("the disk is full; see --data-dir")

    front = Front(build, HOLD_S, lambda: given_up.append("yes"))

    async def start_and_stop() -> None:
        async with front.lifespan(None):
            await asyncio.sleep(HOLD_S)

    asyncio.run(start_and_stop())
    assert (given_up, str(front.error)) == (["yes"], "the disk is full; see --data-dir")
