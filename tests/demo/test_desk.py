"""The demo's part of the desk, with a service that does what it is asked for."""

from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace as Answer
from typing import Any, cast

import pytest
from pmd_sdk import AsyncClient
from pmd_sdk.models import AssetItem

from pmd_service.demo.desk import schedule_by_desk, see_published
from pmd_service.demo.terminal import Terminal


class Api:
    """Knows the drafts that are there, and what became of each."""

    def __init__(self) -> None:
        self.drafts: dict[int, str] = {}
        self.titles: dict[int, str] = {}
        self.due_at = datetime.now(UTC)

    async def post_drafts(self, *, asset_ids: Sequence[int]) -> Any:
        self.drafts = {100 + asset: "draft" for asset in asset_ids}
        # One has a post already.
        return Answer(items=[*(Answer(draft_id=each) for each in self.drafts), Answer(draft_id=None)])

    async def post_draft_delete(self, *, draft_ids: Sequence[int]) -> None:
        for each in draft_ids:
            del self.drafts[each]

    async def post_series(self, *, name: str) -> Any:
        return Answer(id=7, name=name)

    async def patch_drafts(self, *, changes: Sequence[Any]) -> None:
        self.titles = {change.id: change.fields.title for change in changes}
        assert {change.fields.series_id for change in changes} <= {7}

    async def post_draft_publish(self, *, draft_ids: Sequence[int]) -> Any:
        return self._planned(draft_ids)

    async def post_draft_schedule(self, *, draft_ids: Sequence[int], at: datetime) -> Any:
        assert at > datetime.now(UTC)
        return self._planned(draft_ids)

    def _planned(self, draft_ids: Sequence[int]) -> Any:
        self.drafts |= {each: "published" for each in draft_ids if each in self.drafts}
        return Answer(items=[Answer(id=each, outcome="scheduled") for each in draft_ids])

    async def get_drafts(self, *, status: str, cursor: str | None = None) -> Any:
        found = [each for each, state in self.drafts.items() if state == status]
        drafts = [Answer(id=each, published_at=self.due_at, due_at=self.due_at, reason=None) for each in found]
        return Answer(items=drafts, next_cursor=None)


@pytest.mark.parametrize(("count", "published"), [(0, 0), (1, 1), (3, 3), (4, 4), (6, 4)])
async def test_a_few_drafts_are_published_and_no_others_are_left(count: int, published: int) -> None:
    api = Api()
    pictures = [Answer(id=number, type="image") for number in range(count)]
    assets = cast("Sequence[AssetItem]", [Answer(id=99, type="audio"), *pictures])
    client, terminal = cast("AsyncClient", api), Terminal(silent=True)
    planned = await schedule_by_desk(client, terminal, assets)
    await see_published(client, terminal, planned)
    assert planned == [100 + number for number in range(published)]
    assert api.drafts == {100 + number: "published" for number in range(published)}
    assert api.titles == {100 + number: f"Sheet {number + 1}" for number in range(published)}
