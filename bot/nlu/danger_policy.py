"""The policy that puts danger before forms, and a reported symptom before small talk."""

from typing import Any

from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.domain import Domain
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from bot.triage.dialogue import State, gives_contact, takes_back
from bot.triage.finding import findings_in

LISTEN = "action_listen"
EMERGENCY_ACTION = "action_emergency"
CONTACT_ACTION = "action_take_contact"
FORM = "triage_form"
LAST_OF_A_TURN = frozenset((EMERGENCY_ACTION, CONTACT_ACTION, "action_default_fallback"))
DANGER = "danger"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=False)
class DangerPolicy(Policy):
    """Sends an emergency to its card from any state, and a symptom to triage whatever the intent was."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """priority: above the rules', which is 6, because an active form is as certain as we are."""
        return {"priority": 10}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "DangerPolicy":
        """Make the policy; it learns nothing."""
        return cls(config, model_storage, resource, execution_context)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "DangerPolicy":
        """Make the policy; there is nothing to read."""
        return cls.create(config, model_storage, resource, execution_context)

    @staticmethod
    def supported_data() -> SupportedData:
        """Return that neither stories nor rules are used."""
        return SupportedData.ML_AND_RULE_DATA

    def train(self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        """Learn nothing."""
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Predict with certainty where danger or a symptom decides, and nothing anywhere else."""
        action = next_action(tracker)
        if action is None:
            return self._prediction(self._default_predictions(domain))
        confidences = [float(name == action) for name in domain.action_names_or_texts]
        # Only a prediction that ignores what the user said can outrank the form the rules are filling.
        return self._prediction(confidences, is_no_user_prediction=True)


def next_action(tracker: DialogueStateTracker) -> str | None:
    """Return the action that danger or a newly reported symptom calls for, or None."""
    latest = tracker.latest_action_name
    if latest in LAST_OF_A_TURN:
        # No rule follows these, and without one Rasa would fall back again and again.
        return LISTEN
    if latest != LISTEN or not tracker.latest_message:
        return None
    danger: dict[str, Any] = tracker.latest_message.parse_data.get(DANGER) or {}
    if danger.get("emergency"):
        return EMERGENCY_ACTION
    if danger.get("symptoms") or danger.get("suspected"):
        return None if tracker.active_loop_name else FORM
    state = State.from_dict({name: tracker.get_slot(name) for name in ("episode", "waiting_for")})
    if not tracker.active_loop_name and takes_back(state.episode, findings_in(tracker.latest_message.entities)):
        return FORM
    values = (tracker.latest_message.metadata or {}).get("values") or ()
    return CONTACT_ACTION if gives_contact(state, tracker.latest_message.text or "", values) else None
