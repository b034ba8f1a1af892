"""This host: its settings' names, mail server, ports, address and descriptors, and the built page."""

import asyncio
import errno
import os
import resource
from difflib import get_close_matches

import aiohttp

from ...base.built import find_built
from ...base.settings import Settings, setting_names
from ...outbox.mailer import Mailer
from .finding import CheckFailedError

ADDRESS_SECONDS = 3.0
# Of a hard limit: what sockets, files and stores of one process need, however few its users are.
FEWEST_DESCRIPTORS = 2048
_WELL = {"status": "ok"}
# A letter more or less: other programs' names are further away.
ALIKE = 0.88


async def check_settings(_settings: Settings) -> str:
    """A mistyped name sets nothing, and nothing else would report it."""
    for name in sorted(os.environ.keys() - setting_names()):
        meant = get_close_matches(name, setting_names(), n=1, cutoff=ALIKE)
        if meant and meant[0] not in os.environ:
            raise CheckFailedError(f"{name} is set, which is no setting: {meant[0]} is.")
    return "No name is a mistyped setting's."


async def check_mail(settings: Settings) -> str:
    mailer = Mailer.of(settings)
    if mailer is None:
        return "Off: SMTP_URL is not set."
    async with mailer.connected():
        return "The mail server accepts our login."


async def check_page(_settings: Settings) -> str:
    if find_built("index.html") is None:
        raise CheckFailedError("The page is not built: run “make page”, or install the wheel.")
    return "The page is built."


async def check_ports(settings: Settings) -> str:
    ports = {"PORT": settings.port, "WORKER_METRICS_PORT": settings.worker_metrics_port}
    given = {name: port for name, port in ports.items() if port is not None}
    for name, port in given.items():
        if await _is_taken(settings.host, port) and not await _is_served(settings.host, port):
            raise CheckFailedError(f"Port {port} of {settings.host} is another program's: set {name} to a free one.")
    return f"{', '.join(f'{port} ({name})' for name, port in given.items())}: free, or in use by the service."


async def _is_taken(host: str, port: int) -> bool:
    """Whether a server could not bind it now."""
    try:
        server = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port, reuse_address=True)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return True
        raise CheckFailedError(f"Port {port} of {host} (HOST) cannot be bound: {error.strerror}.") from error
    server.close()
    return False


async def _is_served(host: str, port: int) -> bool:
    """Whether a process of the service answers there."""
    try:
        return await _is_ours(f"http://{_reachable(host)}:{port}")
    except (aiohttp.ClientError, OSError, TimeoutError):
        return False


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - read


async def check_address(settings: Settings) -> str:
    """Whether BASE_URL leads here, where this host can reach it at all; a worker often cannot."""
    try:
        is_ours = await _is_ours(settings.base_url)
    except aiohttp.ClientConnectorCertificateError as error:
        raise CheckFailedError(f"The certificate of {settings.base_url} (BASE_URL) is not valid: {error}") from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return f"{settings.base_url} cannot be reached from here ({type(error).__name__}), so it was not checked."
    if not is_ours:
        raise CheckFailedError(f"{settings.base_url} (BASE_URL) leads to something else: /healthz there is not ours.")
    return f"{settings.base_url} leads to the service."


async def _is_ours(root: str) -> bool:
    timeout = aiohttp.ClientTimeout(total=ADDRESS_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session, session.get(f"{root}/healthz") as answer:
        return answer.content_type == "application/json" and await answer.json() == _WELL


async def check_descriptors(settings: Settings) -> str:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FEWEST_DESCRIPTORS:
        raise CheckFailedError(
            f"This host allows a process {hard} open files, fewer than the {FEWEST_DESCRIPTORS} that a server needs: "
            "raise the hard limit (LimitNOFILE, ulimit -Hn)."
        )
    limit = "any number of" if hard == resource.RLIM_INFINITY else f"{hard:,}"
    return f"A process may open {limit} files; MAX_CONNECTIONS is {settings.max_connections:,}."
