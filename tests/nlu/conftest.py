"""Components built as Rasa builds them."""

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource

from bot.nlu import encoder_files


@pytest.fixture
def built(tmp_path):
    """Build a component by its class, as the training graph does."""
    storage = LocalModelStorage(tmp_path)
    context = ExecutionContext(GraphSchema({}), node_name="node")
    encoder_files.prepare()

    def build(kind, how="create", **config):
        settings = {**kind.get_default_config(), **config}
        return getattr(kind, how)(settings, storage, Resource(kind.__name__), context)

    return build
