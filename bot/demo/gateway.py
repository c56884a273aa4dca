"""`python -m bot.demo.gateway`: the gateway on a clock that the demo sets, so that people can write to it last week."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from bot.gateway.__main__ import main
from bot.gateway.clock import utc_now

CLOCK_FILE = "clock"
"""Holds by how many seconds the demo's clock is ahead of the real one; behind it when negative."""


def set_clock(data_dir: Path, moment: datetime) -> None:
    """Let it be a moment for the gateway of a data directory; from there its time goes on as usual."""
    fresh = data_dir / f"{CLOCK_FILE}.new"
    fresh.write_text(str((moment - utc_now()).total_seconds()), encoding="ascii")
    fresh.replace(data_dir / CLOCK_FILE)


def clock() -> datetime:
    """Return the demo's time."""
    file = Path(os.environ["AFTERCARE_DATA_DIR"]) / CLOCK_FILE
    ahead = float(file.read_text(encoding="ascii")) if file.exists() else 0.0
    return utc_now() + timedelta(seconds=ahead)


if __name__ == "__main__":
    main(clock)
