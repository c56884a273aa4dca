"""What staff correct is learned: exported, put into the training data and trained, it changes the answer."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import httpx
import pytest
import yaml

from bot import training
from bot.nlu.assess import Assessor, LanguageModel
from bot.paths import ROOT
from tests.console.conftest import Browser
from tests.nlu.corrections import misread
from tests.product.running import PASSWORD, STAFF, Product

pytestmark = pytest.mark.timeout(1200)  # one training, two minutes and a half on two free cores
COPIED = ("actions", "bot", "data", "protocol")
FILES = ("config.yml", "domain.yml", "endpoints.yml", "credentials.yml", "requirements.lock")
NOW = datetime(2026, 11, 24, 18, 0, tzinfo=timezone.utc)
MISREAD = {"my noggin is banging since you did my neck": "report_headache"}


@pytest.fixture(scope="module")
def exported(product: Product) -> Iterator[tuple[str, str]]:
    """Patients are misread, staff say what was meant, and save both files."""
    with httpx.Client(base_url=product.url) as client:
        console = Browser(client)
        assert console.log_in(STAFF, PASSWORD).status_code == 303
        for text, meant in MISREAD.items():
            patient = product.patient()
            patient.say(text)
            (message,) = patient.transcript()["messages"]
            path = f"/conversations/{patient.id}/messages/{message['id']}/correct"
            assert console.post(path, {"kind": "intent", "intent": meant}).status_code == 303
        yield console.get("/improve/nlu.yml").text, console.get("/improve/tests.yml").text


@pytest.fixture(scope="module")
def retrained(exported: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the project's data with the exported file among it, as a clinic would train it."""
    project = Path(tmp_path_factory.mktemp("project"))
    for name in COPIED:
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, project / name)
    (project / "var").mkdir()
    (project / "var" / "cache").symlink_to(ROOT / "var" / "cache")
    (project / "data" / "nlu" / "corrections.yml").write_text(exported[0], encoding="utf-8")
    return training.train(project)


@pytest.mark.product
def test_what_staff_corrected_is_understood_after_the_next_training(exported: tuple[str, str], retrained: Path) -> None:
    cases = yaml.safe_load(exported[1])
    assert {case["turns"][-1]: case["expect"]["intent"] for case in cases} == MISREAD
    before, after = (Assessor(LanguageModel(model)) for model in (training.trained_model(), retrained))
    for case in cases:
        assert misread(case, before, NOW), "it was understood already: choose other words"
        assert misread(case, after, NOW) == []
        was, now = before(case["turns"], NOW), after(case["turns"], NOW)
        assert (now["scope"], now["asks"]) != (was["scope"], was["asks"]), "the patient would be answered the same"
        assert now["scope"] == "symptom"
