"""What a moderator does with somebody else's uploads is written down, looking included."""

from pmd_service.base.database import Pool

from ..site import Api, Site


async def test_moderators_upload_steps_are_audited_and_owners_are_not(
    site: Site, api: Api, artist: int, pool: Pool
) -> None:
    moderator = await site.add_user("mod", roles=["moderator"])
    target = {"target_sqid": site.sqid(artist)}
    body = {"files": [{"path": "a.png", "size_bytes": 1}]}
    for user, params in ((artist, {}), (moderator, target)):
        upload = (await api.post("/api/pmd/uploads", body, user=user, params=params)).json
        assert (target["target_sqid"] in upload["files"][0]["url"]) == bool(params)
        path = f"/api/pmd/uploads/{upload['id']}"
        await api.get(path, user=user, params=params)
        for verb in ("stop", "retry", "stop", "undo"):
            assert (await api.call("POST", f"{path}/{verb}", user=user, params=params)).status == 200
    trail = await pool.fetch("SELECT action FROM audit_log WHERE actor_id = $1 ORDER BY id", moderator)
    assert [row["action"] for row in trail] == [
        "upload",
        "read_uploads",
        "stop_upload",
        "retry_upload",
        "stop_upload",
        "undo_upload",
    ]
    assert await pool.fetchval("SELECT count(*) FROM audit_log") == len(trail)
