"""A real Chromium, and the contract server with its script."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.widget.chat import Chat, host_page, visit
from tests.widget.contract_server import Script, serving
from tests.widget.scripted import ANSWERS, GREETING


@pytest.fixture
def script() -> Script:
    """What the server answers; a test may change it at any time."""
    return Script(deepcopy(GREETING), deepcopy(ANSWERS))


@pytest.fixture
def server(script: Script) -> Iterator[str]:
    """Address of a contract server."""
    with serving(script) as address:
        yield address


@pytest.fixture
def errors(page: Page) -> list[str]:
    """Uncaught errors and refusals of the page's security policy."""
    seen: list[str] = []
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("console", lambda line: seen.append(line.text) if "Content Security" in line.text else None)
    return seen


@pytest.fixture
def chat(page: Page, server: str) -> Chat:
    """The chat in launcher mode on a clinic's page, closed."""
    return visit(page, host_page(server, 'patience="1"'))


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Make browser contexts (another device, another colour scheme); closed at the end."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        made.append(browser.new_context(**options))
        return made[-1]

    yield make
    for context in made:
        context.close()
