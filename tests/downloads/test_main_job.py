"""The main job, end to end: request over HTTP, build in the worker, download, open."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from ..conftest import WorkOff
from ..site import Api, Site

pytestmark = pytest.mark.beside


async def test_request_becomes_an_archive_with_all_artworks_and_documents(
    site: Site, api: Api, work_off: WorkOff
) -> None:
    artist, fan = await site.add_user("artist"), await site.add_user("fan42")
    posts = await site.add_posts(artist, 3)
    await site.add_comment(posts[0], "second", author_id=fan, created_at=datetime(2026, 2, 2, tzinfo=UTC))
    await site.add_comment(posts[0], "first", created_at=datetime(2026, 2, 1, tzinfo=UTC))
    await site.add_comment(posts[0], "spam", hidden_by_mod=True)
    await site.add_reactions(posts[1], "🔥", 3)

    wanted = [posts[2], posts[0], posts[1]]
    accepted = await api.post(
        "/api/pmd/bdr", {"post_ids": wanted, "include_comments": True, "include_reactions": True}, user=artist
    )
    assert accepted.status == 202, accepted
    assert accepted.headers["Location"] == f"/api/pmd/bdr/{accepted.json['id']}"
    assert accepted.json["status"] == "pending"
    assert accepted.json["artwork_count"] == 3

    await work_off()
    bdr = (await api.get(accepted.headers["Location"], user=artist)).json
    assert bdr["status"] == "ready", bdr
    assert (bdr["processed_count"], bdr["missing_count"]) == (3, 0)
    lives = datetime.fromisoformat(bdr["expires_at"]) - datetime.fromisoformat(bdr["completed_at"])
    assert lives == timedelta(days=7)

    download = await api.get(bdr["download_url"], user=artist)
    assert download.status == 200
    assert len(download.body) == bdr["file_size_bytes"]
    with zipfile.ZipFile(io.BytesIO(download.body)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            *(f"artworks/{site.sqid(post)}.png" for post in wanted),
            "metadata.json",
            "comments.json",
            "reactions.json",
        ]
        assert archive.read(f"artworks/{site.sqid(posts[1])}.png") == b"pixels of 1" * 10
        metadata = json.loads(archive.read("metadata.json"))
        comments = json.loads(archive.read("comments.json"))
        reactions = json.loads(archive.read("reactions.json"))
    assert metadata["user_handle"] == "artist"
    assert (metadata["artwork_count"], metadata["requested_count"], metadata["missing"]) == (3, 3, [])
    assert metadata["artworks"][1] == {
        "sqid": site.sqid(posts[0]),
        "filename": f"{site.sqid(posts[0])}.png",
        "title": "Artwork 0",
        "description": None,
        "created_at": "2026-01-01T00:00:00Z",
        "width": 8,
        "height": 8,
        "frame_count": 1,
        "file_format": "png",
        "hashtags": [],
        "license": None,
        "tells": [],
        "ai_opt_out": False,
        "version": 1,
    }
    artwork_comments = comments["comments_by_artwork"][site.sqid(posts[0])]
    assert [(comment["author_handle"], comment["body"]) for comment in artwork_comments] == [
        ("anonymous", "first"),
        ("fan42", "second"),
    ]
    assert reactions["reactions_by_artwork"] == {site.sqid(posts[1]): {"🔥": 3}}
