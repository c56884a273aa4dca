"""What goes wrong while the language data is loaded."""


class LanguageError(ValueError):
    """A file of `bot/language/data` is wrong; names the file, the entry and the reason."""

    def __init__(self, file: str, entry: str, reason: str) -> None:
        super().__init__(f"{file}: {entry}: {reason}")
        self.file, self.entry, self.reason = file, entry, reason
