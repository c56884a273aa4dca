"""Figures for whoever watches over the installation. They count; they name no patient."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The figures of one gateway."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "aftercare_requests_total", "Requests and how they ended", ["endpoint", "status"], registry=self.registry
        )
        self.turn_seconds = Histogram(
            "aftercare_turn_seconds", "Time to answer a message", buckets=SECONDS, registry=self.registry
        )
        self.failures = Counter(
            "aftercare_failed_turns_total",
            "Messages not answered at once, by reason",
            ["reason"],
            registry=self.registry,
        )
        self.disagreements = Counter(
            "aftercare_disagreements_total", "Emergencies only the gateway saw", registry=self.registry
        )
        self.waiting = Gauge("aftercare_waiting_messages", "Messages that wait for an answer", registry=self.registry)
        self.streams = Gauge("aftercare_event_streams", "Open event streams", registry=self.registry)
        self.rasa_ready = Gauge("aftercare_rasa_ready", "1 when Rasa answers", registry=self.registry)

    def text(self) -> bytes:
        """Return the figures in the text format of Prometheus."""
        return generate_latest(self.registry)


class CountRequests:
    """Counts what was asked and how it ended, by endpoint: paths would carry conversation ids."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                endpoint = getattr(scope.get("endpoint"), "__name__", "other")
                self.metrics.requests.labels(endpoint, message["status"]).inc()
            await send(message)

        await self.app(scope, receive, send_counted if scope["type"] == "http" else send)
