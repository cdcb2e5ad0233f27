"""The parsers on recorded responses of providers. The recordings are third-party and not in the repository."""

import csv
import gzip
import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from wire_bench import WireBench, make_response

from orchestration.sample.server import SampleMarket
from orchestration.sources.shared.contract import Parsed, Request, SourceRejected, SourceUnavailable, Window
from orchestration.sources.shared.registry import dataset
from tests.recordings import RECORDED, needs_recordings

LATER = datetime(2026, 9, 1, tzinfo=UTC)
BTC = Request("/", {"symbol": "BTC", "exchange_list": "Binance"}, "BTC")

pytestmark = needs_recordings


def recorded(path: str) -> bytes:
    return (RECORDED / path).read_bytes()


def cassette(name: str) -> bytes:
    """The body inside a cassette of CoinGlass's former API."""
    (exchange,) = json.loads(recorded(f"responses/liquidations/coinglass_v2_vcr/{name}.json"))
    return str(exchange["response"]["body"]).encode()


def read(provider: str, name: str, body: bytes, request: Request = BTC, now: datetime = LATER) -> Parsed:
    found = dataset(provider, name)
    assert callable(found.read)
    found.verify(make_response(found, body, request, now))
    return found.read(make_response(found, body, request, now))


def farside(day: str, now: datetime) -> dict[date, dict[str, str]]:
    """Cells by day and ticker; no row of the page is rejected."""
    body = gzip.decompress(recorded(f"farside/bitcoin-etf-flow-all-data_{day}.html.gz"))
    result = read("farside", "flows", body, now=now)
    assert result.rejected == []
    days: dict[date, dict[str, str]] = {}
    for _, trade_date, ticker, cell in result.rows:
        days.setdefault(trade_date, {})[ticker] = cell
    return days


def millions(cell: str) -> Decimal:
    figure = Decimal(cell.strip("()").replace(",", "")) if cell != "-" else Decimal(0)
    return -figure if cell.startswith("(") else figure


def test_farside_footer_totals_are_the_sums_of_the_days() -> None:
    days = farside("2025-10-24", datetime(2025, 10, 24, 12, tzinfo=UTC))
    sums = {ticker: sum(millions(row[ticker]) for row in days.values()) for ticker in days[date(2024, 1, 11)]}
    assert sums == {
        "IBIT": Decimal("65272.8"),
        "FBTC": Decimal("12548.3"),
        "BITB": Decimal("2390.9"),
        "ARKB": Decimal("2115.9"),
        "BTCO": Decimal("212.2"),
        "EZBC": Decimal("339.9"),
        "BRRR": Decimal("300.3"),
        "HODL": Decimal("1322.4"),
        "BTCW": Decimal("48.1"),
        "GBTC": Decimal("-24615.5"),
        "BTC": Decimal("1926.5"),
        "Total": Decimal("61861.8"),
    }
    assert (min(days), max(days)) == (date(2024, 1, 11), date(2025, 10, 23))
    assert days[date(2025, 2, 25)]["Total"] == "(1,113.7)"


def test_farside_cumulative_flow_of_8_may_2025() -> None:
    days = farside("2025-10-24", datetime(2025, 10, 24, 12, tzinfo=UTC))
    assert sum(millions(row["Total"]) for day, row in days.items() if day <= date(2025, 5, 8)) == Decimal("40806.1")
    assert days[date(2025, 5, 8)]["Total"] == "117.4"


def test_farside_row_of_the_running_session_is_all_dashes_and_a_zero() -> None:
    days = farside("2026-06-08", datetime(2026, 6, 8, 15, tzinfo=UTC))
    *funds, total = [
        days[date(2026, 6, 8)][ticker] for ticker in (*sorted(set(days[date(2026, 6, 8)]) - {"Total"}), "Total")
    ]
    assert (set(funds), len(funds), total) == ({"-"}, 12, "0.0")


def test_farside_partial_row_keeps_the_dash_of_the_fund_that_has_not_reported() -> None:
    row = farside("2026-08-18", datetime(2026, 8, 18, 4, tzinfo=UTC))[date(2026, 8, 17)]
    assert (row["IBIT"], row["FBTC"], row["MSBT"], row["Total"]) == ("-", "111.9", "11.2", "137.3")


def test_tradingview_export() -> None:
    name = "CRYPTOCAP_TOTAL2, 1D.csv"
    result = read("tradingview", "bars_1d", recorded(f"tradingview/{name}"), Request(name))
    assert (len(result.rows), result.rejected) == (300, [])
    assert result.rows[-1][:2] == ("CRYPTOCAP:TOTAL2", "2025-04-29")
    assert result.rows[-1][5] == Decimal("1050180330060")


def test_coinbase_candles_and_errors_of_the_recordings() -> None:
    request = Request(
        "/products/BTC-USD/candles", subject="BTC", window=Window.of_days(date(2021, 1, 1), date(2021, 1, 7))
    )
    result = read("coinbase", "candles_1d", recorded("responses/coinbase/pricehist_recent.json"), request)
    assert (len(result.rows), result.rejected) == (7, [])
    product, opens, low, high, first, last, _ = result.rows[-1]
    assert (product, opens, low, high, first, last) == (
        "BTC-USD",
        1609977600,
        *(Decimal(price) for price in ("29516.98", "32900", "29818.73", "32120.19")),
    )
    with pytest.raises(SourceRejected, match="exceeds 300"):
        read("coinbase", "candles_1d", recorded("responses/coinbase/error_400_too_many_candles.json"), request)


def test_binance_bars_reach_the_raw_table(httpserver: Any, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, dataset("binance", "klines_1h"))
    body = recorded("responses/binance/ccxt_binanceus_fetchOHLCV_1h.json")
    opens = datetime.fromtimestamp(json.loads(body)[0][0] // 1000, UTC)
    extraction, loaded = bench.run(body, window=Window(opens, opens + timedelta(hours=1)))
    assert (extraction.outcome, loaded.rows_new, loaded.rejected) == ("complete", 1, 0)


def test_a_bar_before_the_venue_opened_is_rejected(httpserver: Any, tmp_path: Path) -> None:
    """The example of Binance's documentation is a week of July 2017, before its first day of trading."""
    bench = WireBench(httpserver, tmp_path, dataset("binance", "klines_1d"))
    extraction, loaded = bench.run(recorded("responses/binance/nautilus_klines_docs_example.json"))
    assert (extraction.outcome, loaded.rows_new, loaded.rejected) == ("failed", 0, 1)


@pytest.mark.parametrize("name", ["error_400_bad_symbol", "error_451_geo"])
def test_binance_errors_are_errors(name: str) -> None:
    found = dataset("binance", "klines_1d")
    with pytest.raises(SourceRejected, match=r"Invalid symbol|restricted location"):
        found.verify(make_response(found, recorded(f"responses/binance/{name}.json")))


def test_microseconds_of_the_binance_archive_are_refused_by_the_api_source() -> None:
    text = recorded("responses/binance/vision_spot_DOGEUSDT-1s-2025-01-01_head_us_noheader.csv").decode()
    bars = [[int(line[0]), *line[1:6], int(line[6]), *line[7:]] for line in csv.reader(text.splitlines())]
    found = dataset("binance", "klines_1h")
    with pytest.raises(SourceRejected, match="microseconds"):
        found.verify(make_response(found, json.dumps(bars).encode()))


def test_the_documented_response_of_coinmarketcap_is_parsed() -> None:
    body = recorded("responses/cmc/docs_example_global_metrics_historical.json")
    result = read("coinmarketcap", "global_metrics", body, Request("/"))
    assert result.rejected == []
    assert result.rows[0] == (
        "2018-07-31T00:02:00.000Z",
        Decimal("292863223827.394"),
        Decimal("187589500000"),
        Decimal("47.9949"),
        Decimal("16.099"),
    )


def test_the_documented_response_of_coinglass_is_parsed() -> None:
    body = recorded("responses/liquidations/doc_shapes/coinglass_v4_aggregated_history.doc.json")
    result = read("coinglass", "liquidations_1d", body)
    assert [row[2] for row in result.rows] == [1658966400000, 1659052800000]
    assert result.rejected == []


@pytest.mark.parametrize(
    ("body", "next_step"),
    [
        ("missing_key", "check COINGLASS_API_KEY"),
        ("missing_param", "check the symbol and COINGLASS_EXCHANGE_LISTS"),
        ("upgrade_plan", "upgrade it"),
    ],
)
def test_coinglass_errors_with_status_200(body: str, next_step: str) -> None:
    with pytest.raises(SourceRejected, match=next_step):
        read(
            "coinglass",
            "liquidations_1d",
            recorded(f"responses/liquidations/doc_shapes/coinglass_v4_error_{body}.http200.json"),
        )


@pytest.mark.parametrize("name", ["futures_liquidation_chart", "futures_funding_rates_chart"])
def test_a_recorded_key_error_of_coinglass_is_an_error(name: str) -> None:
    with pytest.raises(SourceRejected, match="secret invalid; check COINGLASS_API_KEY"):
        read("coinglass", "liquidations_1d", cassette(f"{name}_get_unauthorized"))


def test_coinglass_days_of_2021_begin_at_midnight_in_china_and_are_refused() -> None:
    days = json.loads(cassette("futures_liquidation_detail_chart_get_ok"))["data"]
    names = {
        "createTime": "time",
        "buyVolUsd": "aggregated_long_liquidation_usd",
        "sellVolUsd": "aggregated_short_liquidation_usd",
    }
    renamed = [{names[name]: day[name] for name in names} for day in days]
    with pytest.raises(SourceRejected, match="a day opens at 16:00 UTC"):
        read("coinglass", "liquidations_1d", json.dumps({"code": "0", "data": renamed}).encode())


def test_coinglass_four_hour_bars_are_rejected() -> None:
    body = recorded(
        "responses/liquidations/doc_shapes/coinglass_v4_aggregated_history_BTC_binance_4h.recorded_20251114.json"
    )
    with pytest.raises(SourceRejected, match="not at midnight"):
        read("coinglass", "liquidations_1d", body)


def test_bodies_of_other_endpoints_are_refused() -> None:
    """Bodies of a wrong path or a changed API add no row."""
    latest = recorded("responses/cmc/keyless_global_metrics_latest_2026-09-20.json")
    with pytest.raises(SourceRejected, match=r"data\.quotes is null"):
        read("coinmarketcap", "global_metrics", latest)
    with pytest.raises((SourceRejected, SourceUnavailable)):
        read("defillama", "etf_flows", recorded("responses/coinbase/mimir_ticker.json"))


def test_the_sample_serves_the_bars_that_binance_archived() -> None:
    """Every hour of May 2025: opening, prices, volume and trades, in the positions of the wire format."""
    with (RECORDED / "binance" / "BTCUSDT-1h-2025-05.csv").open(newline="") as file:
        archived = {int(line[0]) // 1000: line for line in csv.reader(file)}
    target = "/binance/api/v3/klines?symbol=BTCUSDT&interval=1h&startTime=1746057600000&limit=1000"
    with SampleMarket(datetime(2025, 5, 13, tzinfo=UTC)) as market:
        bars = json.loads(market.respond(target, {}).body)
    assert len(bars) == 12 * 24
    for bar in bars:
        line = archived[bar[0]]
        assert [Decimal(value) for value in bar[1:6]] == [Decimal(value) for value in line[1:6]]
        assert (bar[6], bar[8]) == (int(line[6]) // 1000, int(line[8]))
        assert abs(Decimal(bar[7]) - Decimal(line[7])) <= Decimal("0.01"), "compiled with two decimals"
    assert timedelta(milliseconds=bars[0][6] + 1 - bars[0][0]) == timedelta(hours=1)


def test_rows_of_a_farside_page_without_outflows_are_rejected() -> None:
    """A public client drops figures in parentheses, so its history has no outflow."""
    body = gzip.decompress(recorded("farside/bitcoin-etf-flow-all-data_2025-10-24.html.gz"))
    now = datetime(2025, 10, 24, 10, tzinfo=UTC)
    whole = farside("2025-10-24", now)
    faulty = re.sub(rb'<span class="redFont">.*?</span>', b"-", body)
    kept = {day for _, day, *_ in read("farside", "flows", faulty, now=now).rows}
    with_outflow = {day for day, cells in whole.items() if any(cell.startswith("(") for cell in cells.values())}
    assert whole.keys() - kept == with_outflow
    lost = json.loads(recorded("etf_mirrors/etf-flows-historical_negatives_lost.json"))["dailyFlows"]
    totals = {day: millions(cells["Total"]) for day, cells in whole.items() if day <= date(2025, 9, 16)}
    inflow_days = {date.fromisoformat(line["date"]) for line in lost}
    assert min(totals[day] for day in inflow_days & totals.keys()) >= 0
    assert max(totals[day] for day in totals.keys() - inflow_days) < 0
