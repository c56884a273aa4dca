"""Promises about the widget's files: size, translations, and what its code never does."""

import json
import re
from pathlib import Path

import pytest

from bot.gateway.files import CORE, WIDGET, WidgetFiles
from bot.gateway.widget_script import core_modules

CORE_MODULES = [name.removesuffix(".js") for name in core_modules((WIDGET / CORE).read_text())]
MODULES = sorted((WIDGET / "chat").glob("*.js"))
LANGUAGES = sorted((WIDGET / "strings").glob("*.json"))
ARRAY_METHODS = "map|filter|forEach|push|pop|shift|unshift|splice|find|some|every|concat|reduce|flat|sort|reverse|join"


def test_first_paint_and_chat_weigh_less_than_20_kb() -> None:
    assert len(WidgetFiles().whole.packed) <= 20_000


def test_the_script_holds_modules_that_import_only_those_before_them_and_the_style_sheet() -> None:
    whole = WidgetFiles().whole.body.decode()
    assert not re.findall(r"^(?:import|export) |import\.meta|\bimport\((?!new URL\(path, here\)\))", whole, re.M)
    assert json.dumps((WIDGET / "theme.css").read_text()) in whole
    for place, name in enumerate(CORE_MODULES):
        code = (WIDGET / "chat" / f"{name}.js").read_text()
        assert set(re.findall(r" from './(\w+)\.js'", code)) <= set(CORE_MODULES[:place])
        unchanged = [line for line in code.splitlines() if "import" not in line]
        assert {line.removeprefix("export ") for line in unchanged} <= set(whole.splitlines())


def test_what_is_loaded_later_finds_every_name_of_the_core() -> None:
    given = WidgetFiles().sent[CORE].body.decode()
    taken = "".join(path.read_text() for path in MODULES if path.stem not in {*CORE_MODULES, "core"})
    wanted = {
        name.strip() for names in re.findall(r"import \{(.*)\} from './core\.js'", taken) for name in names.split(",")
    }
    assert len(wanted) > 10 and wanted <= set(re.findall(r"\w+", given))


@pytest.mark.parametrize(
    "module", [path for path in MODULES if path.stem not in {*CORE_MODULES, "core"}], ids=lambda p: p.stem
)
def test_what_is_loaded_later_takes_the_core_from_its_one_file(module: Path) -> None:
    assert set(re.findall(r" from './(\w+)\.js'", module.read_text())).isdisjoint(CORE_MODULES)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_code_never_writes_markup_or_runs_text(module: Path) -> None:
    code = module.read_text()
    for banned in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert banned not in code


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_code_uses_no_method_of_array_prototype(module: Path) -> None:
    assert re.findall(rf"\.(?:{ARRAY_METHODS})\(", module.read_text()) == []


def english() -> dict[str, str]:
    """The words written in the modules."""
    found: dict[str, str] = {}
    for module in MODULES:
        table = re.search(r"export const WORDS = \{(.*?)\n\};", module.read_text(), re.S)
        if table:
            found.update(re.findall(r"^  (\w+): '(.*)',$", table[1], re.M))
    return found


def test_the_english_file_for_translators_is_what_the_code_says() -> None:
    assert json.loads((WIDGET / "strings" / "en.json").read_text()) == english()


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda path: path.stem)
def test_every_language_has_every_string_with_its_places(language: Path) -> None:
    strings = json.loads(language.read_text())
    assert strings.keys() == english().keys()
    for key, text in english().items():
        assert re.findall(r"\{\w+\}", strings[key]) == re.findall(r"\{\w+\}", text), key
    assert len(strings["signsList"].split("|")) == len(english()["signsList"].split("|"))


def test_every_string_is_used() -> None:
    code = "".join(module.read_text() for module in MODULES)
    computed = {"sending", "waiting", "delivered", "failed", "late", "empty", "unreachable", "ended"}
    computed |= {f"{kind}Title" for kind in ("late", "empty", "unreachable", "ended")}
    computed |= {
        "urgent",
        "self_care",
        "contact_clinic",
        "emergency",
        "now",
        "today",
        "next_working_day",
        "do",
        "avoid",
        "expect",
        "getHelp",
    }
    computed |= {"sent_to_clinic", "clinic_seen", "call_back", "will_call", "whySaid"}
    unused = [key for key in english() if key not in computed and f"'{key}'" not in code]
    assert unused == []
