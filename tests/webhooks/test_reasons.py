"""What the owner of a webhook reads where a delivery failed."""

import errno
import ssl

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from pmd_service.vault.addresses import NotPublicError
from pmd_service.webhooks.deliver import _error_text

_KEY = ConnectionKey("receiver.example", 443, True, True, None, None, None)
_REFUSED = OSError(errno.ECONNREFUSED, "Connection refused")


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (
            aiohttp.ClientConnectorCertificateError(_KEY, ssl.SSLCertVerificationError("expired")),
            "its certificate is not valid",
        ),
        (aiohttp.ClientConnectorDNSError(_KEY, _REFUSED), "its name leads to no public address"),
        (aiohttp.ClientConnectorError(_KEY, NotPublicError()), "its address is not a public one"),
        (aiohttp.ClientConnectorError(_KEY, _REFUSED), "it cannot be reached"),
        (TimeoutError(), "no answer within 10 seconds"),
        (aiohttp.ServerDisconnectedError(), "the connection broke off (ServerDisconnectedError)"),
    ],
)
def test_each_kind_of_failure_has_a_reason_of_its_own(fault: BaseException, text: str) -> None:
    assert _error_text(fault) == text
