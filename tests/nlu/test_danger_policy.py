import pytest
from rasa.core.policies.ensemble import DefaultPolicyPredictionEnsemble
from rasa.core.policies.policy import PolicyPrediction
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu.danger_policy import DangerPolicy
from bot.nlu.files import ROOT

NO_DANGER = {"emergency": False, "symptoms": [], "suspected": None}
EMERGENCY = {**NO_DANGER, "emergency": True, "symptoms": ["chest"]}
HEADACHE = {**NO_DANGER, "symptoms": ["headache"]}
SUSPECTED = {**NO_DANGER, "suspected": "breathless"}
IN_FORM = [ActionExecuted("triage_form"), ActiveLoop("triage_form"), SlotSet("requested_slot", "answer")]
CONTACT = [SlotSet("waiting_for", {"kind": "contact", "facts": [], "tries": 1, "offers": []})]


@pytest.fixture(scope="module")
def domain():
    return Domain.load(str(ROOT / "domain.yml"))


@pytest.fixture
def policy():
    config = DangerPolicy.get_default_config()
    return DangerPolicy.create(config, None, Resource("danger"), ExecutionContext(GraphSchema({})))


def tracker_after(domain, danger, before=(), after=(), text="words", metadata=None):
    said = UserUttered(text, {"name": "inform"}, [], {"danger": danger}, metadata=metadata)
    events = [*before, ActionExecuted("action_listen"), said, *after]
    return DialogueStateTracker.from_events("patient", events, slots=domain.slots, domain=domain)


def form_prediction(domain):
    """What the rules predict inside a form: just as certain, and as heedless of the words."""
    certain = [float(name == "triage_form") for name in domain.action_names_or_texts]
    return PolicyPrediction(certain, "RulePolicy", policy_priority=6, is_no_user_prediction=True)


def chosen(policy, domain, tracker, rules):
    ours = policy.predict_action_probabilities(tracker, domain)
    best = DefaultPolicyPredictionEnsemble().combine_predictions([rules, ours], tracker, domain)
    return domain.action_names_or_texts[best.max_confidence_index]


def predicted(policy, domain, tracker):
    prediction = policy.predict_action_probabilities(tracker, domain)
    return domain.action_names_or_texts[prediction.max_confidence_index] if prediction.max_confidence else None


def test_an_emergency_beats_the_active_form(policy, domain):
    tracker = tracker_after(domain, EMERGENCY, before=IN_FORM)
    assert chosen(policy, domain, tracker, form_prediction(domain)) == "action_emergency"


def test_without_danger_the_active_form_keeps_the_turn(policy, domain):
    tracker = tracker_after(domain, NO_DANGER, before=IN_FORM)
    assert chosen(policy, domain, tracker, form_prediction(domain)) == "triage_form"


@pytest.mark.parametrize("action", ["action_emergency", "action_take_contact", "action_default_fallback"])
def test_nothing_follows_the_last_action_of_a_turn(policy, domain, action):
    tracker = tracker_after(domain, EMERGENCY, after=[ActionExecuted(action), ActiveLoop(None)])
    assert predicted(policy, domain, tracker) == "action_listen"


@pytest.mark.parametrize("danger", [HEADACHE, SUSPECTED])
def test_a_symptom_opens_triage_whatever_the_intent(policy, domain, danger):
    assert predicted(policy, domain, tracker_after(domain, danger)) == "triage_form"


@pytest.mark.parametrize("danger", [HEADACHE, SUSPECTED])
def test_a_symptom_inside_the_form_is_the_forms(policy, domain, danger):
    assert predicted(policy, domain, tracker_after(domain, danger, before=IN_FORM)) is None


@pytest.mark.parametrize("danger", [NO_DANGER, None])
def test_small_talk_is_left_to_the_rules(policy, domain, danger):
    assert predicted(policy, domain, tracker_after(domain, danger)) is None


def test_a_phone_number_that_was_asked_for_is_taken(policy, domain):
    tracker = tracker_after(domain, NO_DANGER, before=CONTACT, text="Ann, 503 555 0199, evenings")
    assert predicted(policy, domain, tracker) == "action_take_contact"


@pytest.mark.parametrize("before, text", [(CONTACT, "no thanks"), ([], "503 555 0199")])
def test_other_words_are_no_phone_number(policy, domain, before, text):
    assert predicted(policy, domain, tracker_after(domain, NO_DANGER, before=before, text=text)) is None


def test_an_emergency_comes_before_a_phone_number(policy, domain):
    tracker = tracker_after(domain, EMERGENCY, before=CONTACT, text="503 555 0199 I cannot breathe")
    assert predicted(policy, domain, tracker) == "action_emergency"
