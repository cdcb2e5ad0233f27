"""Whole runs against failing providers: what fails is named, the others are published."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import current_thread
from time import sleep
from unittest.mock import patch

import pytest

from orchestration.cli.run_output import print_run
from orchestration.ingest.http import HttpClient
from orchestration.ingest.rate_limit import PROBE_POLL_SECONDS
from orchestration.run import RunRequest, run
from orchestration.run_summary import RunOutcome
from orchestration.sample.faults import Fault
from orchestration.sample.server import SampleMarket
from orchestration.sample.wire import WireResponse
from orchestration.sources.shared.registry import datasets
from tests.pipeline.conftest import checks_in_this_process
from tests.pipeline.processes import free_port
from tests.pipeline.test_providers import ALWAYS, source_names
from tests.pipeline.test_secrets import texts

pytestmark = pytest.mark.slow
HOSTILE = "s3cr3t-first-line\ns3cr3t-second-line"


@dataclass(frozen=True)
class Surprised:
    """A live home after a run in which several providers failed."""

    home: Path
    market: SampleMarket
    outcome: RunOutcome
    printed: str
    waited: list[tuple[str, float]] = field(default_factory=list)
    """The waits of later runs for limits and providers: thread and seconds. They are skipped."""

    def again(self, capsys: pytest.CaptureFixture[str], **environment: str) -> tuple[RunOutcome, str]:
        """Another run in this home, and its whole output."""

        def skip(seconds: float) -> None:
            self.waited.append((current_thread().name, seconds))
            sleep(0.001)  # for the thread that others wait for

        live = self.market.environment() | {"WAREHOUSE_HOME": str(self.home)} | environment
        client = patch("orchestration.defs.resources.HttpClient", partial(HttpClient, pause=skip))
        with client, checks_in_this_process(), patch.dict(os.environ, live):
            outcome = run(RunRequest(source="live", only=source_names(self.market)))
            print_run(outcome, as_json=False)
        return outcome, "".join(capsys.readouterr())

    @property
    def release(self) -> Path:
        return (self.home / "published" / "crypto_market.duckdb").resolve()


def in_circles(response: WireResponse) -> WireResponse:
    return WireResponse(b"", 302, headers={"Location": "/coinbase/again"})


def unavailable(response: WireResponse) -> WireResponse:
    return WireResponse(b"maintenance", 503)


@pytest.fixture(scope="module")
def surprised(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surprised]:
    """A redirect loop, a key that no header can carry, a key in a file with a line break, a proxy, a login in netrc."""
    folder = tmp_path_factory.mktemp("surprised")
    home = folder / "data"
    (folder / ".netrc").write_text("default login somebody password s3cr3t-of-netrc\n")
    (folder / ".netrc").chmod(0o600)
    with SampleMarket() as market, pytest.MonkeyPatch.context() as patched:
        market.imports(home)
        market.faults.append(Fault("/coinbase", in_circles, ALWAYS))
        hostile = {
            "COINGLASS_API_KEY": HOSTILE,
            "WAREHOUSE_ALERT_WEBHOOK": "https://hooks.invalid/s3cr3t-webhook",
            "NETRC": str(folder / ".netrc"),
            "http_proxy": f"http://name:s3cr3t-of-proxy@127.0.0.1:{free_port()}",
        }
        for name, value in (market.environment() | hostile | {"WAREHOUSE_HOME": str(home)}).items():
            patched.setenv(name, value)
        with checks_in_this_process():
            outcome = run(RunRequest(source="live", only=source_names(market)))
        market.faults.clear()
        printed = "\n".join(f"{problem.dataset}: {problem.message}" for problem in outcome.problems)
        yield Surprised(home, market, outcome, printed)


def test_what_fails_is_named_and_the_others_are_published(surprised: Surprised) -> None:
    assert surprised.outcome.exit_code == 0, surprised.outcome
    assert surprised.outcome.release is not None
    named = {problem.dataset: problem for problem in surprised.outcome.problems}
    assert "redirects without an end" in named["coinbase candles_1d"].message
    assert named["coinglass liquidations_1d"].message.startswith("COINGLASS_API_KEY has a blank, a line break or")
    assert {named[name].outcome for name in ("coinbase candles_1d", "coinglass liquidations_1d")} == {"failed"}
    assert "binance klines_1d" not in named, "this machine is requested without the proxy"


def test_no_secret_of_the_environment_is_kept_anywhere(surprised: Surprised) -> None:
    found = [where for where, text in texts(surprised.home) if "s3cr3t" in text]
    assert found == []
    assert "s3cr3t" not in surprised.printed


def test_the_next_clean_run_completes_the_data(surprised: Surprised, capsys: pytest.CaptureFixture[str]) -> None:
    release = surprised.release
    outcome, printed = surprised.again(capsys)
    assert outcome.exit_code == 0, printed
    assert surprised.release != release
    assert not {problem.dataset for problem in outcome.problems} & {"coinbase candles_1d", "coinglass liquidations_1d"}


def test_when_every_provider_is_down_nothing_is_built_and_the_release_is_kept(
    surprised: Surprised, capsys: pytest.CaptureFixture[str]
) -> None:
    release, market = surprised.release, surprised.market
    before = len(market.requested)
    market.faults.append(Fault("/", unavailable, ALWAYS))
    try:
        outcome, printed = surprised.again(capsys)
    finally:
        market.faults.clear()
    assert outcome.exit_code == 3
    assert "nothing new was published; an earlier version, if there is one, is unchanged" in printed
    assert "dbt_build" not in outcome.seconds
    assert surprised.release == release
    assert "3 requests in a row failed" in printed or "returned 503" in printed
    assert len(market.requested) - before < 12 * len(market.wires), "a dead provider costs little"


def test_without_a_network_there_is_one_sentence_and_no_build(
    surprised: Surprised, capsys: pytest.CaptureFixture[str]
) -> None:
    dead = f"http://127.0.0.1:{free_port()}"
    release, before = surprised.release, len(surprised.waited)
    addresses = {found.provider.url_variable: f"{dead}/{found.provider.name}" for found in datasets()}
    # On another day: everything of this one is stored already, and would be reused.
    outcome, printed = surprised.again(capsys, **addresses, WAREHOUSE_NOW="2025-05-13T06:00:00Z")
    assert outcome.exit_code == 3
    assert [problem.dataset for problem in outcome.problems] == ["every source"]
    assert "cannot be reached" in printed
    assert len([line for line in printed.splitlines() if "cannot be reached" in line]) == 1
    assert surprised.release == release
    waited: Counter[str] = Counter()
    for thread, seconds in surprised.waited[before:]:
        waited[thread] += seconds if seconds > PROBE_POLL_SECONDS else 0
    # All providers are tried at once, so the run waits as long as its slowest thread: for one retry.
    assert max(waited.values()) < 4, f"more than one request of a provider was retried: {waited}"
