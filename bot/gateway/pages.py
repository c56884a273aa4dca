"""Files of the widget, the demo page, health and metrics."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.gateway.files import WidgetFiles

HEALTH = "/healthz"


async def widget_script(request: Request) -> Response:
    """Answer /widget.js."""
    return _files(request).script(request)


async def widget_file(request: Request) -> Response:
    """Answer what is below /widget/."""
    return _files(request).file(request, request.path_params["path"])


async def demo(request: Request) -> Response:
    """Answer / with the demo page."""
    return _files(request).demo(request)


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


def _files(request: Request) -> WidgetFiles:
    files: WidgetFiles = request.app.state.gateway.files
    return files
