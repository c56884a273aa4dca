"""Keeps the warnings that Rasa's libraries give about each other away from a command's output.

Import this before Rasa: Sanic switches deprecation warnings on when it is first imported.
"""

import os
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")

import sanic.app  # noqa: E402, F401

warnings.simplefilter("ignore", DeprecationWarning)
warnings.simplefilter("ignore", PendingDeprecationWarning)
