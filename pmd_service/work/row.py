"""A claimed row of the table ``work``."""

import os
import socket
from datetime import datetime
from uuid import UUID

import msgspec

# Identifies this process to operators.
PROCESS = f"{socket.gethostname()}:{os.getpid()}"


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt at a piece of work, which the token identifies."""

    id: int
    kind: str
    subject: str  # the id of the row that it is about, in the kind's own table
    user_id: int
    title: str
    attempt: int
    token: UUID
    faults: int
    expired: int
    request_id: str | None  # of the HTTP request that caused it, for logs
    created_at: datetime
