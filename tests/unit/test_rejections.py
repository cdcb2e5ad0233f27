"""What is told of the records that were refused, by whoever asked for them: nothing is lost in silence."""

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
        raise SourceRejected(f"acme answered an error: {body}")


def parse(response: Response) -> Parsed:
    """Elements without 'v' are refused, those with another field than 'k' and 'v' are kept and noticed."""
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
    plan=lambda ask: iter([Request("/pairs", {}, ask.subject, ask.window)]),
    verify=verify,
    per_asset=False,
)


@pytest.fixture
def bench(httpserver: HTTPServer, tmp_path: Path) -> WireBench:
    return WireBench(httpserver, tmp_path, DATASET)


def said(bench: WireBench, body: object) -> tuple[str, str | None]:
    extraction, _ = bench.run(WireResponse(json.dumps(body)))
    return extraction.outcome, extraction.message


def test_a_record_that_is_refused_is_told_with_its_reason_and_the_others_are_kept(bench: WireBench) -> None:
    assert said(bench, [{"k": "a", "v": 1}, {"k": "b"}]) == (
        "partial",
        """1 record was rejected: '{"k": "b"}', no v in b""",
    )
    assert bench.rows("k") == [("a",)]


def test_of_many_refused_records_the_commonest_reasons_are_told(bench: WireBench) -> None:
    outcome, message = said(bench, [{"k": "a", "v": 1}, {"k": "z"}, {"k": "b"}, {"k": "b", "n": "x" * 90}])
    assert outcome == "partial"
    assert message is not None
    assert message.startswith("3 records were rejected, all of them in raw.rejected_records, such as: ")
    assert message.index("no v in b") < message.index("no v in z")
    assert max(len(word) for word in message.split()) < 70, "a record is shortened"


def test_where_nothing_could_be_read_nothing_was_answered(bench: WireBench) -> None:
    assert said(bench, [{"k": "b"}])[0] == "failed"


def test_a_notice_is_told_and_no_failure(bench: WireBench) -> None:
    assert said(bench, [{"k": "a", "v": 1, "w": 2}]) == (
        "complete",
        "unknown column w: not loaded; the rows were kept",
    )


def test_of_many_notices_a_few_are_told(bench: WireBench) -> None:
    outcome, message = said(bench, [{"k": "a", "v": 1, "w": 2, "x": 3, "y": 4, "z": 5}])
    assert outcome == "complete"
    assert str(message).endswith("; 2 more notices are in raw.rejected_records")


def test_what_was_told_when_it_was_asked_for_is_not_told_again(bench: WireBench) -> None:
    outcome, message = said(bench, {"code": 401})
    assert (outcome, message) == ("failed", "acme answered an error: {'code': 401}")
    assert bench.refusals() == ["acme answered an error: {'code': 401}"]


def test_answers_of_other_questions_are_not_told(bench: WireBench) -> None:
    said(bench, [{"k": "b"}])
    assert said(bench, [{"k": "a", "v": 1}]) == ("complete", None)
