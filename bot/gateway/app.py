"""The application: everything it needs is passed in, and nothing connects before it starts."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from bot.gateway import afterwards, chat, openapi, pages
from bot.gateway.clock import Clock, utc_now
from bot.gateway.compression import Compression
from bot.gateway.events import Hub
from bot.gateway.files import WidgetFiles
from bot.gateway.late import Late, LateApp
from bot.gateway.limits import Limits
from bot.gateway.metrics import CountRequests, Metrics
from bot.gateway.problems import ApiProblem, on_crash, on_http_error, on_problem
from bot.gateway.rasa import RasaClient
from bot.gateway.security import HostPages, SecurityHeaders
from bot.gateway.settings import Settings
from bot.gateway.startup import Content, RasaWatch
from bot.gateway.store import Store
from bot.gateway.tokens import Tokens
from bot.gateway.turns import Turns
from bot.gateway.worker import CheckIns, Retries, keep_house

Beside = Callable[[threading.Event], None]
CONVERSATION = "/api/conversations/{conversation_id}"


class Gateway:
    """The parts of one running gateway."""

    def __init__(
        self, settings: Settings, store: Store, rasa: RasaClient, content: Content, clock: Clock, mails: bool
    ) -> None:
        self.settings = settings
        self.store = store
        self.rasa = rasa
        self.content = content
        self.mails = mails
        self._loading: list[Late[Any]] = [content.screen]
        self.watch = RasaWatch(rasa, settings.start_grace)
        self.hub = Hub(store)
        self.metrics = Metrics()
        self.files = WidgetFiles()
        self.limits = Limits()
        self.tokens = Tokens(settings.data_dir, timedelta(days=settings.token_days))
        self.turns = Turns(settings, store, rasa, self.watch, self.content, self.hub, self.metrics, clock)

    def host_pages(self) -> tuple[str, ...]:
        """Return the origins whose pages may embed the widget."""
        words = self.content.words.now
        return self.settings.host_pages + (words.host_pages if words else ())

    def later(self, load: Callable[[], ASGIApp]) -> ASGIApp:
        """Return an application that is loaded once the server listens."""
        app = LateApp(Late(load), self.settings.start_hold)
        self._loading.append(app.loading)
        return app

    @asynccontextmanager
    async def running(self, beside: Sequence[Beside] = ()) -> AsyncIterator[None]:
        """Load in the background, watch Rasa, answer what waits; stop all of it at the end."""
        stop = threading.Event()
        # In this order they are loaded: what opens a conversation, what reaches Rasa, the rest.
        self.content.words.start()
        threads = [asyncio.create_task(asyncio.to_thread(work, stop)) for work in beside]
        workers = (Retries(self.turns), CheckIns(self.turns, self.mails))
        work = (self.watch.run(), self.hub.run(), keep_house(self.turns), *(one.run() for one in workers))
        tasks = [asyncio.create_task(one) for one in work]
        for late in self._loading:
            late.start()
        try:
            yield
        finally:
            stop.set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, *threads, return_exceptions=True)
            await self.rasa.close()
            await asyncio.to_thread(self.store.close)


def create_app(
    settings: Settings,
    store: Store,
    rasa: RasaClient,
    content: Content,
    clock: Clock = utc_now,
    console: Callable[[], ASGIApp] | None = None,
    beside: Sequence[Beside] = (),
    mails: bool = False,
) -> Starlette:
    """Return the ASGI application.

    content: the clinic's words and the red-flag screen, loaded once the server listens.
    console: makes the staff console for /staff, also once the server listens.
    beside: what runs on a thread of its own as long as the server does, until the event it is given is set.
    mails: whether mails to patients are sent; the caller puts what sends them into `beside`.
    """
    gateway = Gateway(settings, store, rasa, content, clock, mails)
    staff = [Mount("/staff", gateway.later(console))] if console is not None else []

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with gateway.running(beside):
            yield

    app = Starlette(
        routes=[*routes(), *staff],
        lifespan=lifespan,
        middleware=[
            Middleware(CountRequests, metrics=gateway.metrics),
            Middleware(SecurityHeaders, host_pages=gateway.host_pages),
            Middleware(HostPages, host_pages=gateway.host_pages),
            Middleware(Compression),
        ],
        exception_handlers={ApiProblem: on_problem, HTTPException: on_http_error, Exception: on_crash},
    )
    app.state.gateway = gateway
    return app


def routes() -> list[BaseRoute]:
    """Return the routes of the chat API, the widget's files, health and metrics."""
    return [
        Route("/api/conversations", chat.create, methods=["POST"]),
        Route(CONVERSATION, chat.read, methods=["GET"]),
        Route(CONVERSATION, chat.erase, methods=["DELETE"]),
        Route(CONVERSATION + "/messages", chat.send, methods=["POST"]),
        Route(CONVERSATION + "/events", chat.listen, methods=["GET"]),
        Route(CONVERSATION + "/feedback", chat.give_feedback, methods=["POST"]),
        Route(CONVERSATION + "/contact", chat.ask_for_call, methods=["POST"]),
        Route(CONVERSATION + "/check-ins", afterwards.show_check_ins, methods=["GET"]),
        Route(CONVERSATION + "/check-ins", afterwards.plan_check_in, methods=["POST"]),
        Route(CONVERSATION + "/check-ins", afterwards.stop_check_ins, methods=["DELETE"]),
        Route(CONVERSATION + "/summary", afterwards.show_summary, methods=["GET"]),
        Route("/api/clinic", chat.clinic, methods=["GET"]),
        Route("/openapi.json", openapi.show),
        Route(pages.HEALTH, pages.alive),
        Route("/readyz", pages.ready),
        Route("/metrics", pages.metrics),
        Route("/", pages.demo),
        Route("/widget.js", pages.widget_script),
        Route("/widget/{path:path}", pages.widget_file),
    ]
