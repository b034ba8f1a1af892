"""``pmd login`` and ``logout``: a key by the device flow (RFC 8628), kept in the user's configuration directory."""

import asyncio
import socket
import sys
import time
import webbrowser
from http import HTTPStatus

import click
from pmd_sdk import AsyncClient, PmdError, models

from .exit_codes import NOT_SIGNED_IN
from .session import CommandError, Login, chosen_login, connect, forget_login, login_file, store_login, stored_login

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
SCOPES = ("posts", "library", "packs", "uploads", "downloads")
DELETABLE = ("posts", "library", "packs")
SLOW_DOWN_SECONDS = 5


@click.command()
@click.argument("url", required=False)
@click.option("--key", help="Keep this key, instead of asking for one.")
@click.option("--name", help="The key's name. Default: this machine's.")
@click.option(
    "--scope", "scopes", multiple=True, help="What the key may do, such as posts:read. Default: read and write all."
)
@click.option("--delete", "may_delete", is_flag=True, help="It may also delete for good, and lasts 30 days.")
@click.pass_context
def login(
    ctx: click.Context, url: str | None, key: str | None, name: str | None, scopes: tuple[str, ...], *, may_delete: bool
) -> None:
    """Get a key for this machine, and keep it.

    URL is the service, such as https://makapix.club. You approve the key on its page, in any browser.
    """
    root = ctx.find_root().obj
    stored = stored_login()
    url = url or root["url"] or (stored.url if stored else None)
    if url is None:
        raise click.UsageError("Name the service, such as: pmd login https://makapix.club")
    wanted = scopes or tuple(f"{each}:{how}" for each in SCOPES for how in ("read", "write"))
    if may_delete:
        wanted += tuple(f"{each}:delete" for each in DELETABLE)
    asyncio.run(_sign_in(url.strip().rstrip("/"), key or root["key"], name or f"pmd on {socket.gethostname()}", wanted))


async def _sign_in(url: str, key: str | None, name: str, scopes: tuple[str, ...]) -> None:
    if key is None:
        async with connect(Login(url, ""), key=None) as client:
            key = await _ask_for_key(client, name[:80], " ".join(scopes))
    async with connect(Login(url, key)) as client:
        viewer = await client.get_viewer()
    store_login(Login(url, key))
    click.echo(f"Signed in as {viewer.handle} at {url}. The key is in {login_file()}.")


async def _ask_for_key(client: AsyncClient, name: str, scope: str) -> str:
    code = await client.post_device_code(scope=scope, client_id=name)
    click.echo(f"Open {code.verification_uri} and enter {code.user_code}", err=True)
    if sys.stderr.isatty():
        webbrowser.open(code.verification_uri_complete)
    # By the monotonic clock: this machine's time of day may be wrong.
    interval, ends = code.interval, time.monotonic() + code.expires_in
    while time.monotonic() < ends:
        await asyncio.sleep(interval)
        try:
            return (await _poll(client, code, name)).access_token
        except PmdError as error:
            match error.code:
                case "authorization_pending":
                    continue
                case "slow_down":
                    interval += SLOW_DOWN_SECONDS
                case "access_denied":
                    raise CommandError("It was denied on the page.", NOT_SIGNED_IN) from error
                case "expired_token":
                    break
                case _:
                    raise
    raise CommandError("Nobody has approved it within ten minutes.", NOT_SIGNED_IN)


async def _poll(client: AsyncClient, code: models.DeviceCode, name: str) -> models.DeviceToken:
    return await client.post_device_token(grant_type=GRANT_TYPE, device_code=code.device_code, client_id=name)


@click.command()
@click.pass_context
def logout(ctx: click.Context) -> None:
    """Revoke this machine's key, and forget it."""
    chosen = chosen_login(None, None)
    asyncio.run(_revoke(chosen))
    forget_login()
    click.echo(f"Signed out of {chosen.url}.")


async def _revoke(login: Login) -> None:
    async with connect(login) as client:
        try:
            await client.delete_session()
        except PmdError as error:
            if error.status != HTTPStatus.UNAUTHORIZED:  # otherwise it was revoked already
                raise
