"""How an engine says that a file is no good."""


class RefusalError(Exception):
    """Nothing can be done with this file, now or later; the message is a sentence for its owner."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def cannot_be_done(operation: str, kind: str) -> RefusalError:
    """The refusal of an operation that makes no sense for this kind of file."""
    return RefusalError("not_for_this", f"“{operation}” cannot be done with {kind}.")
