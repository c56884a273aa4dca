"""Filling in templates. Everything a patient or a colleague typed is escaped, everywhere."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.console import words

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"

_environment = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@lru_cache
def asset(name: str) -> str:
    """Return a static file's name with its fingerprint, so that a browser never uses an old one."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"static/{name}?{digest[:12]}"


_environment.globals |= {"asset": asset, "words": words}


def render(template: str, **values: Any) -> str:
    """Return a template of the console filled in."""
    return _environment.get_template(template).render(**values)
