"""The files of other sites' archives that no post of them names."""

import json
from pathlib import Path
from typing import Any

from ..uploads.pictures import picture
from .read import read
from .test_forms import note, packed
from .test_other_forms import shot, status


def files_of(items: list[dict[str, Any]], type_: str) -> list[str]:
    return [item["file"] for item in items if item["type"] == type_]


def test_mastodons_files_that_no_post_names_come_along(tmp_path: Path) -> None:
    """Of a post whose date cannot be read, for example, which is only counted."""
    undated = note("<p>Lost</p>", ("media_attachments/files/1/b.png", None))
    undated["object"]["published"] = "sometime"
    files = {f"media_attachments/files/1/{name}.png": picture(number) for number, name in enumerate("abc")}
    outbox = {"orderedItems": [note("<p>Kept</p>", ("media_attachments/files/1/a.png", None)), undated]}
    _, items = read(packed({"outbox.json": outbox, "avatar.png": picture(9), **files}), tmp_path)
    assert [item["title"] for item in items if item["type"] == "post"] == ["Kept"]
    assert [item["title"] for item in items if item["type"] == "file"] == ["b.png", "c.png"]
    assert [item["reason"] for item in items if item["type"] == "lost"] == ["not_readable"]


def test_pixelfeds_files_that_no_status_names_come_along(tmp_path: Path) -> None:
    statuses = [status("Tree", "a.png"), status("Undated", "b.png", created_at="sometime")]
    documents = {"pixelfed-statuses.json": json.dumps(statuses).encode(), "pixelfed-following.json": b"[]"}
    files = {f"storage/{name}.png": picture(number) for number, name in enumerate("abc")}
    _, items = read(packed(documents | files), tmp_path)
    assert files_of(items, "post") == ["storage/a.png"]
    assert files_of(items, "file") == ["storage/b.png", "storage/c.png"]


def test_instagrams_files_that_no_post_names_come_along(tmp_path: Path) -> None:
    names = (
        "media/posts/202311/a.png", "media/posts/202311/b.png", "media/stories/202311/c.mp4", "media/profile/me.png",
        "your_instagram_activity/messages/inbox/friend/photos/d.png", "media/other.json", "media/other.html",
    )  # fmt: skip
    posts = [{"media": [shot("posts/202311/a.png")]}]
    documents = {"content/posts_1.json": json.dumps(posts).encode()}
    files = {name: picture(number) for number, name in enumerate(names)}
    _, items = read(packed(documents | files), tmp_path)
    assert (files_of(items, "post"), files_of(items, "file")) == ([names[0]], list(names[1:3]))


def test_files_of_instagram_before_2021_that_no_post_names_come_along(tmp_path: Path) -> None:
    media = {"photos": [{"path": "photos/202001/a.png", "taken_at": "2020-01-02T03:04:05+00:00"}]}
    files = {f"{name}.png": picture(1) for name in ("photos/202001/a", "photos/202001/b", "profile/202001/me")}
    _, items = read(packed({"media.json": media, **files}), tmp_path)
    assert (files_of(items, "post"), files_of(items, "file")) == (["photos/202001/a.png"], ["photos/202001/b.png"])
