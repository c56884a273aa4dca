"""The widget's files: read and compressed once, and under an address that changes with their content."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from bot.gateway import widget_script
from bot.gateway.problems import ApiProblem

WIDGET = Path(__file__).resolve().parent.parent / "widget"
SHOWN = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".html": "text/html",
}
"""What a browser may see of the folder, by the ends of names: its notes stay in the house."""

CORE = "chat/core.js"
"""Names the modules that the widget cannot start without: they are sent with widget.js."""

ANY_PAGE = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
REVALIDATE = "no-cache"
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class File:
    """One file as it is sent: plain and compressed, with the tag that changes with its content."""

    body: bytes
    media_type: str

    @cached_property
    def packed(self) -> bytes:
        """The content compressed by gzip, the same bytes each time."""
        return gzip.compress(self.body, 9, mtime=0)

    @cached_property
    def tag(self) -> str:
        """The entity tag. It is weak, because the plain and the compressed form have the same."""
        return f'W/"{hashlib.sha256(self.body).hexdigest()[:20]}"'

    def response(self, request: Request, headers: Mapping[str, str]) -> Response:
        """Return the answer to a request: nothing but headers when the browser has this content already."""
        sent = {**headers, "ETag": self.tag, "Vary": "Accept-Encoding"}
        if self.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=sent)
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(self.body, headers=sent, media_type=self.media_type)
        return Response(self.packed, headers={**sent, "Content-Encoding": "gzip"}, media_type=self.media_type)


class WidgetFiles:
    """The files below a folder that a browser may see.

    Each is there under its path, where a browser asks every time whether it has changed, and under
    `<version>/<path>`, which it keeps for ever. `/widget.js` names the version, so all files of a page belong
    together.
    """

    def __init__(self, folder: Path = WIDGET) -> None:
        """Read the files. Changes on disk show after a restart."""
        paths = sorted(path for path in folder.rglob("*") if path.suffix in SHOWN)
        self.sent = {path.relative_to(folder).as_posix(): _read(path) for path in paths}
        digest = hashlib.sha256("".join(f"{name} {file.tag}\n" for name, file in self.sent.items()).encode())
        self.version = f"v-{digest.hexdigest()[:12]}"
        modules = {name: self._text(f"chat/{name}") for name in widget_script.core_modules(self._text(CORE))}
        whole = widget_script.script(self._text("widget.js"), modules, self._text("theme.css"), self.version)
        self.whole = File(whole.encode(), SHOWN[".js"])
        self.sent[CORE] = File(widget_script.core(modules).encode(), SHOWN[".js"])

    def _text(self, name: str) -> str:
        return self.sent[name].body.decode()

    def script(self, request: Request) -> Response:
        """Return the answer to /widget.js."""
        return self.whole.response(request, {**ANY_PAGE, "Cache-Control": REVALIDATE})

    def demo(self, request: Request) -> Response:
        """Return the answer to /: the demo page."""
        needed = "</widget/demo/site.css>; rel=preload; as=style, </widget.js>; rel=preload; as=script"
        headers = {"Cache-Control": REVALIDATE, "Link": needed}
        return self.sent["demo/index.html"].response(request, headers)

    def file(self, request: Request, path: str) -> Response:
        """Return the answer to /widget/<path>. Raises ApiProblem 404 when there is no such file."""
        version, _, rest = path.partition("/")
        # A page that was open during an update asks for the older version's address: it gets what there is.
        name = rest if version.startswith("v-") else path
        found = self.sent.get(name)
        if found is None:
            raise ApiProblem(404, "There is no such page.")
        keep = FOR_EVER if version == self.version else REVALIDATE
        return found.response(request, {**ANY_PAGE, "Cache-Control": keep})


def _read(path: Path) -> File:
    return File(path.read_bytes(), SHOWN[path.suffix])
