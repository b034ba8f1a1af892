"""POST /action on 128 posts against the bare UPDATE, each committed and on the disk."""

import asyncio
import json
import time
from functools import partial

from .runner import Row, ratio_row
from .wire import Wire, timed
from .world import World

COUNT = 128
RUNS = 60

BARE_UPDATE = "UPDATE posts SET hidden_by_user = $2 WHERE id = ANY($1)"


async def measure(world: World) -> list[Row]:
    artist, headers = await world.add_artist("bench-actions")
    posts = [await world.add_artworks(artist, COUNT, 100) for _ in range(2)]
    await world.database.execute("VACUUM ANALYZE posts")
    bare, actions = [], []
    with Wire(world.settings.base_url) as wire:
        for run in range(RUNS):
            hide = run % 2 == 0
            began = time.perf_counter()
            await world.database.execute(BARE_UPDATE, posts[0], hide)
            bare.append(time.perf_counter() - began)
            actions.append(await asyncio.to_thread(timed, partial(act, wire, headers, posts[1], hide=hide)))
    what = f"POST /action on {COUNT} posts ÷ the bare UPDATE"
    # The first ones warm caches and connections.
    return [ratio_row(what, actions[5:], bare[5:], goal=1.5, original="30–37 ms")]


def act(wire: Wire, headers: dict[str, str], posts: list[int], *, hide: bool) -> None:
    body = json.dumps({"action": "hide" if hide else "unhide", "post_ids": posts}).encode()
    wire.call("POST", "/api/pmd/action", headers | {"Content-Type": "application/json"}, body)
