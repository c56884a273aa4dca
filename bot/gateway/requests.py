"""Reading requests: who asks, how often, and what the body says."""

import asyncio
from typing import TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request

from bot.gateway.limits import Buckets, network_of
from bot.gateway.problems import ApiProblem

T = TypeVar("T")
MOST_BYTES = 64 * 1024
"""5,000 characters, each written as two six-byte escapes, and the rest of a message beside them."""

BODY_TIMEOUT_S = 15.0


async def read_body(request: Request, kind: type[T]) -> T:
    """Return the JSON body as a struct.

    Raises ApiProblem: 415 when it is not JSON by its type, 413 when it is too long, 408 when it does not arrive,
    400 when it is not what was agreed.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise ApiProblem(415, "The body must be application/json.")
    body = await _limited(request)
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ApiProblem(400, f"The body is not as expected: {error}") from None


def check_rate(request: Request, buckets: Buckets, key: str, words: str = "too_many_at_once") -> None:
    """Count a request. Raises ApiProblem 429, in the words of that key, when there were too many."""
    if not request.app.state.gateway.settings.limits:
        return
    wait = buckets.wait_for(key)
    if wait:
        raise ApiProblem(429, retry_after=wait, key=words)


def address_of(request: Request) -> str:
    """Return whom a request comes from; behind a proxy uvicorn has put the patient's address in its place."""
    return network_of(request.client.host) if request.client else "unknown"


async def _limited(request: Request) -> bytes:
    if int(request.headers.get("content-length") or 0) > MOST_BYTES:
        raise ApiProblem(413, "The message is too long.")
    try:
        return await asyncio.wait_for(_collected(request), BODY_TIMEOUT_S)
    except asyncio.TimeoutError:
        raise ApiProblem(408, "The message did not arrive whole.") from None
    except ClientDisconnect:
        raise ApiProblem(400, "The message did not arrive whole.") from None


async def _collected(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise ApiProblem(413, "The message is too long.")
    return bytes(body)
