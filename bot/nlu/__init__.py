"""Rasa graph components, the policy and the input channel. Besides `actions`, all that knows Rasa."""
