"""What of a message is judged as a whole: without asides, and as it was meant to be written."""

import pytest

from bot.language.understand import Understanding


@pytest.mark.parametrize(
    "aside",
    [
        "Hi there, hope you all had a lovely weekend.",
        "Good morning team!",
        "Sorry to bother you so late.",
        "Thank you so much for your help.",
        "The weather is lovely here today.",
        "It's probably nothing.",
        "I'm sure it's fine.",
        "My husband says it's fine.",
        "Well, my mum reckons it's just nerves.",
        "My dad says not to worry.",
        "It's probably nothing serious.",
        "I really don't want to go to hospital.",
    ],
)
def test_an_aside_is_left_out(understanding: Understanding, aside: str) -> None:
    assert understanding.gist(f"{aside} My foot is numb").split() == ["my", "foot", "is", "numb"]
    assert understanding.gist(f"My foot is numb. {aside}").split() == ["my", "foot", "is", "numb."]


@pytest.mark.parametrize(
    "report",
    [
        "I don't want to be here any more.",
        "My husband says I look grey.",
        "My wife says it's getting worse.",
        "She says she can't feel her legs.",
        "My physio says it's not normal.",
        "It might be serious.",
        "It's probably broken off inside.",
        "It's just hard to breathe.",
        "Thank you all for everything, goodbye.",
        "Sorry, I meant the left arm.",
        "Hope you can help, I feel faint.",
        "Is it nothing?",
        "My husband says it's fine?",
        "I'm fine.",
        "No.",
    ],
)
def test_what_reports_something_is_kept(understanding: Understanding, report: str) -> None:
    last = report.rstrip(".").lower().split(", ")[-1]
    assert last in understanding.gist(f"{report} My foot is numb")


@pytest.mark.parametrize("aside", ["Thank you.", "hello", "It's probably nothing."])
def test_a_message_of_asides_alone_stays(understanding: Understanding, aside: str) -> None:
    assert understanding.gist(aside) == aside.lower()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("i cnat braethe", "i can't breathe"),
        ("my chset is tigth", "my chest is tight"),
        ("it doens't hurt", "it doesn't hurt"),
        ("i coudnt stand", "i couldn't stand"),
        ("brusie on my sholder", "bruise on my shoulder"),
        ("sooo tired", "so tired"),
        ("both sholders", "both shoulders"),
        ("30 housr later", "30 hours later"),
    ],
)
def test_typos_are_mended(understanding: Understanding, typed: str, meant: str) -> None:
    assert understanding.gist(typed) == meant


@pytest.mark.parametrize(
    "text", ["my physio used tens on the lats", "tesco paracetamol", "mum's hub's fine", "ok yeah right"]
)
def test_what_is_no_typo_stays(understanding: Understanding, text: str) -> None:
    assert understanding.gist(text) == text


def test_a_name_is_no_typo(understanding: Understanding) -> None:
    assert understanding.gist("I am Mrs Watler") == "i am mrs watler"
    assert understanding.gist("pain. Watler on my lung") == "pain. water on my lung"
