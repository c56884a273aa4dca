"""Words of illness that are said of something else, read by the component as Rasa builds it."""

import pytest
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.danger_classifier import LIKENESS
from bot.nlu.messages import FACTS, add_entities
from bot.nlu.other_topics import OtherTopics, sentences_with
from bot.nlu.sentence_features import SentenceFeatures
from bot.triage.finding import Finding

EXAMPLES = {
    "out_of_scope": [
        "the boiler is leaking all over the utility room",
        "can I move my Thursday booking",
        "the car broke down on the ring road",
        "our team collapsed in the second half",
        "the printer keeps crashing",
        "how do I pay the invoice",
    ],
    "report_bleeding": [
        "it is bleeding where the needle was",
        "blood keeps coming out of my leg",
        "the spot on my arm bled all night",
        "my ear bled a little after the session",
        "there was blood on the pillow from the needle hole",
        "I cannot stop the blood",
    ],
}


@pytest.fixture
def topics(built):
    """A component that has learned the examples and was loaded as for serving."""
    features = built(SentenceFeatures)
    examples = [Message({TEXT: text, INTENT: name}) for name, texts in EXAMPLES.items() for text in texts]
    features.process(examples)
    built(OtherTopics).train(TrainingData(examples))
    component = built(OtherTopics, "load", share=0.6, kept=["suicidal"])

    def dropped(text, *words, intent="out_of_scope", confidence=0.7, score=-1.5, fact="bleeding"):
        """Whether the findings in these words of a message are dropped."""
        found = [Finding(fact, "present", word, text.index(word), text.index(word) + len(word)) for word in words]
        one = Message(
            {TEXT: text, FACTS: [f.as_dict() for f in found], INTENT: {"name": intent, "confidence": confidence}}
        )
        one.set(LIKENESS, {"score": score, "family": "bleeding"})
        add_entities(one, [f.as_entity("ClinicalFindings") for f in found] + [{"entity": "other", "value": 1}])
        features.process([one])
        component.process([one])
        kept = {entity["entity"] for entity in one.get(ENTITIES)}
        assert "other" in kept and bool(one.get(FACTS)) == (len(kept) > 1)
        return not one.get(FACTS)

    return dropped


BOILER = "could you recommend a plumber, the boiler is bleeding all over the utility room"


def test_words_of_illness_said_of_a_thing_are_dropped(topics):
    assert topics(BOILER, "bleeding")


def test_half_a_sentence_about_the_patient_is_kept(topics):
    assert not topics("Can I move my Thursday booking? The spot on my arm is bleeding, the needle hole.", "bleeding")


def test_one_sentence_about_the_patient_keeps_the_findings_of_all(topics):
    assert not topics("The boiler is bleeding. The needle hole on my leg bled all night too.", "bleeding", "bled")


def test_half_a_sentence_is_kept_in_a_message_that_as_a_whole_speaks_of_something_else(topics):
    matters = "Can I move my Thursday booking? Our team collapsed in the second half and the printer keeps crashing."
    assert topics(f"{matters} {BOILER}", "bleeding") and not topics(f"{matters} My leg bled.", "bled")


def test_what_is_like_danger_is_kept(topics):
    assert not topics(BOILER, "bleeding", score=-0.2)


def test_a_message_that_is_not_out_of_scope_is_kept(topics):
    assert not topics(BOILER, "bleeding", intent="report_bleeding")


def test_a_message_whose_intent_is_in_doubt_is_kept(topics):
    assert not topics(BOILER, "bleeding", confidence=0.4)


def test_thoughts_of_suicide_are_always_kept(topics):
    assert not topics(BOILER, "bleeding", fact="suicidal")


def test_one_that_has_learned_nothing_drops_nothing(built):
    one = Message({TEXT: BOILER, FACTS: [Finding("bleeding", "present", "bleeding", 43, 51).as_dict()]})
    one.set(INTENT, {"name": "out_of_scope", "confidence": 0.9})
    one.set(LIKENESS, {"score": -1.5, "family": "none"})
    assert built(OtherTopics).process([one])[0].get(FACTS)


def test_sentences_with_a_finding_are_found_across_a_full_stop():
    found = [Finding("bleeding", "present", "bled. Twice", 10, 21)]
    assert sentences_with("Hello. It bled. Twice today. Bye", found) == [" It bled", " Twice today"]
