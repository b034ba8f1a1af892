"""/api/pmd/language: in which language somebody's e-mails and takeouts are written."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from ..base.database import POOL, Connection, Pool, lock, row_count
from ..base.telemetry import log
from ..http.etags import IfMatch
from ..http.route import Routes
from ..locales.language import LanguageTag
from .users import ACTOR

ROUTES = Routes("Account", keys="none", personal=True)


class AccountLanguage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The language of e-mails and takeouts."""

    language: Annotated[
        LanguageTag | None, Meta(description="By BCP 47; null: none is set, and they are in English.", examples=["de"])
    ]


_FIND = "SELECT language FROM account_language WHERE user_id = $1"
_SET = """
INSERT INTO account_language (user_id, language) VALUES ($1, $2)
    ON CONFLICT (user_id) DO UPDATE SET language = excluded.language
"""
_ADD = """
INSERT INTO account_language (user_id, language) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING user_id
"""
_UNSET = "DELETE FROM account_language WHERE user_id = $1"
_DROP = f"{_UNSET} AND language = $2"


async def find_language(connection: Connection | Pool, user_id: int) -> AccountLanguage:
    return AccountLanguage(language=await connection.fetchval(_FIND, user_id))


async def add_language(connection: Connection, user_id: int, language: str) -> bool:
    """Set it where none is set yet; False if one is."""
    return await connection.fetchval(_ADD, user_id, language) is not None


async def drop_language(connection: Connection, user_id: int, language: str | None) -> bool:
    """Unset it if it is this one; False if it is not."""
    return row_count(await connection.execute(_DROP, user_id, language)) > 0


@ROUTES("GET /api/pmd/language", "The language.", is_tagged=True)
async def get_language(request: web.Request) -> AccountLanguage:
    """Get the language of your e-mails and takeouts."""
    return await find_language(request.app[POOL], request[ACTOR].viewer.id)


@ROUTES(
    "PUT /api/pmd/language",
    "The language as it is now.",
    problems={HTTPStatus.UNPROCESSABLE_ENTITY: "There is no catalogue of this language."},
)
async def put_language(request: web.Request, body: AccountLanguage, match: IfMatch) -> AccountLanguage:
    """Set the language of your e-mails and takeouts.

    Public pages are in the language of their visitor's browser instead (`Accept-Language`).
    """
    user = request[ACTOR].viewer
    async with request.app[POOL].acquire() as connection, connection.transaction():
        await lock(connection, "lang", user.id)
        match.require(await find_language(connection, user.id))
        if body.language is None:
            await connection.execute(_UNSET, user.id)
        else:
            await connection.execute(_SET, user.id, body.language)
    log.info("language_set", language=body.language, user=user.sqid)
    return body
