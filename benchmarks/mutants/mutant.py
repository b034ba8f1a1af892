"""One small fault, and the tests that are to notice it."""

from collections.abc import Callable, Sequence

import msgspec


class Mutant(msgspec.Struct, frozen=True):
    """A text that is once in a file, and the wrong one in its place.

    Args:
        tests: what pytest runs; files, or single tests where a file takes long.
        equivalent: why no test can see the difference; such a mutant is listed, not run.
    """

    file: str
    old: str
    new: str
    tests: Sequence[str]
    equivalent: str | None = None

    def apply_to(self, text: str) -> str:
        """The file's text with the fault.

        Raises:
            ValueError: the old text is not there exactly once.
        """
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file} has {text.count(self.old)} times, not once: {self.old!r}")
        return text.replace(self.old, self.new)

    def __str__(self) -> str:
        old, new = (" ".join(side.split()) for side in (self.old, self.new))
        return f"{self.file}: {old} → {new or 'nothing'}"


def tests_of(file: str) -> Callable[[str], tuple[str]]:
    """What finds a test of this file by the promise that it is named after."""
    return lambda promise: (f"{file}::test_{promise}",)
