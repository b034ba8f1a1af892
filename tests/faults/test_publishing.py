"""Workers that are killed while they publish: each draft becomes one post, whatever was done by then."""

import signal
from datetime import UTC, datetime, timedelta

import pytest

from pmd_service.desk.due import add_due
from pmd_service.desk.publish import PUBLISHING
from pmd_service.work.context import WorkerContext

from ..conftest import WorkOff
from ..desk.conftest import Desk
from ..site import Api, Site
from .conftest import Crew, Ward
from .doomed_publisher import STEPS
from .test_tasks import files_left

pytestmark = pytest.mark.own_tables  # a site's posts are not made from here


@pytest.mark.parametrize("step", STEPS)
async def test_worker_killed_while_publishing_doubles_and_loses_nothing(
    site: Site, api: Api, crew: Crew, ward: Ward, worker: WorkerContext, work_off: WorkOff, step: str
) -> None:
    desk = Desk(site, api, await site.add_user("artist"))
    drafts = await desk.add(3)
    for number, draft_id in enumerate(drafts):
        at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        await desk.post("/schedule", draft_ids=[draft_id], at=at)
        await desk.pass_time(draft_id, seconds=60 - number)
    await add_due(worker)
    assert await crew.doom(step, "kill", who="doomed_publisher").ended() == -signal.SIGKILL
    await add_due(worker)
    await ward.recover_jobs(PUBLISHING)
    await work_off()
    assert await desk.posts() == ["lamp 0", "lamp 1", "lamp 2"]
    assert [draft["status"] for draft in await desk.drafts(status="published")] == ["published"] * 3
    assert await site.pool.fetchval("SELECT count(*) FROM work WHERE kind = 'publish'") == 0
    art = {path for path in await files_left(site, ward) if path.startswith("art/")}
    named = await site.pool.fetch("SELECT substr(art_url, 8) AS path FROM posts")
    assert art == {row["path"] for row in named}
