"""Triage: pure functions from what a patient said to a level with its reasons. No clock, no web, no Rasa."""
