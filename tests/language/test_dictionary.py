"""A wrong data file stops the start, and says which file, which entry and why."""

import shutil
from pathlib import Path

import pytest

from bot.language.dictionary import DATA, load_dictionary
from bot.language.errors import LanguageError
from bot.language.patterns import parse
from bot.language.pipeline import make_words
from bot.language.words import Words, english_frequencies


@pytest.fixture()
def data(tmp_path: Path) -> Path:
    """A copy of the data with a single concept file, for tests to break."""
    copy = tmp_path / "data"
    shutil.copytree(DATA, copy)
    for path in (copy / "concepts").glob("*.yml"):
        path.unlink()
    return copy


@pytest.fixture(scope="module")
def words() -> Words:
    """The vocabulary of the real dictionary."""
    return make_words(load_dictionary())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("- {means: headach, says: [sore head]}", "unknown fact headach"),
        ("- {means: {bruise_size: huge}, says: [big bruise]}", "has no value 'huge'"),
        ("- {means: headache, says: [sore head, sore head]}", "duplicate pattern"),
        ("- {means: headache, says: [sore head]}\n- {means: dizziness, says: [sore head]}", "duplicate pattern"),
        ("- {means: headache, says: ['sore (head']}", "brackets do not match"),
        ("- {means: headache, says: ['sore (head|top of (my|his) head)']}", "a group stands in a group"),
        ("- {means: headache, says: ['sore head !(of the)']}", "only single words can be barred"),
        ("- {means: headache, says: ['sore <hed>']}", "unknown word class <hed>"),
        ("- {means: headache, says: ['sore?']}", "nothing in it is required"),
        ("- {means: headache, say: [sore head], says: [x]}", "unknown keys"),
        ("- {means: headache, says: [no]}", "not text"),
        ("- {means: headache, asserts: sometimes, says: [x]}", "unknown assertion"),
        ("- {means: headache, says: [x", "file"),
    ],
)
def test_a_mistake_names_file_and_reason(data: Path, content: str, reason: str) -> None:
    (data / "concepts" / "wrong.yml").write_text(content)
    with pytest.raises(LanguageError, match="wrong") as error:
        load_dictionary(data)
    assert reason in str(error.value)


def test_every_fact_that_patients_can_name_has_wordings() -> None:
    dictionary = load_dictionary()
    said = {fact for entry in dictionary.entries.values() for fact, _ in entry.means}
    not_in_words = {"temperature", "age", "session", "cough", "neuro", "sides", "cough_began_late", "site_late"}
    # Whole lines of the safety check, only known from a tick on that line.
    lines = {"chest_or_breathing", "allergy_signs", "saddle_or_bladder", "danger_headache", "bleeding_or_swelling"}
    lines |= {"infection_signs", "large_bruise_on_thinner", "stroke_signs", "sepsis_signs"}
    # Symptoms with several signs, only known by name from a button or from the intent.
    lines |= {"belly", "nerve", "pacemaker", "pregnancy"}
    facts = {fact for fact in dictionary.facts.kinds if "." not in fact} - dictionary.facts.attributes
    assert facts - said <= not_in_words | lines


def test_patterns_are_read() -> None:
    paths = parse("(can|could) not? breathe ~2 (at all|=now)", {})
    assert {len(path) for path in paths} == {5, 6}


def test_ordinary_words_never_become_symptoms(words: Words) -> None:
    dictionary = load_dictionary()
    changed = {word for word in english_frequencies() if words.corrected(word) != word}
    assert changed <= {variant for variants in dictionary.words["spellings"].values() for variant in variants}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("brise", "bruise"),
        ("faited", "fainted"),
        ("breahing", "breathing"),
        ("throbing", "throbbing"),
        ("needeld", "needled"),
    ],
)
def test_a_typo_is_the_word_that_patients_use_most(words: Words, typed: str, meant: str) -> None:
    assert words.corrected(typed) == meant


@pytest.mark.parametrize("word", ["pane", "breast", "brew", "pus", "chess", "bruises", "faint", "heading", "berthing"])
def test_a_word_that_is_near_a_symptom_stays(words: Words, word: str) -> None:
    assert words.corrected(word) == word
