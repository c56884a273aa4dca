"""The commands that measure one thing and write it as a page of Markdown."""

import argparse
import os
from collections.abc import Callable

from bench import RESULTS
from bot.training import QUIET


def page_command(about: str | None, name: str, report: Callable[[bool], str]) -> None:
    """Run a command: measure, print, and write bench/results/<name> unless only a part was tried.

    about: the command's docstring, whose first line is its help; report: takes whether it is to be short.
    """
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="only see that it works; nothing is written")
    short = parser.parse_args().short
    os.environ.update(QUIET)
    page = report(short)
    print(page)
    if not short:
        (RESULTS / name).write_text(page, encoding="utf-8")
