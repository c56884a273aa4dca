"""What staff once corrected stays right: every file that the console exported into tests/data/corrections."""

from datetime import datetime, timezone

import pytest
import yaml

from bot import training
from bot.nlu.assess import Assessor, LanguageModel
from tests.nlu.corrections import FOLDER, misread

pytestmark = pytest.mark.product
NOW = datetime(2026, 11, 24, 18, 0, tzinfo=timezone.utc)
CASES = [case for path in sorted(FOLDER.glob("*.yml")) for case in yaml.safe_load(path.read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def assessor() -> Assessor:
    return Assessor(LanguageModel(training.train()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_what_was_corrected_is_understood(assessor: Assessor, case: dict[str, object]) -> None:
    assert misread(case, assessor, NOW) == []


def test_what_is_misread_is_named(assessor: Assessor) -> None:
    wanted = {"intent": "report_bruise", "findings": [{"finding": "fever", "assertion": "present", "text": "fever"}]}
    case = {"id": "made up", "turns": ["I have a headache, no fever"], "expect": wanted}
    assert [line.split(": ")[1].split(" ")[0] for line in misread(case, assessor, NOW)] == ["report_headache", "fever"]
