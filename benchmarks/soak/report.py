"""What a soak has seen, as it is printed and as ``docs/reliability.md`` shows it."""

from collections import Counter
from collections.abc import Iterator

import msgspec

from ..runner import write_block


class Report(msgspec.Struct, kw_only=True):
    """The counts that must be zero name what they count: ``lost`` “download 5f…: failed”."""

    seed: int
    vault: str
    requested: Counter[str] = msgspec.field(default_factory=Counter)
    faults: Counter[str] = msgspec.field(default_factory=Counter)
    left_out: list[str] = msgspec.field(default_factory=list)

    lost: list[str] = msgspec.field(default_factory=list)
    doubled: list[str] = msgspec.field(default_factory=list)
    stuck: list[str] = msgspec.field(default_factory=list)
    wrong: list[str] = msgspec.field(default_factory=list)
    failed: list[str] = msgspec.field(default_factory=list)
    orphans: list[str] = msgspec.field(default_factory=list)
    leftovers: list[str] = msgspec.field(default_factory=list)

    taken_over: int = 0
    retried: int = 0
    messages: int = 0
    unknown_messages: int = 0
    restarts: int = 0
    seconds: float = 0.0

    @property
    def is_well(self) -> bool:
        return not [*self.troubles()]

    def table(self) -> str:
        """As Markdown."""
        return "\n".join(
            ["| of a soak | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in self._rows())]
        )

    def _rows(self) -> Iterator[tuple[str, object]]:
        yield f"pieces of work: {self.requested.total()}", _counted(self.requested)
        yield f"faults: {self.faults.total()}", _counted(self.faults)
        if self.left_out:
            yield "faults left out", "; ".join(self.left_out)
        yield "lost", len(self.lost)
        yield "doubled", len(self.doubled)
        yield "stuck", len(self.stuck)
        yield "wrong bytes", len(self.wrong)
        yield "wrongly failed", len(self.failed)
        yield "orphans: files that no row names, after upkeep", len(self.orphans)
        yield "temporary files and child processes left", len(self.leftovers)
        yield "attempts taken over from the dead", self.taken_over
        yield "attempts tried again after a fault", self.retried
        yield "messages received", self.messages
        yield "messages that may have gone out, never sent again", self.unknown_messages
        yield "processes that ended by themselves and were started again", self.restarts
        yield "vault; seed", f"{self.vault}; {self.seed}"
        yield "minutes", round(self.seconds / 60, 1)

    def troubles(self) -> Iterator[str]:
        """The details of each count that is not zero."""
        for name in ("lost", "doubled", "stuck", "wrong", "failed", "orphans", "leftovers"):
            yield from (f"{name}: {each}" for each in getattr(self, name))

    def write(self) -> None:
        """Put the table into its place in the docs."""
        write_block("reliability.md", "soak", self.table())


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.most_common())
