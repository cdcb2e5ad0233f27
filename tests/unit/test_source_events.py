"""Liquidation events at the wire: overlaps, equal events, page boundaries, windows and sides of three venues."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Response as WireResponse
from wire_bench import NOW, WireBench, fixture, make_response

from orchestration.sources import bitfinex, htx, okx_futures
from orchestration.sources.shared.contract import (
    Dataset,
    Request,
    Row,
    Slice,
    SourceRejected,
    SourceUnavailable,
    Window,
)
from orchestration.sources.shared.parsing import number_occurrences

INSTRUMENTS, OKX = okx_futures.DATASETS
(HTX,) = htx.DATASETS
(BITFINEX,) = bitfinex.DATASETS
LAST_DAY = Window(NOW - timedelta(hours=23), NOW)
FIVE = int(datetime(2025, 5, 4, 5, tzinfo=UTC).timestamp() * 1000)
MAY_1 = Window.of_days(date(2025, 5, 1), date(2025, 5, 1))
EMPTY_OKX = b'{"code":"0","msg":"","data":[]}'


def okx_page(*events: tuple[int, str]) -> bytes:
    """A page of events of size and milliseconds after 05:00, newest first."""
    details = [
        {"bkPx": "90000", "posSide": "", "side": "sell", "sz": size, "ts": str(FIVE + offset)}
        for offset, size in sorted(events, reverse=True)
    ]
    return json.dumps({"code": "0", "data": [{"instId": "BTC-USDT-SWAP", "details": details}]}).encode()


def okx_answer(body: bytes, **params: str) -> Any:
    return make_response(OKX, body, Request("/", {"uly": "BTC-USDT", **params}, "BTC", LAST_DAY))


def htx_page(count: int) -> bytes:
    events = [
        {
            "id": str(number), "contract_code": "BTC-USDT", "liquidation_time": str(FIVE), "side": "sell",
            "position_side": "long", "volume": "1", "amount": "1", "bankrupt_price": "90000", "trade_turnover": "90",
        }
        for number in range(count)
    ]  # fmt: skip
    return json.dumps({"code": 200, "data": events}).encode()


def test_okx_events_become_rows_and_equal_events_stay_two(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, OKX)
    bench.run(fixture("okx_futures/liquidation_orders.json"), EMPTY_OKX, window=None)
    assert bench.rows("inst_id, ts, side, pos_side, bk_px, sz, occurrence") == [
        ("BTC-USDT-SWAP", 1746334700000, "sell", "long", 92900, Decimal("2.5"), 1),
        ("BTC-USDT-SWAP", 1746334800000, "buy", "short", Decimal("94321.5"), 13, 1),
        ("BTC-USDT-SWAP", 1746334800000, "buy", "short", Decimal("94321.5"), 13, 2),
    ]
    assert bench.rejection_reasons() == [], "a reference is neither an event nor a malformed one"
    assert bench.requested[0] == {"instType": "SWAP", "uly": "BTC-USDT", "state": "filled", "limit": "100"}


def test_okx_pages_go_back_from_the_oldest_event_without_losing_events_of_its_instant(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    bench = WireBench(httpserver, tmp_path, OKX)
    # The first page ends between two equal events; the next request, one millisecond later, returns both.
    pages = [okx_page((9, "1"), (5, "2")), okx_page((5, "2"), (5, "2"), (3, "4")), okx_page((3, "4")), EMPTY_OKX]
    bench.run(*pages, window=None)
    assert [params.get("after") for params in bench.requested] == [
        None, str(FIVE + 6), str(FIVE + 4), str(FIVE + 3),
    ]  # fmt: skip
    assert bench.rows("ts, sz, occurrence") == [(FIVE + 3, 4, 1), (FIVE + 5, 2, 1), (FIVE + 5, 2, 2), (FIVE + 9, 1, 1)]


def joined(spans: list[Row]) -> list[Row]:
    """Adjacent windows, merged."""
    whole: list[Row] = []
    for start, end in sorted(spans):
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((start, end))
    return whole


def naive(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).replace(tzinfo=None)


DAY_BEGINS, DAY_ENDS = (instant.replace(tzinfo=None) for instant in (LAST_DAY.start, LAST_DAY.end))


def test_okx_pages_have_no_gaps(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, OKX)
    bench.run(okx_page((9, "1"), (5, "2")), okx_page((5, "2"), (5, "2"), (3, "4")), okx_page((3, "4")), EMPTY_OKX,
              window=None)  # fmt: skip
    assert joined(bench.covered()) == [(naive(FIVE + 3), DAY_ENDS)]


@pytest.mark.parametrize("kept", [timedelta(hours=14), timedelta(hours=23, minutes=30), timedelta(hours=47)])
def test_the_oldest_event_of_okx_limits_the_covered_window(
    httpserver: HTTPServer, tmp_path: Path, kept: timedelta
) -> None:
    """Whatever the retention: the time before it is not covered, and older events are loaded."""
    oldest = int((NOW - kept).timestamp() * 1000)
    page = okx_page((-3_600_000, "1"), (oldest - FIVE, "2"))
    bench = WireBench(httpserver, tmp_path, OKX)
    bench.run(page, okx_page((oldest - FIVE, "2")), EMPTY_OKX, window=None)
    midnight = datetime(2025, 5, 3)
    assert joined(bench.covered()) == [(max(naive(oldest), midnight), DAY_ENDS)]
    assert len(bench.rows("ts")) == (2 if naive(oldest) >= midnight else 1)


def test_a_page_without_events_covers_nothing(httpserver: HTTPServer, tmp_path: Path) -> None:
    """Quiet hours can't be distinguished from deleted ones."""
    bench = WireBench(httpserver, tmp_path, OKX)
    extraction, _ = bench.run(EMPTY_OKX, window=None)
    assert (extraction.outcome, bench.covered()) == ("complete", [])


def test_okx_pages_cover_only_their_own_time_when_the_next_page_fails(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, OKX)
    bench.run(okx_page((9, "1"), (5, "2")), b'{"code":"50011","msg":"Too Many Requests","data":[]}', window=None)
    assert bench.covered() == [(naive(FIVE + 6), DAY_ENDS)]


def test_an_instant_with_more_events_than_a_page_is_a_gap(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, OKX)
    page = okx_page(*((5, str(size)) for size in range(1, 101)))
    bench.run(page, page, EMPTY_OKX, window=None)
    assert bench.covered() == [(naive(FIVE + 6), DAY_ENDS)], "the number of events at that instant is unknown"


@pytest.mark.parametrize("dataset", [OKX, HTX, BITFINEX], ids=lambda found: found.table)
@pytest.mark.parametrize("body", [b'{"code":"50011"}', b'["error",11010,"ratelimit: error"]', b"<html>", b"{"])
def test_an_error_with_status_200_covers_nothing(
    httpserver: HTTPServer, tmp_path: Path, dataset: Dataset, body: bytes
) -> None:
    bench = WireBench(httpserver, tmp_path, dataset)
    extraction, _ = bench.run(body, window=Window(LAST_DAY.start, LAST_DAY.start + timedelta(hours=2)))
    assert extraction.outcome == "failed"
    assert bench.covered() == []


def test_okx_is_requested_for_its_retention() -> None:
    (request,) = planned_okx(Window(NOW - timedelta(days=40), NOW))
    assert (request.window, "after" in request.params) == (Window(NOW - timedelta(days=7), NOW), False)
    (request,) = planned_okx(MAY_1)
    assert (request.window, request.params["after"]) == (MAY_1, str(int(MAY_1.end.timestamp() * 1000)))
    assert planned_okx(Window(NOW - timedelta(days=40), NOW - timedelta(days=7))) == []


def planned_okx(window: Window) -> list[Request]:
    return list(okx_futures.plan_liquidations(Slice("BTC", "BTC-USDT-SWAP", window, NOW)))


def test_okx_errors_with_a_code_are_errors() -> None:
    missing = b'{"code":"50015","msg":"Either parameter uly or instFamily is required","data":[]}'
    with pytest.raises(SourceRejected, match="50015"):
        OKX.verify(okx_answer(missing))
    with pytest.raises(SourceUnavailable, match="run again"):
        OKX.verify(okx_answer(b'{"code":"50011","msg":"Too Many Requests","data":[]}'))


def test_contract_sizes_come_from_the_venue(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, INSTRUMENTS)
    bench.run(fixture("okx_futures/instruments.json"))
    assert bench.rows("inst_id, ct_val, ct_val_ccy, ct_type") == [
        ("BTC-USD-SWAP", 100, "USD", "inverse"),
        ("BTC-USDT-SWAP", Decimal("0.01"), "BTC", "linear"),
    ]


Pages = st.lists(st.tuples(st.integers(0, 6), st.sampled_from("123")), max_size=14)


@settings(max_examples=200, deadline=None)
@given(events=Pages, cuts=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=6))
def test_overlapping_responses_have_every_event_as_often_as_it_happened(
    events: list[tuple[int, str]], cuts: list[tuple[int, int]]
) -> None:
    """Overlapping responses of the same hour give the rows of one response of the whole hour."""
    whole = set(okx_futures.parse_liquidations(okx_answer(okx_page(*events))).rows)
    spans = [(0, 3), (2, 6), (4, 6), *((min(cut), max(cut)) for cut in cuts)]
    merged = {
        row
        for first, last in spans
        for row in okx_futures.parse_liquidations(
            okx_answer(okx_page(*(event for event in events if first <= event[0] <= last)))
        ).rows
    }
    assert merged == whole
    assert Counter((row[1] - FIVE, str(row[5])) for row in merged) == Counter(events)


def test_events_are_numbered_per_response() -> None:
    to_row = number_occurrences(lambda record: None if record is None else (record,))
    assert [to_row(record) for record in ("a", "b", "a", None, "a")] == [("a", 1), ("b", 1), ("a", 2), None, ("a", 3)]


def test_htx_events_have_ids_and_their_turnover_is_the_value(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, HTX)
    window = Window(MAY_1.start, MAY_1.start + timedelta(hours=2))
    bench.run(fixture("htx/liquidation_orders.json"), window=window)
    bench.run(fixture("htx/liquidation_orders.json"), window=window)
    assert bench.rows("id, side, position_side, amount, trade_turnover") == [
        ("250153038758", "buy", "short", 2, Decimal("189.957")),
        ("250153038759", "sell", "long", 5, 465),
    ]


def test_htx_is_requested_in_windows_of_two_hours_for_ninety_days() -> None:
    requests = list(htx.plan_liquidations(Slice("BTC", "BTC-USDT", Window(NOW - timedelta(days=400), NOW), NOW)))
    windows = [request.window for request in requests]
    assert windows[0].start == NOW - timedelta(days=89)  # type: ignore[union-attr]
    assert {window.end - window.start for window in windows} == {timedelta(hours=2)}  # type: ignore[union-attr]
    assert [int(request.params["start_time"]) for request in requests[1:]] == [
        int(request.params["end_time"]) + 1 for request in requests[:-1]
    ]


def test_a_full_page_of_htx_is_requested_again_in_halves(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, HTX)
    window = Window(MAY_1.start, MAY_1.start + timedelta(hours=2))
    bench.run(htx_page(100), htx_page(60), htx_page(100), htx_page(50), htx_page(70), window=window)
    start = int(MAY_1.start.timestamp() * 1000)
    minutes = [
        ((int(params["start_time"]) - start) // 60_000, (int(params["end_time"]) + 1 - start) // 60_000)
        for params in bench.requested
    ]
    assert minutes == [(0, 120), (0, 60), (60, 120), (60, 90), (90, 120)]
    midnight = MAY_1.start.replace(tzinfo=None)
    assert [tuple((border - midnight) // timedelta(minutes=1) for border in span) for span in bench.covered()] == [
        (0, 60), (60, 90), (90, 120),
    ], "a full page covers nothing"  # fmt: skip


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"side": "buy"}, "a buy order does not close a long position"),
        ({"trade_turnover": None}, "trade_turnover is null"),
        ({"liquidation_time": "soon"}, "not a whole number"),
    ],
)
def test_a_contradictory_event_is_rejected(change: dict[str, Any], reason: str) -> None:
    event = json.loads(htx_page(1))["data"][0]
    body = json.dumps({"code": 200, "data": [event | change]}).encode()
    result = htx.parse_liquidations(make_response(HTX, body, Request("/", {}, "BTC", LAST_DAY)))
    assert (result.rows, [reason in row.reason for row in result.rejected]) == ([], [True])


def test_bitfinex_triggers_and_executions_are_distinguished(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, BITFINEX)
    bench.run(fixture("bitfinex/liquidations.json"), window=MAY_1)
    assert bench.rows("pos_id, amount, is_match, symbol, base_price, price_acquired") == [
        (181085137, Decimal("0.5"), 0, "tBTCF0:USTF0", Decimal("96500.5"), None),
        (181085137, Decimal("0.5"), 1, "tBTCF0:USTF0", Decimal("96500.5"), Decimal("94255.25")),
        (181085140, Decimal("-0.25"), 1, "tBTCUSD", 93000, 95000),
    ]
    assert bitfinex.PROVIDER.rate.requests / bitfinex.PROVIDER.rate.seconds == 3 / 60


def test_the_page_after_a_full_page_of_bitfinex_begins_at_its_newest_instant(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    def event(number: int) -> list[Any]:
        return [["pos", number, FIVE + number // 2, None, "tBTCF0:USTF0", 1, 1, None, 1, 1, None, 90000]]

    bench = WireBench(httpserver, tmp_path, BITFINEX)
    pages = [[event(number) for number in span] for span in (range(500), range(498, 520))]
    bench.run(*(json.dumps(page).encode() for page in pages), window=Window(LAST_DAY.start, NOW))
    assert [params["start"] for params in bench.requested[1:]] == [str(FIVE + 249)]
    assert len(bench.rows("pos_id")) == 520
    assert bench.covered() == [(DAY_BEGINS, naive(FIVE + 249)), (naive(FIVE + 249), DAY_ENDS)]


def test_a_malformed_event_of_bitfinex_is_rejected_with_its_reason(httpserver: HTTPServer, tmp_path: Path) -> None:
    good, *_ = [outer[0] for outer in json.loads(fixture("bitfinex/liquidations.json"))]
    odd = [[*good, 1], [*good[:2], str(good[2]), *good[3:]], "an event"]
    bench = WireBench(httpserver, tmp_path, BITFINEX)
    extraction, loaded = bench.run(json.dumps([[event] for event in (odd[0], good, *odd[1:])]).encode(), window=MAY_1)
    assert (extraction.outcome, loaded.rows_new) == ("partial", 1)
    assert bench.rejection_reasons() == [
        "MTS is a text, not a whole number",
        "the event has 13 elements, not 12",
        "the event is no list",
    ]


def test_a_page_of_bitfinex_without_an_event_of_twelve_elements_is_a_changed_format() -> None:
    with pytest.raises(SourceRejected, match="no event has 12 elements; the format has changed"):
        bitfinex.parse_liquidations(make_response(BITFINEX, b'[[["pos",1,2]],[["pos",1,2,3]]]'))


def test_the_rate_limit_of_bitfinex_is_transient() -> None:
    with pytest.raises(SourceUnavailable, match="in a minute"):
        BITFINEX.verify(make_response(BITFINEX, b'["error",11010,"ratelimit: error"]'))
    with pytest.raises(SourceRejected, match="check the window"):
        BITFINEX.verify(make_response(BITFINEX, b'["error",10020,"start: invalid"]'))


@pytest.mark.parametrize("dataset", [OKX, HTX, BITFINEX], ids=lambda found: found.table)
def test_quiet_hours_are_no_failure(httpserver: HTTPServer, tmp_path: Path, dataset: Dataset) -> None:
    body = {"okx_futures": EMPTY_OKX, "htx": htx_page(0), "bitfinex": b"[]"}[dataset.provider.name]
    bench = WireBench(httpserver, tmp_path, dataset)
    extraction, loaded = bench.run(WireResponse(b"", status=503), body, window=None)
    assert (extraction.outcome, loaded.rows_read) == ("complete", 0)
