"""/api/pmd/device: the device authorization grant (RFC 8628)."""

from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import parse_qs

from aiohttp import web
from msgspec import Meta

from ..base.database import POOL
from ..base.settings import SETTINGS
from ..http.addresses import address_of, ip_of
from ..http.errors import ProblemError
from ..http.limits import read_body
from ..http.rates import Rates
from ..http.route import Answer, Routes, Takes
from ..http.turns import long_lived, turn_of
from ..http.wire import json_response
from .keys.device import (
    MAX_NAME,
    Decision,
    DeviceCode,
    DeviceGrant,
    DeviceToken,
    Error,
    OAuthError,
    begin_grant,
    decide,
    find_grant,
    parse_scopes,
    poll,
)
from .users import ACTOR, PUBLIC_IDS

MEDIA = "application/x-www-form-urlencoded"
GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
FORM_BYTES = 4096
# By minute, and each process: of programs by address, of people by user.
MAX_BEGUN, MAX_POLLS, MAX_TYPED = 10, 60, 20
BEGUN, POLLS, TYPED = (web.AppKey(name, Rates) for name in ("begun grants", "polls of devices", "typed user codes"))
UserCode = Annotated[
    str, Meta(min_length=8, max_length=20, description="As typed: case and signs are ignored.", examples=["WDJB-MJHT"])
]

ROUTES = Routes(
    "Device flow",
    about="How a program without a browser gets an access key (RFC 8628).",
    missing="code",
    keys="none",
    personal=True,
)


def _form(*, optional: str = "", **fields: str) -> Takes:
    properties = {name: {"type": "string", "description": description} for name, description in fields.items()}
    return Takes(MEDIA, {"type": "object", "properties": properties, "required": sorted({*fields} - {optional})})


_REFUSED = Answer("An error of OAuth.", HTTPStatus.BAD_REQUEST, kind=OAuthError)
_TOO_MANY = {
    HTTPStatus.TOO_MANY_REQUESTS: "Too many of these from your address.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: f"The body is not `{MEDIA}`.",
}


@long_lived
@ROUTES(
    "POST /api/pmd/device/code",
    Answer("The codes.", kind=DeviceCode),
    _REFUSED,
    takes=_form(scope="What the key may do, separated by spaces.", client_id="The program's name."),
    problems=_TOO_MANY,
    anonymous=True,
)
async def post_device_code(request: web.Request) -> web.Response:
    """Ask for a key.

    Show `user_code` and `verification_uri` to the person who is to approve it, and poll `POST /api/pmd/device/token`.
    `client_id` is the name that they see, and that the key gets; there is nothing to register. The codes are valid for
    ten minutes.
    """
    request.app[BEGUN].take(address_of(request)).require("Too many programs have asked for a key from this address.")
    form = await _read_form(request)
    scopes, name = parse_scopes(form.get("scope", "")), form.get("client_id", "").strip()
    if not (1 <= len(name) <= MAX_NAME and name.isprintable()):
        return _refused("invalid_request", f"client_id is the program's name, of 1 to {MAX_NAME} characters.")
    if not scopes:
        return _refused("invalid_scope", "scope has scopes that are unknown, or none.")
    async with turn_of(request), request.app[POOL].acquire() as connection:
        base_url = request.app[SETTINGS].base_url
        return json_response(
            await begin_grant(connection, name=name, scopes=scopes, address=ip_of(request), base_url=base_url)
        )


@long_lived
@ROUTES(
    "POST /api/pmd/device/token",
    Answer("The key.", kind=DeviceToken),
    _REFUSED,
    takes=_form(
        optional="client_id",
        grant_type=f"`{GRANT_TYPE}`.",
        device_code="Of `POST /api/pmd/device/code`.",
        client_id="As there.",
    ),
    problems={**_TOO_MANY, HTTPStatus.CONFLICT: "Who has approved it has as many keys as possible."},
    anonymous=True,
)
async def post_device_token(request: web.Request) -> web.Response:
    """Poll for the key.

    Every `interval` seconds. The `error` is `authorization_pending` until somebody has decided, `slow_down` if you poll
    too often, `access_denied`, or `expired_token` after ten minutes. The key is given once.
    """
    request.app[POLLS].take(address_of(request)).require("Too many programs poll from this address.")
    form = await _read_form(request)
    if form.get("grant_type") != GRANT_TYPE:
        return _refused("unsupported_grant_type", f"grant_type is {GRANT_TYPE}.")
    async with turn_of(request), request.app[POOL].acquire() as connection:
        polled = await poll(connection, request.app[PUBLIC_IDS], form.get("device_code", ""))
    if isinstance(polled, OAuthError):
        return json_response(polled, status=HTTPStatus.BAD_REQUEST)
    key = polled.key
    lasts = (key.expires_at - key.created_at).total_seconds() if key.expires_at else None
    return json_response(
        DeviceToken(
            access_token=polled.secret,
            token_type="bearer",  # noqa: S106 - its name in RFC 6750
            scope=" ".join(key.scopes),
            expires_in=round(lasts) if lasts is not None else None,
        )
    )


@ROUTES("GET /api/pmd/device/{user_code}", "What waits for you.", problems=_TOO_MANY)
async def get_device(request: web.Request, user_code: UserCode) -> DeviceGrant | None:
    """See what a program asks for.

    By the code that it shows.
    """
    _count_typed(request)
    return await find_grant(request.app[POOL], user_code)


@ROUTES(
    "POST /api/pmd/device/{user_code}",
    "It is decided.",
    problems={**_TOO_MANY, HTTPStatus.UNPROCESSABLE_ENTITY: "The key would end too late for its scopes."},
)
async def post_device(request: web.Request, user_code: UserCode, body: Decision) -> None:
    """Approve or deny a program.

    Once. A program that is approved gets its key by its next poll, and acts for you from then on.
    """
    _count_typed(request)
    async with request.app[POOL].acquire() as connection:
        await decide(connection, request[ACTOR].viewer, user_code, body)


def _count_typed(request: web.Request) -> None:
    request.app[TYPED].take(request[ACTOR].viewer.id).require("You have tried too many codes.")


async def _read_form(request: web.Request) -> dict[str, str]:
    """The fields of a form, each once.

    Raises:
        ProblemError: 415, no form; 408 and 413, as ``read_body``.
    """
    if request.content_type != MEDIA:
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send the body as {MEDIA}.")
    body = await read_body(request, most=FORM_BYTES)
    try:
        fields = parse_qs(body.decode(), max_num_fields=16, strict_parsing=bool(body))
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items() if len(values) == 1}


def _refused(error: Error, description: str) -> web.Response:
    body: Any = OAuthError(error=error, error_description=description)
    return json_response(body, status=HTTPStatus.BAD_REQUEST)


def limit_devices(app: web.Application) -> None:
    """The limits of this process."""
    app[BEGUN], app[POLLS] = Rates("device codes", MAX_BEGUN), Rates("device polls", MAX_POLLS)
    app[TYPED] = Rates("user codes", MAX_TYPED)
