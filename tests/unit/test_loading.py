"""From stored bodies to versions, on real DuckDB: what is appended, what is rejected, and what never changes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.ingest.landing import Landing, StoredResponse
from orchestration.raw.batch import Loaded
from orchestration.raw.known_rows import KnownRows, Rows, keep, known_rows
from orchestration.raw.load import forget, load
from orchestration.raw.working_file import connect, prepare
from orchestration.sources.shared.contract import (
    ArrayRows,
    Dataset,
    Parsed,
    RejectedRecord,
    Request,
    Response,
    SourceRejected,
    Window,
)
from orchestration.sources.shared.figures import DAY, NOT_NEGATIVE, POSITIVE, Timestamp
from orchestration.sources.shared.provider import Provider, Rate

PROVIDER = Provider("acme", "Acme", "https://unused.invalid", "none", Rate(1))
NOON = datetime(2025, 5, 9, 12, tzinfo=UTC)
DAY_MS = 86_400_000
MAY_1 = 1_746_057_600_000
BARS = Dataset(
    PROVIDER,
    "bars",
    "Bars",
    "prices",
    {"symbol": "varchar", "open_time": "bigint", "close": "decimal(18,8)", "volume": "decimal(28,8)"},
    ("symbol", "open_time"),
    ArrayRows(
        {"open_time": 0, "close": 1, "volume": 2},
        4,
        f"open_time + {DAY_MS}",
        {"symbol": "symbol"},
    ),
    plan=lambda part: iter(()),
    figures={"close": POSITIVE, "volume": NOT_NEGATIVE.or_missing},
    timestamps={"open_time": Timestamp("ms", every=DAY)},
)


def parse(response: Response) -> Parsed:
    """One row per element; an element without 'v' is rejected, and so is a body that is no list."""
    body = json.loads(response.body)
    if not isinstance(body, list):
        raise SourceRejected(f"acme returned an error: {body}")
    good = [(item["k"], item["v"]) for item in body if "v" in item]
    return Parsed(good, [RejectedRecord(json.dumps(item), "no field v") for item in body if "v" not in item])


PAIRS = Dataset(
    PROVIDER,
    "pairs",
    "Pairs",
    "prices",
    {"k": "varchar", "v": "decimal(18,2)"},
    ("k",),
    parse,
    plan=lambda part: iter(()),
)


class Bench:
    """A working file and a landing folder, with a short way from a body to its rows."""

    def __init__(self, home: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.landing = Landing(home / "landing")
        self.connection = connection

    def store_body(
        self,
        dataset: Dataset,
        body: Any,
        at: datetime = NOON,
        subject: str = "BTC",
        status: int = 200,
        observed_at: datetime | None = None,
    ) -> StoredResponse:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        window = Window(at - timedelta(days=9), at)
        request = Request("/bars", {"symbol": f"{subject}USDT"}, subject, window)
        return self.landing.store(dataset, request, "https://unused.invalid/bars", status, text, at, observed_at)

    def load(self, dataset: Dataset, *stored_response: StoredResponse) -> Loaded:
        return load(self.connection, dataset, stored_response, self.landing.folder)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with connect(tmp_path / "warehouse.duckdb") as connection:
        prepare(connection, [BARS, PAIRS])
        yield Bench(tmp_path, connection)


def bar(day: int, close: str = "100.5", volume: str = "1.25") -> list[Any]:
    return [MAY_1 + (day - 1) * DAY_MS, close, volume, "0"]


def test_rows_are_typed_and_carry_where_they_come_from(bench: Bench) -> None:
    stored_response = bench.store_body(BARS, [bar(1, "104145.76000000")])
    assert bench.load(BARS, stored_response) == Loaded(1, 1, 0)
    (row,) = bench.rows("select symbol, open_time, close::varchar, observed_at, response_id from raw.acme_bars")
    assert row == ("BTCUSDT", MAY_1, "104145.76000000", NOON.replace(tzinfo=None), stored_response.response_id)


def test_the_same_window_twice_adds_nothing(bench: Bench) -> None:
    bench.load(BARS, bench.store_body(BARS, [bar(1), bar(2)]))
    again = bench.load(BARS, bench.store_body(BARS, [bar(1), bar(2)], NOON + timedelta(hours=1)))
    assert again.rows_new == 0
    assert bench.rows("select count(*) from raw.responses") == [(2,)]


def test_the_same_response_at_the_same_instant_is_stored_once(bench: Bench) -> None:
    for _ in range(2):
        bench.load(BARS, bench.store_body(BARS, [bar(1)]))
    assert bench.rows("select count(*) from raw.responses") == [(1,)]


def test_a_restatement_appends_the_changed_rows_only(bench: Bench) -> None:
    bench.load(BARS, bench.store_body(BARS, [bar(1), bar(2)]))
    later = bench.load(BARS, bench.store_body(BARS, [bar(1), bar(2, "99")], NOON + timedelta(days=1)))
    assert later.rows_new == 1
    assert bench.rows("select count(*) from raw.acme_bars") == [(3,)]


@pytest.mark.parametrize(
    ("days", "new"),
    [((5, 6), 2), ((1,), 1), ((3,), 1), ((1, 6), 2), ((2,), 0), ((4,), 0), ((4, 5), 1), ((1, 2), 1)],
    ids=["after", "before", "between", "around", "the first", "the last", "from the last on", "up to the first"],
)
def test_only_days_that_are_not_stored_are_new(bench: Bench, days: tuple[int, ...], new: int) -> None:
    """Days 2 and 4 are stored. Where a batch holds no stored day, it is not compared with them."""
    bench.load(BARS, bench.store_body(BARS, [bar(2), bar(4)]))
    unchanged = bench.load(BARS, bench.store_body(BARS, [bar(day) for day in days], NOON + timedelta(hours=1)))
    assert unchanged.rows_new == new
    changed = bench.load(BARS, bench.store_body(BARS, [bar(day, "99") for day in days], NOON + timedelta(hours=2)))
    assert changed.rows_new == len(days)


def test_keys_that_differ_in_a_text_only_are_different_rows(bench: Bench) -> None:
    bodies = [bench.store_body(BARS, [bar(1)], subject=subject) for subject in ("BTC", "ETH")]
    assert bench.load(BARS, *bodies) == Loaded(2, 2, 0)
    assert bench.load(BARS, bench.store_body(BARS, [bar(1)], subject="SOL")).rows_new == 1


def test_keys_of_texts_alone_are_compared(bench: Bench) -> None:
    bench.load(PAIRS, bench.store_body(PAIRS, [{"k": "a", "v": "1"}, {"k": "b", "v": "1"}]))
    later = [{"k": "a", "v": "1"}, {"k": "b", "v": "2"}, {"k": "c", "v": "1"}]
    assert bench.load(PAIRS, bench.store_body(PAIRS, later, NOON + timedelta(hours=1))).rows_new == 2


def test_the_same_figures_in_another_spelling_are_no_new_version(bench: Bench) -> None:
    bench.load(BARS, bench.store_body(BARS, [[MAY_1, "100.5", "1.25", "0"]]))
    bench.load(PAIRS, bench.store_body(PAIRS, [{"k": "a", "v": "1"}]))
    later = NOON + timedelta(hours=1)
    # The last field of a bar is none of the columns.
    bars = bench.store_body(BARS, [[str(MAY_1), "100.50000000", 1.25, "7"]], later)
    assert bench.load(BARS, bars) == Loaded(1, 0, 0)
    assert bench.load(PAIRS, bench.store_body(PAIRS, [{"k": "a", "v": 1.0}], later)).rows_new == 0


def test_a_figure_that_appears_or_disappears_is_a_change(bench: Bench) -> None:
    for hours, volume in enumerate([None, None, "0", "0", None]):
        bench.load(BARS, bench.store_body(BARS, [[MAY_1, "100.5", volume, "0"]], NOON + timedelta(hours=hours)))
    assert bench.rows("select hour(observed_at), volume::integer from raw.acme_bars order by all") == [
        (12, None),
        (14, 0),
        (16, None),
    ]


def test_a_value_that_flips_back_is_a_change_too(bench: Bench) -> None:
    for hours, close in enumerate(["1", "2", "1"]):
        bench.load(BARS, bench.store_body(BARS, [bar(1, close)], NOON + timedelta(hours=hours)))
    assert [row[0] for row in bench.rows("select close::int from raw.acme_bars order by observed_at")] == [1, 2, 1]


def test_all_that_a_run_learns_has_the_instant_of_the_run(bench: Bench) -> None:
    a, b = (bench.store_body(BARS, [bar(day)], NOON + timedelta(seconds=31 * day), observed_at=NOON) for day in (1, 2))
    assert bench.load(BARS, a, b).rows_new == 2
    assert bench.rows("select distinct observed_at from raw.acme_bars") == [(NOON.replace(tzinfo=None),)]
    assert bench.rows("select observed_at, max(fetched_at) from raw.responses group by all") == [
        (NOON.replace(tzinfo=None), NOON.replace(tzinfo=None) + timedelta(seconds=62))
    ]


def test_a_window_that_ends_while_the_run_goes_on_is_not_closed(bench: Bench) -> None:
    before_midnight, after_midnight = (
        datetime(2025, 5, 9, 23, 59, tzinfo=UTC),
        datetime(2025, 5, 10, 0, 1, tzinfo=UTC),
    )
    stored_response = bench.store_body(BARS, [bar(8), bar(9)], after_midnight, observed_at=before_midnight)
    assert bench.load(BARS, stored_response).rows_new == 1
    later = bench.store_body(BARS, [bar(8), bar(9)], after_midnight + timedelta(hours=1))
    assert bench.load(BARS, later).rows_new == 1


def test_a_response_without_a_run_s_instant_is_observed_when_it_was_fetched(bench: Bench) -> None:
    stored_response = bench.store_body(BARS, [bar(1)])
    described = stored_response.path.with_suffix(".json")
    older = {name: value for name, value in json.loads(described.read_text()).items() if name != "observed_at"}
    described.write_text(json.dumps(older))
    (read,) = Landing(bench.landing.folder).all("acme")
    assert (read.response_id, read.observed_at) == (stored_response.response_id, NOON)


@pytest.mark.parametrize("corrected", ["1", "2"])
def test_a_clock_that_was_ahead_once_appends_nothing_twice(bench: Bench, corrected: str) -> None:
    ahead = NOON + timedelta(days=365)
    bench.load(BARS, bench.store_body(BARS, [bar(1, "1")], ahead))
    for hours in range(3):
        bench.load(BARS, bench.store_body(BARS, [bar(1, corrected)], NOON + timedelta(hours=hours)))
    stored = bench.rows("select close::int, observed_at from raw.acme_bars order by observed_at")
    assert stored[-1] == (1, ahead.replace(tzinfo=None)), "what is newer stays"
    assert stored[:-1] == ([] if corrected == "1" else [(2, NOON.replace(tzinfo=None))])


def test_of_two_responses_at_one_instant_the_later_is_in_force(bench: Bench) -> None:
    bench.load(BARS, bench.store_body(BARS, [bar(1, "1"), bar(2)], NOON - timedelta(days=1)))
    for minute, close in enumerate(["2", "3", "3", "1"]):
        bench.load(
            BARS, bench.store_body(BARS, [bar(1, close), bar(2)], NOON + timedelta(minutes=minute), observed_at=NOON)
        )
        days = bench.rows(
            "select close::int, count(*) over () from raw.acme_bars where open_time = "
            f"{MAY_1}"
            " qualify row_number() over (order by observed_at desc) = 1"
        )
        assert days == [(int(close), 1 if close == "1" else 2)]


def test_what_is_known_of_a_table_is_forgotten_when_its_rows_are_replaced(bench: Bench) -> None:
    """A parser that was corrected may give other figures of the same response at the same instant."""
    first = bench.store_body(BARS, [bar(1, "100")])
    bench.load(BARS, first)
    assert known_rows(bench.connection) == {}
    keep(bench.connection, [KnownRows("raw.acme_bars", "judged", "", "", Rows(0, 1, 7))])
    bench.load(BARS, bench.store_body(BARS, [bar(2)]))
    assert known_rows(bench.connection), "new rows alone change nothing that is known"
    bench.load(replace(BARS, read=replace(BARS.read, fields={"open_time": 0, "close": 2, "volume": 1})), first)
    assert bench.rows("select close::double from raw.acme_bars order by open_time")[0] == (1.25,)
    assert known_rows(bench.connection) == {}


def test_vintages_loaded_at_once_keep_their_order(bench: Bench) -> None:
    stored_response = [
        bench.store_body(BARS, [bar(1, c)], NOON + timedelta(hours=h)) for h, c in enumerate(["1", "2", "2", "1"])
    ]
    assert bench.load(BARS, *stored_response).rows_new == 3
    assert [row[0] for row in bench.rows("select close::int from raw.acme_bars order by observed_at")] == [1, 2, 1]


def test_an_unfinished_bar_is_not_a_row(bench: Bench) -> None:
    assert bench.load(BARS, bench.store_body(BARS, [bar(8), bar(9)])).rows_new == 1


def test_order_does_not_matter_and_exact_duplicates_count_once(bench: Bench) -> None:
    loaded = bench.load(BARS, bench.store_body(BARS, [bar(3), bar(1), bar(3)]))
    assert (loaded.rows_new, loaded.rejected) == (2, 0)


def test_two_rows_for_one_key_with_different_content_are_rejected(bench: Bench) -> None:
    loaded = bench.load(BARS, bench.store_body(BARS, [bar(1, "1"), bar(1, "2"), bar(2)]))
    assert (loaded.rows_new, loaded.rejected) == (1, 1)
    assert "different content" in bench.rows("select reason from raw.rejected_records")[0][0]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ([MAY_1, "1.0", "2.0"], "does not fit the fields"),
        ([MAY_1, "1.0", "2.0", "0", "new"], "does not fit"),
        ([MAY_1, "about a hundred", "2.0", "0"], "close is 'about a hundred', not a decimal(18,8)"),
        ([MAY_1, "NaN", "2.0", "0"], "close is 'NaN', not a decimal(18,8)"),
        ([MAY_1 * 1000, "1.0", "2.0", "0"], "would be 57300-05-13 00:00:00: the stamp is in another unit"),
        ([MAY_1 // 1000, "1.0", "2.0", "0"], "would be 1970-01-21 05:00:57: the stamp is in another unit"),
        ([None, "1.0", "2.0", "0"], "no open_time"),
        (["yesterday", "1.0", "2.0", "0"], "no open_time"),
    ],
)
def test_a_record_that_does_not_fit_is_kept_with_its_reason(bench: Bench, record: list[Any], reason: str) -> None:
    loaded = bench.load(BARS, bench.store_body(BARS, [record, bar(2)]))
    assert (loaded.rows_new, loaded.rejected) == (1, 1)
    ((stored, why),) = bench.rows("select record, reason from raw.rejected_records")
    assert reason in why
    assert str(record[1]) in stored


@pytest.mark.parametrize(
    "body",
    [
        b'[[1746057600000,"1.0","2.',
        b'[[1746057600000,"1.0","2.0","\xff"]]',
        b'[[1746057600000,"1.0","2.0","0"]] and more',
        b'[{"open_time":1746057600000}]',
        b"<html>Just a moment</html>",
        b'{"code":-1,"msg":"no"}',
        b"",
    ],
)
def test_a_body_that_is_no_array_is_kept_and_the_others_are_read(bench: Bench, body: bytes) -> None:
    bad = bench.store_body(BARS, body, subject="ETH")
    good = bench.store_body(BARS, [bar(1)])
    loaded = bench.load(BARS, bad, good)
    assert (loaded.rows_new, loaded.rejected) == (1, 1)
    ((source, response_id, reason),) = bench.rows("select source, response_id, reason from raw.rejected_records")
    assert (source, response_id) == ("acme", bad.response_id)
    assert "not an array of arrays" in reason or "empty" in reason
    assert bad.response.body == body


def test_wide_numbers_keep_every_digit(bench: Bench) -> None:
    bench.load(BARS, bench.store_body(BARS, [bar(1, "0.00001234", "98765432109876.12345678")]))
    assert bench.rows("select close::varchar, volume::varchar from raw.acme_bars") == [
        ("0.00001234", "98765432109876.12345678")
    ]


def test_a_missing_optional_value_stays_null(bench: Bench) -> None:
    assert bench.load(BARS, bench.store_body(BARS, [[MAY_1, "1.0", None, "0"]])).rows_new == 1
    assert bench.rows("select volume from raw.acme_bars") == [(None,)]


def test_an_empty_response_for_a_past_window_is_named(bench: Bench) -> None:
    assert bench.load(BARS, bench.store_body(BARS, [])).empty_responses == ("BTC from 2025-04-30",)


def test_records_that_a_parser_rejects_are_kept(bench: Bench) -> None:
    loaded = bench.load(PAIRS, bench.store_body(PAIRS, [{"k": "a", "v": 1.5}, {"k": "b"}, {"k": "c", "v": "x"}]))
    assert (loaded.rows_new, loaded.rejected) == (1, 2)
    assert [row[0] for row in bench.rows("select reason from raw.rejected_records order by 1")] == [
        "no field v",
        "v is 'x', not a decimal(18,2)",
    ]


def test_an_error_body_becomes_a_rejected_record(bench: Bench) -> None:
    loaded = bench.load(PAIRS, bench.store_body(PAIRS, {"code": "401", "msg": "Upgrade plan"}))
    assert (loaded.rows_new, loaded.rejected) == (0, 1)
    assert "Upgrade plan" in bench.rows("select reason from raw.rejected_records")[0][0]


def test_a_response_with_an_error_status_is_recorded_and_not_parsed(bench: Bench) -> None:
    loaded = bench.load(PAIRS, bench.store_body(PAIRS, [{"k": "a", "v": 1}], status=503))
    assert loaded.rows_new == 0
    assert bench.rows("select status from raw.responses") == [(503,)]


def test_a_load_that_breaks_leaves_nothing_behind(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    stored_response = bench.store_body(BARS, [bar(1)])
    broken = Dataset(PROVIDER, "bars", "Bars", "prices", {"nowhere": "varchar"}, ("nowhere",), BARS.read, BARS.plan)
    with pytest.raises((KeyError, duckdb.Error)):
        bench.load(broken, stored_response)
    assert bench.rows("select count(*) from raw.responses") == [(0,)]


def test_the_landing_folder_alone_rebuilds_the_table(bench: Bench) -> None:
    for hours, close in enumerate(["1", "2", "1"]):
        bench.load(BARS, bench.store_body(BARS, [bar(1, close), ["bad"]], NOON + timedelta(hours=hours)))
    content = "select * from raw.acme_bars order by all"
    before, refused = bench.rows(content), bench.rows("select count(*) from raw.rejected_records")
    forget(bench.connection, [BARS])
    assert bench.rows(content) == []
    bench.load(BARS, *bench.landing.all("acme", "bars"))
    assert bench.rows(content) == before
    assert bench.rows("select count(*) from raw.rejected_records") == refused


def test_a_file_that_was_changed_on_disk_is_noticed(bench: Bench) -> None:
    stored_response = bench.store_body(PAIRS, [{"k": "a", "v": 1}])
    other = bench.store_body(PAIRS, [{"k": "a", "v": 2}])
    stored_response.path.write_bytes(other.path.read_bytes())
    with pytest.raises(ValueError, match="has changed since it was stored"):
        _ = stored_response.response


def test_a_column_added_later_appears_in_an_old_file(bench: Bench) -> None:
    wider = Dataset(
        PROVIDER, "pairs", "Pairs", "prices", {**PAIRS.columns, "w": "bigint"}, ("k",), PAIRS.read, PAIRS.plan
    )
    bench.load(PAIRS, bench.store_body(PAIRS, [{"k": "a", "v": 1}]))
    prepare(bench.connection, [wider])
    assert bench.rows("select k, w from raw.acme_pairs") == [("a", None)]


def test_a_new_column_is_filled_where_the_row_is_fetched_again(bench: Bench) -> None:
    def parse_both(response: Response) -> Parsed:
        return Parsed([(item["k"], item["v"], item["w"]) for item in json.loads(response.body)])

    wider = Dataset(
        PROVIDER, "pairs", "Pairs", "prices", {**PAIRS.columns, "w": "bigint"}, ("k",), parse_both, PAIRS.plan
    )
    body = [{"k": "a", "v": 1, "w": 5}]
    bench.load(PAIRS, bench.store_body(PAIRS, body))
    prepare(bench.connection, [wider])
    bench.load(wider, bench.store_body(wider, body, NOON + timedelta(hours=1)))
    assert bench.rows("select v::integer, w from raw.acme_pairs order by observed_at") == [(1, None), (1, 5)]


def test_a_table_of_an_earlier_version_goes_on_without_its_hash(bench: Bench) -> None:
    """Its types may be others, too; figures that stayed are no new versions."""
    bench.load(BARS, bench.store_body(BARS, [bar(1), bar(2)]))
    bench.connection.execute(
        "create or replace table raw.acme_bars as select symbol, open_time, close::decimal(18,2) as close, "
        "volume::decimal(18,4) as volume, observed_at, response_id, 7::uhugeint as content_hash from raw.acme_bars"
    )
    for _ in range(2):
        prepare(bench.connection, [BARS, PAIRS])
    assert [name for name, *_ in bench.rows("describe raw.acme_bars")] == [*BARS.columns, "observed_at", "response_id"]
    later = bench.store_body(BARS, [bar(1), bar(2, "99")], NOON + timedelta(hours=1))
    assert bench.load(BARS, later).rows_new == 1
