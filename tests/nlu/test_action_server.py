"""How Rasa asks its actions: over connections that stay open, and refusing answers of another shape."""

import asyncio
from types import SimpleNamespace

import pytest
from aiohttp import BasicAuth, web
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import EndpointConfig

from bot.nlu.action_server import OpenEndpoint, speak_with_actions, stop_speaking
from bot.supervisor import LOOPBACK, free_port


async def ask_twice(answer: object) -> tuple[list[object], int]:
    """Ask an action server twice, as Rasa does; return its answers and over how many connections they came."""
    connections = set()

    async def webhook(request: web.Request) -> web.Response:
        connections.add(request.transport.get_extra_info("peername"))
        return web.json_response(answer)

    app, port = web.Application(), free_port()
    app.router.add_post("/webhook", webhook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, port).start()
    url = EndpointConfig(f"http://{LOOPBACK}:{port}/webhook", enable_selective_domain=True)
    agent = SimpleNamespace(action_endpoint=url, processor=SimpleNamespace(action_endpoint=url))
    speak_with_actions(agent)
    endpoint = agent.processor.action_endpoint
    answers = [await endpoint.request(json={"next_action": "action_assess"}, method="post") for _ in range(2)]
    action = RemoteAction("action_assess", endpoint)
    assert action._is_selective_domain_enabled()
    try:
        return [action._validate_action_result(one) and one for one in answers], len(connections)
    finally:
        await stop_speaking(agent)
        await runner.cleanup()


def test_the_connection_to_the_actions_stays_open():
    answer = {"events": [{"event": "slot", "name": "answer", "value": None, "timestamp": None}], "responses": []}
    assert asyncio.run(ask_twice(answer)) == ([answer, answer], 1)


@pytest.mark.parametrize(
    "answer",
    [{"events": [{"event": "slot"}]}, {"events": "none"}, {"events": [{"event": "no such event"}]}, {"responses": [1]}],
)
def test_an_answer_of_another_shape_is_refused_in_rasas_words(answer):
    with pytest.raises(ValidationError, match="Failed to validate Action server response"):
        asyncio.run(ask_twice(answer))


def test_an_address_keeps_its_login_and_headers():
    async def session_of(endpoint: EndpointConfig) -> tuple[object, str]:
        opened = OpenEndpoint(endpoint)
        async with opened.session() as session:
            kept = session.auth, session.headers["X-Clinic"]
        await opened.close()
        return kept

    login = {"username": "rasa", "password": "secret"}
    endpoint = EndpointConfig("http://actions/webhook", headers={"X-Clinic": "one"}, basic_auth=login)
    assert asyncio.run(session_of(endpoint)) == (BasicAuth("rasa", "secret"), "one")
