"""GET /api/pmd/posts/{id}/art: thumbnails of files that the viewer may see, and of nothing else."""

import pytest

from ..site import Api, Site
from .test_stills import animation

PNG = b"\x89PNG\r\n\x1a\n" + bytes(24)


def art(post: int | str) -> str:
    return f"/api/pmd/posts/{post}/art"


@pytest.mark.stores
async def test_artwork_is_served_to_its_artist_and_moderators_only(site: Site, api: Api) -> None:
    artist, stranger = await site.add_user("artist"), await site.add_user("stranger")
    moderator = await site.add_user("moderator", roles=["moderator"])
    post = await site.add_post(artist, data=PNG)
    answer = await api.get(art(post), user=artist)
    assert (answer.status, answer.body) == (200, PNG)
    assert (await api.call("GET", art(post))).status == 401
    assert (await api.get(art(post), user=stranger)).status == 404
    assert (await api.get(art(post), user=moderator)).status == 404
    target = {"target_sqid": site.sqid(artist)}
    assert (await api.get(art(post), user=moderator, params=target)).status == 200
    assert (await api.get(art(post), user=stranger, params=target)).status == 403


@pytest.mark.stores
async def test_artwork_is_served_as_an_image_only(site: Site, api: Api) -> None:
    artist = await site.add_user()
    answer = await api.get(art(await site.add_post(artist, data=PNG, file_format="svg")), user=artist)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"].startswith("private, ")


async def test_artwork_type_is_detected_by_its_first_bytes(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    for data, kind in (
        (b"GIF89a" + bytes(20), "image/gif"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(20), "image/webp"),
        (b"BM" + bytes(20), "image/bmp"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", None),
        (b"<!doctype html><script>alert(1)</script>", None),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", None),
        (b"", None),
    ):
        with subtests.test(data=data):
            answer = await api.get(art(await site.add_post(artist, data=data)), user=artist)
            expected = (200, kind) if kind else (404, "application/problem+json")
            assert (answer.status, answer.headers.get("Content-Type")) == expected


async def test_artwork_path_cannot_leave_its_folder(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    site.write("../secret.png", PNG)
    await site.stored.put("bdr/archive.png", PNG)
    for art_url in (
        None,
        "",
        "/vault/../secret.png",
        "/vault/art/../../secret.png",
        "/vault/bdr/archive.png",
        "/vault/nowhere.png",
        "/etc/hostname",
        "https://example.org/art.png",
    ):
        with subtests.test(art_url=art_url):
            post = await site.add_post(artist, data=None, art_url=art_url)
            assert (await api.get(art(post), user=artist)).status == 404


async def test_symlink_out_of_the_vault_is_not_followed(site: Site, api: Api) -> None:
    artist = await site.add_user()
    outside = site.write("../secret.png", PNG)
    (site.vault / "art").mkdir()
    (site.vault / "art" / "link.png").symlink_to(outside)
    post = await site.add_post(artist, data=None, art_url="/vault/art/link.png")
    assert (await api.get(art(post), user=artist)).status == 404


async def test_playlists_have_no_artwork_and_deleted_posts_keep_theirs(site: Site, api: Api) -> None:
    artist = await site.add_user()
    for columns, status in (({"kind": "playlist"}, 404), ({"deleted_by_user": True}, 200)):
        post = await site.add_post(artist, data=PNG, **columns)
        assert (await api.get(art(post), user=artist)).status == status


async def test_malformed_id_is_not_found(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    for post in ("0", "-1", "x", "1.5", str(2**53), "9" * 40, "%00"):
        with subtests.test(post=post):
            assert (await api.get(art(post), user=artist)).status == 404


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
async def test_thumbnail_of_an_animation_is_its_first_frame(site: Site, api: Api, kind: str) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    whole = animation(kind)
    post = await site.add_post(artist, data=whole)
    answer = await api.get(art(post) + "?still=1", user=artist)
    assert (answer.status, answer.headers["Content-Type"]) == (200, f"image/{kind.lower()}")
    assert len(answer.body) < len(whole) / 20
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"].startswith("private, ")
    assert (await api.get(art(post) + "?still=0", user=artist)).body == whole
    assert (await api.get(art(post) + "?still=1", user=stranger)).status == 404


async def test_thumbnail_without_extractable_frame_is_the_whole_file(site: Site, api: Api) -> None:
    artist = await site.add_user()
    for data in (PNG, animation("GIF", frames=3, size=1200), b"GIF89a" + bytes(20)):
        post = await site.add_post(artist, data=data)
        answer = await api.get(art(post) + "?still=1", user=artist)
        assert (answer.status, answer.body) == (200, data)
    assert (await api.get(art(post) + "?still=2", user=artist)).status == 422
    assert (await api.get(art(await site.add_post(artist, data=b"<svg/>")) + "?still=1", user=artist)).status == 404
