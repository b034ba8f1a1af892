"""What Schemathesis is taught before it calls the service: how bytes are sent that are no JSON."""

from typing import Any

import schemathesis


@schemathesis.serializer("application/offset+octet-stream")
def as_bytes(_context: Any, value: Any) -> bytes:
    """A file's bytes as tus sends them."""
    return value if isinstance(value, bytes) else str(value).encode()
