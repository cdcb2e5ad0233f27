"""`warehouse reparse`: what can be read of the landing folder is loaded, what can't is named, nothing is lost."""

import json
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestration.cli.exit_codes import Status
from orchestration.cli.main import app
from orchestration.ingest.landing import Landing, StoredResponse
from orchestration.raw.load import load
from orchestration.raw.reparse import reparse
from orchestration.raw.working_file import connect, prepare
from orchestration.settings import Settings
from orchestration.sources.shared.contract import Request, Response, Window
from orchestration.sources.shared.registry import dataset, datasets

CANDLES = dataset("coinbase", "candles_1d")
KLINES = dataset("binance", "klines_1d")
QUOTES = dataset("coinbase_quotes", "candles_1d")
MAY = datetime(2025, 5, 1, tzinfo=UTC)


def body(day: datetime, close: float) -> bytes:
    return json.dumps([[int(day.timestamp()), close - 1, close + 1, close, close, 10.5]]).encode()


def store_body(home: Path, days: int = 3) -> list[StoredResponse]:
    """One response per day, loaded into the working file."""
    settings = Settings.load({"WAREHOUSE_HOME": str(home)})
    landing = Landing(settings.landing)
    responses = []
    for number in range(days):
        day = MAY + timedelta(days=number)
        request = Request(
            "/products/BTC-USD/candles", {"granularity": "86400"}, "BTC", Window(day, day + timedelta(days=1))
        )
        responses.append(
            landing.store(
                CANDLES, request, "https://a.invalid", 200, body(day, 100.0 + number), day + timedelta(days=2)
            )
        )
    with connect(settings.working_file) as connection:
        prepare(connection, datasets())
        assert load(connection, CANDLES, responses, settings.landing).rows_new == days
    return responses


def closes(home: Path) -> list[float]:
    with connect(home / "warehouse.duckdb", read_only=True) as connection:
        return [
            float(close)
            for (close,) in connection.execute(f"select close from raw.{CANDLES.table} order by time").fetchall()
        ]


def response_count(home: Path) -> int:
    with connect(home / "warehouse.duckdb", read_only=True) as connection:
        (count,) = connection.execute("select count(*) from raw.responses").fetchone() or (0,)
        return int(count)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path / "it's a home"))
    return tmp_path / "it's a home"


def truncate(response: StoredResponse) -> Path:
    response.path.write_bytes(response.path.read_bytes()[:-7])
    return response.path


def remove(response: StoredResponse) -> Path:
    response.path.unlink()
    return response.path


def overwrite(response: StoredResponse) -> Path:
    response.path.write_bytes(b"\0" * 60)
    return response.path


def empty_description(response: StoredResponse) -> Path:
    response.path.with_suffix(".json").write_bytes(b"")
    return response.path.with_suffix(".json")


def half_a_description(response: StoredResponse) -> Path:
    file = response.path.with_suffix(".json")
    file.write_text(file.read_text()[: len(file.read_text()) // 2])
    return file


def other_description(response: StoredResponse) -> Path:
    response.path.with_suffix(".json").write_text('["not ours"]')
    return response.path.with_suffix(".json")


def not_a_text(response: StoredResponse) -> Path:
    response.path.with_suffix(".json").write_bytes(b"\xff\xfe\x00")
    return response.path.with_suffix(".json")


@pytest.mark.parametrize(
    "damage",
    [truncate, remove, overwrite, empty_description, half_a_description, other_description, not_a_text],
    ids=lambda damage: damage.__name__,
)
def test_a_damaged_file_is_named_and_skipped_and_all_others_are_loaded(
    home: Path, damage: object, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    responses = store_body(home)
    assert closes(home) == [100, 101, 102]
    file = damage(responses[1])  # type: ignore[operator]
    monkeypatch.setattr(sys, "argv", ["warehouse"])
    with pytest.raises(SystemExit) as ended:
        app(["reparse", "coinbase"])
    assert ended.value.code == 0
    output = capsys.readouterr()
    assert closes(home) == [100, 102]
    assert response_count(home) == 2
    (warning,) = [line for line in output.err.splitlines() if line.startswith("warning: ")]
    assert str(file) in warning
    assert f"raw.{CANDLES.table}: 2 versions from the landing files" in output.out
    assert not list(home.glob(".reparse-*"))


def test_a_page_is_read_once_before_duckdb_reads_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that the source rejects is read again, for the excerpt that is kept with the reason."""
    landing = Landing(home / "landing")

    def store_page(content: object, day: datetime) -> StoredResponse:
        request = Request("/api/v3/klines", {"symbol": "BTCUSDT"}, "BTC", Window(day, day + timedelta(days=1)))
        body = json.dumps(content).encode()
        return landing.store(KLINES, request, "https://a.invalid", 200, body, day + timedelta(days=2))

    days = [MAY + timedelta(days=number) for number in range(3)]
    opens = [int(day.timestamp() * 1000) for day in days]
    bars = [[at, "2", "3", "1", "2", "9", at + 86_399_999, "18", 7, "4", "8", "0"] for at in opens]
    pages = [store_page([line], day) for line, day in zip(bars, days, strict=True)]
    error = store_page({"code": -1, "msg": "no"}, MAY)
    read: Counter[str] = Counter()
    body_of = StoredResponse.response.fget  # type: ignore[attr-defined]

    def counted(stored: StoredResponse) -> Response:
        read[stored.response_id] += 1
        response: Response = body_of(stored)
        return response

    monkeypatch.setattr(StoredResponse, "response", property(counted))
    loaded = reparse("binance").loaded[KLINES.table]
    assert (loaded.rows_new, loaded.rejected) == (3, 1)
    assert [read[page.response_id] for page in pages] == [1, 1, 1]
    assert read[error.response_id] > 1


def test_where_nothing_can_be_read_the_tables_stay_as_they_were(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for response in store_body(home):
        truncate(response)
    with pytest.raises(SystemExit) as ended:
        app(["reparse", "coinbase"])
    assert ended.value.code == Status.NOTHING_EXTRACTED
    output = capsys.readouterr().err
    assert output.count("warning: ") == 3
    assert "its raw tables are unchanged; restore the landing folder from a copy, or run `warehouse run`" in output
    assert closes(home) == [100, 101, 102]
    assert response_count(home) == 3


def test_a_load_that_breaks_changes_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store_body(home)
    monkeypatch.setattr("orchestration.raw.reparse.load", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        reparse("coinbase")
    assert closes(home) == [100, 101, 102]
    assert response_count(home) == 3
    assert not list(home.glob(".reparse-*"))


def test_a_response_with_an_unreadable_description_is_stored_again(home: Path) -> None:
    """As after a power cut: the name is there, the content is not."""
    responses = store_body(home)
    empty_description(responses[0])
    remove(responses[1])
    landing = Landing(home / "landing")
    assert landing.undescribed("coinbase") == [responses[0].path.with_suffix(".json")]
    assert [response.response_id for response in landing.all("coinbase")] == [
        response.response_id for response in responses[1:]
    ]
    assert landing.newest(CANDLES, "/products/BTC-USD/candles") is not None
    assert landing.of_day("coinbase", "candles_1d", responses[0].fetched_at.date()) == []
    land_again = [
        landing.store(
            CANDLES, response.request, response.url, 200, body(MAY + timedelta(days=n), 100.0 + n), response.fetched_at
        )
        for n, response in enumerate(responses)
    ]
    assert [response.response_id for response in land_again] == [response.response_id for response in responses]
    assert [response.damage for response in landing.all("coinbase")] == [None, None, None]
