"""A library and its packs as they are followed live."""

from ..events.sse import opened
from ..site import Api, Site
from .conftest import AddAsset


async def test_change_of_many_files_is_one_event_with_the_counts(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    chosen = [await add_asset(artist) for _ in range(5)]
    async with opened(api, artist, path="/api/pmd/sse") as stream:
        first, *_ = await stream.until("connected")
        assert (first.name, first.data["new"], first.data["approved"]) == ("asset_update", 5, 0)
        await add_asset(stranger)
        await api.post("/api/pmd/assets/action", {"action": "approve", "asset_ids": chosen[1:]}, user=artist)
        # The notification of a file that was added before the stream was opened may arrive after it.
        while (event := await stream.next()).data == first.data:
            pass
        assert (event.name, event.data["new"], event.data["approved"]) == ("asset_update", 1, 4)
        assert event.data["newest_asset_id"] == chosen[-1]


async def test_pack_changes_and_removals_are_sent_as_events(site: Site, api: Api) -> None:
    artist = await site.add_user()
    async with opened(api, artist, path="/api/pmd/sse") as stream:
        await stream.until("connected")
        body = {"name": "Sea", "license_type": "royalty_free"}
        pack = (await api.post("/api/pmd/packs", body, user=artist)).json["pack"]
        event = await stream.next()
        assert (event.name, event.data) == ("pack_update", pack)
        await api.call("PATCH", f"/api/pmd/packs/{pack['id']}", user=artist, json={"theme": "sea"})
        assert (await stream.next()).data["theme"] == "sea"
        await api.call("DELETE", f"/api/pmd/packs/{pack['id']}", user=artist)
        removed = await stream.next()
        assert (removed.name, removed.data["id"]) == ("pack_removed", pack["id"])
