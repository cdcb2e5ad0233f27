"""Rejected records are reported in the outcome of their dataset."""

import json
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response as WireResponse
from wire_bench import WireBench

from orchestration.sources.shared.contract import Dataset, Parsed, RejectedRecord, Request, Response, SourceRejected
from orchestration.sources.shared.parsing import unknown_column
from orchestration.sources.shared.provider import Provider, Rate

ACME = Provider("acme", "Acme", "https://unused.invalid", "none", Rate(100, 1))


def verify(response: Response) -> None:
    body = json.loads(response.body)
    if not isinstance(body, list):
        raise SourceRejected(f"acme returned an error: {body}")


def parse(response: Response) -> Parsed:
    """Elements without 'v' are rejected, those with another field than 'k' and 'v' are kept, with a notice."""
    verify(response)
    body = json.loads(response.body)
    good = [(item["k"], item["v"]) for item in body if "v" in item]
    refused = [RejectedRecord(json.dumps(item), f"no v in {item['k']}") for item in body if "v" not in item]
    return Parsed(good, [*refused, *(unknown_column(name) for item in body for name in item if name not in "kv")])


DATASET = Dataset(
    ACME,
    "pairs",
    "Pairs",
    "prices",
    {"k": "varchar", "v": "decimal(18,2)"},
    ("k",),
    parse,
    plan=lambda part: iter([Request("/pairs", {}, part.subject, part.window)]),
    verify=verify,
    per_asset=False,
)


@pytest.fixture
def bench(httpserver: HTTPServer, tmp_path: Path) -> WireBench:
    return WireBench(httpserver, tmp_path, DATASET)


def output(bench: WireBench, body: object) -> tuple[str, str | None]:
    extraction, _ = bench.run(WireResponse(json.dumps(body)))
    return extraction.outcome, extraction.message


def test_a_rejected_record_is_reported_with_its_reason_and_the_others_are_kept(bench: WireBench) -> None:
    assert output(bench, [{"k": "a", "v": 1}, {"k": "b"}]) == (
        "partial",
        """1 record was rejected: '{"k": "b"}', no v in b""",
    )
    assert bench.rows("k") == [("a",)]


def test_of_many_rejected_records_the_commonest_reasons_are_reported(bench: WireBench) -> None:
    outcome, message = output(bench, [{"k": "a", "v": 1}, {"k": "z"}, {"k": "b"}, {"k": "b", "n": "x" * 90}])
    assert outcome == "partial"
    assert message is not None
    assert message.startswith("3 records were rejected, all of them in raw.rejected_records, such as: ")
    assert message.index("no v in b") < message.index("no v in z")
    assert max(len(word) for word in message.split()) < 70, "a record is shortened"


def test_where_no_record_could_be_parsed_the_outcome_is_failed(bench: WireBench) -> None:
    assert output(bench, [{"k": "b"}])[0] == "failed"


def test_a_notice_is_reported_and_no_failure(bench: WireBench) -> None:
    assert output(bench, [{"k": "a", "v": 1, "w": 2}]) == (
        "complete",
        "unknown column w: not loaded; the rows were kept",
    )


def test_of_many_notices_a_few_are_reported(bench: WireBench) -> None:
    outcome, message = output(bench, [{"k": "a", "v": 1, "w": 2, "x": 3, "y": 4, "z": 5}])
    assert outcome == "complete"
    assert str(message).endswith("; 2 more notices are in raw.rejected_records")


def test_a_problem_reported_while_fetching_is_not_reported_again(bench: WireBench) -> None:
    outcome, message = output(bench, {"code": 401})
    assert (outcome, message) == ("failed", "acme returned an error: {'code': 401}")
    assert bench.rejection_reasons() == ["acme returned an error: {'code': 401}"]


def test_records_of_other_responses_are_not_reported(bench: WireBench) -> None:
    output(bench, [{"k": "b"}])
    assert output(bench, [{"k": "a", "v": 1}]) == ("complete", None)
