"""Rasa's side of a component that learns: how it is made, and how the model keeps what it learned."""

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage


class Trained(GraphComponent):
    """A component that learns. What it learned it writes into a folder of the model, and reads from there to serve."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "Trained":
        """Make one that has learned nothing yet."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "Trained":
        """Make one that knows what `persist` wrote."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component.read(folder)
        return component

    def __init__(self, config: Mapping[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self.config = config
        self._model_storage = model_storage
        self._resource = resource

    def persist(self) -> Resource:
        """Write what was learned into the model; return where, as Rasa's `train` must."""
        with self._model_storage.write_to(self._resource) as folder:
            self.write(folder)
        return self._resource

    @abstractmethod
    def read(self, folder: Path) -> None:
        """Take over what `write` left in the folder."""

    @abstractmethod
    def write(self, folder: Path) -> None:
        """Leave in the folder what was learned."""
