"""One hostile token, and anonymous clients: how long each route's flood makes another user wait on the others."""

import asyncio
import os
import signal
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec

from pmd_service.base.database import create_pool
from pmd_service.vault import opened_vault
from tests.calls import CALLS, TUS, filled
from tests.ops.proxies import NGINX, NGINX_CONF, running_nginx
from tests.scene import Scene
from tests.site import Api, Site

from .runner import Row
from .world import World

# As many connections as a script opens without thinking.
FLOOD = 100
HEAD = "HEAD /api/pmd/uploads/{upload_id}/files/{file_id}"
OPEN = ("GET /api/license", "GET /api/openapi.json", "GET /readyz", "GET /nothing")
# What takes longest of the routes that a neighbour is on all day.
POSTS = 64
# Few enough that none of them waits, who ask for the largest pages.
FEW = 3
# Among five hundred pairs some are slow by chance: those that look worst are measured again, by turns.
AGAIN, PAIRS = 8, 7
# What is under way when a flood is stopped is over by then.
CALM_SECONDS = 0.5


class Flood(msgspec.Struct, frozen=True, kw_only=True):
    """What a child sends again and again (``python -m benchmarks.neighbours`` reads it from its standard input)."""

    root: str
    method: str
    path: str
    headers: dict[str, str]
    body: Any = None
    form: bool = False
    connections: int = FLOOD


async def measure(world: World) -> list[Row]:
    await asyncio.to_thread(world.service.worker.stop)  # the floods' background work is not measured
    try:
        async with scene_of(world) as scene, behind_nginx(world) as proxied:
            _, headers = await world.add_artist("bench-neighbour")
            await world.add_artworks(await user_of(world, "bench-neighbour"), POSTS, 100)
            all_floods = {name: flood async for name, flood in floods(world, scene)}
            ratios, detail = await first_look(world, neighbours_calls(world.session, headers), all_floods)
            worst = [pair for pair, _ in sorted(ratios.items(), key=lambda pair: -pair[1])]
            rows = []
            for session, place, goal in ((proxied, "through nginx", 2), (world.session, "without a proxy", 3)):
                if session is None:
                    print("nginx is not here (Debian's package: nginx-light): neighbours are measured without it")
                    continue
                calls, root = neighbours_calls(session, headers), str(session._base_url)
                again = {
                    f"{name} beside {flood}": await by_turns(
                        msgspec.structs.replace(all_floods[flood], root=root), {name: calls[name]}
                    )
                    for name, flood in worst[: world.sized(AGAIN, 3)]
                }
                rows.append(
                    Row(
                        what=f"a user's call beside another's flood of {FLOOD} connections, {place}, worst pair ÷ idle",
                        value=round(max(again.values()), 2),
                        unit="×",
                        goal=goal,
                        detail={f"worst_by_turns_median_of_{PAIRS}_pairs": rounded(again)} | detail,
                    )
                )
    finally:
        await asyncio.to_thread(world.service.worker.start)
    return rows


async def first_look(
    world: World, probes: Mapping[str, Callable[[], Awaitable[None]]], all_floods: Mapping[str, Flood]
) -> tuple[dict[tuple[str, str], float], dict[str, Any]]:
    """Each call's time beside each flood ÷ its time before and after, without a proxy; and the report's details."""
    tries = world.sized(15, 9)
    idle = [await medians_of(probes, tries)]
    ratios: dict[tuple[str, str], float] = {}
    for flood_name, flood in all_floods.items():
        async with flooded(flood):
            beside = await medians_of(probes, tries)
        # Before and after: whatever else the machine does falls on both sides.
        idle.append(await medians_of(probes, tries))
        for name, seconds in beside.items():
            ratios[name, flood_name] = 2 * seconds / (idle[-2][name] + idle[-1][name])
    none = (
        2 * between[name] / (before[name] + after[name])
        for before, between, after in zip(idle, idle[1:], idle[2:], strict=False)
        for name in probes
    )
    worst = sorted(ratios.items(), key=lambda pair: -pair[1])[:24]
    return ratios, {
        "worst_at_first_look": rounded({" beside ".join(pair): ratio for pair, ratio in worst}),
        "worst_of_none": round(max(none, default=1), 2),  # the machine's own noise
        "median": round(statistics.median(ratios.values()), 2),
        "idle_ms": {name: round(statistics.median(each[name] for each in idle) * 1000, 1) for name in probes},
    }


def rounded(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: round(figure, 2) for name, figure in figures.items()}


@asynccontextmanager
async def behind_nginx(world: World) -> AsyncIterator[aiohttp.ClientSession | None]:
    """A client of the service behind ``docs/operations/nginx.conf``; None where no nginx is installed."""
    if NGINX is None:
        yield None
        return
    folder = world.settings.vault_path.parent / "proxy"
    folder.mkdir()
    async with (
        running_nginx(NGINX_CONF.read_text(), world.settings, folder) as root,
        aiohttp.ClientSession(root, connector=aiohttp.TCPConnector(limit=0, ssl=False)) as session,
    ):
        yield session


@asynccontextmanager
async def scene_of(world: World) -> AsyncIterator[Scene]:
    async with (
        await create_pool(world.settings.database_url, application="bench") as pool,
        opened_vault(world.settings) as vault,
        Api(world.session._base_url, world.settings) as api,  # type: ignore[arg-type]
    ):
        yield await Scene.set(Site(pool, world.settings, vault), api, original=False)


async def user_of(world: World, sqid: str) -> int:
    user_id: int = await world.database.fetchval("SELECT id FROM users WHERE public_sqid = $1", sqid)
    return user_id


def neighbours_calls(
    session: aiohttp.ClientSession, headers: dict[str, str]
) -> dict[str, Callable[[], Awaitable[None]]]:
    """What the neighbour does meanwhile, by name."""

    def call(method: str, path: str, **options: Any) -> Callable[[], Awaitable[None]]:
        async def send() -> None:
            async with session.request(method, path, headers=headers, **options) as response:
                await response.read()
                if response.status >= 400:
                    raise RuntimeError(f"{method} {path}: {response.status} {await response.text()}")

        return send

    # Of a kind that is refused, so that no upload stays open.
    announced = {"files": [{"path": "setup.exe", "size_bytes": 1}]}
    return {
        "GET /posts": call("GET", "/api/pmd/posts"),
        "GET /assets": call("GET", "/api/pmd/assets"),
        "GET /me": call("GET", "/api/auth/me"),
        "POST /uploads": call("POST", "/api/pmd/uploads", json=announced),
        "GET /readyz": call("GET", "/readyz"),
    }


async def medians_of(probes: Mapping[str, Callable[[], Awaitable[None]]], tries: int) -> dict[str, float]:
    """Seconds of each, all of them by turns."""
    seconds: dict[str, list[float]] = {name: [] for name in probes}
    for _ in range(tries):
        for name, send in probes.items():
            began = time.perf_counter()
            await send()
            seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(each) for name, each in seconds.items()}


async def by_turns(flood: Flood, probes: Mapping[str, Callable[[], Awaitable[None]]]) -> float:
    """The call's time with the flood ÷ without it: the median of this many consecutive pairs."""
    ratios = []
    async with flooded(flood) as child:
        for _ in range(PAIRS):
            child.send_signal(signal.SIGCONT)
            await asyncio.sleep(CALM_SECONDS)
            (beside,) = (await medians_of(probes, PAIRS)).values()
            child.send_signal(signal.SIGSTOP)
            await asyncio.sleep(CALM_SECONDS)
            (calm,) = (await medians_of(probes, PAIRS)).values()
            ratios.append(beside / calm)
    return statistics.median(ratios)


async def floods(world: World, scene: Scene) -> AsyncIterator[tuple[str, Flood]]:
    """Every route of the document, with one token and with none, and the public routes."""
    names = [*CALLS, HEAD]
    for route in names[:: world.sized(1, 12)]:
        method, template = route.split()
        call = CALLS.get(route)
        path = await scene.path(template, owner=scene.artist, call=call or CALLS[route.replace("HEAD", "PATCH")])
        query = "&".join(f"{name}={value}" for name, value in (call.query if call else {}).items())
        body = filled(call.body, await scene.named(scene.artist)) if call else None
        flood = Flood(
            root=world.settings.base_url,
            method=method,
            path=f"{path}?{query}" if query else path,
            headers=scene.sign(scene.artist) | (call.headers if call else TUS),
            body=body,
            form=bool(call and call.form),
        )
        yield f"{route} of one token", flood
    for route in (*OPEN, "GET /api/pmd/posts", "POST /api/pmd/uploads/tus"):
        method, path = route.split()
        yield f"{route} of none", Flood(root=world.settings.base_url, method=method, path=path, headers={})
    yield f"large pages of {FEW} connections", await large_pages(world)


async def large_pages(world: World) -> Flood:
    user_id, headers = await world.add_artist("bench-large-pages")
    # Texts of which no two are alike: one that repeats itself is made smaller in no time.
    await world.database.execute(
        """INSERT INTO posts (owner_id, title, description, file_format, width, height)
           SELECT $1, n, (SELECT string_agg(md5((100 * n + word)::text), ' ') FROM generate_series(1, 90) AS word),
                  'png', 64, 64
             FROM generate_series(1, 512) AS posts (n)""",
        user_id,
    )
    return Flood(root=world.settings.base_url, method="GET", path="/api/pmd/posts", headers=headers, connections=FEW)


@asynccontextmanager
async def flooded(flood: Flood) -> AsyncIterator[asyncio.subprocess.Process]:
    """Within the block another process sends it, over as many connections as a flood has."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.neighbours", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(msgspec.json.encode(flood) + b"\n")
        await child.stdin.drain()
        await child.stdout.readline()  # all of it is on its way
        yield child
    finally:
        child.kill()
        await child.wait()


async def send_for_ever(flood: Flood) -> None:
    sent = 0
    elsewhere = aiohttp.TCPConnector(limit=0, local_addr=("127.0.0.2", 0), ssl=False)
    async with aiohttp.ClientSession(flood.root, connector=elsewhere) as session:

        async def send() -> None:
            nonlocal sent
            while True:
                options: dict[str, Any] = {} if flood.body is None else {"json": flood.body}
                if flood.form:
                    options["data"] = aiohttp.FormData({"files[]": b"hello"})
                async with session.request(flood.method, flood.path, headers=flood.headers, **options) as response:
                    sent += 1
                    if sent == flood.connections:
                        print("flooded", flush=True)
                    await response.read()

        await asyncio.gather(*(send() for _ in range(flood.connections)))


if __name__ == "__main__":
    # Real attackers compute elsewhere: here they only get idle CPU time.
    os.nice(19)
    asyncio.run(send_for_ever(msgspec.json.decode(sys.stdin.readline(), type=Flood)))
