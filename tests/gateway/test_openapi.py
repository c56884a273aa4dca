"""The OpenAPI document says what the routes do."""

from typing import Any

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from starlette.routing import Route

from bot.gateway import wire
from bot.gateway.app import routes
from bot.gateway.openapi import document
from tests.gateway.conftest import Patient, Product

DOCUMENT = document(routes())
# A stream has no end; test_api.py reads it.
schema = schemathesis.openapi.from_dict(DOCUMENT).exclude(path_regex="/events$")


def test_every_route_of_the_api_is_described_and_nothing_else() -> None:
    there = {
        (route.path, method.lower())
        for route in routes()
        if isinstance(route, Route) and route.path.startswith("/api")
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert {(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods} == there


def test_the_server_shows_the_document(product: Product) -> None:
    assert product.http.get("/openapi.json").json() == DOCUMENT


def test_the_contract_of_a_reply_and_a_result() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    reply = {"id", "kind", "text", "input", "options", "multiple", "result"}
    result = {"level", "within", "crisis", "headline", "call", "why", "do", "avoid", "expect", "get_help_if"}
    assert reply <= set(schemas["Reply"]["properties"])
    assert result | {"sources", "rules"} == set(schemas["Result"]["properties"])


@pytest.mark.parametrize(
    ("kind", "ask"),
    [
        (wire.Created, lambda patient: patient.http.post("/api/conversations", json={})),
        (wire.Answered, lambda patient: patient.send("I cannot breathe")),
        (wire.Conversation, lambda patient: patient.http.get(patient.path, headers=patient.headers)),
        (wire.Clinic, lambda patient: patient.http.get("/api/clinic")),
    ],
)
def test_answers_have_the_documented_shape(patient: Patient, kind: type, ask: Any) -> None:
    patient.send("I cannot breathe")
    msgspec.json.decode(ask(patient).content, type=kind)


@schema.parametrize()
@settings(
    max_examples=12,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_nothing_that_is_sent_breaks_the_server(case: Any, patient: Patient) -> None:
    case.path_parameters = {**(case.path_parameters or {}), "conversation_id": patient.id}
    case.headers = {**(case.headers or {}), **patient.headers}
    answer = case.call(base_url=str(patient.http.base_url))
    assert answer.status_code < 500, answer.text
    case.validate_response(
        answer,
        checks=[
            schemathesis.checks.not_a_server_error,
            schemathesis.specs.openapi.checks.status_code_conformance,
            schemathesis.specs.openapi.checks.content_type_conformance,
            schemathesis.specs.openapi.checks.response_schema_conformance,
        ],
    )
