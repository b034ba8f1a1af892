"""docs/operations/prometheus-rules.yaml: each alert is made to fire by its trouble, and is silent without it.

The trouble is caused in the running service, and ``/metrics`` before and after it is the input of Prometheus' own
promtool evaluates the rules on: gauges as they are afterwards, counters as if the trouble went on, once a minute.
Only ``up``, which Prometheus makes itself, is given by hand.
"""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeAlias

import msgspec
import pytest
import yaml
from arq.connections import ArqRedis
from prometheus_client.parser import text_string_to_metric_families

from pmd_service.base.telemetry import BREAKER_OPEN, HTTP_SECONDS
from pmd_service.downloads import manifest
from pmd_service.downloads.kind import BDR
from pmd_service.http import middlewares
from pmd_service.http.middlewares import _seconds_of
from pmd_service.library.scrub import register_files, scrub
from pmd_service.outbox.sender import sweep_outbox
from pmd_service.vault import VaultFaultError
from pmd_service.work.breaker import Breakers
from pmd_service.work.context import WorkerContext
from pmd_service.work.queue import Queue, Queues
from pmd_service.work.runner import Runner
from pmd_service.work.upkeep import Step, run_step

from ..conftest import WorkOff
from ..databases import connected
from ..site import Api, Site
from .documented import OPERATIONS
from .test_vault_check import ago, asset_at

RULES = OPERATIONS / "prometheus-rules.yaml"
PROMTOOL = shutil.which("promtool")
UP = {"up{job='pmd-server',instance='a'}": 1.0, "up{job='pmd-worker',instance='a'}": 1.0}
# The same Prometheus scrapes another installation, which is larger and well, and another program, which fails.
GROWS = "0+10000x60"
SECONDS = "pmd_http_request_duration_seconds"
OTHERS = {
    "up{job='pmd-other-server',instance='b'}": "1x60",
    "up{job='pmd-other-worker',instance='b'}": "1x60",
    "pmd_work_late_seconds{job='pmd-other-server',kind='bdr'}": "0x60",
    "pmd_queue_answered{job='pmd-other-server',queue='tasks'}": "1x60",
    "pmd_redis_up{job='pmd-other-server'}": "1x60",
    "pmd_vault_free_bytes{job='pmd-other-server'}": f"{2**50}x60",
    "pmd_work_attempt_duration_seconds_count{job='pmd-other-worker',kind='bdr',outcome='done'}": GROWS,
    **{
        f"{SECONDS}_{name},job='pmd-other-server',route='/api/pmd/uploads',status='200'}}": GROWS
        for name in ("count{method='GET'", "bucket{method='GET',le='0.05'", "bucket{method='GET',le='+Inf'")
    },
    **{
        f"{SECONDS}_{name},job='shop',route='/api/pmd/uploads',status='500'}}": GROWS
        for name in ("count{method='GET'", "bucket{method='GET',le='+Inf'")
    },
    "up{job='shop',instance='c'}": "0x60",
}

pytestmark = [
    pytest.mark.own_tables,
    pytest.mark.skipif(PROMTOOL is None, reason="no promtool is installed (apt-get install prometheus)"),
]

Readings: TypeAlias = Mapping[str, tuple[float, bool]]  # by series: its value, and whether it only grows


class Service(msgspec.Struct, kw_only=True):
    """What can be made to be in trouble."""

    api: Api
    site: Site
    site_url: str
    worker: WorkerContext
    work_off: WorkOff
    artist: int
    monkeypatch: pytest.MonkeyPatch

    async def execute(self, statement: str, *values: Any) -> None:
        async with connected(self.site_url) as connection:
            await connection.execute(statement, *values)

    async def readings(self) -> Readings:
        text = (await self.api.call("GET", "/metrics")).body.decode()
        return {
            _series(sample.name, sample.labels): (sample.value, family.type in ("counter", "histogram"))
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if not sample.name.startswith(("python_", "process_")) and not sample.name.endswith(("_created", "_sum"))
        }


def _series(name: str, labels: Mapping[str, str]) -> str:
    """As Prometheus keeps it: with the name of the job that was scraped."""
    labels = {"job": "pmd-server", **labels}
    return f"{name}{{{','.join(f'{label}={json.dumps(value)}' for label, value in labels.items())}}}"


@pytest.fixture
async def service(
    api: Api, site: Site, site_url: str, worker: WorkerContext, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> Service:
    BREAKER_OPEN.clear()
    # The series of other tests in this process are more than promtool loads.
    HTTP_SECONDS.clear()
    _seconds_of.cache_clear()
    for queue in Queue:
        await worker.queues.redis.set(queue.health_key, b"alive")
    return Service(
        api=api,
        site=site,
        site_url=site_url,
        worker=worker,
        work_off=work_off,
        artist=await site.add_user(),
        monkeypatch=monkeypatch,
    )


async def postgres_cannot_be_read(service: Service) -> None:
    await service.execute("ALTER TABLE asset_verified RENAME TO hidden")


async def a_download_is_late(service: Service) -> None:
    await service.execute(
        """INSERT INTO work (kind, subject, user_id, title, due_at)
           VALUES ('bdr', gen_random_uuid()::text, $1, '1 artwork', now() - interval '1 hour')""",
        service.artist,
    )


async def no_worker_does_tasks(service: Service) -> None:
    await service.worker.queues.redis.delete(Queue.TASKS.health_key)


async def downloads_fail(service: Service) -> None:
    post = await service.site.add_post(service.artist, data=None)
    assert (await service.api.post("/api/pmd/bdr", {"post_ids": [post]}, user=service.artist)).status == 202
    await service.work_off()


async def our_code_is_mistaken(service: Service) -> None:
    async def breaks(*_: object, **_options: object) -> None:
        raise KeyError("no such column")

    service.monkeypatch.setattr(manifest, "load_artworks", breaks)
    post = await service.site.add_post(service.artist)
    assert (await service.api.post("/api/pmd/bdr", {"post_ids": [post]}, user=service.artist)).status == 202
    assert await Runner(service.worker, [BDR]).run_next(BDR)


async def redis_is_away(_service: Service) -> None:
    queues = Queues.connect("redis://127.0.0.1:1/0")
    await queues.put(Queue.TASKS)
    await queues.aclose()


async def redis_does_not_answer(service: Service) -> None:
    async def refuses(_client: object) -> None:
        raise ConnectionError

    service.monkeypatch.setattr(ArqRedis, "ping", refuses)


async def the_mail_server_is_away(_service: Service) -> None:
    async def refuses() -> None:
        raise ConnectionError

    async def ignore(_name: str) -> None:
        pass

    breakers = Breakers({"mail": refuses}, ignore)
    assert await breakers.find_unavailable(["mail"]) == "mail"
    await breakers.stop()


async def the_vault_takes_nothing(service: Service) -> None:
    (service.site.vault / "assets").write_bytes(b"no folder")
    with pytest.raises(VaultFaultError):
        await service.worker.vault.put("assets/a/b.png", b"")


async def the_disk_is_nearly_full(service: Service) -> None:
    usage = shutil.disk_usage(service.site.vault)._replace(free=5 << 30)
    service.monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)


async def a_file_is_lost(service: Service) -> None:
    lost, _ = [await service.site.add_asset(service.artist, created_at=ago(31)) for _ in range(2)]
    await service.site.lose(await asset_at(service.site, lost))
    await register_files(service.worker)
    await scrub(service.worker)


async def files_wait_for_their_scrub(service: Service) -> None:
    await service.site.add_asset(service.artist, created_at=ago(34))
    await register_files(service.worker)


async def a_mail_is_lost(service: Service) -> None:
    await service.execute(
        """INSERT INTO outbox (topic, user_id, about, deduplication_key, status, sending_at)
           VALUES ('takeout_ended', $1, '', '', 'sending', now() - interval '1 day')""",
        service.artist,
    )
    await sweep_outbox(service.worker)


async def uploads_break(service: Service) -> None:
    await service.execute("ALTER TABLE batch_reports RENAME TO hidden")
    assert (await service.api.get("/api/pmd/uploads", user=service.artist)).status >= 500


async def a_step_fails(service: Service) -> None:
    async def breaks(_worker: WorkerContext) -> None:
        raise ValueError

    assert await run_step(service.worker, Step(name="broken", run=breaks, every_seconds=1))


async def a_table_is_locked(service: Service) -> None:
    async with connected(service.site_url) as connection, connection.transaction():
        await connection.execute("LOCK TABLE posts IN ACCESS EXCLUSIVE MODE")
        waiting = asyncio.create_task(service.api.get("/api/pmd/posts", user=service.artist))
        await asyncio.sleep(2)  # twice what the rule calls slow
    assert (await waiting).status == 200


async def nothing_happens(_service: Service) -> None:
    pass


CAUSES: Mapping[str, Callable[[Service], Awaitable[None]]] = {
    "PmdTargetLost": nothing_happens,
    "PmdPostgresUnread": postgres_cannot_be_read,
    "PmdWorkLate": a_download_is_late,
    "PmdQueueUnanswered": no_worker_does_tasks,
    "PmdWorkFails": downloads_fail,
    "PmdOwnErrors": our_code_is_mistaken,
    "PmdNothingEnqueued": redis_is_away,
    "PmdRedisAway": redis_does_not_answer,
    "PmdDependencyAway": the_mail_server_is_away,
    "PmdVaultFaults": the_vault_takes_nothing,
    "PmdDiskNearlyFull": the_disk_is_nearly_full,
    "PmdFilesDamaged": a_file_is_lost,
    "PmdScrubLate": files_wait_for_their_scrub,
    "PmdMailsFail": a_mail_is_lost,
    "PmdUploadsBreak": uploads_break,
    "PmdUpkeepFails": a_step_fails,
    "PmdServerErrors": uploads_break,
    "PmdSlowAnswers": a_table_is_locked,
}


def series(before: Readings, after: Readings, *, lasts: bool, up: Mapping[str, float]) -> list[dict[str, str]]:
    """An hour as promtool takes it, minute by minute."""
    hour = [{"series": name, "values": f"{value:.0f}x60"} for name, value in up.items()]
    hour += [{"series": name, "values": values} for name, values in OTHERS.items()]
    for name, (value, grows) in after.items():
        was, _ = before.get(name, (0.0, grows))
        values = f"{was:.0f}+{value - was:.0f}x60" if lasts else f"{was:.0f}x30 {value:.0f}x30"
        hour.append({"series": name, "values": values if grows else f"{value:.6f}x60"})
    return hour


def firing(folder: Path, hour: list[dict[str, str]], alert: str, *, at: str = "59m") -> bool:
    """Whether promtool finds the alert firing then for our job; it expects that, and nothing for others."""
    ours, others = (
        f'count(ALERTS{{alertstate="firing",alertname=~"{alert}",job{of}}}) > bool 0'
        for of in ('=~"pmd-(server|worker)"', '!~"pmd-(server|worker)"')
    )
    expected: list[dict[str, Any]] = [
        {"expr": ours, "eval_time": at, "exp_samples": [{"labels": "{}", "value": 1}]},
        {"expr": others, "eval_time": at, "exp_samples": []},
    ]
    test = {
        "rule_files": [str(RULES)],
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": hour, "promql_expr_test": expected}],
    }
    (folder / "test.yaml").write_text(yaml.safe_dump(test))
    checked = subprocess.run(
        [str(PROMTOOL), "test", "rules", str(folder / "test.yaml")], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0 or "got:" in checked.stdout + checked.stderr, checked
    assert others not in checked.stdout + checked.stderr, checked
    return checked.returncode == 0


def test_every_alert_rule_has_a_cause_in_this_test() -> None:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    assert [rule["alert"] for rule in group["rules"]] == [*CAUSES]


@pytest.mark.parametrize("alert", CAUSES)
async def test_each_alert_fires_when_its_cause_occurs(alert: str, service: Service, tmp_path: Path) -> None:
    before = await service.readings()
    await CAUSES[alert](service)
    after = await service.readings()
    up = dict.fromkeys(UP, 0.0) if alert == "PmdTargetLost" else UP
    assert firing(tmp_path, series(before, after, lasts=True, up=up), alert)


async def test_healthy_service_fires_no_alert(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(middlewares, "time", SimpleNamespace(perf_counter=float))  # a busy machine's would be counted
    before = await service.readings()
    post = await service.site.add_post(service.artist)
    assert (await service.api.post("/api/pmd/bdr", {"post_ids": [post]}, user=service.artist)).status == 202
    await service.work_off()
    for queue in Queue:  # their workers have ended by now
        await service.worker.queues.redis.set(queue.health_key, b"alive")
    hour = series(before, await service.readings(), lasts=True, up=UP)
    assert not firing(tmp_path, hour, "Pmd.*")


async def test_one_failed_download_fires_no_alert(service: Service, tmp_path: Path) -> None:
    before = await service.readings()
    await downloads_fail(service)
    for queue in Queue:
        await service.worker.queues.redis.set(queue.health_key, b"alive")
    hour = series(before, await service.readings(), lasts=False, up=UP)
    for at in ("35m", "45m", "59m"):
        assert not firing(tmp_path, hour, "PmdWorkFails|PmdServerErrors", at=at)
