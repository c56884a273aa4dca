"""What the tests of this room share: one Understanding, one moment, and the rows of the data files."""

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.language.understand import Understanding

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=timezone.utc)


def rows(name: str) -> Any:
    """The content of a data file beside the tests."""
    return yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def understanding() -> Understanding:
    """The pipeline, loaded once."""
    return Understanding()
