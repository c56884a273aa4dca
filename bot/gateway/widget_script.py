"""The widget's core as the one script of a page: its modules joined, with the style sheet, and no module of its own."""

import json
import re
from collections.abc import Mapping

_EXPORT = re.compile(r"^export (?:async )?(?:class|const|function\*?) (\w+)", re.M)


def core_modules(core: str) -> list[str]:
    """Return the names of the modules that the core's own module exports again, in the order they are joined."""
    return re.findall(r"^export \* from '\./(\w+\.js)'", core, re.M)


def exported(modules: Mapping[str, str]) -> str:
    """Return the names that modules export, as JavaScript lists them."""
    return ", ".join(name for body in modules.values() for name in _EXPORT.findall(body))


def joined(modules: Mapping[str, str]) -> str:
    """Return the code of modules as part of a script: without their imports of each other and without exports.

    A script has no `import.meta`, and its imports start at the page: it says `here` and `load` instead.
    """
    code = "\n".join(re.sub(r"^import .*;\n", "", body, flags=re.M) for body in modules.values())
    code = re.sub(r"^export ", "", code, flags=re.M)
    return code.replace("import.meta.url", "here").replace("import(", "load(")


def script(frame: str, modules: Mapping[str, str], theme: str, version: str) -> str:
    """Return widget.js as it is sent. frame: the file with the places for core, names and style sheet."""
    whole = frame.replace("'widget/", f"'widget/{version}/").replace("NAMES", exported(modules))
    return whole.replace("(THEME)", f"({json.dumps(theme)})").replace("  CORE;\n", joined(modules))


def core(modules: Mapping[str, str]) -> str:
    """Return the module under which what is loaded later finds the core that is already there."""
    return f"export const {{ {exported(modules)} }} = customElements.get('aftercare-chat').core;\n"
