"""`python -m bot.gateway`: the gateway as a process of its own, told by options and AFTERCARE_… variables."""

import argparse
import os
import sys
from pathlib import Path

from bot.gateway.clock import Clock, utc_now
from bot.gateway.server import run
from bot.gateway.settings import from_environment
from bot.problem import Problem


def main(clock: Clock = utc_now) -> None:
    """Read the command line and serve; what cannot be used is one line and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m bot.gateway", description="The public web server.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--limits", choices=("on", "off"), default="on")
    options = parser.parse_args()
    given = {"host": options.host, "port": options.port, "limits": options.limits == "on"}
    if options.data_dir is not None:
        given["data_dir"] = options.data_dir
    try:
        run(from_environment(os.environ, **given), clock)
    except Problem as problem:
        print(f"aftercare: {problem}", file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
