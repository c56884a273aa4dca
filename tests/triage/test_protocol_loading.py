"""A bad protocol file is refused with file, line and reason; the good one loads whole."""

import shutil
from pathlib import Path

import pytest

from bot.paths import PROTOCOL
from bot.triage.protocol import Protocol, ProtocolError, load_protocol


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROTOCOL, tmp_path / "protocol"))


def change(file: Path, old: str, new: str) -> int:
    """Replace the first `old` in a file and return its line number."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("symptoms/headache.yml", "level: emergency", "level: emergancy", "unknown level 'emergancy'"),
        ("symptoms/headache.yml", "    when: ", "    wenn: ", "unknown key 'wenn'"),
        ("symptoms/headache.yml", "hazard: H02", "hazard: H99", "unknown hazard 'H99'"),
        ("symptoms/headache.yml", "id: HEA-1", "id: HEA-2", "'HEA-2' is used twice"),
        (
            "symptoms/headache.yml",
            "sudden_worst_headache",
            "sudden_wurst_headache",
            "unknown fact 'sudden_wurst_headache'",
        ),
        ("screen.yml", 'section: "9. Pneumothorax (Collapsed Lung)"', 'section: "9. Lungs"', "no section '9. Lungs'"),
        ("screen.yml", "document: S3", "document: S9", "unknown document 'S9'"),
        ("screen.yml", "id: safety_check\n", "id: safety_check\n  id: again\n", "'id' is written twice"),
        ("facts.yml", "kind: flag", "kind: flagg", "unknown kind 'flagg'"),
        ("clinic.yml", "{value: 48, unit: hours", "{value: 4800, unit: hours", "4800 hours is outside"),
        ("clinic.yml", "{value: 48, unit: hours", "{value: soon, unit: hours", "'soon' is not a number"),
        ("clinic.yml", "country: US", "country: Atlantis", "'Atlantis' is not among"),
        ("clinic.yml", '"08:00-18:00"', '"8 to 6"', "opening hours"),
        ("clinic.yml", "America/Los_Angeles", "America/Los_Angelos", "time_zone"),
        ("questions.yml", "  - id: session", "  - id: [", "not valid YAML"),
    ],
)
def test_a_mistake_is_named_with_its_file(folder: Path, file: str, old: str, new: str, reason: str) -> None:
    change(folder / file, old, new)
    with pytest.raises(ProtocolError) as caught:
        load_protocol(folder)
    assert reason in str(caught.value)


def test_a_mistake_is_named_with_its_line(folder: Path) -> None:
    line = change(folder / "symptoms" / "headache.yml", "level: emergency", "level: emergancy")
    with pytest.raises(ProtocolError, match=r"headache\.yml, line (\d+)") as caught:
        load_protocol(folder)
    named = int(str(caught.value).split("line ")[1].split(":")[0])
    assert line - 3 <= named <= line


def test_a_rule_without_a_source_is_refused(folder: Path) -> None:
    file = folder / "symptoms" / "other.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text("\n".join(line for line in text.splitlines() if not line.strip().startswith(("added:", "source:"))))
    with pytest.raises(ProtocolError, match="neither `source` nor `added`|missing key"):
        load_protocol(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "screen.yml").unlink()
    with pytest.raises(ProtocolError, match=r"screen\.yml: the file is missing"):
        load_protocol(folder)


def test_changing_a_threshold_changes_the_texts(folder: Path, protocol: Protocol) -> None:
    change(
        folder / "clinic.yml",
        '{value: 48, unit: hours, min: 24, max: 72, why: "Muscle',
        '{value: 30, unit: hours, min: 24, max: 72, why: "Muscle',
    )
    changed = load_protocol(folder)
    assert "24 to 48 hours" in protocol.symptoms["soreness"].normal["text"]
    assert "24 to 30 hours" in changed.symptoms["soreness"].normal["text"]
    assert changed.version != protocol.version
