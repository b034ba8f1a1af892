"""How an engine says that a file is no good."""


class RefusalError(Exception):
    """Nothing can be done with this file, now or later; the message is a sentence for its owner."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
