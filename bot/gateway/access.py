"""What every endpoint begins and ends with: who asks, whether they may, and how an answer is sent."""

from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bot.gateway.problems import ApiProblem
from bot.gateway.requests import address_of, check_rate
from bot.gateway.words import Words
from bot.records import conversations
from bot.records.database import Connection

if TYPE_CHECKING:
    from bot.gateway.app import Gateway


def gateway_of(request: Request) -> "Gateway":
    """Return the gateway. Raises ApiProblem 429 when too much is asked from one address."""
    gateway: Gateway = request.app.state.gateway
    check_rate(request, gateway.limits.requests, address_of(request))
    return gateway


def opened(request: Request) -> "tuple[Gateway, str]":
    """Return the gateway and the conversation that the request's token opens. Raises ApiProblem 401, 403 or 429."""
    gateway = gateway_of(request)
    conversation_id: str = request.path_params["conversation_id"]
    gateway.tokens.check(request.headers.get("authorization"), conversation_id)
    return gateway, conversation_id


async def words_of(gateway: "Gateway") -> Words:
    """Return the clinic's words. Raises ApiProblem 503 while they are not loaded."""
    words = await gateway.content.words.wait(gateway.settings.start_hold)
    if words is None:
        raise ApiProblem(503, key="starting", retry_after=1)
    return words


def must_exist(connection: Connection, conversation_id: str) -> None:
    """Raise ApiProblem 404 when there is no such conversation."""
    if conversations.find(connection, conversation_id) is None:
        raise ApiProblem(404, key="no_conversation")


def as_json(content: Any, status: int = 200) -> Response:
    """Return an answer in JSON."""
    return Response(msgspec.json.encode(content), status, media_type="application/json")
