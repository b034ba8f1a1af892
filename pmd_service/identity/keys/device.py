"""The device authorization grant (RFC 8628): a program without a browser gets a key, approved elsewhere."""

import string
from collections.abc import Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ...base.database import Connection, Pool, find_one
from ...base.public_ids import PublicIds
from ...base.telemetry import log
from ...http.errors import not_found, too_many
from ...http.scopes import SCOPES, Scope, completed
from ..users import IN_GOOD_STANDING, User, user_of
from .form import digest_of, random_text
from .queries import Days, MadeKey, Name, NewKey, Scopes, end_of, make_key

EXPIRES_SECONDS = 600
INTERVAL_SECONDS = 5
# Programs that wait at a time, of all users.
MAX_WAITING = 10_000
MAX_NAME = 80
# Without vowels and what looks alike, so that it spells no word and is typed right: 34 bits (RFC 8628 section 6.1).
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_HALF = 4
_DEVICE_CODE_CHARACTERS = 40

Error = Literal[
    "authorization_pending", "slow_down", "access_denied", "expired_token", "invalid_grant", "invalid_request",
    "invalid_scope", "unsupported_grant_type",
]  # fmt: skip


class OAuthError(msgspec.Struct, frozen=True, kw_only=True):
    """An error as RFC 6749 section 5.2 and RFC 8628 section 3.5 have them."""

    error: Error
    error_description: str


class DeviceCode(msgspec.Struct, frozen=True, kw_only=True):
    """What the program shows and polls with (RFC 8628 section 3.2)."""

    device_code: Annotated[str, Meta(examples=["GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9e"])]
    user_code: Annotated[str, Meta(examples=["WDJB-MJHT"])]
    verification_uri: Annotated[str, Meta(examples=["https://makapix.club/pmd/device"])]
    verification_uri_complete: Annotated[str, Meta(examples=["https://makapix.club/pmd/device?user_code=WDJB-MJHT"])]
    expires_in: Annotated[int, Meta(description="Seconds.", examples=[EXPIRES_SECONDS])]
    interval: Annotated[int, Meta(description="Seconds between two polls.", examples=[INTERVAL_SECONDS])]


class DeviceToken(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The key (RFC 6749 section 5.1); without ``expires_in`` it has no end."""

    access_token: Annotated[str, Meta(examples=["pmd_7QdX2mYk9sVt4LbN8cRwZ3hPfJ6uGa0E1xyz"])]
    token_type: Literal["bearer"]
    scope: Annotated[str, Meta(examples=["posts:read uploads:write"])]
    expires_in: Annotated[int | None, Meta(description="Seconds.", examples=[7_776_000])] = None


class DeviceGrant(msgspec.Struct, frozen=True, kw_only=True):
    """A program that waits for an approval: what it calls itself, what it asks for, and from where."""

    user_code: Annotated[str, Meta(examples=["WDJB-MJHT"])]
    name: Name
    scopes: Scopes
    address: Annotated[str, Meta(examples=["203.0.113.7"])]
    created_at: datetime
    expires_at: datetime


class Decision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/device/{user_code}; the end is the key's, and of no meaning for a denial."""

    approve: Annotated[bool, Meta(examples=[True])]
    expires_in_days: Days | None = None


_DELETE_EXPIRED = "DELETE FROM device_grant WHERE expires_at < now() - interval '1 hour'"
_COUNT = "SELECT count(*) FROM device_grant WHERE expires_at > now()"
_INSERT = """
INSERT INTO device_grant (digest, user_code, name, scopes, address, expires_at)
VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
    ON CONFLICT DO NOTHING
RETURNING true
"""
_FIND = """
SELECT user_code, name, scopes, host(address) AS address, created_at, expires_at
  FROM device_grant WHERE user_code = $1 AND status = 'waiting' AND expires_at > now()
"""
_DECIDE = """
UPDATE device_grant SET status = $2, user_id = $3, key_days = $4
 WHERE user_code = $1 AND status = 'waiting' AND expires_at > now()
RETURNING name, scopes
"""
_LOCK = """
SELECT status, name, scopes, user_id, key_days, expires_at <= now() AS has_expired,
       polled_at > now() - make_interval(secs => interval_seconds) AS is_early
  FROM device_grant WHERE digest = $1 FOR UPDATE
"""
_POLLED = """
UPDATE device_grant SET polled_at = now(), interval_seconds = interval_seconds + $2 WHERE digest = $1
"""
_DELETE = "DELETE FROM device_grant WHERE digest = $1"
_APPROVER = f"SELECT id, public_sqid, handle, roles FROM users WHERE id = $1 AND {IN_GOOD_STANDING}"


def parse_scopes(text: str) -> Sequence[Scope]:
    """The scopes of a ``scope`` parameter, each separated by a space; none if one is unknown, or none is named."""
    named = text.split()
    known = [scope for scope in SCOPES if scope in named]
    return completed(known) if {*known} == {*named} else []


def typed(text: str) -> str:
    """A user code as it is stored, from what somebody has typed."""
    letters = "".join(letter for letter in text.upper() if letter in string.ascii_uppercase)
    return f"{letters[:_HALF]}-{letters[_HALF:]}"


async def begin_grant(
    connection: Connection, *, name: str, scopes: Sequence[Scope], address: IPv4Address | IPv6Address, base_url: str
) -> DeviceCode:
    """Have a program wait for an approval.

    Raises:
        ProblemError: 429, too many programs wait.
    """
    await connection.execute(_DELETE_EXPIRED)
    if await connection.fetchval(_COUNT) >= MAX_WAITING:
        raise too_many("Too many programs wait to be approved.", seconds=60)
    device_code = random_text(string.digits + string.ascii_letters, _DEVICE_CODE_CHARACTERS)
    while True:
        user_code = "-".join(random_text(_LETTERS, _HALF) for _ in range(2))
        values = digest_of(device_code), user_code, name, scopes, address, float(EXPIRES_SECONDS)
        if await connection.fetchval(_INSERT, *values):  # or the code is another program's
            break
    page = f"{base_url}/pmd/device"
    return DeviceCode(
        device_code=device_code,
        user_code=user_code,
        verification_uri=page,
        verification_uri_complete=f"{page}?user_code={user_code}",
        expires_in=EXPIRES_SECONDS,
        interval=INTERVAL_SECONDS,
    )


async def find_grant(connection: Connection | Pool, user_code: str) -> DeviceGrant | None:
    """The program that waits with this code."""
    return await find_one(connection, DeviceGrant, _FIND, typed(user_code))


async def decide(connection: Connection, user: User, user_code: str, decision: Decision) -> None:
    """Approve or deny a program, once.

    Raises:
        ProblemError: 404, no program waits with this code; 422, the key would end too late for its scopes.
    """
    async with connection.transaction():
        days = decision.expires_in_days if decision.approve else None
        status = "approved" if decision.approve else "denied"
        row = await connection.fetchrow(_DECIDE, typed(user_code), status, user.id, days)
        if row is None:
            raise not_found("code")
        if decision.approve:
            end_of(days, row["scopes"])
    log.info("device_decided", user=user.sqid, decision=status, name=row["name"], scopes=row["scopes"])


async def poll(connection: Connection, ids: PublicIds, device_code: str) -> MadeKey | OAuthError:
    """Give a program its key once it has been approved; it is made here, so that nobody but the program learns it.

    Raises:
        ProblemError: 409, who has approved it has as many keys as possible.
    """
    digest = digest_of(device_code)
    async with connection.transaction():
        row = await connection.fetchrow(_LOCK, digest)
        if row is None:
            return _error("invalid_grant", "There is no such device code, or it has been used.")
        if row["has_expired"]:
            return _error("expired_token", "Nobody has approved it in time. Start again.")
        if row["status"] == "waiting":
            await connection.execute(_POLLED, digest, INTERVAL_SECONDS if row["is_early"] else 0)
            if row["is_early"]:
                return _error("slow_down", "Poll less often, by five seconds after each such answer.")
            return _error("authorization_pending", "Nobody has approved it yet.")
        await connection.execute(_DELETE, digest)
        approver = await connection.fetchrow(_APPROVER, row["user_id"])
        if row["status"] == "denied" or approver is None:
            return _error("access_denied", "It has been denied.")
        wanted = NewKey(name=row["name"], scopes=row["scopes"], expires_in_days=row["key_days"])
        return await make_key(connection, user=user_of(ids, approver), wanted=wanted, made_by="device")


def _error(error: Error, description: str) -> OAuthError:
    return OAuthError(error=error, error_description=description)
