"""The chart's Ingresses have the locations and the limits of nginx.conf."""

import re
from collections.abc import Mapping

import pytest
from aiohttp.test_utils import TestServer

from .charts import Manifest, example, of_kind, render, rendered, whole
from .proxies import NGINX_CONF
from .test_proxies import INSIDE_ONLY, THE_SITES

PREFIX = "nginx.ingress.kubernetes.io/"
# Each directive of nginx.conf in a location, with the annotation that says the same.
SAME = {
    "proxy_buffering": "proxy-buffering",
    "proxy_request_buffering": "proxy-request-buffering",
    "proxy_max_temp_file_size": "proxy-max-temp-file-size",
    "proxy_read_timeout": "proxy-read-timeout",
    "client_max_body_size": "proxy-body-size",
    "access_log": "enable-access-log",
}
# What ingress-nginx has for a whole controller only.
ITS_OWN = {"proxy_pass", "client_body_timeout", "limit_req", "limit_conn"}


def directives(block: str) -> Mapping[str, str]:
    return dict(re.findall(r"^\s*(\w+) ([^;{}]+);", block, re.MULTILINE))


def locations() -> Mapping[str, Mapping[str, str]]:
    """The expressions of nginx.conf's locations that are passed to us, in their order, with their directives."""
    found = re.findall(r'^    location ~ "?(.+?)"? \{\n(.*?)^    \}', NGINX_CONF.read_text(), re.MULTILINE | re.DOTALL)
    return {pattern: directives(block) for pattern, block in found if "deny all" not in block}


def annotations(ingress: Manifest) -> Mapping[str, str]:
    return {name.removeprefix(PREFIX): value for name, value in ingress["metadata"]["annotations"].items()}


def paths(ingress: Manifest) -> list[str]:
    (rule,) = ingress["spec"]["rules"]
    return [each["path"] for each in rule["http"]["paths"]]


def ingress_of(url: str, ingresses: list[Manifest]) -> Manifest | None:
    """The one that serves a URL: the controller tries the longest expression first."""
    patterns = sorted(((path, each) for each in ingresses for path in paths(each)), key=lambda it: -len(it[0]))
    return next((each for path, each in patterns if re.match(path, url)), None)


def in_seconds(value: str) -> str:
    return value.removesuffix("s") if re.fullmatch(r"\d+s", value) else value


@pytest.mark.parametrize("beside_a_site", [True, False], ids=["beside a site", "alone"])
async def test_each_url_has_the_limits_of_nginx(server: TestServer, beside_a_site: bool) -> None:
    ingresses = [*of_kind(rendered() if beside_a_site else whole(), "Ingress")]
    ours = {str(resource.canonical) for resource in server.app.router.resources()}
    used = set()
    for route in ours:
        url = re.sub(r"\{\w+\}", "1", route.replace("{address}", f"dragons-{'A' * 22}"))
        found = ingress_of(url, ingresses)
        outside = INSIDE_ONLY | (THE_SITES if beside_a_site else set())
        assert (found is None) == (route in outside), route
        pattern = next((each for each in locations() if re.search(each, url)), None)
        if found is None or pattern is None:
            assert route in outside | THE_SITES
            continue
        used.add(pattern)
        says_the_same(annotations(found), locations()[pattern])
    assert used == {*locations()}
    assert ingress_of("/u/artist", ingresses) is None
    assert ingress_of("/api/docsify", ingresses) is None


def says_the_same(given: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    whole_conf = NGINX_CONF.read_text()
    assert wanted.keys() <= SAME.keys() | ITS_OWN
    for directive, annotation in SAME.items():
        if directive in wanted:
            value = (
                "false" if (directive, wanted[directive]) == ("access_log", "off") else in_seconds(wanted[directive])
            )
            assert given[annotation] == value
    for_all = re.search(r"^    client_max_body_size (\w+);", whole_conf, re.MULTILINE)
    assert for_all is not None
    assert given["proxy-body-size"] == wanted.get("client_max_body_size", for_all[1])
    limits = re.fullmatch(r"zone=(\w+) burst=(\d+).*", wanted["limit_req"])
    assert limits is not None
    rate = re.search(rf"zone={limits[1]}:10m rate=(\d+)r/s", whole_conf)
    assert rate is not None
    assert given["limit-rps"] == rate[1]
    assert int(given["limit-rps"]) * int(given["limit-burst-multiplier"]) == int(limits[2])
    assert f"connections {given['limit-connections']}" == wanted["limit_conn"].split(";")[0]


def test_ingress_has_given_annotations_and_the_host_of_the_base_url() -> None:
    values = example()
    values["ingress"] |= {"annotations": {f"{PREFIX}limit-rps": "500", "cert-manager.io/issuer": "ours"}}
    values["settings"] |= {"BASE_URL": "https://club.example.org:8443/art"}
    for ingress in of_kind(render(values), "Ingress"):
        given = ingress["metadata"]["annotations"]
        assert (given[f"{PREFIX}limit-rps"], given["cert-manager.io/issuer"]) == ("500", "ours")
        assert ingress["spec"]["rules"][0]["host"] == "club.example.org"
        assert ingress["spec"]["tls"] == [{"hosts": ["club.example.org"], "secretName": "art-example-org"}]
