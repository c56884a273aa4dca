"""How Rasa speaks with the server of its actions: over connections that stay open, checking answers against a schema
that is itself checked only once.

Rasa makes a connection for every action and checks the schema anew for every answer, two or three times a message. The
schema alone took most of its time for a message; bench/results/speed.md shows both ways.
"""

from functools import cache
from typing import Any

import aiohttp
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.utils.endpoints import EndpointConfig

# The action server closes what is idle for five seconds; a request must not meet that.
IDLE_SECONDS = 3

_checked_by_rasa = RemoteAction._validate_action_result


class OpenEndpoint(EndpointConfig):
    """An address whose connections stay open between requests."""

    def __init__(self, endpoint: EndpointConfig) -> None:
        """Take over an endpoint's settings. Must be called from the running event loop."""
        self.__dict__.update(vars(endpoint))
        self._connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_SECONDS)

    def session(self) -> aiohttp.ClientSession:
        """Return a session over the open connections; closing it leaves them open."""
        login = aiohttp.BasicAuth(self.basic_auth["username"], self.basic_auth["password"]) if self.basic_auth else None
        return aiohttp.ClientSession(headers=self.headers, auth=login, connector=self._connector, connector_owner=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._connector.close()


def speak_with_actions(agent: Agent) -> None:
    """Have an agent ask its actions in this way. Must be called from the running event loop."""
    RemoteAction._validate_action_result = is_well_formed
    if agent.action_endpoint and agent.processor:
        agent.action_endpoint = agent.processor.action_endpoint = OpenEndpoint(agent.action_endpoint)


async def stop_speaking(agent: Agent) -> None:
    """Close the connections to the actions."""
    if isinstance(agent.action_endpoint, OpenEndpoint):
        await agent.action_endpoint.close()


def is_well_formed(action: RemoteAction, answer: dict[str, Any]) -> bool:
    """Return True for an answer of the agreed shape; raises Rasa's own ValidationError for any other."""
    return bool(_validator().is_valid(answer) or _checked_by_rasa(action, answer))


@cache
def _validator() -> Validator:
    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)
