"""VAULT_URL is read once and strictly: a mistake ends the start with one line."""

import pytest

from pmd_service.base.settings import Settings, SettingsError
from pmd_service.base.store_url import StoreUrl

NEEDED = {
    "DATABASE_URL": "postgresql://x",
    "REDIS_URL": "redis://x",
    "BASE_URL": "https://art.example.org",
    "JWT_SECRET_KEY": "x" * 32,
}


def test_store_url_parts_are_parsed() -> None:
    url = StoreUrl.parse(
        "s3://pmd/some/prefix?endpoint=http://store:8333&region=eu-1&public=https://files.example.org/"
    )
    assert (url.bucket, url.prefix, url.region) == ("pmd", "some/prefix/", "eu-1")
    assert (url.endpoint, url.public) == ("http://store:8333", "https://files.example.org")
    assert (StoreUrl.parse("s3://pmd").prefix, StoreUrl.parse("s3://pmd").timeout) == ("", 30)
    assert StoreUrl.parse("s3://pmd?timeout=5").timeout == 5


@pytest.mark.parametrize(
    "url",
    [
        "s3://",
        "s3:///prefix",
        "s3://Bucket/",
        "s3://pmd/../other",
        "s3://pmd/?endpont=http://store",
        "s3://pmd/?endpoint=store:8333",
        "s3://pmd/?endpoint=http://store/path",
        "s3://pmd/?region=a&region=b",
        "s3://pmd/?timeout=0",
        "s3://pmd/?timeout=100",
        "s3://pmd/?timeout=soon",
    ],
)
def test_store_url_error_names_the_setting_in_one_line(url: str) -> None:
    with pytest.raises(SettingsError, match="VAULT_URL") as raised:
        Settings.from_environment(NEEDED | {"VAULT_URL": url})
    assert "\n" not in str(raised.value)
