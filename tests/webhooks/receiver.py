"""A user's server, and a worker that sends to it."""

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from pmd_service.webhooks.deliver import DELIVERIES
from pmd_service.work.context import WorkerContext
from pmd_service.work.runner import Runner

from ..origin import Origin
from ..site import Api
from ..upkeep import run_step

Respond = Callable[[web.Request], Any]


class Receiver:
    """What it was sent, and the statuses that it answers with, the last one for ever; 0 is silence."""

    def __init__(self, origin: Origin, path: str = "/hook") -> None:
        self.messages: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []
        self.headers: list[Any] = []
        self.statuses = [200]
        self.respond: Respond | None = None
        self._is_over = origin.is_over
        self.url = origin.on(path, self._answer)

    @property
    def received(self) -> list[tuple[str, Any]]:
        return [(message["type"], message["data"].get("ids")) for message in self.messages]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.bodies.append(body)
        self.messages.append(json.loads(body))
        self.headers.append(request.headers)
        if self.respond is not None:
            answer: web.StreamResponse = await self.respond(request)
            return answer
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if not status:
            await self._is_over.wait()
        return web.Response(status=status, text="thanks")


class Sending:
    """Turns changes into deliveries and sends what is due, on demand."""

    def __init__(self, worker: WorkerContext) -> None:
        self.worker = worker
        self.runner = Runner(worker, [DELIVERIES])

    async def feed(self) -> None:
        await run_step(self.worker, "webhook_deliveries")

    async def send(self) -> None:
        await self.feed()
        while await self.runner.run_next(DELIVERIES):
            pass

    async def later(self) -> None:
        """As much time goes by as anything waits for."""
        await self.worker.pool.execute("UPDATE webhook_deliveries SET due_at = now() WHERE status = 'due'")
        await self.worker.pool.execute("UPDATE work SET due_at = now() WHERE state = 'waiting'")
        await self.send()


async def add_webhook(api: Api, user: int, url: str, *events: str) -> dict[str, Any]:
    """The webhook, with its secret."""
    body = {"url": url, "events": list(events or ["post.hidden", "post.shown", "post.deleted"])}
    answer = await api.post("/api/pmd/webhooks", body, user=user)
    assert answer.status == 201, answer
    assert answer.headers["Location"] == f"/api/pmd/webhooks/{answer.json['webhook']['id']}"
    made: dict[str, Any] = answer.json["webhook"] | {"secret": answer.json["secret"]}
    return made


async def act(api: Api, user: int, action: str, *posts: int) -> None:
    answer = await api.post("/api/pmd/action", {"action": action, "post_ids": list(posts)}, user=user)
    assert answer.status == 200, answer


async def state(api: Api, user: int, webhook: dict[str, Any]) -> dict[str, Any]:
    answer = await api.get(f"/api/pmd/webhooks/{webhook['id']}", user=user)
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.json
    return found


async def deliveries(api: Api, user: int, webhook: dict[str, Any]) -> list[dict[str, Any]]:
    """The oldest first."""
    answer = await api.get(f"/api/pmd/webhooks/{webhook['id']}/deliveries", user=user)
    assert answer.status == 200, answer
    items: list[dict[str, Any]] = answer.json["items"]
    return items[::-1]
