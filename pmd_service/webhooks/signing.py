"""Signatures of Standard Webhooks 1.0: https://github.com/standard-webhooks/standard-webhooks."""

import base64
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"


def new_secret() -> str:
    """192 bits, as the specification recommends at least."""
    return PREFIX + base64.b64encode(secrets.token_bytes(24)).decode()


def signed(keys: Sequence[str], body: bytes, *, message_id: str, at: int) -> dict[str, str]:
    """The headers of a delivery; while a secret is being changed, it is signed by both.

    Args:
        at: when it is sent, in seconds since 1970.
    """
    content = f"{message_id}.{at}.".encode() + body
    signatures = [
        b"v1," + base64.b64encode(hmac.digest(base64.b64decode(key.removeprefix(PREFIX)), content, "sha256"))
        for key in keys
    ]
    return {"webhook-id": message_id, "webhook-timestamp": str(at), "webhook-signature": b" ".join(signatures).decode()}
