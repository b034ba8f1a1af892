"""An artist's rule, as it is stored."""

from aiohttp import web

from ..base.database import Connection, Pool
from ..http.etags import IfMatch
from ..identity.users import Actor
from .rule import Rule


async def find_rule(connection: Connection | Pool, *, user_id: int) -> Rule:
    raise NotImplementedError


async def write_rule(app: web.Application, actor: Actor, rule: Rule, match: IfMatch) -> Rule:
    raise NotImplementedError
