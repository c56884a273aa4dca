"""Errors as RFC 9457 problem documents."""

import math
from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


class ProblemDocument(msgspec.Struct):
    """What is wrong, in words a person can act on."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"


class ApiProblem(Exception):
    """An answer other than the one that was asked for.

    detail: plain words, shown to the patient. retry_after: seconds after which the same request may succeed.
    """

    def __init__(self, status: int, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.retry_after = retry_after

    def response(self) -> Response:
        """Return the problem document with the headers its status calls for."""
        headers = {}
        if self.retry_after is not None:
            headers["Retry-After"] = str(max(1, math.ceil(self.retry_after)))
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        return _response(self.status, self.detail, headers)


async def on_problem(_request: Request, problem: Exception) -> Response:
    """Answer a request that raised an ApiProblem."""
    assert isinstance(problem, ApiProblem)
    return problem.response()


async def on_http_error(_request: Request, error: Exception) -> Response:
    """Answer what the router itself refuses: no such path, no such method."""
    assert isinstance(error, HTTPException)
    return _response(error.status_code, error.detail, dict(error.headers or {}))


async def on_crash(_request: Request, _error: Exception) -> Response:
    """Answer after an error of our own; what happened is in the log, not in the answer."""
    return _response(500, "Something went wrong on our side. Please try again.", {})


def _response(status: int, detail: str, headers: dict[str, str]) -> Response:
    title = HTTPStatus(status).phrase
    body = msgspec.json.encode(ProblemDocument(title, status, detail))
    return Response(body, status, headers, media_type=MEDIA_TYPE)
