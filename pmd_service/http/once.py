"""Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07): a repeated POST is answered as it was the first time.

The answer is written in the transaction that creates something, so that a crash leaves both or neither.
"""

import hashlib
import re
from typing import Annotated, Any, Self

import msgspec
from aiohttp import web

from ..base.database import Connection, Pool, forget, try_lock
from ..locales import translatable
from .errors import conflict, unprocessable
from .wire import WHO

KEPT_HOURS = 24
KEY = "[!-~]{1,255}"

_FIND = f"""
SELECT fingerprint, location, body
  FROM idempotency
 WHERE user_id = $1 AND route = $2 AND key = $3 AND created_at > now() - interval '{KEPT_HOURS} hours'
"""
_WRITE = """
INSERT INTO idempotency AS old (user_id, route, key, fingerprint, location, body)
VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (user_id, route, key) DO UPDATE
   SET fingerprint = $4, location = $5, body = $6, created_at = now()
"""
_DELETE_OLD = f"""
DELETE FROM idempotency
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM idempotency
                          WHERE created_at < now() - interval '{KEPT_HOURS} hours'
                          ORDER BY created_at LIMIT $1))
"""


class IdempotencyHeader(msgspec.Struct, rename={"key": "Idempotency-Key"}):
    """The header of calls that create something, so that they can be repeated safely."""

    key: (
        Annotated[
            str,
            msgspec.Meta(
                pattern=f"^{KEY}$",
                description=f"Within {KEPT_HOURS} hours the same request with the same key has the same answer.",
                examples=["6f1c2a44"],
            ),
        ]
        | None
    ) = None


class RepeatedError(Exception):
    """The request has been answered before; the transaction ends here, and nothing is created.

    ``body`` is the answer's JSON, in no one's language yet.
    """

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.body = body


class Once(msgspec.Struct, frozen=True, kw_only=True):
    """A request that creates something, and the key by which it may be repeated; without one it is always new."""

    user_id: int
    route: str
    key: str | None
    fingerprint: bytes
    location: str | None

    @classmethod
    def of(cls, request: web.Request, body: object, *, route: str, location: str | None) -> Self:
        """Read the request's header.

        Args:
            body: what was parsed of the request's body.
            location: of what is created, in which ``{0}`` is the answer.

        Raises:
            ProblemError: 422, the key is not as documented.
        """
        key = request.headers.get("Idempotency-Key")
        if key is not None and not re.fullmatch(KEY, key):
            detail = "An Idempotency-Key has 1 to 255 printable characters of ASCII, and no spaces."
            raise unprocessable(detail, path="Idempotency-Key")
        who = request[WHO]
        asked = msgspec.json.encode((request.path, who.subject_id, body))
        return cls(
            user_id=who.viewer_id,
            route=route,
            key=key,
            fingerprint=hashlib.sha256(asked).digest(),
            location=location,
        )

    async def begin(self, connection: Connection) -> None:
        """Look for the answer; call it first in the transaction that creates.

        Raises:
            RepeatedError: the request has been answered, and nothing is to be done.
            ProblemError: 409, the first request is still running, or its answer had a secret; 422, the key was used for
                another request.
        """
        if self.key is None:
            return
        name = hashlib.sha256(msgspec.json.encode((self.user_id, self.route, self.key))).digest()
        if not await try_lock(connection, "idem", int.from_bytes(name[:4], signed=True)):
            raise conflict("A request with this Idempotency-Key is still running. Repeat it in a moment.")
        row = await connection.fetchrow(_FIND, self.user_id, self.route, self.key)
        if row is None:
            return
        if row["fingerprint"] != self.fingerprint:
            raise unprocessable("This Idempotency-Key was used for another request.", path="Idempotency-Key")
        if row["body"] is None:
            where = translatable(f": it is at {row['location']}") if row["location"] else ""
            raise conflict(
                f"This request has succeeded{where}. Its secret was shown once and is stored nowhere. If it has not "
                "arrived, remove what was made, and make another one with a new Idempotency-Key."
            )
        raise RepeatedError(row["body"])

    async def end(self, connection: Connection | Pool, answer: Any, *, is_secret: bool = False) -> None:
        """Keep the answer; call it last in the same transaction.

        Args:
            is_secret: whether the answer must not be stored: a repeated request is a 409 then.
        """
        if self.key is None:
            return
        location = self.location.format(answer) if self.location else None
        body = None if is_secret else msgspec.json.encode(answer)
        await connection.execute(_WRITE, self.user_id, self.route, self.key, self.fingerprint, location, body)


async def delete_old_answers(pool: Pool) -> int:
    """Delete the answers of keys that are not known any more."""
    return await forget(pool, _DELETE_OLD)
