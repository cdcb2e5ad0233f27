"""The user's own claims: the valid lines of `imports/claims.csv`, and the reasons for the others."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from orchestration.project import SEEDS
from orchestration.raw.working_file import connect, prepare, replace_claims
from orchestration.sources.shared.contract import Parsed
from orchestration.sources.shared.registry import datasets
from orchestration.sources.user_claims import COLUMNS, parse_claims, read_claims, summary

HEADER = (
    "claim_id,claim_text,metric,asset,scope,time_window,statistic,claim_date,claim_at,period_start_date,"
    "comparator,threshold,tolerance_ratio,since_date,since_precision,record_direction,history_from_date"
)
GOOD = 'mine,"Above 104,000",price_usd,BTC,binance,utc_day,high,2025-05-08,,,at_least,104000,0,2025-01-31,,highest,'
NOW = datetime(2025, 5, 12, 6, tzinfo=UTC)


def parsed(*lines: str, header: str = HEADER) -> Parsed:
    return parse_claims("\n".join([header, *lines]).encode())


def changed(**cells: str) -> str:
    """The valid line with other cells."""
    values = dict(zip(HEADER.split(","), GOOD.replace('"Above 104,000"', "above").split(","), strict=True))
    return ",".join((values | cells).values())


def refusal(*lines: str) -> str:
    """The only reason, of the only rejected line."""
    (rejection,) = parsed(*lines).rejected
    return rejection.reason


def test_a_line_becomes_a_row_with_typed_values() -> None:
    result = parsed(GOOD)
    assert result.rejected == []
    (row,) = result.rows
    claim = dict(zip(COLUMNS, row, strict=True))
    assert claim["claim_text"] == "Above 104,000"
    assert (claim["claim_date"], claim["since_date"]) == (date(2025, 5, 8), date(2025, 1, 31))
    assert (claim["threshold"], claim["tolerance_ratio"]) == (104_000.0, 0.0)
    assert (claim["claim_at"], claim["source_url"], claim["note"]) == (None, None, None)


def test_an_instant_with_an_offset_is_converted_to_utc() -> None:
    (row,) = parsed(changed(claim_at="2025-05-09T06:00+02:00")).rows
    assert dict(zip(COLUMNS, row, strict=True))["claim_at"] == datetime(2025, 5, 9, 4)


def test_the_shipped_claims_would_pass_as_a_users_file() -> None:
    """Under other ids, because those of the shipped claims are taken."""
    header, *lines = (SEEDS / "claims.csv").read_text().splitlines()
    result = parse_claims("\n".join([header, *(f"my-{line}" for line in lines)]).encode())
    assert [row.reason for row in result.rejected] == []
    assert len(result.rows) >= 25


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (changed(metric="price_eur"), "there is no metric price_eur: did you mean price_usd? `warehouse sql"),
        (changed(claim_date="8 May 2025"), "claim_date is '8 May 2025': write it as 2025-05-08"),
        (changed(claim_at="yesterday"), "claim_at is 'yesterday': write it as 2025-05-09T04:00Z"),
        (changed(claim_at="0001-01-01T00:00+14:00"), "claim_at is '0001-01-01T00:00+14:00': write it as 2025"),
        (changed(threshold="104k"), "threshold is '104k': write it as 104000 or 0.03"),
        (changed(threshold="nan"), "threshold is 'nan'"),
        (changed(tolerance_ratio="-1"), "tolerance_ratio is negative"),
        (changed(comparator="over"), "comparator is over: write one of above, at_least, about, at_most, below"),
        (changed(comparator=""), "comparator and threshold belong together"),
        (changed(comparator="", threshold="", record_direction="", since_date=""), "nothing is claimed"),
        (changed(record_direction=""), "since_date needs a record_direction"),
        (changed(claim_date=""), "the day is missing: fill in claim_date"),
        (changed(time_window="rolling_24h"), "a rolling window ends at an instant: fill in claim_at"),
        (changed(time_window="week"), "price_usd has no time_window week: write one of utc_day, rolling_24h, instant"),
        (changed(statistic="mean"), "price_usd has no statistic mean: write one of open, high, low, close"),
        (changed(asset="XBT"), "there is no asset XBT: write one of BTC, "),
        (changed(period_start_date="2025-05-09"), "a period ends with its claim_date"),
        (changed(claim_text=""), "claim_text is empty"),
        (changed(claim_id="btc-104k-high"), "is the id of a shipped claim: choose another one"),
        (GOOD + ",one,more", "it has 19 values, but the header has 17"),
    ],
)
def test_an_invalid_line_is_rejected_with_its_number_the_reason_and_the_correction(line: str, reason: str) -> None:
    message = refusal(line)
    assert reason in message
    assert message.startswith("line 2 (")


def test_the_first_line_of_a_duplicate_id_is_loaded() -> None:
    result = parsed(GOOD, "", changed(threshold="1"))
    assert [row[11] for row in result.rows] == [104_000.0]
    assert result.rejected[0].reason == ("line 4 (mine): the claim_id mine is already on line 2: choose another one")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (HEADER.replace("metric,", ""), "the header has no metric"),
        (HEADER.replace("threshold", "treshold"), "the header has unknown columns 'treshold'"),
        (HEADER + ",asset", "the header names a column twice"),
        ("", "the header has no claim_id"),
    ],
)
def test_a_file_with_another_header_is_rejected_as_a_whole(header: str, reason: str) -> None:
    result = parsed(GOOD, header=header)
    assert result.rows == []
    assert reason in result.rejected[0].reason


def test_a_file_that_is_no_text_is_rejected_as_a_whole() -> None:
    assert "no CSV in UTF-8" in parse_claims(b"\xff\xfe\x00").rejected[0].reason


def test_a_file_that_can_t_be_read_is_rejected_and_a_missing_one_is_none(tmp_path: Path) -> None:
    """Such as one of another user: it costs the user's claims, and not the release."""
    assert read_claims(tmp_path / "imports" / "claims.csv") is None
    circle = tmp_path / "claims.csv"
    circle.symlink_to(circle)
    for file in (tmp_path, circle):
        result = read_claims(file)
        assert result is not None
        (rejection,) = result.rejected
        assert (result.rows, rejection.record) == ([], "claims.csv")
        assert rejection.reason.startswith("the file can't be read (")


def test_the_summary_of_a_run_names_rejected_claims_and_the_next_step() -> None:
    assert summary(parsed(GOOD)) is None
    message = summary(parsed(GOOD, *(changed(metric="m", claim_id=f"c{number}") for number in range(7))))
    assert message is not None
    assert message.startswith("imports/claims.csv: 7 rejected: line 3 (c0): there is no metric m")
    assert message.endswith("; and 2 more. The other claims are loaded; correct the file and run again")


def test_the_table_equals_the_file(tmp_path: Path) -> None:
    """Removing a line removes its claim, and the rejected lines of an earlier file are deleted."""
    with connect(tmp_path / "warehouse.duckdb") as connection:
        prepare(connection, datasets())
        first = parsed(GOOD, changed(claim_id="other"), changed(claim_id="bad", metric="m"))
        replace_claims(connection, first, NOW, summary(first))
        ids = "select claim_id from raw.imports_claims order by 1"
        rejected_reasons = "select reason from raw.rejected_records where source = 'imports'"
        attempt = "select outcome, message from raw.extractions where source = 'imports'"
        assert connection.execute(ids).fetchall() == [("mine",), ("other",)]
        assert len(connection.execute(rejected_reasons).fetchall()) == 1
        ((outcome, message),) = connection.execute(attempt).fetchall()
        assert outcome == "partial"
        assert "1 rejected" in message
        replace_claims(connection, parsed(GOOD), NOW, None)
        assert connection.execute(ids).fetchall() == [("mine",)]
        assert connection.execute(rejected_reasons).fetchall() == []
        assert connection.execute(attempt).fetchall() == [("complete", None)]
        replace_claims(connection, None, NOW, None)
        assert connection.execute(ids).fetchall() == []
        assert connection.execute(attempt).fetchall() == []
