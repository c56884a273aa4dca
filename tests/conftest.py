"""What many tests share."""

import pytest

from bot.paths import PROTOCOL
from bot.triage.protocol import Protocol, load_protocol


@pytest.fixture(scope="session")
def protocol() -> Protocol:
    """The project's own protocol, loaded once."""
    return load_protocol(PROTOCOL)
