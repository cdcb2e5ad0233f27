"""One response that our own code can't parse, or a body that has changed: the others are loaded."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from pytest_httpserver import HTTPServer

from orchestration.defects import Defects
from orchestration.ingest.landing import Landing, StoredResponse
from orchestration.raw.load import load
from orchestration.raw.working_file import connect, prepare
from orchestration.sources.alternative import DATASETS as ALTERNATIVE
from orchestration.sources.okx_statistics import parse_rates
from orchestration.sources.shared.contract import Dataset, Parsed, Request, Response
from orchestration.sources.shared.parsing import parse_records, record_text
from tests.unit.test_loading import BARS, MAY_1, NOON, PAIRS
from tests.unit.wire_bench import WireBench, make_response

(FEAR_AND_GREED,) = ALTERNATIVE
KEY = "s3cr3t-key-of-acme"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(tmp_path / "warehouse.duckdb") as opened:
        prepare(opened, [BARS, PAIRS])
        yield opened


def stored(home: Path, dataset: Dataset, *bodies: bytes) -> list[StoredResponse]:
    landing = Landing(home / "landing")
    return [
        landing.store(dataset, Request("/x", {"symbol": f"S{n}"}, "BTC"), "https://a.invalid", 200, body, NOON)
        for n, body in enumerate(bodies)
    ]


def refused(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [reason for (reason,) in connection.execute("select reason from raw.rejected_records").fetchall()]


def test_a_parser_that_fails_on_one_response_loses_no_other(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    def parse(response: Response) -> Parsed:
        body = json.loads(response.body)
        if body == "surprise":
            raise TypeError(f"Object of type Decimal is not JSON serializable, with {KEY}")
        return Parsed([(body, Decimal(1))])

    dataset = replace(PAIRS, read=parse)
    responses = stored(tmp_path, dataset, b'"a"', b'"surprise"', b'"b"')
    loaded = load(connection, dataset, responses, tmp_path / "landing", Defects(tmp_path, {"ACME_API_KEY": KEY}))
    assert (loaded.rows_new, loaded.rejected) == (2, 1)
    (reason,) = refused(connection)
    (report,) = (tmp_path / "errors").iterdir()
    assert reason.startswith("acme pairs for BTC: parsing the response failed in an unforeseen way (TypeError: ")
    assert f"please report it with the text of {report}; keys are not in it" in reason
    assert KEY not in reason + report.read_text()


@pytest.mark.parametrize("damage", ["cut", "gone", "other"])
@pytest.mark.parametrize("dataset", [BARS, PAIRS], ids=lambda dataset: str(dataset.name))
def test_a_damaged_body_costs_its_own_rows(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, damage: str, dataset: Dataset
) -> None:
    bars, pairs = json.dumps([[MAY_1, "1", "2", 0]]), json.dumps([{"k": "a", "v": 1}])
    body = (bars if dataset is BARS else pairs).encode()
    responses = stored(tmp_path, dataset, body, body + b" ", body + b"  ")
    if damage == "gone":
        responses[1].path.unlink()
    else:
        responses[1].path.write_bytes(responses[1].path.read_bytes()[:-9] if damage == "cut" else b"no zstandard")
    loaded = load(connection, dataset, responses, tmp_path / "landing")
    assert loaded.rejected == 1
    assert loaded.rows_new == (2 if dataset is BARS else 1)
    assert str(responses[1].path) in refused(connection)[0]


def test_a_rejected_point_with_decimals_is_recorded() -> None:
    """Coinalyze's points are pairs of a symbol and an object, with the provider's digits."""
    assert record_text(("BTCUSDT.A", {"t": 1, "l": Decimal("1.50")})) == '["BTCUSDT.A", {"t": 1, "l": 1.50}]'


def test_an_unexpected_record_is_rejected_alone() -> None:
    def to_row(record: int) -> tuple[object, ...]:
        return (datetime.fromtimestamp(record, UTC),)

    parsed = parse_records([1, 10**18, 2], to_row, key_width=1)
    assert len(parsed.rows) == 2
    (record,) = parsed.rejected
    assert (record.record, record.reason[:26]) == (str(10**18), "the record can't be read: ")


def test_okx_timestamps_in_microseconds_are_rejected_one_by_one() -> None:
    stamp = str(MAY_1 * 1000)
    rate = {"instId": "BTC-USDT-SWAP", "fundingRate": "0.0001", "realizedRate": "0.0001", "fundingTime": stamp}
    response = make_response(PAIRS, json.dumps({"code": "0", "msg": "", "data": [rate]}).encode())
    parsed = parse_rates(replace(response, request=Request("/x", {"instId": "BTC-USDT-SWAP"}, "BTC")))
    assert parsed.rows == []
    assert len([record for record in parsed.rejected if not record.is_notice]) == 1


@pytest.mark.parametrize("half", ["\\ud83d", "\\uDE80"])
def test_half_of_an_emoji_costs_no_row_and_ends_in_no_message(
    httpserver: HTTPServer, tmp_path: Path, half: str
) -> None:
    """A provider that cuts its texts by code units sends such halves: no table can hold one."""
    point = {"value": "26", "timestamp": str(MAY_1 // 1000)}
    good = json.dumps({"data": [point | {"value_classification": "Fear \U0001f680 HALF"}], "metadata": {"error": None}})
    bench = WireBench(httpserver, tmp_path, FEAR_AND_GREED)
    extraction, loaded = bench.run(good.replace("HALF", half).encode())
    assert (extraction.outcome, loaded.rows_new) == ("complete", 1)
    assert bench.rows("value_classification") == [("Fear \U0001f680 \ufffd",)]
    refusal = json.dumps({"data": [], "metadata": {"error": "HALF of a word"}}).replace("HALF", half)
    failed, _ = bench.run(refusal.encode())
    assert "\ufffd of a word" in str(failed.message)


def test_what_a_terminal_obeys_is_no_part_of_a_message(httpserver: HTTPServer, tmp_path: Path) -> None:
    body = json.dumps({"data": [], "metadata": {"error": "\x1b[2Jno\x00thing\n\x9b31m here"}})
    extraction, _ = WireBench(httpserver, tmp_path, FEAR_AND_GREED).run(body.encode())
    assert "for ALL:  [2Jno thing 31m here" in str(extraction.message)
