"""Each component is built as Rasa builds it, and reads one message."""

from datetime import datetime

import numpy as np
import pytest
import yaml
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.clinical_findings import ClinicalFindings
from bot.nlu.danger_classifier import LIKENESS, DangerClassifier
from bot.nlu.intent_classifier import PROBABILITIES, RANKED, IntentClassifier
from bot.nlu.messages import DANGER, FACTS, OTHER_TOPICS, add_entities
from bot.nlu.red_flag_gate import RedFlagGate
from bot.nlu.sentence_features import FindingFeatures, SentenceFeatures
from bot.paths import ROOT
from bot.triage.episode import Episode, merge
from bot.triage.finding import Finding
from bot.triage.levels import AMBULANCE

NOW = "2026-11-23T10:00:00-08:00"
EXAMPLES = {
    "report_headache": ["my head hurts", "I have a headache", "pounding head since last night", "migraine again"],
    "report_chest": ["I cannot breathe", "tight chest", "short of breath on the stairs", "my chest hurts"],
    "ask_driving": ["can I drive", "is driving allowed", "may I take the car", "when can I drive again"],
    "thanks": ["thank you", "thanks a lot", "cheers", "that was kind"],
}
FAKE = {"finding": "fever", "assertion": "present", "text": "hot", "start": 0, "end": 3, "value": True}


def message(text, **metadata):
    return Message({TEXT: text, "metadata": {"now": NOW, **metadata}})


def read(component, text, **metadata):
    return component.process([message(text, **metadata)])[0]


def test_findings_become_entities_with_their_assertion(built):
    entities = read(built(ClinicalFindings), "I have a headache but no fever").get(ENTITIES)
    said = {entity["value"]: entity["assertion"] for entity in entities}
    assert (said["headache"], said["fever"]) == ("present", "absent")
    headache = next(entity for entity in entities if entity["value"] == "headache")
    assert "I have a headache but no fever"[headache["start"] : headache["end"]] == headache["text"]


def test_the_gateways_reading_of_the_same_words_is_taken_over(built):
    found = read(built(ClinicalFindings), "hot", findings=[FAKE], read_text="hot")
    assert found.get(FACTS) == [FAKE]


def test_a_reading_of_other_words_is_not_taken_over(built):
    found = read(built(ClinicalFindings), "I have a headache", findings=[FAKE], read_text="hot")
    assert [finding["finding"] for finding in found.get(FACTS)] == ["headache"]


def test_a_changed_dictionary_or_protocol_retrains():
    assert ClinicalFindings.fingerprint_addon({}) == ClinicalFindings.fingerprint_addon({})
    assert ClinicalFindings.fingerprint_addon({}) != FindingFeatures.fingerprint_addon({})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It hurts. I am scared!", "It hurts I am scared"),
        ("sore, stiff; tired", "sore stiff tired"),
        ("my shuolder is tigth", "my shoulder is tight"),
        ("Hope you had a nice weekend. My arm is sore", "my arm is sore"),
    ],
)
def test_marks_between_sentences_typos_and_asides_do_not_change_the_features(built, one, other):
    first, second = built(SentenceFeatures).process([message(one), message(other)])
    assert np.allclose(first.features[0].features, second.features[0].features, atol=1e-5)


@pytest.mark.parametrize(("one", "other"), [("it is 38.5", "it is 38 5"), ("?!?!", "?? "), ("is it bad?", "is it bad")])
def test_marks_inside_numbers_questions_and_nothing_but_marks_count(built, one, other):
    first, second = built(SentenceFeatures).process([message(one), message(other)])
    assert not np.allclose(first.features[0].features, second.features[0].features, atol=1e-3)


@pytest.mark.parametrize("how", ["create", "load"])
def test_sentence_features_have_length_one(built, how):
    features = read(built(SentenceFeatures, how), "I have a headache").features
    assert features[0].features.shape == (1, 1152)
    assert np.linalg.norm(features[0].features) == pytest.approx(1, abs=1e-4)


def test_finding_features_tell_present_from_denied(built):
    component = built(FindingFeatures)
    present, denied = message("hot"), message("not hot")
    present.set(FACTS, [FAKE])
    denied.set(FACTS, [{**FAKE, "assertion": "absent"}])
    component.process([present, denied])
    vectors = [one.features[0].features for one in (present, denied)]
    assert vectors[0].sum() == vectors[1].sum() == 1 and (vectors[0] != vectors[1]).any()


def trained(built):
    examples = [Message({TEXT: text, INTENT: intent}) for intent, texts in EXAMPLES.items() for text in texts]
    built(SentenceFeatures).process(examples)
    built(IntentClassifier).train(TrainingData(examples))
    return built(IntentClassifier, "load")


def test_the_classifier_learns_keeps_and_ranks(built):
    classifier = trained(built)
    found = classifier.process(built(SentenceFeatures).process([message("is it ok to drive home?")]))[0]
    assert found.get(INTENT)["name"] == "ask_driving"
    assert sum(found.get(PROBABILITIES).values()) == pytest.approx(1, abs=1e-5)
    ranking = found.get(INTENT_RANKING_KEY)
    assert len(ranking) <= RANKED and ranking[0] == found.get(INTENT)


def gate(built, shares, findings=(), intent=None, likeness=(-1.0, "none"), text="words", share=0.0, **settings):
    """Put a message with these probabilities, findings and likeness to danger through the gate."""
    one = message(text)
    one.set(PROBABILITIES, shares)
    one.set(INTENT, intent or {"name": "thanks", "confidence": 0.5})
    one.set(FACTS, list(findings))
    one.set(LIKENESS, {"score": likeness[0], "family": likeness[1]})
    one.set(OTHER_TOPICS, share)
    suspects = {"lung": ["breathless", "chest_pain"], "crisis": ["suicidal"]}
    built(RedFlagGate, **{"suspects": suspects, **settings}).process([one])
    suspected = [entity["value"] for entity in one.get(ENTITIES) or [] if entity["entity"] == "suspected"]
    return one.get(DANGER), suspected


def finding(name, assertion="present"):
    return {**FAKE, "finding": name, "assertion": assertion}


def test_danger_in_words_is_an_emergency_whatever_the_classifier_says(built):
    danger, suspected = gate(built, {"thanks": 1.0}, [finding("breathless")])
    assert danger["emergency"] and not suspected


@pytest.mark.parametrize("assertion", ["absent", "past", "hypothetical", "other_person"])
def test_danger_that_is_not_the_patients_now_is_no_emergency(built, assertion):
    danger, _ = gate(built, {"thanks": 1.0}, [finding("breathless", assertion)])
    assert not danger["emergency"]


def test_danger_that_a_message_only_sounds_like_becomes_one_question(built):
    danger, suspected = gate(built, {"thanks": 1.0}, likeness=(0.3, "lung"))
    assert suspected == ["breathless"] and not danger["emergency"]


def test_danger_that_a_message_is_surely_like_is_taken_as_said(built):
    danger, suspected = gate(built, {"thanks": 1.0}, likeness=(1.1, "lung"))
    assert danger["emergency"] and not danger["suspected"] and not suspected


def test_beside_a_lesser_sign_of_the_same_danger_the_likeness_must_be_great_and_is_asked_about(built):
    lesser = [finding("dry_cough")]
    family = {"lung": ["breathless", "dry_cough"]}
    assert gate(built, {"thanks": 1.0}, lesser, likeness=(0.4, "lung"), suspects=family)[1] == []
    danger, suspected = gate(built, {"thanks": 1.0}, lesser, likeness=(1.5, "lung"), suspects=family)
    assert suspected == ["breathless"] and not danger["emergency"]


@pytest.mark.parametrize("name", ["breathless", "chest_pain"])
@pytest.mark.parametrize("assertion", ["absent", "past"])
def test_danger_that_is_denied_by_name_and_told_all_the_same_is_asked_about(built, name, assertion):
    """ "Not breathless exactly, I just need a breath after every third word"."""
    told = [finding(name, assertion)]
    danger, suspected = gate(built, {"thanks": 1.0}, told, likeness=(1.1, "lung"))
    assert suspected == ["breathless"] and not danger["emergency"]


def test_a_denial_stands_where_there_is_doubt(built):
    for name in ("breathless", "chest_pain"):
        assert gate(built, {"thanks": 1.0}, [finding(name, "absent")], likeness=(0.9, "lung"))[1] == []


def test_thoughts_of_suicide_are_asked_about_however_sure_it_is(built):
    danger, suspected = gate(built, {"thanks": 1.0}, likeness=(1.9, "crisis"), always_asked=["crisis"])
    assert suspected == ["suicidal"] and not danger["emergency"]


def test_what_may_be_taken_as_said_is_an_emergency_by_itself(protocol):
    settings = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    configured = next(one for one in settings if one["name"].endswith("RedFlagGate"))
    now = datetime.fromisoformat(NOW)
    for family in configured["suspects"].keys() - configured["always_asked"]:
        sign = Finding(configured["suspects"][family][0], "present", "words", 0, 5)
        assert merge(Episode(), [sign]).assess(protocol, now).rank == AMBULANCE, family


def test_a_faint_likeness_is_no_question(built):
    assert gate(built, {"thanks": 1.0}, likeness=(-0.9, "lung"))[1] == []


def test_beside_a_symptom_the_likeness_must_be_greater(built):
    small = (RedFlagGate.get_default_config()["beside_symptom"] - 0.05, "lung")
    heard = {"report_chest": 0.55, "thanks": 0.45}
    assert gate(built, heard, likeness=small)[1] == ["breathless"]
    assert gate(built, heard, [finding("bruise")], likeness=small)[1] == []


def test_talk_must_be_more_like_danger_than_a_report(built):
    between = (RedFlagGate.get_default_config()["in_talk"] - 0.05, "lung")
    assert gate(built, {"report_chest": 0.55, "thanks": 0.45}, likeness=between)[1] == ["breathless"]
    assert gate(built, {"report_chest": 0.45, "thanks": 0.55}, likeness=between)[1] == []


def test_an_everyday_message_must_be_very_like_danger(built):
    everyday, below, above = "the fire drill was chaos", (0.65, "lung"), (0.75, "lung")
    assert gate(built, {"thanks": 1.0}, likeness=below, text="it was chaos")[1] == ["breathless"]
    assert gate(built, {"thanks": 1.0}, likeness=below, text=everyday)[1] == []
    assert gate(built, {"thanks": 1.0}, likeness=above, text=everyday)[1] == ["breathless"]
    asked = gate(built, {"thanks": 1.0}, likeness=(0.3, "crisis"), text=everyday, always_asked=["crisis"])[1]
    assert asked == ["suicidal"]


def test_a_message_of_other_topics_must_be_very_like_danger(built):
    def asked(likeness, share, family="lung"):
        settings = {"always_asked": ["crisis"], "elsewhere": 0.8}
        return gate(built, {"thanks": 1.0}, likeness=(likeness, family), share=share, **settings)[1]

    assert not asked(0.4, 0.9)
    assert asked(0.4, 0.5) and asked(0.75, 0.9) and asked(0.4, 0.9, "crisis")


def test_a_message_of_other_topics_reports_a_symptom_only_where_that_is_sure(built):
    def reports(chest, share):
        return gate(built, {"report_chest": chest}, share=share, reporting=0.4)[0]["symptoms"]

    assert not reports(0.5, 0.9)
    assert reports(0.5, 0.5) and reports(0.8, 0.9)


def test_an_everyday_message_reports_no_symptom_without_words_for_it(built):
    heard = {"report_needle_left": 0.9}
    assert gate(built, heard, text="I lost something shiny")[0]["symptoms"] == ["needle_left"]
    assert gate(built, heard, text="I lost an earring")[0]["symptoms"] == []


@pytest.mark.parametrize("assertion", ["hypothetical", "other_person"])
def test_a_sign_that_seems_to_be_anothers_or_imagined_is_asked_about(built, assertion):
    assert gate(built, {"thanks": 1.0}, [finding("chest_pain", assertion)], likeness=(0.9, "lung"))[1] == ["breathless"]


@pytest.mark.parametrize(("score", "asked"), [(0.4, []), (0.9, ["breathless"])])
def test_a_sign_of_the_past_is_asked_about_where_the_message_is_much_like_danger(built, score, asked):
    assert gate(built, {"thanks": 1.0}, [finding("chest_pain", "past")], likeness=(score, "lung"))[1] == asked


def test_a_sign_the_patient_speaks_of_is_not_suspected_again(built):
    assert gate(built, {"thanks": 1.0}, [finding("chest_pain", "absent")], likeness=(0.9, "lung"))[1] == []


DANGERS = {
    "lung": ["no puff at all on the stairs", "tight band round my ribs", "I have to gasp for air"],
    "neuro": ["my words come out as porridge", "half of my face has slid down", "one arm just hangs there"],
    "bleeding": ["the blood soaks every towel", "it keeps spurting red", "the bleeding will not stop"],
}
CALM = ["can I have a bath", "thanks for everything", "my arm is a bit sore", "where do I park"]


def test_the_danger_classifier_learns_keeps_and_names_the_family(built):
    rows = [(text, "report_chest", {"intent": {"danger": name}}) for name, texts in DANGERS.items() for text in texts]
    rows += [(text, "out_of_scope", {"intent": {"danger": "none"}}) for text in CALM]
    examples = [Message({TEXT: text, INTENT: intent, "metadata": data}) for text, intent, data in rows]
    built(SentenceFeatures).process(examples)
    built(DangerClassifier).train(TrainingData(examples))
    classifier = built(DangerClassifier, "load")
    texts = {"lung": "gasping for air on the steps", "neuro": "my face hangs down", "bleeding": "blood is spurting out"}
    calm = message("may I bathe")
    alike = {name: message(text) for name, text in texts.items()}
    classifier.process(built(SentenceFeatures).process([*alike.values(), calm]))
    for name, one in alike.items():
        assert one.get(LIKENESS)["score"] > calm.get(LIKENESS)["score"]
        assert one.get(LIKENESS)["family"] == name


@pytest.mark.parametrize(
    ("written", "intent", "fact", "family"),
    [
        ("spine", "report_nerve", None, "spine"),
        (None, "report_nerve", "breathless", "lung"),
        (None, "report_chest", None, "lung"),
        (None, "report_chest", "dry_cough", "none"),
        (None, "thanks", None, "none"),
    ],
)
def test_an_example_belongs_to_what_is_written_beside_it_else_its_words_else_its_intent(
    built, protocol, written, intent, fact, family
):
    classifier = built(DangerClassifier, families={"lung": ["breathless"]}, intents={"report_chest": "lung"})
    one = Message({TEXT: "words", INTENT: intent, "metadata": {"intent": {"danger": written}} if written else {}})
    one.set(FACTS, [finding(fact)] if fact else [])
    assert classifier.family(one, protocol) == family


def test_a_symptom_without_known_words_is_reported_by_its_intent(built):
    shares = {"report_headache": 0.4, "report_nausea": 0.3, "report_fatigue": 0.2, "thanks": 0.1}
    danger, _ = gate(built, shares)
    assert danger["symptoms"] == ["headache"]


def test_a_symptom_that_nobody_without_a_fact_can_have_is_not_reported_where_it_is_denied(built):
    shares, needed = {"report_pregnancy": 0.9}, {"pregnancy": "pregnant"}
    assert gate(built, shares, needed=needed)[0]["symptoms"] == ["pregnancy"]
    assert gate(built, shares, [finding("pregnant", "absent")], needed=needed)[0]["symptoms"] == []


@pytest.mark.parametrize("assertion", ["past", "other_person"])
def test_an_intent_reports_no_symptom_that_the_words_put_in_another_time_or_person(built, assertion):
    nearly_sure = {"report_headache": 0.9, "thanks": 0.1}
    assert gate(built, nearly_sure, [finding("light_hurts", assertion)])[0]["symptoms"] == ["headache"]
    assert gate(built, nearly_sure, [finding("sudden_worst_headache", assertion)])[0]["symptoms"] == []
    unsure = {"report_headache": 0.4, "report_nausea": 0.3, "report_fatigue": 0.2, "thanks": 0.1}
    assert gate(built, unsure, [finding("light_hurts", assertion)])[0]["symptoms"] == []


@pytest.mark.parametrize(
    "shares", [{"report_headache": 0.5, "thanks": 0.5}, {f"report_{number}": 0.1 for number in range(10)}]
)
def test_doubtful_intents_report_nothing(built, shares):
    assert gate(built, shares)[0]["symptoms"] == []


def test_a_question_about_a_symptom_does_not_report_it(built):
    asks = {"name": "is_this_normal", "confidence": 0.9}
    assert gate(built, {}, [finding("bruise", "possible")], asks)[0]["symptoms"] == []
    assert gate(built, {}, [finding("bruise")], asks)[0]["symptoms"] == ["bruise"]


def test_entities_of_others_are_kept():
    one = message("words")
    add_entities(one, [{"entity": "a"}])
    add_entities(one, [{"entity": "b"}])
    assert [entity["entity"] for entity in one.get(ENTITIES)] == ["a", "b"]
