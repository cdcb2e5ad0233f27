"""The sample market at the wire: each provider's format, paging, limits, order, units and errors, up to `now`."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests

from orchestration.sample.figures import figures
from orchestration.sample.server import SampleMarket

DAY_MS = 86_400_000
MAY_8 = int(datetime(2025, 5, 8, tzinfo=UTC).timestamp() * 1000)
MAY_12 = MAY_8 + 4 * DAY_MS
LIQUIDATIONS = "/coinglass/api/futures/liquidation/aggregated-history"
SNAPSHOTS = "/coinmarketcap/v1/global-metrics/quotes/historical"
COINGLASS_KEY = {"CG-API-KEY": "sample-coinglass-key"}
COINMARKETCAP_KEY = {"X-CMC_PRO_API_KEY": "sample-coinmarketcap-key"}

Get = Callable[..., requests.Response]


@pytest.fixture(scope="module")
def market() -> Iterator[SampleMarket]:
    with SampleMarket() as started:
        yield started


@pytest.fixture(scope="module")
def get(market: SampleMarket) -> Get:
    session = requests.Session()

    def request(path: str, headers: dict[str, str] | None = None, **params: Any) -> requests.Response:
        return session.get(market.url + path, params=params, headers=headers, timeout=10)

    return request


def served(now: datetime, path: str, headers: dict[str, str] | None = None, **params: Any) -> Any:
    """The JSON response of a market at `now`."""
    with SampleMarket(now) as market:
        return requests.get(market.url + path, params=params, headers=headers, timeout=10).json()


def test_binance_serves_the_running_bar_with_its_closed_hours(get: Get) -> None:
    bars = get("/binance/api/v3/klines", symbol="BTCUSDT", interval="1d").json()
    hours = get("/binance/api/v3/klines", symbol="BTCUSDT", interval="1h", startTime=MAY_12).json()
    assert [len(bar) for bar in bars] == [12] * 193
    assert [bar[0] for bar in bars] == sorted(bar[0] for bar in bars)
    running = bars[-1]
    assert (running[0], running[6]) == (MAY_12, MAY_12 + DAY_MS - 1)
    assert (running[1], running[4]) == (hours[0][1], hours[5][4])
    assert Decimal(running[5]) == sum(Decimal(hour[5]) for hour in hours)
    assert len(hours) == 6, "the hour that opens at now has no trade yet"


def test_binance_bars_have_texts_of_eight_decimals_and_integer_timestamps(get: Get) -> None:
    (bar,) = get("/binance/api/v3/klines", symbol="BTCUSDT", interval="1d", startTime=MAY_8, endTime=MAY_8).json()
    assert bar[2] == "104145.76000000"
    assert [type(value) for value in bar] == [int, str, str, str, str, str, int, str, int, str, str, str]
    assert bar[11] == "0"


def test_binance_selects_as_documented(get: Get) -> None:
    def opens(**params: Any) -> list[int]:
        return [bar[0] for bar in get("/binance/api/v3/klines", symbol="BTCUSDT", interval="1d", **params).json()]

    everything = opens(limit=1000)
    assert opens(startTime=everything[3], limit=2) == everything[3:5], "with a start: the oldest from there"
    assert opens(endTime=everything[9], limit=2) == everything[8:10], "with only an end: the newest up to it"
    assert opens(startTime=everything[3], endTime=everything[9], limit=2) == everything[3:5]
    assert opens(limit=2) == everything[-2:]
    assert opens(startTime=everything[3] + 1, limit=1) == [everything[4]], "a start between two bars"
    assert opens(limit=5000) == everything
    assert opens(startTime=0, endTime=1) == []
    hourly = {"symbol": "BTCUSDT", "interval": "1h", "startTime": 0}
    assert len(get("/binance/api/v3/klines", **hourly).json()) == 270
    assert get("/binance/api/v3/ping").json() == {}


def test_binance_returns_at_most_a_thousand_bars(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestration.sample import wire_binance

    line = dict(figures("binance_klines_1h")[0])
    start = datetime(2025, 1, 1, tzinfo=UTC)
    many = tuple({**line, "open_at": (start + timedelta(hours=i)).isoformat()} for i in range(1200))
    monkeypatch.setattr(wire_binance, "figures", lambda name: many if name.endswith("1h") else figures(name))
    hourly = {"symbol": "BTCUSDT", "interval": "1h", "startTime": 0}
    assert len(get("/binance/api/v3/klines", **hourly).json()) == 500
    assert len(get("/binance/api/v3/klines", **hourly, limit=1500).json()) == 1000


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"symbol": "NOPE", "interval": "1d"}, -1121),
        ({"symbol": "BTCUSDT", "interval": "1x"}, -1120),
        ({"interval": "1d"}, -1102),
        ({"symbol": "BTCUSDT"}, -1102),
        ({"symbol": "BTCUSDT", "interval": "1d", "startTime": "May"}, -1100),
    ],
)
def test_binance_errors_have_a_code_and_status_400(get: Get, params: dict[str, str], code: int) -> None:
    reply = get("/binance/api/v3/klines", **params)
    assert (reply.status_code, reply.json()["code"], set(reply.json())) == (400, code, {"code", "msg"})


def test_coinbase_is_newest_first_with_low_before_open(get: Get) -> None:
    candles = get(
        "/coinbase/products/BTC-USD/candles",
        granularity=86400,
        start="2025-05-08T00:00:00Z",
        end="2025-05-12T00:00:00Z",
    ).json()
    assert [candle[0] for candle in candles] == [(MAY_12 - i * DAY_MS) // 1000 for i in range(5)]
    (line,) = [
        line
        for line in figures("coinbase_candles_1d")
        if line["product_id"] == "BTC-USD" and line["trade_date"] == "2025-05-08"
    ]
    assert candles[-1][1:] == [float(line[name]) for name in ("low", "high", "open", "close", "volume")]
    assert candles[0][1] == candles[0][4], "the running day has only its opening price"


def test_coinbase_writes_whole_prices_without_a_fraction(get: Get) -> None:
    body = get("/coinbase/products/BTC-USD/candles", granularity=86400, start="2024-11-01", end="2024-11-01").text
    assert body == "[[1730419200,68720,71620,70198.02,69467.29,15295.28781188]]"


def test_coinbase_refuses_more_than_300_candles_and_ignores_a_single_bound(get: Get) -> None:
    path, day = "/coinbase/products/BTC-USD/candles", {"granularity": 86400}
    allowed = get(path, **day, start="2024-07-17T00:00:00Z", end="2025-05-12T00:00:00Z")
    refusal = get(path, **day, start="2024-07-16T00:00:00Z", end="2025-05-12T00:00:00Z")
    assert (allowed.status_code, refusal.status_code) == (200, 400)
    assert refusal.json() == {
        "message": "granularity too small for the requested time range. Count of aggregations requested exceeds 300"
    }
    assert len(get(path, **day, start="2025-05-10T00:00:00Z").json()) == 193
    assert get("/coinbase/products/XX-USD/candles", **day).status_code == 404
    assert get(path, granularity=7).json() == {"message": "Unsupported granularity"}


def test_defillama_lists_every_reported_session(get: Get) -> None:
    flows = get("/defillama/flows").json()
    assert flows[0] == {"gecko_id": "bitcoin", "day": "2024-01-11T00:00:00.000Z", "total_flow_usd": 655300000}
    assert len(flows) == 534
    before = served(datetime(2025, 5, 9, 4, tzinfo=UTC), "/defillama/flows")
    assert max(flow["day"] for flow in before) == "2025-05-07T00:00:00.000Z"


def test_coinglass_serves_the_running_bar_and_nothing_later(get: Get) -> None:
    params = {"exchange_list": "Binance", "symbol": "BTC", "interval": "1d"}
    body = get(LIQUIDATIONS, COINGLASS_KEY, **params).json()
    assert (body["code"], body["msg"]) == ("0", "success")
    assert [bar["time"] for bar in body["data"][-2:]] == [MAY_12 - DAY_MS, MAY_12]
    assert len(get(LIQUIDATIONS, COINGLASS_KEY, **params, start_time=MAY_8, limit=2).json()["data"]) == 2
    assert get(LIQUIDATIONS, COINGLASS_KEY, **{**params, "symbol": "SOL"}).json()["data"] == []


@pytest.mark.parametrize(
    ("now", "short_usd"),
    [
        (datetime(2025, 5, 9, 6, tzinfo=UTC), 57781833.61),
        (datetime(2025, 6, 10, 23, 59, tzinfo=UTC), 57781833.61),
        (datetime(2025, 6, 11, tzinfo=UTC), 30931070.31),
        (datetime(2025, 8, 28, 23, 59, tzinfo=UTC), 30931070.31),
        (datetime(2025, 8, 29, tzinfo=UTC), 56294140.75),
        (datetime(2026, 1, 1, tzinfo=UTC), 56294140.75),
    ],
)
def test_coinglass_figures_are_restated_over_time(now: datetime, short_usd: float) -> None:
    params = {"exchange_list": "Binance", "symbol": "BTC", "interval": "1d", "start_time": MAY_8, "end_time": MAY_8}
    (bar,) = served(now, LIQUIDATIONS, COINGLASS_KEY, **params)["data"]
    assert bar["aggregated_short_liquidation_usd"] == short_usd


@pytest.mark.parametrize(
    ("headers", "change", "body"),
    [
        ({}, {}, {"code": "400", "msg": "API key missing."}),
        ({"CG-API-KEY": "other"}, {}, {"code": "400", "msg": "Invalid API key provided"}),
        (COINGLASS_KEY, {"exchange_list": "Binance,OKX"}, {"code": "401", "msg": "Upgrade plan"}),
        (COINGLASS_KEY, {"interval": "1m"}, {"code": "401", "msg": "Upgrade plan"}),
        (
            COINGLASS_KEY,
            {"exchange_list": None},
            {"code": "400", "msg": "Required String parameter 'exchange_list' is not present"},
        ),
    ],
)
def test_coinglass_errors_have_status_200(get: Get, headers: dict[str, str], change: dict[str, Any], body: Any) -> None:
    params = {"exchange_list": "Binance", "symbol": "BTC", "interval": "1d", **change}
    reply = get(LIQUIDATIONS, headers, **params)
    assert (reply.status_code, reply.json()) == (200, body)


def test_coinmarketcap_serves_the_first_quote_of_each_day_taken_by_now(get: Get) -> None:
    params = {"interval": "daily", "time_start": "2025-05-08T00:00:00Z", "time_end": "2025-05-13T00:00:00Z"}
    body = get(SNAPSHOTS, COINMARKETCAP_KEY, **params).json()
    assert [quote["timestamp"] for quote in body["data"]["quotes"]] == [
        "2025-05-08T01:42:59.000Z",
        "2025-05-09T01:42:59.000Z",
        "2025-05-10T01:37:59.000Z",
        "2025-05-11T01:47:59.000Z",
        "2025-05-12T01:45:59.000Z",
    ]
    assert body["data"]["quotes"][1]["quote"]["USD"]["altcoin_market_cap"] == 1175189916810
    assert body["status"]["error_code"] == 0
    early = served(datetime(2025, 5, 9, 1, 42, tzinfo=UTC), SNAPSHOTS, COINMARKETCAP_KEY, **params)
    assert len(early["data"]["quotes"]) == 1


def test_coinmarketcap_counts_back_from_the_end_without_a_start(get: Get) -> None:
    assert len(get(SNAPSHOTS, COINMARKETCAP_KEY).json()["data"]["quotes"]) == 5
    (newest,) = get(SNAPSHOTS, COINMARKETCAP_KEY, count=1, interval="1h").json()["data"]["quotes"]
    assert newest["timestamp"] == "2025-05-12T01:45:59.000Z"


@pytest.mark.parametrize(
    ("headers", "params", "status", "code"),
    [
        ({}, {}, 401, 1002),
        ({"X-CMC_PRO_API_KEY": "other"}, {}, 401, 1001),
        (COINMARKETCAP_KEY, {"interval": "sometimes"}, 400, 400),
        (COINMARKETCAP_KEY, {"time_start": "May"}, 400, 400),
    ],
)
def test_coinmarketcap_errors_have_a_status_object(
    get: Get, headers: dict[str, str], params: dict[str, str], status: int, code: int
) -> None:
    reply = get(SNAPSHOTS, headers, **params)
    assert (reply.status_code, reply.json()["status"]["error_code"]) == (status, code)
    assert "data" not in reply.json()
