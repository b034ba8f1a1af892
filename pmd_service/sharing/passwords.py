"""Passwords of links: hashed by scrypt (RFC 7914), and exchanged for a signed key that a cookie carries.

In a thread: scrypt.
"""

import asyncio
import hashlib
import hmac
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode

# 16 MiB and some 50 ms an attempt.
_COST, _BLOCK, _LENGTH = 2**14, 8, 32
KEY_SECONDS = 12 * 3600
# One at a time in a process, which bounds the cost of guessing.
_hashing = asyncio.Semaphore(1)


async def hashed(password: str) -> str:
    """The salt and hash to store."""
    salt = secrets.token_bytes(16)
    return f"{_text(salt)}.{_text(await _scrypt(password, salt))}"


async def is_right(password: str, kept: str) -> bool:
    salt, wanted = (urlsafe_b64decode(part) for part in kept.split("."))
    return hmac.compare_digest(await _scrypt(password, salt), wanted)


def key_for(code: str, kept: str, *, now: float | None = None) -> str:
    """A signed key that grants access for :data:`KEY_SECONDS`; changing the password revokes it."""
    until = int((time.time() if now is None else now) + KEY_SECONDS)
    return f"{until}.{_signature(code, kept, until)}"


def opens(key: str, code: str, kept: str, *, now: float | None = None) -> bool:
    """Whether this is a valid key of the link, and has not expired."""
    until, _, signature = key.partition(".")
    if not key.isascii() or not until.isdecimal() or len(until) > 12:
        return False
    has_expired = int(until) < (time.time() if now is None else now)
    return hmac.compare_digest(signature.encode(), _signature(code, kept, int(until)).encode()) and not has_expired


def _signature(code: str, kept: str, until: int) -> str:
    return _text(hmac.digest(kept.encode(), f"{code} {until}".encode(), "sha256"))


async def _scrypt(password: str, salt: bytes) -> bytes:
    async with _hashing:
        return await asyncio.to_thread(
            hashlib.scrypt, password.encode(), salt=salt, n=_COST, r=_BLOCK, p=1, dklen=_LENGTH
        )


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode()
