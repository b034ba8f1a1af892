"""What Schemathesis is taught before it calls the service: how bytes are sent, and what would be sent twice."""

from typing import Any

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CoveragePhaseData, CoverageScenario

_sent: set[tuple[str, str | None, str]] = set()


@schemathesis.serializer("application/offset+octet-stream")
def as_bytes(_context: Any, value: Any) -> bytes:
    """A file's bytes as tus sends them."""
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def filter_case(_context: Any, case: Any) -> bool:
    """Each wrong type in an address is a text that is no number: five of them find what one finds."""
    aims = case.meta.phase.data if case.meta else None
    if (
        not isinstance(aims, CoveragePhaseData)
        or aims.scenario is not CoverageScenario.INCORRECT_TYPE
        or aims.parameter_location not in (ParameterLocation.PATH, ParameterLocation.QUERY)
    ):
        return True
    place = (case.operation.label, aims.parameter, aims.description)
    is_first = place not in _sent
    _sent.add(place)
    return is_first
