"""Files of the widget, the demo page, health and metrics."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from bot.gateway.problems import ApiProblem

WIDGET = Path(__file__).resolve().parent.parent / "widget"
DEMO_PAGE = "demo/index.html"
ANY_PAGE = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
REVALIDATE = "no-cache"


class WidgetFiles(StaticFiles):
    """The widget's files, which pages of other origins load. Not the Python or the notes beside them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update({**ANY_PAGE, "Cache-Control": REVALIDATE})
        return response


async def widget_script(_request: Request) -> Response:
    """Answer /widget.js."""
    return _file(WIDGET / "widget.js", {**ANY_PAGE, "Cache-Control": REVALIDATE})


async def demo(_request: Request) -> Response:
    """Answer / with the demo page."""
    return _file(WIDGET / DEMO_PAGE, {"Cache-Control": REVALIDATE})


async def alive(_request: Request) -> Response:
    """Answer /healthz: the gateway runs."""
    return JSONResponse({"status": "alive"})


async def ready(request: Request) -> Response:
    """Answer /readyz: 200 when a message would get its answer, 503 with what is missing otherwise."""
    gateway = request.app.state.gateway
    parts = {"content": gateway.content.now is not None, "rasa": gateway.watch.ready}
    status = 200 if all(parts.values()) else 503
    headers = {} if status == 200 else {"Retry-After": "1"}
    return JSONResponse({"status": "ready" if status == 200 else "starting", **parts}, status, headers)


async def metrics(request: Request) -> Response:
    """Answer /metrics in the text format of Prometheus."""
    gateway = request.app.state.gateway
    gateway.metrics.streams.set(gateway.hub.streams)
    gateway.metrics.rasa_ready.set(1 if gateway.watch.ready else 0)
    return Response(gateway.metrics.text(), media_type="text/plain; version=0.0.4")


def _file(path: Path, headers: dict[str, str]) -> Response:
    if not path.is_file():
        raise ApiProblem(404, "There is no such page.")
    return FileResponse(path, headers=headers)
