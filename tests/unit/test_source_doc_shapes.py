"""The bodies that providers document for liquidations and derivatives: parsed to the values they document.

Third-party, so they stay out of the repository. Every body is named here: what it becomes, or why nothing reads it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from test_source_recorded import cassette, read, recorded
from werkzeug import Response as WireResponse
from wire_bench import NOW, WireBench, make_response

from orchestration.sources.shared.contract import Request, Row, SourceRejected, Window
from orchestration.sources.shared.registry import dataset
from tests.recordings import RECORDED, needs_recordings

FOLDER = "responses/liquidations"
EVER = Window(datetime(2015, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
LATER = datetime(2026, 12, 1, tzinfo=UTC)

pytestmark = needs_recordings


def rows(provider: str, name: str, file: str, path: str = "/", **params: str) -> list[Row]:
    """The parsed rows of a recorded body; none of its records is rejected."""
    request = Request(path, params, "BTC", EVER)
    result = read(provider, name, recorded(f"{FOLDER}/{file}"), request, LATER)
    assert result.rejected == []
    return result.rows


def history(endpoint: str) -> list[Row]:
    file = f"coinalyze/{endpoint}_daily_2025-06-01_05.json"
    return rows("coinalyze", "history_1d", file, f"/v1/{endpoint}", symbols="BTCUSDT_PERP.A")


def decimals(*values: str | None) -> tuple[Decimal | None, ...]:
    return tuple(None if value is None else Decimal(value) for value in values)


def bitfinex() -> None:
    (event,) = rows("bitfinex", "liquidations", "doc_shapes/bitfinex_liquidations_hist.recorded_by_ccxt.json")
    head = (171085137, 1706395919788, Decimal(-8), 1, "tAVAXF0:USTF0")
    assert event == (*head, *decimals("32.868", "33.255"))


def gate() -> None:
    first, second = rows(
        "gate", "contract_stats_1h", "doc_shapes/gate_contract_stats.SYNTHETIC.json", contract="BTC_USDT"
    )
    columns = list(dataset("gate", "contract_stats_1h").columns)
    figures = dict(zip(columns, first, strict=True))
    names = ("time", "lsr_account", "long_liq_usd_new", "short_liq_usd_new", "open_interest_usd", "last_funding_rate")
    assert [figures[name] for name in names] == [1755000000, *decimals("1.25", "32500", "1300", "810706", "0.0001")]
    assert second[1] == 1755000000 + 3600


def htx() -> None:
    (event,) = rows("htx", "liquidation_orders", "doc_shapes/htx_v5_liquidation_orders.recorded_by_ccxt.json")
    head = ("150153038758", "BTC-USDT", 1781849094165, "buy", "short")
    assert event == (*head, *decimals("2", "2", "62978.5", "125.957"))


def okx() -> None:
    events = rows(
        "okx_futures", "liquidation_orders", "doc_shapes/okx_liquidation_orders_with_ref.SYNTHETIC.json", uly="BTC-USDT"
    )
    twin = ("BTC-USDT-SWAP", 1746750000000, "buy", "short", *decimals("104321.5", "13"))
    long = ("BTC-USDT-SWAP", 1746749000000, "sell", "long", *decimals("102900", "2.5"))
    assert events == [(*long, 1), (*twin, 1), (*twin, 2)]


def okx_error() -> None:
    body = recorded(f"{FOLDER}/doc_shapes/okx_rest_error_missing_family.http400.json")
    found = dataset("okx_futures", "liquidation_orders")
    with pytest.raises(SourceRejected, match="50015, Either parameter uly or instFamily is required"):
        found.verify(make_response(found, body))


def coinglass() -> None:
    file = "doc_shapes/coinglass_v4_aggregated_history.doc.json"
    days = rows("coinglass", "liquidations_1d", file, symbol="BTC", exchange_list="Binance")
    assert [(row[2], row[3:]) for row in days] == [
        (1658966400000, decimals("5916885.14234", "12969583.87632")),
        (1659052800000, decimals("5345708.23191", "6454875.54909")),
    ]


def coinglass_four_hours() -> None:
    file = "doc_shapes/coinglass_v4_aggregated_history_BTC_binance_4h.recorded_20251114.json"
    with pytest.raises(SourceRejected):
        rows("coinglass", "liquidations_1d", file, symbol="BTC", exchange_list="Binance")


def coinglass_errors() -> None:
    for name, words in (
        ("missing_key", "API key missing"),
        ("missing_param", "'exchange_list' is not present"),
        ("upgrade_plan", "Upgrade plan"),
    ):
        with pytest.raises(SourceRejected, match=words):
            rows("coinglass", "liquidations_1d", f"doc_shapes/coinglass_v4_error_{name}.http200.json")


def coinglass_cassettes() -> None:
    for name in ("futures_liquidation_chart", "futures_funding_rates_chart"):
        with pytest.raises(SourceRejected, match="secret invalid"):
            read("coinglass", "liquidations_1d", cassette(f"{name}_get_unauthorized"))


def coinalyze_exchanges() -> None:
    exchanges = dict(rows("coinalyze", "exchanges", "coinalyze/exchanges_2025-06-22.json"))
    named = {"A": "Binance", "6": "Bybit", "3": "OKX", "0": "BitMEX", "H": "Hyperliquid", "4": "Huobi", "Y": "Gate.io"}
    assert named.items() <= exchanges.items()


def coinalyze_markets() -> None:
    """The list of markets has no rows: its perpetuals are requested next."""
    found = dataset("coinalyze", "history_1d")
    requested = Request("/v1/liquidation-history", {"symbols": "BTC"}, "BTC", EVER)
    markets = Request("/v1/future-markets", {}, "BTC", follow_ups=(requested,))
    body = recorded(f"{FOLDER}/coinalyze/future-markets_binance_BTC_2025-06-22.json")
    found.verify(make_response(found, body, markets, LATER))
    following = found.next_page(make_response(found, body, markets, LATER))
    assert following is not None
    perpetuals = ["BTCUSDC_PERP.A", "BTCUSDT_PERP.A", "BTCUSD_PERP.A"]
    assert (following.params["symbols"].split(","), following.weight) == (perpetuals, 3)


def coinalyze_histories() -> None:
    first = ("BTCUSDT_PERP.A", 1748736000, "BTC")
    documented = {
        "liquidation-history": decimals(None, None, "18.18", None, None, "36.237"),
        "open-interest-history": decimals("83549.607", "83849.979", "82405.547", "82802.078", None, None),
        "funding-rate-history": decimals("-0.000582", "0.004117", "-0.000582", "0.004117", None, None),
        "long-short-ratio-history": decimals(None, None, "54.35", None, "1.1906", "45.65"),
    }
    for endpoint, figures in documented.items():
        days = history(endpoint)
        assert (days[0], len(days)) == ((endpoint, *first, *figures), 5)
    longs_and_shorts = [(row[6], row[9]) for row in history("liquidation-history")[1:]]
    assert longs_and_shorts == [
        decimals("23.275", "39.459"),
        decimals("31.713", "28.813"),
        decimals("29.899", "21.684"),
        decimals("119.571", "120.117"),
    ]


PARSED: dict[str, Callable[[], None]] = {
    "doc_shapes/bitfinex_liquidations_hist.recorded_by_ccxt.json": bitfinex,
    "doc_shapes/gate_contract_stats.SYNTHETIC.json": gate,
    "doc_shapes/htx_v5_liquidation_orders.recorded_by_ccxt.json": htx,
    "doc_shapes/okx_liquidation_orders_with_ref.SYNTHETIC.json": okx,
    "doc_shapes/okx_rest_error_missing_family.http400.json": okx_error,
    "doc_shapes/coinglass_v4_aggregated_history.doc.json": coinglass,
    "doc_shapes/coinglass_v4_aggregated_history_BTC_binance_4h.recorded_20251114.json": coinglass_four_hours,
    "doc_shapes/coinglass_v4_error_missing_key.http200.json": coinglass_errors,
    "doc_shapes/coinglass_v4_error_missing_param.http200.json": coinglass_errors,
    "doc_shapes/coinglass_v4_error_upgrade_plan.http200.json": coinglass_errors,
    "coinglass_v2_vcr/futures_liquidation_chart_get_unauthorized.json": coinglass_cassettes,
    "coinglass_v2_vcr/futures_funding_rates_chart_get_unauthorized.json": coinglass_cassettes,
    "coinalyze/exchanges_2025-06-22.json": coinalyze_exchanges,
    "coinalyze/future-markets_binance_BTC_2025-06-22.json": coinalyze_markets,
    "coinalyze/funding-rate-history_daily_2025-06-01_05.json": coinalyze_histories,
    "coinalyze/liquidation-history_daily_2025-06-01_05.json": coinalyze_histories,
    "coinalyze/long-short-ratio-history_daily_2025-06-01_05.json": coinalyze_histories,
    "coinalyze/open-interest-history_daily_2025-06-01_05.json": coinalyze_histories,
}
ELSEWHERE = {
    "doc_shapes/gate_error_180d.http400.json": "the error responses at the wire, below",
    "doc_shapes/gate_error_range.http400.json": "the error responses at the wire, below",
    "binance_vision/BTCUSD_PERP-liquidationSnapshot-2024-10-01.head.csv": "test_source_binance_archive_futures",
    "coinglass_v2_vcr/futures_liquidation_detail_chart_get_ok.json": "test_source_recorded: days of China",
}
NOT_READ = {
    "doc_shapes/binance_ws_forceOrder_coinm.doc.json": "a stream, which is collected and not requested",
    "doc_shapes/binance_ws_forceOrder_usdm.doc.json": "a stream, which is collected and not requested",
    "doc_shapes/bybit_ws_allLiquidation.doc.json": "a stream, which is collected and not requested",
    "doc_shapes/okx_ws_liquidation_orders.doc.json": "a stream, which is collected and not requested",
    "doc_shapes/coinglass_ws_liquidationOrders.doc.json": "its side contradicts that of the REST page",
    "doc_shapes/coinglass_v4_liquidation_order.doc.json": "its side contradicts that of the stream; the top plans only",
    "doc_shapes/coinglass_v4_exchange_list_BTC_range4h.recorded_20250521.json": "rolling windows are no days",
    "doc_shapes/coinglass_v4_exchange_list_BTC_range4h.recorded_20251114.json": "rolling windows are no days",
    "doc_shapes/coinglass_v4_liquidation_history.doc.json": "one pair of a venue: the lists of venues are requested",
    "doc_shapes/coinglass_v4_open_interest_aggregated.doc.json": "includes CME and has no list of its venues",
    "doc_shapes/coinglass_v4_funding_rate_history.doc.json": "the running rate, which was never paid",
    "doc_shapes/coinglass_v4_global_lsr.doc.json": "one pair of a venue, which the venue itself reports",
    "doc_shapes/gate_liq_orders.doc.json": "events by the hour: the venue's own hourly sums are read",
    "doc_shapes/htx_v3_liquidation_orders.doc.json": "the previous version, whose amounts are coins",
    "doc_shapes/coinex_liquidation_history.doc.json": "depth and limits are unconfirmed",
    "doc_shapes/dydx_trades.doc.json": "whether LIQUIDATED is the taker is unconfirmed",
    "coinglass_v2_vcr/futures_liquidation_chart_get_ok.json": "a former version of the API",
    "coinglass_v2_vcr/futures_long_short_chart_get_ok.json": "a former version of the API",
    "coinglass_v2_vcr/futures_open_interest_get_ok.json": "a former version of the API",
    "coinalyze/current_funding_rate_2025-06-22.json": "the running rate, without a day",
    "liqmap_events_2026-04-03.csv": "another project's table of events, not a provider's response",
}


def test_every_body_is_parsed_or_rejected_with_a_reason() -> None:
    folder = RECORDED / FOLDER
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {"PROVENANCE.md"}
    named = [*PARSED, *ELSEWHERE, *NOT_READ]
    assert len(set(named)) == len(named)
    assert files == set(named)


@pytest.mark.parametrize("proof", dict.fromkeys(PARSED.values()), ids=lambda proof: proof.__name__)
def test_documented_bodies_become_the_documented_values(proof: Callable[[], None]) -> None:
    proof()


@pytest.mark.parametrize(("name", "words"), [("180d", "180-day limit"), ("range", "must in 1 hour")])
def test_errors_of_gate_are_reported_in_its_words(
    httpserver: HTTPServer, tmp_path: Path, name: str, words: str
) -> None:
    bench = WireBench(httpserver, tmp_path, dataset("gate", "contract_stats_1h"))
    body = recorded(f"{FOLDER}/doc_shapes/gate_error_{name}.http400.json")
    extraction, loaded = bench.run(WireResponse(body, 400), window=Window(NOW.replace(day=1, hour=0), NOW))
    assert (extraction.outcome, loaded.rows_new) == ("failed", 0)
    assert words in str(extraction.message)


def test_recorded_funding_is_a_fraction_that_passes_the_checks() -> None:
    """A year of settled rates of seven venues: plausible as fractions, and rejected in percent."""
    import duckdb

    usual = duckdb.sql(
        f"select venue, median(abs(funding_rate)), max(abs(funding_rate)) "
        f"from '{RECORDED}/derivatives/funding_rates.parquet' where coin = 'BTC' group by venue"
    ).fetchall()
    sizes: dict[str, Any] = {venue: (median, largest) for venue, median, largest in usual}
    assert {"binance", "bybit", "okx"} <= sizes.keys()
    for median, largest in sizes.values():
        assert median < 0.002
        assert largest < 0.05
        assert median * 100 > 0.0005
