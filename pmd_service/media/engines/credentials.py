"""Content credentials (C2PA, https://spec.c2pa.org): which program made a file, and whether it matches its signature.

Read by c2pa-python if that is installed (the extra ``c2pa``). Nothing is fetched: no remote manifest, revocation or
trust list. A valid signature means that the file was not changed, not that the signer is who the certificate claims.
"""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from ..content import content_of
from ..messages import RefusalError

_LIBRARY = "c2pa"
# https://cv.iptc.org/newscodes/digitalsourcetype: made by a trained model, as a whole or in part.
_BY_A_MODEL = ("/trainedAlgorithmicMedia", "/compositeWithTrainedAlgorithmicMedia")


class Credentials(msgspec.Struct, frozen=True):
    """A file's credentials.

    Args:
        generator: the program that wrote them, with its version.
        models: the trained models that are named.
        is_intact: whether the signature is valid for the file.
    """

    generator: str | None
    models: Sequence[str]
    is_by_a_model: bool
    signer: str | None
    is_intact: bool


class _Program(msgspec.Struct):
    name: str | None = None
    version: str | None = None

    def __str__(self) -> str:
        return " ".join(part for part in (self.name, self.version) if part)


class _Action(msgspec.Struct, rename="camel"):
    software_agent: _Program | str | None = None
    digital_source_type: str | None = None


class _Actions(msgspec.Struct):
    actions: list[_Action] = []


class _Assertion(msgspec.Struct):
    label: str = ""
    data: msgspec.Raw = msgspec.Raw(b"null")


class _Signature(msgspec.Struct):
    issuer: str | None = None


class _Manifest(msgspec.Struct):
    claim_generator: str | None = None
    claim_generator_info: list[_Program] = []
    assertions: list[_Assertion] = []
    signature_info: _Signature | None = None


class _Store(msgspec.Struct):
    active_manifest: str | None = None
    manifests: Mapping[str, _Manifest] = {}
    validation_state: str | None = None


def read(path: Path) -> Credentials | None:
    """A file's credentials; None if the library is not installed, or cannot read them."""
    if find_spec(_LIBRARY) is None:
        return None
    c2pa: Any = import_module(_LIBRARY)
    try:
        with path.open("rb") as file, c2pa.Reader(content_of(path).mime_type, file) as reader:
            store = msgspec.json.decode(reader.json(), type=_Store)
        # Ingredients' manifests count as well: the last program may only have cropped the image.
        by_a_model = [each for manifest in store.manifests.values() for each in _by_a_model(manifest)]
    except (c2pa.C2paError, msgspec.MsgspecError, RefusalError):
        return None
    active = store.manifests.get(store.active_manifest or "", _Manifest())
    programs = [*map(str, active.claim_generator_info), active.claim_generator or ""]
    return Credentials(
        generator=next(filter(None, programs), None),
        models=list(dict.fromkeys(name for each in by_a_model if (name := str(each.software_agent or "")))),
        is_by_a_model=bool(by_a_model),
        signer=active.signature_info.issuer if active.signature_info else None,
        is_intact=store.validation_state in ("Valid", "Trusted"),
    )


def _by_a_model(manifest: _Manifest) -> Iterator[_Action]:
    for assertion in manifest.assertions:
        if assertion.label.startswith("c2pa.actions"):
            for action in msgspec.json.decode(assertion.data, type=_Actions).actions:
                if (action.digital_source_type or "").endswith(_BY_A_MODEL):
                    yield action
