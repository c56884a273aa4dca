"""Is it English, and are there words in it?"""

import pytest

from bot.language.english import has_words, looks_english


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok",
        "no",
        "lol",
        "38.5",
        "yeah nah",
        "cant breath",
        "hedache and dizy since ystrday",
        "shoulder sore knackered",
        "neck so stiff mate",
        "is it ok to swim",
        "me arm is killin me",
        "numb toes left foot",
        "Dr Kowalczyk needled my back",
    ],
)
def test_english_stays_english(text: str) -> None:
    assert looks_english(text)


@pytest.mark.parametrize(
    "text",
    ["me duele la cabeza después de la sesión", "j'ai mal à la tête depuis hier", "mi cabeza duele mucho hoy",
     "Mein Kopf tut weh seit gestern nach der Behandlung", "头疼", "boli mnie głowa od wczoraj po zabiegu",
     "у меня болит голова"],
)  # fmt: skip
def test_other_languages_are_told_apart(text: str) -> None:
    assert not looks_english(text)


@pytest.mark.parametrize("text", ["hi", "cant breath", "7", "头疼", "hmm"])
def test_words(text: str) -> None:
    assert has_words(text)


@pytest.mark.parametrize("text", ["", "???", "...", "🤕", "zzzzzzz", "sdfghjkl", "!!!"])
def test_noise(text: str) -> None:
    assert not has_words(text)
