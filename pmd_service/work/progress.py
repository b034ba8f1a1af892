"""How the API gives the progress of a row of work: in tenths of a per cent, rounded down."""

from typing import Annotated

from msgspec import Meta

Percent = Annotated[
    float,
    Meta(
        description="In per cent, rounded down to one decimal place; 100 only once everything has ended.",
        examples=[0.0],
    ),
]


def percent(progress: str) -> str:
    """The SQL of a ``Percent``, from that of a progress between 0 and 100."""
    return f"trunc(({progress})::numeric, 1)::float8"
