"""Settings: a missing or bad one is named in one line."""

from pathlib import Path

import pytest

from pmd_service.ops.settings import Settings, SettingsError

GOOD = {
    "DATABASE_URL": "postgresql://localhost/pmd",
    "REDIS_URL": "redis://localhost",
    "BASE_URL": "https://makapix.club",
    "JWT_SECRET_KEY": "x" * 32,
}


def test_four_settings_are_enough_and_the_rest_has_the_documented_defaults() -> None:
    settings = Settings.from_environment(GOOD)
    assert settings.vault_path == Path("/vault")
    assert settings.listen_dsn == settings.database_url
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert (settings.bdr_daily_limit, settings.bdr_max_posts, settings.bdr_ttl_days) == (8, 128, 7)
    assert settings.bdr_max_bytes == 2 * 1024**3
    assert (settings.jwt_algorithm, settings.remote_fetch, settings.log_format) == ("HS256", "on", "json")
    assert settings.smtp_url is None


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_setting_is_named(name: str) -> None:
    for environ in ({**GOOD, name: ""}, {key: value for key, value in GOOD.items() if key != name}):
        with pytest.raises(SettingsError, match=name) as refused:
            Settings.from_environment(environ)
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://localhost/pmd"),
        ("REDIS_URL", "http://localhost"),
        ("BASE_URL", "makapix.club"),
        ("JWT_SECRET_KEY", "short"),
        ("JWT_ALGORITHM", "none"),
        ("BDR_DAILY_LIMIT", "many"),
        ("BDR_DAILY_LIMIT", "0"),
        ("BDR_MAX_POSTS", "129"),
        ("PORT", "65536"),
        ("REMOTE_FETCH", "maybe"),
        ("SQIDS_ALPHABET", "aab"),
        ("LOG_FORMAT", "xml"),
        ("SMTP_URL", "imap://localhost"),
    ],
)
def test_a_bad_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({**GOOD, name: value})


def test_a_mail_server_needs_a_sender() -> None:
    with pytest.raises(SettingsError, match="MAIL_FROM"):
        Settings.from_environment({**GOOD, "SMTP_URL": "smtp://localhost"})


def test_secrets_stay_out_of_representations() -> None:
    assert "x" * 32 not in repr(Settings.from_environment(GOOD))
