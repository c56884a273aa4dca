"""The language room: from a patient's words to coded findings with assertion and attributes."""
