"""Mistakes of the page are events of the log: bounded, without queries and tokens, so many a user."""

import jwt
import pytest
from structlog.testing import capture_logs

from pmd_service.dashboard.client_errors import MAX_REPORTS

from ..site import Api, Site

PATH = "/api/pmd/client-errors"
TOKEN = jwt.encode({"sub": "k5fNx"}, "a key that is long enough for it all", "HS256")


async def test_errors_of_the_page_are_logged_without_secrets(site: Site, api: Api) -> None:
    artist = await site.add_user("pixelsmith")
    report = {
        "page": "/u/k5fNx/posts",
        "message": f"TypeError: {TOKEN} is no function",
        "stack": "at draw (https://example.org/pmd/assets/a.js?token=secret&q=me:1:23)\nat https://example.org/s/x#key=abc",
    }
    with capture_logs() as logs:
        assert (await api.call("POST", PATH, user=artist, json=report)).status == 204
    [event] = [each for each in logs if each["event"] == "client_error"]
    assert event["log_level"] == "warning"
    assert (event["user"], event["page"]) == (site.sqid(artist), "/u/k5fNx/posts")
    assert event["message"] == "TypeError:  is no function"
    assert event["stack"] == "at draw (https://example.org/pmd/assets/a.js:1:23)\nat https://example.org/s/x"


async def test_each_user_reports_a_bounded_number_of_errors(site: Site, api: Api) -> None:
    artist, other = await site.add_user("pixelsmith"), await site.add_user("nightwatch")
    report = {"page": "/u/k5fNx/posts", "message": "Error: again"}
    for _ in range(MAX_REPORTS):
        assert (await api.call("POST", PATH, user=artist, json=report)).status == 204
    refused = await api.call("POST", PATH, user=artist, json=report)
    assert (refused.status, 0 < int(refused.headers["Retry-After"]) <= 600) == (429, True)
    assert (await api.call("POST", PATH, user=other, json=report)).status == 204


REFUSED: list[dict[str, object]] = [
    {"page": "/u/k5fNx/posts?q=me"},
    {"page": "/" * 201},
    {"message": "m" * 501},
    {"stack": "s" * 4001},
    {"more": 1},
]


async def test_reports_with_a_query_or_too_much_text_are_refused(
    site: Site, api: Api, subtests: pytest.Subtests
) -> None:
    for part in REFUSED:
        with subtests.test(part=part):
            report = {"page": "/u/k5fNx/posts", "message": "Error: again"} | part
            assert (await api.call("POST", PATH, user=await site.add_user(), json=report)).status == 422
