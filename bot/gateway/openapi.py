"""The OpenAPI document, made of the routes and of the structs that they read and answer with."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.gateway.problems import MEDIA_TYPE, ProblemDocument

Handler = TypeVar("Handler", bound=Callable[..., Any])
REFERENCE = "#/components/schemas/{name}"
ATTRIBUTE = "operation"


@dataclass(frozen=True)
class Operation:
    """What one endpoint takes and gives."""

    summary: str
    body: type | None
    status: int
    answer: type | None
    media_type: str
    errors: tuple[int, ...]
    needs_token: bool


def operation(
    summary: str,
    body: type | None = None,
    status: int = 200,
    answer: type | None = None,
    media_type: str = "application/json",
    errors: tuple[int, ...] = (),
    needs_token: bool | None = None,
) -> Callable[[Handler], Handler]:
    """Describe an endpoint where it is written. Without `needs_token` one in a conversation needs it."""
    protected = needs_token if needs_token is not None else status != 201
    common = (400, 408, 413, 415) if body is not None else (400,)
    asked = (401, 403) if protected else ()
    every = tuple(sorted({*common, *asked, *errors, 429, 503}))
    described = Operation(summary, body, status, answer, media_type, every, protected)

    def describe(handler: Handler) -> Handler:
        setattr(handler, ATTRIBUTE, described)
        return handler

    return describe


def document(routes: Iterable[Any]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the routes that are described."""
    found = [route for route in routes if isinstance(route, Route) and hasattr(route.endpoint, ATTRIBUTE)]
    kinds = {kind for route in found for kind in _kinds(getattr(route.endpoint, ATTRIBUTE))}
    ordered = sorted(kinds | {ProblemDocument}, key=lambda kind: kind.__name__)
    schemas, components = msgspec.json.schema_components(ordered, ref_template=REFERENCE)
    references = dict(zip(ordered, schemas, strict=True))
    paths: dict[str, Any] = {}
    for route in found:
        for method in sorted((route.methods or set()) - {"HEAD"}):
            described = _described(route, references)
            paths.setdefault(route.path, {})[method.lower()] = described
    token = {"type": "http", "scheme": "bearer", "description": "The token of one conversation"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Aftercare chat", "version": "1.0.0"},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {"conversation": token}},
    }


async def show(request: Request) -> Response:
    """Answer /openapi.json."""
    return JSONResponse(document(request.app.routes))


def _kinds(described: Operation) -> set[type]:
    return {kind for kind in (described.body, described.answer) if kind is not None}


def _described(route: Route, references: dict[type, Any]) -> dict[str, Any]:
    described: Operation = getattr(route.endpoint, ATTRIBUTE)
    entry: dict[str, Any] = {
        "operationId": route.endpoint.__name__,
        "summary": described.summary,
        "description": (route.endpoint.__doc__ or "").strip(),
        "responses": _responses(described, references),
        "parameters": _parameters(route),
    }
    if described.needs_token:
        entry["security"] = [{"conversation": []}]
    if described.body is not None:
        content = {"application/json": {"schema": references[described.body]}}
        entry["requestBody"] = {"required": True, "content": content}
    return entry


def _parameters(route: Route) -> list[dict[str, Any]]:
    names = sorted(route.param_convertors)
    found = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    if getattr(route.endpoint, ATTRIBUTE).media_type == "text/event-stream":
        after = {"name": "Last-Event-ID", "in": "header", "required": False}
        found.append({**after, "schema": {"type": "string", "pattern": "^[0-9]{0,15}$"}})
    return found


def _responses(described: Operation, references: dict[type, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": described.summary}
    if described.answer is not None:
        answer["content"] = {described.media_type: {"schema": references[described.answer]}}
    elif described.media_type != "application/json":
        answer["content"] = {described.media_type: {"schema": {"type": "string"}}}
    problem = {"description": "Problem", "content": {MEDIA_TYPE: {"schema": references[ProblemDocument]}}}
    return {str(described.status): answer} | {str(status): problem for status in described.errors}
