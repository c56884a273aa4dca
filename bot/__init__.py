"""Aftercare assistant: what patients say after needling, decided by reviewed rules."""
