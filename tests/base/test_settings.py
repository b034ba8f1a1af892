"""Settings: a missing or bad one is named in one line."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from pmd_service.base.settings import Settings, SettingsError

GOOD = {
    "DATABASE_URL": "postgresql://localhost/pmd",
    "REDIS_URL": "redis://localhost",
    "BASE_URL": "https://makapix.club",
    "JWT_SECRET_KEY": "x" * 32,
}


def test_four_settings_suffice_and_defaults_match_the_docs() -> None:
    settings = Settings.from_environment(GOOD)
    assert settings.vault_path == Path("/vault")
    assert settings.listen_dsn == settings.database_url
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert (settings.bdr_daily_limit, settings.bdr_max_posts, settings.bdr_ttl_days) == (8, 128, 7)
    assert settings.bdr_max_bytes == 2 * 1024**3
    assert (settings.jwt_algorithm, settings.remote_fetch, settings.log_format) == ("HS256", "on", "json")
    assert settings.smtp_url is None


@pytest.mark.parametrize("name", GOOD)
def test_missing_setting_is_named(name: str) -> None:
    for environ in ({**GOOD, name: ""}, {key: value for key, value in GOOD.items() if key != name}):
        with pytest.raises(SettingsError, match=name) as refused:
            Settings.from_environment(environ)
        assert "\n" not in str(refused.value)


def test_all_missing_settings_are_named_with_a_link() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({})
    assert str(refused.value) == "not set: DATABASE_URL, REDIS_URL, BASE_URL (see docs/configuration.md)"


def test_all_bad_settings_are_named_at_once() -> None:
    bad = {"REDIS_URL": "", "PORT": "many", "LOG_FORMAT": "xml", "HOST": "\t::", "SITE_NAME_FILE": "name"}
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment(GOOD | bad)
    for name in bad:
        assert str(refused.value).count(name) >= 1, name
    assert "\n" not in str(refused.value)
    # What depends on several, or on more than a pattern, once each can be read.
    worse = {"SMTP_URL": "smtp://localhost", "VAULT_PATH": "vault", "JWT_SECRET_KEY": ""}
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment(GOOD | worse)
    for name in ("MAIL_FROM", "VAULT_PATH", "JWT_SECRET_KEY"):
        assert name in str(refused.value), name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://localhost/pmd"),
        ("REDIS_URL", "http://localhost"),
        ("BASE_URL", "makapix.club"),
        ("VAULT_PATH", "vault"),
        ("JWT_SECRET_KEY", "short"),
        ("JWT_ALGORITHM", "none"),
        ("BDR_DAILY_LIMIT", "many"),
        ("BDR_DAILY_LIMIT", "0"),
        ("BDR_MAX_POSTS", "129"),
        ("PORT", "65536"),
        ("TRUSTED_PROXIES", "nginx"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("MAX_CONNECTIONS", "15"),
        ("MAX_CONNECTIONS", "1000001"),
        ("REMOTE_FETCH", "maybe"),
        ("SQIDS_ALPHABET", "aab"),
        ("LOG_FORMAT", "xml"),
        ("SMTP_URL", "imap://localhost"),
        ("POST_FORMATS", "png,jpeg"),
        ("MAIL_FROM", "Makapix Club"),
        ("SITE_WEBHOOK_URL", "https://makapix.club/hook"),
        ("SITE_WEBHOOK_SECRET", "a secret without an address"),
        ("SITE_REDIS_URL", "redis://localhost/1"),
        ("SITE_REDIS_CLEAR", "feed:recent:*,*"),
        ("BDR_TTL_DAYS", "3000000"),
        ("POST_KEEP_DAYS", "3651"),
        ("BDR_DAILY_LIMIT", "1000001"),
        ("BDR_MAX_BYTES", "9223372036854775808"),
        ("UPLOAD_TTL_HOURS", "99999999"),
        ("BASE_URL", "https://user@makapix.club"),
        ("BASE_URL", "https://makapix.club/?a=b"),
        ("BASE_URL", "https://makapix.club/#top"),
        ("BASE_URL", "https://makapix.club:99999"),
        ("SIGN_IN_URL", "javascript:alert(1)"),
    ],
)
def test_invalid_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({**GOOD, name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASE_URL", "https://art.example\n"),
        ("DATABASE_URL", "postgresql://u:hidden@h/d\n"),
        ("MAIL_FROM", "a@b.c\n"),
        ("SITE_NAME", "Club\r\n"),
        ("VAULT_PATH", "/vault\n"),
        ("HOST", "\t0.0.0.0"),
    ],
)
def test_line_end_in_a_setting_is_named(name: str, value: str) -> None:
    """It comes from a file, as in a secret of Kubernetes; every header with it would fail, hours later."""
    with pytest.raises(SettingsError, match=f"^{name} has a line end") as refused:
        Settings.from_environment(GOOD | {name: value})
    assert "hidden" not in str(refused.value)


def test_mail_server_needs_a_sender() -> None:
    with pytest.raises(SettingsError, match="MAIL_FROM"):
        Settings.from_environment({**GOOD, "SMTP_URL": "smtp://localhost"})


def test_secrets_are_not_in_the_repr() -> None:
    assert "x" * 32 not in repr(Settings.from_environment(GOOD))


@pytest.mark.parametrize("address", ["postgresql://me:{}@host/pmd", "redis://me:{}@host", "redis+sentinel://:{}@a/b/0"])
@pytest.mark.parametrize("password", ["secret/with", "secret#with", "secret?with", "[secret]", "ſecret℀secret"])
def test_password_that_is_not_percent_encoded_is_not_quoted(address: str, password: str) -> None:
    name = "DATABASE_URL" if address.startswith("postgres") else "REDIS_URL"
    with pytest.raises(SettingsError, match=f"{name}.*percent-encoded") as refused:
        Settings.from_environment({**GOOD, name: address.format(password)})
    assert "secret" not in str(refused.value)


def test_a_file_is_named_for_secrets_only() -> None:
    with pytest.raises(SettingsError, match="BASE_URL_FILE: BASE_URL is not read from a file"):
        Settings.from_environment({**GOOD, "BASE_URL_FILE": "/run/secrets/base_url"})


def test_base_url_loses_its_trailing_slash() -> None:
    assert (
        Settings.from_environment({**GOOD, "BASE_URL": "https://makapix.club/art/"}).base_url
        == "https://makapix.club/art"
    )


def public_key(private: Any) -> str:
    pem: bytes = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


RSA = rsa.generate_private_key(65537, 2048)
P256, P384 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
ED25519, ED448 = ed25519.Ed25519PrivateKey.generate(), ed448.Ed448PrivateKey.generate()
PRIVATE_PEM = RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
KEYS = {"RS256": public_key(RSA), "ES256": public_key(P256), "EdDSA": public_key(ED25519)}


@pytest.mark.parametrize("algorithm", KEYS)
def test_jwt_key_that_fits_its_algorithm_passes(algorithm: str) -> None:
    Settings.from_environment({**GOOD, "JWT_ALGORITHM": algorithm, "JWT_SECRET_KEY": KEYS[algorithm]})


@pytest.mark.parametrize("algorithm", ["HS256", *KEYS])
def test_jwt_key_that_does_not_fit_its_algorithm_fails_the_start(algorithm: str, subtests: pytest.Subtests) -> None:
    pems = {**KEYS, "private": PRIVATE_PEM, "P-384": public_key(P384), "Ed448": public_key(ED448)}
    pems.pop(algorithm, None)
    if algorithm != "HS256":
        pems |= {"shared": "x" * 40, "broken": KEYS[algorithm].replace("\n", " ")[:60]}
    for name, key in pems.items():
        with subtests.test(key=name), pytest.raises(SettingsError, match="JWT_SECRET_KEY") as refused:
            Settings.from_environment({**GOOD, "JWT_ALGORITHM": algorithm, "JWT_SECRET_KEY": key})
        assert "\n" not in str(refused.value)
        assert key not in str(refused.value)
