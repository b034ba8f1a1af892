"""What Schemathesis is taught before it calls the service: how bytes are sent, and what would be sent twice."""

from collections import Counter
from typing import Any

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CoveragePhaseData, CoverageScenario

_sent: Counter[tuple[str, str | None, str]] = Counter()


@schemathesis.serializer("application/offset+octet-stream")
def as_bytes(_context: Any, value: Any) -> bytes:
    """A file's bytes as tus sends them."""
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def filter_case(_context: Any, case: Any) -> bool:
    """Leaves out what finds no more than others do: whether it is sent.

    Each wrong type in an address is a text that is no number, and in a body msgspec knows them all; each value of a
    list of names is read alike; and which parameters there are is the promise of ``test_strict_input.py``.
    """
    aims = case.meta.phase.data if case.meta else None
    if not isinstance(aims, CoveragePhaseData) or aims.parameter_location is None:
        return True
    if aims.scenario is CoverageScenario.OBJECT_UNEXPECTED_PROPERTIES:
        return aims.parameter_location is ParameterLocation.BODY
    if aims.scenario is CoverageScenario.INCORRECT_TYPE:
        most = 2 if aims.parameter_location is ParameterLocation.BODY else 1
    elif "for items array" in aims.description:
        most = 2
    else:
        return True
    place = (case.operation.label, aims.parameter, aims.description)
    _sent[place] += 1
    return _sent[place] <= most
