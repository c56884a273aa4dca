"""A look at the whole product without patients: made-up people talk to the real bot, into a folder of their own."""
