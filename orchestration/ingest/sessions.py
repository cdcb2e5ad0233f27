"""HTTP sessions that send what we mean to send: no login from ~/.netrc, and no proxy between us and this machine.

Proxies for other hosts (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY) and REQUESTS_CA_BUNDLE are taken from the
environment, as `requests` does.
"""

import ipaddress
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.utils import get_environ_proxies

MOST_REDIRECTS = 10


class Session(requests.Session):
    """A session for requests to providers and webhooks."""

    def __init__(self) -> None:
        super().__init__()
        self.max_redirects = MOST_REDIRECTS
        # With any `auth` of our own, requests does not look into ~/.netrc.
        self.auth = _no_login

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """No authorization is sent except a provider's own header, and that one is never redirected."""
        prepared_request.headers.pop("Authorization", None)

    def rebuild_proxies(
        self, prepared_request: requests.PreparedRequest, proxies: Mapping[str, str] | None
    ) -> dict[str, str]:
        """The proxies of the address that a redirect leads to."""
        url = prepared_request.url or ""
        if is_loopback(url):
            prepared_request.headers.pop("Proxy-Authorization", None)
            return {}
        proxies = super().rebuild_proxies(prepared_request, get_environ_proxies(url))  # type: ignore[no-untyped-call]
        return dict(proxies)

    def merge_environment_settings(
        self, url: str | bytes | None, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> Any:
        merged = super().merge_environment_settings(url, proxies, stream, verify, cert)
        return {**merged, "proxies": {}} if is_loopback(str(url)) else merged


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine: 127.0.0.0/8, ::1, localhost."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
        return host == "localhost" or host.endswith(".localhost") or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def proxy_variable(url: str) -> str | None:
    """The name of the environment variable that names the proxy for `url`; None where there is none."""
    scheme = urlsplit(url).scheme
    if is_loopback(url) or not get_environ_proxies(url):
        return None
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY")
    return next((name for name in names if os.environ.get(name)), None)


def _no_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
