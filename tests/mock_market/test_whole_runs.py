"""Faulty responses through whole runs: extracted, built, checked, published, on a moving clock.

One home first has a clean run. Then each round breaks a dozen providers at once, and the next run repairs the damage.
At the end the home equals one that never met a fault.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from math import isclose
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest

from orchestration.ingest.rate_limit import Clock
from orchestration.run import RunRequest, run
from orchestration.run_summary import RunOutcome
from orchestration.settings import Settings
from tests.mock_market.faults import FAULTS
from tests.mock_market.market import ABSENT, FOLDER, KEY, Market, mock_market

pytestmark = [
    pytest.mark.slow,
    pytest.mark.mock_market,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=ABSENT),
    pytest.mark.timeout(3600),
]

Key = tuple[str, str, str, str, str, date]
"""Metric, asset, scope, time window, statistic and day."""
Figures = Mapping[Key, tuple[float, str]]
"""Values and the sources they are from."""


SNAPSHOT = "instant"
"""The time window of snapshots: a day without the one after midnight has another, true at its own time."""


@dataclass(frozen=True)
class Round:
    """Faults by provider, as the mock market spells them. `start`: the first day that the run requests."""

    day: str
    faults: str
    start: date | None = None

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [(name, fault) for name, _, fault in (pair.partition(":") for pair in self.faults.split())]

    @property
    def spec(self) -> str:
        return ";".join(self.faults.split())


ROUNDS = (
    Round(
        "2025-05-10",
        "binance:503 bitstamp:html bybit:429 coinalyze:null coinglass:upgrade coinmarketcap:negative "
        "coinpaprika:challenge defillama-etfs:cut farside:403 gate:ms_as_s htx:empty okx:wrongtype theblock:301",
    ),
    Round(
        "2025-05-11",
        "binance:negative binance-futures:s_as_ms bitfinex:nan coinbase:500 coingecko:wrongtype coinglass:dupes "
        "coinmetrics:404 defillama-coins:reset farside:newcolumn gate:shuffle kraken:429x2 sosovalue:401 theblock:gap",
    ),
    Round(
        "2025-05-12",
        "binance:ms_as_s bitstamp:restate bybit:dropcolumn coinalyze:truncate coinbase:newcolumn "
        "coingecko:challenge200 coinmarketcap:418 coinpaprika:null farside:dropcolumn htx:off kraken:future "
        "okx:repeatcursor sosovalue:truncatex2",
    ),
    Round(
        "2025-05-13",
        "binance:nan bitfinex:503x2 bitstamp:negative coinalyze:negative coinbase:null coinglass:negative "
        "coinmetrics:negative defillama-coins:s_as_ms defillama-etfs:451 gate:400 kraken:empty okx:slow=0.05 "
        "theblock:520",
    ),
    Round(
        "2025-05-14",
        "binance:shuffle binance-archive:badchecksum binance-futures:negative bybit:ms_as_s coinalyze:s_as_ms "
        "coinbase:dupes coinglass:nan coinmarketcap:empty coinpaprika:off farside:shuffle gate:null okx:future "
        "htx:newcolumn",
        start=date(2025, 4, 1),
    ),
)


@pytest.fixture(scope="module")
def market() -> Iterator[Market]:
    with mock_market("2025-05-09T06:00:00Z", is_moving=True) as running:
        yield running


@pytest.fixture(scope="module")
def whole_run(market: Market) -> Callable[..., RunOutcome]:
    """A live run in a home at an instant, with faults or none, without waiting for rate limits or back-offs."""

    def runs(home: Path, instant: str, faults: str = "", start: date | None = None) -> RunOutcome:
        settings = {"WAREHOUSE_HOME": str(home), "WAREHOUSE_ASSETS": "BTC,ETH", "WAREHOUSE_CLOCK": instant}
        with patch.dict(os.environ, market.environment | settings), _hurried():
            market.breaks(faults)
            market.is_at(instant)
            return run(RunRequest(source="live", start=start))

    return runs


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, whole_run: Callable[..., RunOutcome]) -> Path:
    """A home after a clean run, which the rounds change one after the other."""
    folder = tmp_path_factory.mktemp("troubled") / "data"
    assert _failure(whole_run(folder, "2025-05-09T06:00:00Z")) is None
    return folder


def test_the_rounds_hold_every_kind_of_fault() -> None:
    pairs = [pair for one in ROUNDS for pair in one.pairs]
    assert {fault for _, fault in pairs} == set(FAULTS)
    assert len(set(pairs)) == len(pairs) >= 60


@pytest.mark.parametrize("troubles", ROUNDS, ids=lambda one: one.day)
def test_the_others_are_published_and_the_next_run_heals(
    troubles: Round, home: Path, market: Market, whole_run: Callable[..., RunOutcome]
) -> None:
    troubled = whole_run(home, f"{troubles.day}T06:00:00Z", troubles.spec, troubles.start)
    published = figures(home)
    healed = whole_run(home, f"{troubles.day}T06:30:00Z", "", troubles.start)
    truth = figures(home)
    named = {problem.dataset.partition(" ")[0] for problem in troubled.problems}
    wrong = {
        "the run": _failure(troubled),
        "the next run": _failure(healed),
        "not named": [
            f"{name}:{fault}"
            for name, fault in troubles.pairs
            if _must_be_named(market, name, fault) and not named & _sources(market, name)
        ],
        "wrong figures": _contradictions(published, truth, _restated(market, troubles)),
        "figures of the others": _missing(published, truth, _healthy(market, troubles)),
        "not healed": [
            f"{one.dataset}: {one.message}"
            for one in healed.problems
            if one.outcome in ("failed", "partial") and one.dataset in market.served
        ],
    }
    assert {what: found for what, found in wrong.items() if found} == {}


def test_after_all_rounds_the_home_equals_one_without_faults(
    home: Path, tmp_path: Path, whole_run: Callable[..., RunOutcome]
) -> None:
    spared = tmp_path / "data"
    assert _failure(whole_run(spared, "2025-05-09T06:00:01Z")) is None
    assert _failure(whole_run(spared, f"{ROUNDS[-1].day}T06:30:01Z", start=ROUNDS[-1].start)) is None
    truth, ours = figures(spared), figures(home)
    assert _contradictions(ours, truth, frozenset()) == []
    assert sorted(truth.keys() - ours.keys(), key=str)[:5] == []


def test_no_key_is_in_any_file(home: Path) -> None:
    files = [path for path in home.rglob("*") if path.is_file()]
    assert files
    assert [str(path) for path in files if KEY.encode() in path.read_bytes()] == []


def figures(home: Path) -> Figures:
    """What is published in `fct_daily_metrics`."""
    file = (home / "published" / "crypto_market.duckdb").resolve()
    with duckdb.connect(str(file), read_only=True) as connection:
        rows = connection.execute(
            "select metric, asset, scope, time_window, statistic, trade_date, value, source "
            "from marts.fct_daily_metrics"
        ).fetchall()
    return {tuple(row[:6]): (row[6], row[7]) for row in rows}


@contextmanager
def _hurried() -> Iterator[None]:
    """A clock that skips rate limits and back-offs."""
    load = Settings.load

    def unpaced(overrides: Mapping[str, str] | None = None) -> Settings:
        return load(overrides).model_copy(update={"is_rate_limited": False})

    def skip(self: Clock, seconds: float) -> None:
        self._skipped += max(0.0, seconds)

    with ExitStack() as stack:
        stack.enter_context(patch.object(Settings, "load", unpaced))
        stack.enter_context(patch.object(Clock, "sleep", skip))
        yield


def _failure(outcome: RunOutcome) -> str | None:
    """Why a run did not publish; None when it did."""
    if outcome.exit_code == 0 and not outcome.failures:
        return None
    blocking = [str(result) for result in outcome.report.blocking] if outcome.report else []
    return f"exit {outcome.exit_code}: {'; '.join([*outcome.failures, *blocking])[:1500]}"


def _sources(market: Market, name: str) -> set[str]:
    """The warehouse's names of a provider of the mock market."""
    return {one.provider.name for one in market.datasets(name)}


def _must_be_named(market: Market, name: str, fault: str) -> bool:
    is_normal = fault == "empty" and all(one.empty_is_normal for one in market.datasets(name))
    # A new fund is loaded like the others: there is nothing to report.
    is_loaded = (name, fault) == ("farside", "newcolumn")
    return FAULTS[fault].reported == "always" and not is_normal and not is_loaded


def _restated(market: Market, troubles: Round) -> frozenset[str]:
    return frozenset(
        source for name, fault in troubles.pairs if fault == "restate" for source in _sources(market, name)
    )


def _healthy(market: Market, troubles: Round) -> frozenset[str]:
    """Sources without a fault in this round, or with one that costs no figure."""
    # A list that is longer than before may be rejected whole.
    troubled = {name for name, fault in troubles.pairs if FAULTS[fault].rows != "all" or fault == "newcolumn"}
    ill = {source for name in troubled for source in _sources(market, name)}
    return frozenset(one.provider.name for name in market.providers for one in market.datasets(name)) - ill


def _contradictions(ours: Figures, truth: Figures, restated: frozenset[str]) -> list[str]:
    """Figures that differ from the truth of the same source."""
    wrong = [
        f"{key}: {ours[key]}, in truth {truth[key]}"
        for key in ours.keys() & truth.keys()
        if ours[key][1] == truth[key][1]
        and key[3] != SNAPSHOT
        and ours[key][1] not in restated
        and not isclose(ours[key][0], truth[key][0], rel_tol=1e-9)
    ]
    return [f"{len(wrong)} in all", *sorted(wrong)[:5]] if wrong else []


def _missing(ours: Figures, truth: Figures, healthy: frozenset[str]) -> list[str]:
    """Figures of healthy sources that are not published."""
    missing = [f"{key} of {source}" for key, (_, source) in truth.items() if source in healthy and key not in ours]
    return [f"{len(missing)} in all", *sorted(missing)[:5]] if missing else []
