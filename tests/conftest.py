"""What many tests share."""

import shutil
from typing import Any

import pytest

from bot.paths import PROTOCOL
from bot.triage.protocol import Protocol, load_protocol


@pytest.fixture(scope="session")
def protocol() -> Protocol:
    """The project's own protocol, loaded once."""
    return load_protocol(PROTOCOL)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the system's Chromium where there is one."""
    # A page that a test makes up counts as public, and the server is on loopback.
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    own = {"executable_path": found} if found else {}
    return {**browser_type_launch_args, **own, "args": [*quiet, "--disable-features=LocalNetworkAccessChecks"]}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: the browser keeps an event loop open in which others cannot start their own."""
    items.sort(key=lambda item: "browser" in getattr(item, "fixturenames", ()))
