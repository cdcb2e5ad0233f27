"""Every provider at the wire: transient and permanent failures, and invalid bodies."""

from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response as WireResponse

from orchestration.sample.faults import CHALLENGE
from orchestration.sources.shared.contract import Dataset, Request, Slice, SourceRejected, SourceUnavailable, Window
from orchestration.sources.shared.registry import datasets, symbols
from tests.unit.wire_bench import NOW, WireBench, fixture, make_response

GOOD = {
    "bitfinex_liquidations": ("bitfinex/liquidations.json", 3),
    "okx_futures_instruments": ("okx_futures/instruments.json", 2),
    "binance_futures_account_ratio_1h": ("binance_futures/account_ratio_1h.json", 2),
    "binance_futures_funding_rate": ("binance_futures/funding_rate.json", 3),
    "binance_futures_klines_1d": ("binance_futures/klines_1d.json", 3),
    "binance_futures_open_interest_1h": ("binance_futures/open_interest_1h.json", 2),
    "bybit_account_ratio_1d": ("bybit/account_ratio_1d.json", 2),
    "bybit_funding_history": ("bybit/funding_history.json", 3),
    "bybit_klines_1d": ("bybit/klines_1d.json", 2),
    "bybit_mark_prices_1d": ("bybit/mark_prices_1d.json", 2),
    "bybit_open_interest_1d": ("bybit/open_interest_1d.json", 2),
    "okx_futures_account_ratio_1d": ("okx_futures/account_ratio_1d.json", 3),
    "okx_futures_funding_history": ("okx_futures/funding_history.json", 3),
    "okx_futures_open_interest_1d": ("okx_futures/open_interest_1d.json", 3),
    "binance_klines_1d": ("binance/klines_1d.json", 3),
    "bitstamp_ohlc_1d": ("bitstamp/ohlc_1d.json", 3),
    "binance_klines_1h": ("binance/klines_1h.json", 2),
    "coinalyze_exchanges": ("coinalyze/exchanges.json", 3),
    "coinbase_candles_1d": ("coinbase/candles_1d.json", 3),
    "coinglass_liquidations_1d": ("coinglass/aggregated_history.json", 3),
    "coinglass_etf_flow_history": ("coinglass_etf/bitcoin.json", 7),
    "coinmarketcap_global_metrics": ("coinmarketcap/global_metrics_historical.json", 2),
    "coingecko_all_time_highs": ("coingecko/coins_markets.json", 2),
    "coingecko_global": ("coingecko/global.json", 1),
    "coinmarketcap_liquidations_venues_24h": ("coinmarketcap_liquidations/venues_24h.json", 2),
    "coinmarketcap_sentiment_fear_greed_1d": ("coinmarketcap_sentiment/fear_greed.json", 3),
    "coinmarketcap_public_global_metrics": ("coinmarketcap_public/global_metrics_latest.json", 1),
    "coinmarketcap_web_global_metrics": ("coinmarketcap_web/quotes_historical.json", 3),
    "alternative_fear_greed_1d": ("alternative/fng.json", 3),
    "coinmetrics_asset_metrics_1d": ("coinmetrics/asset_metrics_1d.json", 3),
    "coinmetrics_exchange_flows_1d": ("coinmetrics/exchange_flows_1d.json", 3),
    "coinbase_quotes_candles_1d": ("coinbase_quotes/candles_1d.json", 3),
    "cftc_futures_positions": ("cftc/futures_positions.json", 3),
    "coinpaprika_global": ("coinpaprika/global.json", 1),
    "deribit_volatility_index_1d": ("deribit/volatility_index_1d.json", 3),
    "defillama_coins_chart_1d": ("defillama_coins/chart_1d.json", 3),
    "defillama_etf_flows": ("defillama/flows.json", 4),
    "farside_flows": ("farside/btc_recent.html", 12),
    "gate_contract_stats_1h": ("gate/contract_stats_1h.json", 2),
    "hyperliquid_candles_1d": ("hyperliquid/candles_1d.json", 3),
    "hyperliquid_funding_history": ("hyperliquid/funding_history.json", 3),
    "kraken_ohlc_1d": ("kraken/ohlc_1d.json", 3),
    "kraken_quotes_ohlc_1d": ("kraken_quotes/ohlc_1d.json", 3),
    "okx_candles_1d": ("okx/candles_1d.json", 3),
    "sosovalue_inflow_chart": ("sosovalue/inflow_chart.json", 2),
    "sosovalue_summary_history": ("sosovalue/summary_history.json", 2),
    "tftc_etf_flows": ("tftc/data.json", 2),
    "theblock_etf_flows": ("theblock/btc.json", 4),
}
"""A valid body of each dataset that is requested over HTTP, and its number of rows."""
CHAINED = {
    "binance_archive_coinm_liquidation_snapshot",
    "binance_archive_futures_funding_rate",
    "binance_archive_futures_metrics",
    "binance_archive_klines_1d",
    "binance_archive_klines_1h",
    "coinalyze_history_1d",
    "defillama_stablecoins_supply_1d",
    "htx_liquidation_orders",
    "okx_futures_liquidation_orders",
    "sosovalue_fund_history",
}
"""Datasets with chained or many requests, which have their own tests."""
REQUESTED = [d for d in datasets() if not d.file_pattern and not d.is_collected and d.table not in CHAINED]
JSON_SOURCES = [dataset for dataset in REQUESTED if dataset.provider.name != "farside"]


def by_table(dataset: Dataset) -> str:
    return dataset.table


def good_body(dataset: Dataset) -> bytes:
    return fixture(GOOD[dataset.table][0])


def test_every_requested_dataset_has_a_valid_body_here() -> None:
    assert {dataset.table for dataset in REQUESTED} == set(GOOD)


@pytest.mark.parametrize("dataset", REQUESTED, ids=by_table)
def test_a_good_body_becomes_rows_after_a_429(httpserver: HTTPServer, tmp_path: Path, dataset: Dataset) -> None:
    bench = _bench(httpserver, tmp_path, dataset)
    busy = WireResponse("slow down", 429, {"Retry-After": "1"})
    extraction, loaded = bench.run(busy, good_body(dataset), window=Window(NOW.replace(day=1, hour=0), NOW))
    assert extraction.outcome == "complete", extraction.message
    assert (loaded.rows_new, loaded.rejected) == (GOOD[dataset.table][1], 0)
    assert len(bench.paths) == 2


@pytest.mark.parametrize("dataset", REQUESTED, ids=by_table)
def test_the_same_response_twice_adds_no_row(httpserver: HTTPServer, tmp_path: Path, dataset: Dataset) -> None:
    bench = _bench(httpserver, tmp_path, dataset)
    window = Window(NOW.replace(day=1, hour=0), NOW)
    _, first = bench.run(good_body(dataset), window=window)
    _, second = bench.run(good_body(dataset), window=window)
    assert first.rows_new == GOOD[dataset.table][1]
    assert (second.rows_new, second.rejected) == (0, 0)


@pytest.mark.parametrize("dataset", REQUESTED, ids=by_table)
def test_a_permanent_error_is_requested_once_per_url_and_names_the_source(
    httpserver: HTTPServer, tmp_path: Path, dataset: Dataset
) -> None:
    bench = _bench(httpserver, tmp_path, dataset)
    extraction, loaded = bench.run(WireResponse('{"message":"NotFound"}', 404))
    assert extraction.outcome == "failed"
    assert dataset.provider.name in str(extraction.message)
    addresses = 2 if first_request(dataset).fallback else 1
    assert len(set(bench.paths)) == len(bench.paths) == addresses
    assert loaded.rows_new == 0


@pytest.mark.parametrize("faulty", ["cut", "web page", "empty"])
@pytest.mark.parametrize("dataset", REQUESTED, ids=by_table)
def test_an_incomplete_response_fails_and_adds_no_row(
    httpserver: HTTPServer, tmp_path: Path, dataset: Dataset, faulty: str
) -> None:
    body = good_body(dataset)
    cut = body[: len(body) // 2]
    bench = _bench(httpserver, tmp_path, dataset)
    extraction, loaded = bench.run({"cut": cut, "web page": CHALLENGE, "empty": b""}[faulty])
    assert extraction.outcome == "failed"
    assert f"{dataset.provider.name} {dataset.name}" in str(extraction.message)
    assert loaded.rows_new == 0
    assert bench.rejection_reasons(), "the rejected body is recorded"


@pytest.mark.parametrize("dataset", REQUESTED, ids=by_table)
def test_a_truncated_body_and_a_web_page_are_transient(dataset: Dataset) -> None:
    for body in (good_body(dataset)[:-200], CHALLENGE):
        with pytest.raises(SourceUnavailable, match=r"run again|try from another network"):
            dataset.verify(make_response(dataset, _without_end(dataset, body), first_request(dataset)))


@pytest.mark.parametrize("body", [b'{"answer": 42}', b'"text"', b"42", b"null"])
@pytest.mark.parametrize("dataset", JSON_SOURCES, ids=by_table)
def test_another_json_shape_is_refused_as_a_changed_format(dataset: Dataset, body: bytes) -> None:
    with pytest.raises(SourceRejected, match=r"format has changed|no reason given"):
        dataset.verify(make_response(dataset, body, first_request(dataset)))


CODES = {
    "binance_klines_1d": ('{"code": %s, "msg": "no"}', "-1003"),
    "binance_futures_funding_rate": ('{"code": %s, "msg": "no"}', "-1003"),
    "bybit_klines_1d": ('{"retCode": %s, "retMsg": "no"}', "10006"),
    "deribit_volatility_index_1d": ('{"jsonrpc": "2.0", "error": {"code": %s, "message": "no"}}', "10028"),
    "okx_candles_1d": ('{"code": %s, "msg": "no", "data": []}', "50011"),
}
"""A body that reports an error, and the code of one that passes."""


@pytest.mark.parametrize("table", CODES)
def test_an_error_s_code_is_a_number_or_a_text_and_another_form_of_it_an_error_too(table: str) -> None:
    (dataset,) = (found for found in REQUESTED if found.table == table)
    body, transient = CODES[table]
    for code, raised in (
        (transient, SourceUnavailable),
        (f'"{transient}"', SourceUnavailable),
        ("[1]", SourceRejected),
    ):
        with pytest.raises(raised, match="no"):
            dataset.verify(make_response(dataset, (body % code).encode(), first_request(dataset)))


@pytest.mark.parametrize("dataset", REQUESTED, ids=by_table)
def test_valid_bodies_are_verified(dataset: Dataset) -> None:
    dataset.verify(make_response(dataset, good_body(dataset), first_request(dataset)))


def first_request(dataset: Dataset) -> Request:
    window, options = Window(NOW.replace(day=1, hour=0), NOW), dict(dataset.provider.options)
    if dataset.provider.name == "farside":
        options["FARSIDE_PAGES"] = "recent"
    return next(dataset.plan(Slice("BTC", symbols(dataset.provider.name).get("BTC", ""), window, NOW, options)))


def _bench(httpserver: HTTPServer, home: Path, dataset: Dataset) -> WireBench:
    options = {"coinglass": {"COINGLASS_EXCHANGE_LISTS": "Binance"}, "farside": {"FARSIDE_PAGES": "recent"}}
    return WireBench(httpserver, home, dataset, **options.get(dataset.provider.name, {}))


def _without_end(dataset: Dataset, body: bytes) -> bytes:
    """The body, truncated; Farside's within its table, which ends long before the page does."""
    return body.split(b"</table>\n</table>")[0] if dataset.provider.name == "farside" else body
