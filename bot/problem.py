"""The one error of the commands: it tells a person, in one line, what is wrong and what to do."""


class Problem(Exception):
    """A reason why a command cannot go on, said in one line with what to do about it."""
