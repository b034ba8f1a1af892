"""The artist's publishing desk, over HTTP: drafts with their texts, a series, one now and the others a moment later."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pmd_sdk import AsyncClient, apages
from pmd_sdk.models import AssetItem, Draft, DraftChange, DraftFields

from .error import DemoError
from .terminal import Terminal, counted

DRAFTS = 4
FILLED, PLANNED = 5, 2
# Later than the upkeep looks for what becomes due: each is published at its time, not at the next look.
SOON = timedelta(seconds=6)
PUBLISHED_SECONDS = 60.0
POLL_SECONDS = 0.1


async def schedule_by_desk(api: AsyncClient, terminal: Terminal, assets: Sequence[AssetItem]) -> Sequence[int]:
    """Put a few pictures without a post into a series: described, one to be published now, the others soon.

    Returns:
        The ids of the drafts that the worker will publish.
    """
    with terminal.step("Desk") as step:
        made = await api.post_drafts(asset_ids=[asset.id for asset in assets if asset.type == "image"])
        drafts = [each.draft_id for each in made.items if each.draft_id is not None]
        unneeded, drafts = drafts[DRAFTS:], drafts[:DRAFTS]
        if unneeded:
            await api.post_draft_delete(draft_ids=unneeded)
        if not drafts:
            step.detail = "every picture has a post already"
            return []
        series = await api.post_series(name="From the desk")
        await api.patch_drafts(changes=[_described(draft_id, n, series.id) for n, draft_id in enumerate(drafts, 1)])
        due_at = datetime.now(UTC) + SOON
        planned = [
            *(await api.post_draft_publish(draft_ids=drafts[:1])).items,
            *((await api.post_draft_schedule(draft_ids=drafts[1:], at=due_at)).items if drafts[1:] else ()),
        ]
        step.detail = f"{counted(len(planned), 'draft')} in a series: one is published now, the others at a time"
    return [each.id for each in planned if each.outcome == "scheduled"]


async def see_published(api: AsyncClient, terminal: Terminal, draft_ids: Sequence[int]) -> None:
    """Wait until these drafts are posts.

    Raises:
        DemoError: one of them does not become a post.
    """
    with terminal.step("Schedule") as step:
        published = await _until_published(api, draft_ids)
        late = max(
            (each.published_at - each.due_at for each in published if each.published_at and each.due_at), default=None
        )
        step.detail = f"{counted(len(published), 'draft')} published"
        if late is not None:
            step.detail += f", each at most {late.total_seconds():.1f} s after its time"


async def fill_desk(api: AsyncClient, terminal: Terminal, assets: Sequence[AssetItem]) -> None:
    """Drafts for the visitor of a filled library: the first on the rule's next days, the last without an alt text."""
    with terminal.step("Desk") as step:
        pictures = [asset.id for asset in assets if asset.type == "image"][:FILLED]
        made = await api.post_drafts(asset_ids=pictures)
        drafts = [each.draft_id for each in made.items if each.draft_id is not None]
        series = await api.post_series(name="Studies")
        changes = [_described(draft_id, n, series.id) for n, draft_id in enumerate(drafts, 1)]
        await api.patch_drafts(changes=[*changes[:-1], DraftChange(id=drafts[-1], fields=DraftFields(title="Untold"))])
        await api.put_publishing(is_on=True)
        planned = await api.post_draft_schedule(draft_ids=drafts[:PLANNED])
        step.detail = f"{counted(len(drafts), 'draft')}, {len(planned.items)} of them scheduled"


def _described(draft_id: int, number: int, series_id: int) -> DraftChange:
    fields = DraftFields(
        title=f"Sheet {number}", alt_text=f"Pixel art, picture {number} of the demo", series_id=series_id, marks="strip"
    )
    return DraftChange(id=draft_id, fields=fields)


async def _until_published(api: AsyncClient, draft_ids: Sequence[int]) -> Sequence[Draft]:
    try:
        async with asyncio.timeout(PUBLISHED_SECONDS):
            while True:
                async for failed in apages(api.get_drafts, status="failed"):
                    raise DemoError(f"A draft was not published: {failed.reason}")
                drafts = [draft async for draft in apages(api.get_drafts, status="published") if draft.id in draft_ids]
                if len(drafts) == len(draft_ids):
                    return drafts
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError as error:
        raise DemoError(f"Drafts were not published within {PUBLISHED_SECONDS:.0f} s.") from error
