"""A field that nobody foresaw is named in a notice, and the rows are kept, whichever source it comes from."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from wire_bench import make_response

from orchestration.sources.shared.contract import Request
from orchestration.sources.shared.registry import dataset

NOW = datetime(2025, 5, 9, 6, tzinfo=UTC)
MS = 1746705600000
"""Noon of 8 May 2025."""
EVENT = {"bkLoss": "0", "bkPx": "99000.5", "ccy": "", "posSide": "long", "side": "sell", "sz": "2.5", "ts": str(MS)}
ORDER = {
    **{"id": "7", "contract_code": "BTC-USDT", "liquidation_time": str(MS), "side": "sell", "position_side": "long"},
    **{"volume": "5", "amount": "5", "bankrupt_price": "99000", "trade_turnover": "495"},
}


def parse_envelope(record: dict[str, Any], code: object = "0") -> dict[str, Any]:
    return {"code": code, "msg": "", "data": [record]}


@pytest.mark.parametrize(
    ("source", "name", "path", "wrap", "record"),
    [
        ("htx", "liquidation_orders", "/", lambda record: parse_envelope(record, 200), ORDER),
        (
            "okx_futures",
            "liquidation_orders",
            "/",
            lambda record: parse_envelope({"instId": "BTC", "details": [record]}),
            EVENT,
        ),
        ("coinalyze", "exchanges", "/", lambda record: [record], {"code": "A", "name": "Binance"}),
        (
            *("sosovalue", "summary_history", "/", lambda record: parse_envelope(record, 0)),
            {"date": "2025-05-05", "total_net_inflow": 1000, "total_net_assets": 5},
        ),
        (
            *("theblock", "etf_flows", "/", lambda record: {"Series": {"IBIT": {"Data": [record]}}}),
            {"Timestamp": 1746446400, "Result": 1000},
        ),
        (
            *("coinglass_etf", "flow_history", "/api/etf/bitcoin/flow-history"),
            lambda record: parse_envelope({"timestamp": 1746403200000, "flow_usd": 5, "etf_flows": [record]}),
            {"etf_ticker": "IBIT", "flow_usd": 5},
        ),
    ],
)
def test_an_unknown_field_is_named_and_costs_no_row(
    source: str, name: str, path: str, wrap: Any, record: dict[str, Any]
) -> None:
    found = dataset(source, name)
    assert callable(found.read)
    as_promised = found.read(make_response(found, json.dumps(wrap(record)).encode(), Request(path, subject="BTC"), NOW))
    body = json.dumps(wrap(record | {"brandNew": 1})).encode()
    with_more = found.read(make_response(found, body, Request(path, subject="BTC"), NOW))
    assert as_promised.rows == with_more.rows != []
    assert as_promised.rejected == []
    assert [(notice.record, notice.is_notice) for notice in with_more.rejected] == [("brandNew", True)]
