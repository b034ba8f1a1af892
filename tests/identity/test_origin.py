"""Origins: ours in whatever way it is written in BASE_URL."""

import pytest

from pmd_service.identity.session import origin_of


@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        ("https://makapix.club", "https://makapix.club"),
        ("HTTPS://Makapix.Club:443/art", "https://makapix.club"),
        ("http://makapix.club:80", "http://makapix.club"),
        ("http://makapix.club:443", "http://makapix.club:443"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://mäkapix.club", "https://xn--mkapix-bua.club"),
    ],
)
def test_an_origin_is_compared_as_browsers_write_it(base_url: str, origin: str) -> None:
    assert origin_of(base_url) == origin
