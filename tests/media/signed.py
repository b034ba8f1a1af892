"""Pictures with content credentials, signed by a certificate chain of their own."""

import io
from datetime import UTC, datetime

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SIGNER, GENERATOR, MODEL = "Pixel Tools", "Dream Painter 3.1", "Dream Model XL 1"
BY_A_MODEL = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
DRAWN = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation"


def signed(picture: bytes, mime_type: str, *, source_type: str = BY_A_MODEL) -> bytes:
    """The picture with a manifest that says which program made it, and how."""
    action = {
        "action": "c2pa.created",
        "softwareAgent": dict(zip(("name", "version"), MODEL.rsplit(" ", 1), strict=True)),
        "digitalSourceType": source_type,
    }
    manifest = {
        "claim_generator_info": [dict(zip(("name", "version"), GENERATOR.rsplit(" ", 1), strict=True))],
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [action]}}],
    }
    target = io.BytesIO()
    with c2pa.Signer.from_info(_signer()) as signer, c2pa.Builder(manifest) as builder:
        builder.sign(signer, mime_type, io.BytesIO(picture), target)
    return target.getvalue()


def _signer() -> c2pa.C2paSignerInfo:
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Root", root_key, root_key, issuer=None)
    leaf = _certificate("Signer", key, root_key, issuer=root)
    chain = leaf.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return c2pa.C2paSignerInfo(b"es256", chain, private, None)


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    issuer: x509.Certificate | None,
) -> x509.Certificate:
    """As the C2PA specification asks of signers (its section on X.509 certificates)."""
    own = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, SIGNER),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    is_root = issuer is None
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=is_root, crl_sign=is_root, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(own if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2046, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not is_root:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
