"""Keys for the signatures of tokens: the type that an algorithm needs, and where keys may be fetched from."""

from ipaddress import ip_address
from typing import Any, Literal, TypeAlias

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from yarl import URL

Algorithm: TypeAlias = Literal["HS256", "RS256", "ES256", "EdDSA"]

_PUBLIC_KEYS = {
    "RS256": (RSAPublicKey, "an RSA"),
    "ES256": (EllipticCurvePublicKey, "a P-256"),
    "EdDSA": (Ed25519PublicKey, "an Ed25519"),
}


def check_key(name: str, algorithm: Algorithm, text: str) -> None:
    """Check the key's type at the start: with a wrong one every request would be refused, or fail.

    Raises:
        ValueError: with a message that names the setting.
    """
    if algorithm not in _PUBLIC_KEYS:
        try:
            jwt.get_algorithm_by_name(algorithm).prepare_key(text)
        except jwt.InvalidKeyError as error:
            raise ValueError(f"{name} is not a shared key for {algorithm}: {error}") from error
        return
    wanted = f"{name} is not {_PUBLIC_KEYS[algorithm][1]} public key in PEM, which JWT_ALGORITHM {algorithm} needs"
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(wanted) from error
    if not is_public_key(algorithm, key):
        raise ValueError(wanted)


def is_public_key(algorithm: Algorithm, key: Any) -> bool:
    """Whether this key verifies signatures of this algorithm."""
    kind, _ = _PUBLIC_KEYS[algorithm]
    return isinstance(key, kind) and (not isinstance(key, EllipticCurvePublicKey) or key.curve.name == "secp256r1")


def check_keys_url(name: str, algorithm: Algorithm, text: str) -> None:
    """Check that the connection is encrypted: an attacker who could replace the keys could sign anything.

    Raises:
        ValueError: with a message that names the setting.
    """
    if algorithm not in _PUBLIC_KEYS:
        raise ValueError(f"{name} needs a JWT_ALGORITHM with public keys: {', '.join(_PUBLIC_KEYS)}")
    try:
        url = URL(text)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    if not (url.host and (url.scheme == "https" or (url.scheme == "http" and _is_loopback(url.host)))):
        raise ValueError(f"{name} must be an https:// URL, or an http:// URL of this machine")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
