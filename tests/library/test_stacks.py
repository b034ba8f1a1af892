"""Stacks: files that are shown as one, and what brings back those that they were in."""

from ..site import Api, Site
from .conftest import AddAsset, add_fingerprint
from .test_alike import ASSETS, DUSK, act, groups_of


async def listed(api: Api, user: int) -> list[tuple[str, str]]:
    items = (await api.get(f"{ASSETS}?sort=path", user=user)).json["items"]
    return [(item["folder"], item["name"]) for item in items]


async def test_a_stack_stands_in_the_folder_of_its_top(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    top = await add_asset(artist, name="hero.png", original_path="new/hero.png")
    below = await add_asset(artist, name="copy.png", original_path="old/copy.png")
    await add_asset(artist, name="imp.png", original_path="new/imp.png")
    result = await add_asset(artist, name="copy x4.png", original_path=None, parent_asset_id=below)
    await site.pool.execute("UPDATE asset SET made_in = 'old', made_from = 'copy.png' WHERE id = $1", result)
    before = [("new", "hero.png"), ("new", "imp.png"), ("old", "copy.png"), ("old", "copy x4.png")]
    assert await listed(api, artist) == before
    assert await act(api, artist, "stack", [top, below]) == 200
    stacked = [("new", "hero.png"), ("new", "copy.png"), ("new", "copy x4.png"), ("new", "imp.png")]
    assert await listed(api, artist) == stacked
    assert (await api.get(f"{ASSETS}/{below}", user=artist)).json["asset"]["stack_id"] == top
    edited = {"asset_ids": [top], "set": {"name": "zoe.png"}}
    assert (await api.post(f"{ASSETS}/edit", edited, user=artist)).status == 200
    assert [name for _, name in await listed(api, artist)] == ["imp.png", "zoe.png", "copy.png", "copy x4.png"]
    assert await act(api, artist, "unstack", [top]) == 200
    assert (await listed(api, artist))[2:] == before[2:]

    assert await act(api, artist, "stack", [top, result]) == 422
    assert await act(api, artist, "stack", [top, below]) == 200
    assert await act(api, artist, "trash", [top]) == 200
    assert await act(api, artist, "purge", [top]) == 200
    assert (await listed(api, artist))[1:] == before[2:]


async def test_stacks_are_flat_whichever_file_is_put_on_top(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    a, b, c = [await add_asset(artist, name=name) for name in "abc"]
    tops = "SELECT array_agg(stack_id ORDER BY id) FROM asset"
    assert await act(api, artist, "stack", [a, b]) == 200
    assert await act(api, artist, "stack", [c, a]) == 200
    assert await site.pool.fetchval(tops) == [c, c, None]
    assert await act(api, artist, "stack", [b, c]) == 200
    assert await site.pool.fetchval(tops) == [b, None, b]
    assert await act(api, artist, "unstack", [a, b, c]) == 200
    assert await site.pool.fetchval(tops) == [None, None, None]


async def stacks_of(site: Site) -> dict[str, str | None]:
    """The name of the file on top of each."""
    rows = await site.pool.fetch("SELECT a.name, t.name AS top FROM asset a LEFT JOIN asset t ON t.id = a.stack_id")
    return {row["name"]: row["top"] for row in rows}


async def decide(api: Api, user: int, action: str, ids: list[int]) -> list[list[int]]:
    """The stacks that they were in."""
    answer = await api.post(f"{ASSETS}/action", {"action": action, "asset_ids": ids}, user=user)
    assert answer.status == 200, answer.json
    stacks: list[list[int]] = answer.json["earlier_stacks"]
    return sorted(stacks)


async def test_earlier_stacks_are_named_and_brought_back(site: Site, api: Api, add_asset: AddAsset) -> None:
    """Those of all that moves: named or not, in the trash or not."""
    artist = await site.add_user()
    a, b, c, d, e, f, g = [await add_asset(artist, name=name) for name in "abcdefg"]
    await decide(api, artist, "stack", [b, a, g])
    assert await decide(api, artist, "stack", [e, c, d]) == []
    assert await act(api, artist, "trash", [g]) == 200
    before, order = await stacks_of(site), await listed(api, artist)
    earlier = await decide(api, artist, "stack", [f, b, d])
    assert earlier == [[b, a, g], [e, c, d]]
    assert await stacks_of(site) == {"a": "f", "b": "f", "c": "e", "d": "f", "e": None, "f": None, "g": "f"}
    assert await decide(api, artist, "unstack", [f]) == [[f, a, b, d, g]]
    for stack in earlier:
        await decide(api, artist, "stack", stack)
    assert (await stacks_of(site), await listed(api, artist)) == (before, order)
    assert await decide(api, artist, "approve", [a, c]) == []


async def test_a_stack_has_as_many_files_as_one_call_names(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    ids = [await add_asset(artist, name=f"{number}") for number in range(128)]
    assert await act(api, artist, "keep_both", ids[:33]) == 422
    await decide(api, artist, "stack", ids)
    assert await decide(api, artist, "unstack", ids[:1]) == [ids]
    # Files come along with the one that they are below.
    await decide(api, artist, "stack", ids[1:])
    await decide(api, artist, "stack", ids[:2])
    one_more = await add_asset(artist, name="129")
    before = await stacks_of(site)
    answer = await api.post(f"{ASSETS}/action", {"action": "stack", "asset_ids": [one_more, ids[0]]}, user=artist)
    assert (answer.status, answer.json["errors"]) == (
        422,
        [{"path": "$.asset_ids", "message": "A stack has at most 128 files, and it would have 129."}],
    )
    assert await stacks_of(site) == before
    assert [len(stack) for stack in await decide(api, artist, "unstack", ids[:1])] == [128]


async def test_without_its_top_a_stack_is_none_until_it_is_back(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    top, below, other = [await add_asset(artist, name=name) for name in ("top", "below", "other")]
    for each in (top, below, other):
        await add_fingerprint(site, each, dhash=DUSK)
    assert await act(api, artist, "stack", [top, below]) == 200
    assert await groups_of(api, artist) == [["top", "other"]]
    assert await act(api, artist, "trash", [top]) == 200
    assert await groups_of(api, artist) == [["below", "other"]]
    assert sorted(name for _, name in await listed(api, artist)) == ["below", "other"]
    assert await act(api, artist, "restore", [top]) == 200
    assert await groups_of(api, artist) == [["top", "other"]]
    assert await stacks_of(site) == {"top": None, "below": "top", "other": None}
