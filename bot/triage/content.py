"""Reading the reviewed YAML files so that every mistake is named with file, line and reason."""

from collections.abc import Iterable
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar

import yaml

T = TypeVar("T")


class ProtocolError(ValueError):
    """Reviewed content that cannot be used; the message names the file, the line and the reason."""


class Entry(dict[str, Any]):
    """A YAML mapping that remembers where it was written."""

    where: str = ""

    def error(self, reason: str) -> ProtocolError:
        """Return an error about this mapping, ready to raise."""
        return ProtocolError(f"{self.where}: {reason}")


class _Loader(yaml.CSafeLoader):
    """PyYAML keeps the last of two equal keys without a word; here that is an error.

    Its parser in C reads the protocol in a quarter of a second; the one in Python takes more than one.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Entry:  # type: ignore[override]
        entry = Entry()
        entry.where = f"{Path(node.start_mark.name).name}, line {node.start_mark.line + 1}"
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in entry:
                raise entry.error(f"the key {key!r} is written twice")
            entry[key] = self.construct_object(value_node, deep=True)
        return entry


_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.construct_mapping)


def read_yaml(path: Path) -> Entry:
    """Return the mapping a file holds. Raises ProtocolError when it is missing, broken or no mapping."""
    try:
        with path.open(encoding="utf-8") as stream:
            content = yaml.load(stream, Loader=_Loader)
    except FileNotFoundError:
        raise ProtocolError(f"{path.name}: the file is missing") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ProtocolError(f"{path.name}{line}: not valid YAML: {getattr(error, 'problem', error)}") from None
    if not isinstance(content, Entry):
        raise ProtocolError(f"{path.name}: a mapping is expected at the top")
    return content


def check_keys(entry: Entry, allowed: Iterable[str], required: Iterable[str] = ()) -> None:
    """Raise ProtocolError for a key that is not allowed or one that is missing."""
    unknown = entry.keys() - set(allowed)
    if unknown:
        raise entry.error(f"unknown key {sorted(map(str, unknown))[0]!r}")
    missing = set(required) - entry.keys()
    if missing:
        raise entry.error(f"missing key {sorted(missing)[0]!r}")


def build(kind: type[T], entry: Any, where: str = "") -> T:
    """Make a dataclass of a mapping whose keys are its fields; unknown and missing keys are refused."""
    if not isinstance(entry, Entry):
        raise ProtocolError(f"{where or kind.__name__}: a mapping is expected, not {entry!r}")
    declared = fields(kind)  # type: ignore[arg-type]
    needed = [f.name for f in declared if f.default is MISSING and f.default_factory is MISSING]
    check_keys(entry, (f.name for f in declared), needed)
    return kind(**entry)
