"""The drawn gallery."""

from pathlib import Path

from gallery import KINDS, LONGEST_SIDE, draw
from gallery.artworks import draw_artworks
from gallery.images import measure


def test_same_seed_draws_the_same_pictures(tmp_path: Path) -> None:
    def drawn(name: str, seed: int) -> dict[str, bytes]:
        (tmp_path / name).mkdir()
        paths = [draw(tmp_path / name, number, seed=seed).path for number in range(12)]
        return {path.name: path.read_bytes() for path in paths}

    first = drawn("first", seed=1)
    assert drawn("again", seed=1) == first
    assert drawn("other", seed=2) != first


def test_gallery_has_every_kind_many_sizes_and_animations(tmp_path: Path) -> None:
    pictures = [draw(tmp_path, number, seed=7) for number in range(150)]
    measures = [measure(picture.path) for picture in pictures]
    assert {picture.kind for picture in pictures} == set(KINDS)
    assert {m.file_format for m in measures} == {"png", "gif", "webp", "bmp"}
    assert {m.file_format for m in measures if m.frame_count > 1} == {"gif", "webp"}
    assert len({(m.width, m.height) for m in measures}) > 15
    assert all(8 <= side <= LONGEST_SIDE for m in measures for side in (m.width, m.height))
    assert len({picture.path.read_bytes() for picture in pictures}) == len(pictures)


def test_thousands_of_posts_share_the_pictures(tmp_path: Path) -> None:
    artworks = draw_artworks(tmp_path, 30, max_drawings=10)
    assert len(artworks) == 30
    assert len({artwork.art_url for artwork in artworks}) == 10
    assert len({artwork.title for artwork in artworks}) > 10
