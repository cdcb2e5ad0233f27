"""The mock market as a process of its own; tests skip where it is not beside the repository.

Its figures and its code are third-party and never part of the repository.
"""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestration.sources.shared.contract import Dataset
from orchestration.sources.shared.registry import datasets

FOLDER = Path(os.environ.get("MOCK_MARKET", Path(__file__).resolve().parents[3] / "shared" / "mock_market"))
ABSENT = "no mock market here: MOCK_MARKET names its folder"
KEY = "mock-0c7e5d"
"""The key of every provider: the mock market takes any; tests look for this one in what the warehouse writes."""
ABSENT_PROVIDER = "absent"
"""The path of providers that the mock market lacks: it returns 404."""
NOT_SERVED = frozenset(
    {
        "binance_futures_klines_1d",
        "coingecko_all_time_highs",
        "coinmarketcap_liquidations_venues_24h",
        "coinmarketcap_sentiment_fear_greed_1d",
        "coinmetrics_exchange_flows_1d",
    }
)
"""Datasets that the mock market lacks although it has their host."""


@dataclass(frozen=True)
class Market:
    """A running mock market. `environment` holds the settings by which the warehouse requests it."""

    address: str
    environment: dict[str, str]

    def breaks(self, fault: str) -> None:
        """Spoil all further responses in this way; an empty text ends it."""
        self._post("_fault", {"fault": fault})

    def is_at(self, instant: str) -> None:
        self._post("_now", {"now": instant})

    @property
    def providers(self) -> list[str]:
        """Their names in the mock market."""
        prefixes = {url.rpartition("/")[2] for name, url in self.environment.items() if name.endswith("_URL")}
        return sorted(prefixes - {ABSENT_PROVIDER})

    def datasets(self, provider: str) -> list[Dataset]:
        """Those whose address in the mock market is `provider`'s."""
        return [
            one
            for one in datasets()
            if self.environment.get(one.provider.url_variable) == f"{self.address}/{provider}"
            and one.table not in NOT_SERVED
        ]

    @property
    def served(self) -> set[str]:
        """The datasets that it serves, as messages name them."""
        found = [one for provider in self.providers for one in self.datasets(provider)]
        return {f"{one.provider.name} {one.name}" for one in found}

    def _post(self, what: str, body: dict[str, str]) -> None:
        request = urllib.request.Request(f"{self.address}/{what}", json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as reply:
            assert reply.status == 200


@contextmanager
def mock_market(now: str, is_moving: bool = False) -> Iterator[Market]:
    """A mock market at the instant `now`, which moves on only if `is_moving`."""
    command = [sys.executable, "-W", "ignore", "server.py", "0", "--now", now, "--print-env"]
    server = subprocess.Popen(
        [*command, "--moving"] if is_moving else command,
        cwd=FOLDER,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield _listening(server)
    finally:
        server.kill()
        server.wait()


def _listening(server: subprocess.Popen[str]) -> Market:
    environment: dict[str, str] = {}
    assert server.stdout
    for line in server.stdout:
        name, _, value = line.strip().partition("=")
        environment[name] = KEY if name.endswith("_API_KEY") else value
        if name == "COINGECKO_API_KEY":
            break
    else:
        raise RuntimeError("the mock market did not start")
    environment["COINMARKETCAP_WEB_BASE_URL"] = environment["COINMARKETCAP_BASE_URL"]
    address = environment["BINANCE_BASE_URL"].rpartition("/")[0]
    for one in datasets():
        if not one.file_pattern and not one.is_collected:
            environment.setdefault(one.provider.url_variable, f"{address}/{ABSENT_PROVIDER}")
    return Market(address, environment)
