"""Errors as RFC 9457 problem documents."""

import math
from collections.abc import Mapping
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

    detail: plain words for whoever writes a program that asks. key: instead of them, the words of texts.yml that a
    patient reads. retry_after: seconds after which the same request may succeed.
    """

    def __init__(self, status: int, detail: str = "", retry_after: float | None = None, key: str | None = None) -> None:
        super().__init__(detail or key)
        self.status = status
        self.detail = detail
        self.key = key
        self.retry_after = retry_after

    def response(self, words: Mapping[str, str] | None = None) -> Response:
        """Return the problem document with the headers its status calls for.

        words: the clinic's, by key; without them the name of the status has to do.
        """
        headers = {}
        if self.retry_after is not None:
            headers["Retry-After"] = str(max(1, math.ceil(self.retry_after)))
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        said = (words or {}).get(self.key or "") or self.detail or HTTPStatus(self.status).phrase
        return _response(self.status, said, headers)


async def on_problem(request: Request, problem: Exception) -> Response:
    """Answer a request that raised an ApiProblem."""
    assert isinstance(problem, ApiProblem)
    return problem.response(_words(request))


async def on_http_error(_request: Request, error: Exception) -> Response:
    """Answer what the router itself refuses: no such path, no such method."""
    assert isinstance(error, HTTPException)
    return _response(error.status_code, error.detail, dict(error.headers or {}))


async def on_crash(request: Request, _error: Exception) -> Response:
    """Answer after an error of our own; what happened is in the log, not in the answer."""
    return ApiProblem(500, key="went_wrong").response(_words(request))


def _words(request: Request) -> Mapping[str, str]:
    """Return the clinic's words for refusals, none while they are not loaded or when they cannot be."""
    words = request.app.state.gateway.content.words.now
    return {} if words is None else words.refusals


def _response(status: int, detail: str, headers: dict[str, str]) -> Response:
    title = HTTPStatus(status).phrase
    body = msgspec.json.encode(ProblemDocument(title, status, detail))
    return Response(body, status, headers, media_type=MEDIA_TYPE)
