"""`warehouse reparse`: what can be read of the landing folder is loaded, what can't is named, nothing is lost."""

import json
import sys
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
from orchestration.sources.shared.contract import Request, Window
from orchestration.sources.shared.registry import dataset, datasets

CANDLES = dataset("coinbase", "candles_1d")
QUOTES = dataset("coinbase_quotes", "candles_1d")
MAY = datetime(2025, 5, 1, tzinfo=UTC)


def body(day: datetime, close: float) -> bytes:
    return json.dumps([[int(day.timestamp()), close - 1, close + 1, close, close, 10.5]]).encode()


def land(home: Path, days: int = 3) -> list[StoredResponse]:
    """A day an answer, loaded into the working file."""
    settings = Settings.load({"WAREHOUSE_HOME": str(home)})
    landing = Landing(settings.landing)
    answers = []
    for number in range(days):
        day = MAY + timedelta(days=number)
        request = Request(
            "/products/BTC-USD/candles", {"granularity": "86400"}, "BTC", Window(day, day + timedelta(days=1))
        )
        answers.append(
            landing.store(
                CANDLES, request, "https://a.invalid", 200, body(day, 100.0 + number), day + timedelta(days=2)
            )
        )
    with connect(settings.working_file) as connection:
        prepare(connection, datasets())
        assert load(connection, CANDLES, answers, settings.landing).rows_new == days
    return answers


def closes(home: Path) -> list[float]:
    with connect(home / "warehouse.duckdb", read_only=True) as connection:
        return [
            float(close)
            for (close,) in connection.execute(f"select close from raw.{CANDLES.table} order by time").fetchall()
        ]


def answered(home: Path) -> int:
    with connect(home / "warehouse.duckdb", read_only=True) as connection:
        (count,) = connection.execute("select count(*) from raw.responses").fetchone() or (0,)
        return int(count)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path / "it's a home"))
    return tmp_path / "it's a home"


def truncate(answer: StoredResponse) -> Path:
    answer.path.write_bytes(answer.path.read_bytes()[:-7])
    return answer.path


def remove(answer: StoredResponse) -> Path:
    answer.path.unlink()
    return answer.path


def overwrite(answer: StoredResponse) -> Path:
    answer.path.write_bytes(b"\0" * 60)
    return answer.path


def empty_description(answer: StoredResponse) -> Path:
    answer.path.with_suffix(".json").write_bytes(b"")
    return answer.path.with_suffix(".json")


def half_a_description(answer: StoredResponse) -> Path:
    file = answer.path.with_suffix(".json")
    file.write_text(file.read_text()[: len(file.read_text()) // 2])
    return file


def other_description(answer: StoredResponse) -> Path:
    answer.path.with_suffix(".json").write_text('["not ours"]')
    return answer.path.with_suffix(".json")


def not_a_text(answer: StoredResponse) -> Path:
    answer.path.with_suffix(".json").write_bytes(b"\xff\xfe\x00")
    return answer.path.with_suffix(".json")


@pytest.mark.parametrize(
    "damage",
    [truncate, remove, overwrite, empty_description, half_a_description, other_description, not_a_text],
    ids=lambda damage: damage.__name__,
)
def test_a_damaged_file_is_named_and_left_out_and_all_others_are_loaded(
    home: Path, damage: object, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = land(home)
    assert closes(home) == [100, 101, 102]
    file = damage(answers[1])  # type: ignore[operator]
    monkeypatch.setattr(sys, "argv", ["warehouse"])
    with pytest.raises(SystemExit) as ended:
        app(["reparse", "coinbase"])
    assert ended.value.code == 0
    said = capsys.readouterr()
    assert closes(home) == [100, 102]
    assert answered(home) == 2
    (warning,) = [line for line in said.err.splitlines() if line.startswith("warning: ")]
    assert str(file) in warning
    assert f"raw.{CANDLES.table}: 2 versions from the landing files" in said.out
    assert not list(home.glob(".reparse-*"))


def test_where_nothing_can_be_read_the_tables_stay_as_they_were(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for answer in land(home):
        truncate(answer)
    with pytest.raises(SystemExit) as ended:
        app(["reparse", "coinbase"])
    assert ended.value.code == Status.NOTHING_EXTRACTED
    said = capsys.readouterr().err
    assert said.count("warning: ") == 3
    assert "its raw tables are as they were; restore the landing folder from a copy, or run `warehouse run`" in said
    assert closes(home) == [100, 101, 102]
    assert answered(home) == 3


def test_a_load_that_breaks_changes_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    land(home)
    monkeypatch.setattr("orchestration.raw.reparse.load", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        reparse("coinbase")
    assert closes(home) == [100, 101, 102]
    assert answered(home) == 3
    assert not list(home.glob(".reparse-*"))


def test_a_description_that_cannot_be_read_counts_as_not_landed_and_is_stored_again(home: Path) -> None:
    """As after a power cut: the name is there, the content is not."""
    answers = land(home)
    empty_description(answers[0])
    remove(answers[1])
    landing = Landing(home / "landing")
    assert landing.undescribed("coinbase") == [answers[0].path.with_suffix(".json")]
    assert [answer.response_id for answer in landing.all("coinbase")] == [answer.response_id for answer in answers[1:]]
    assert landing.newest(CANDLES, "/products/BTC-USD/candles") is not None
    assert landing.of_day("coinbase", "candles_1d", answers[0].fetched_at.date()) == []
    land_again = [
        landing.store(
            CANDLES, answer.request, answer.url, 200, body(MAY + timedelta(days=n), 100.0 + n), answer.fetched_at
        )
        for n, answer in enumerate(answers)
    ]
    assert [answer.response_id for answer in land_again] == [answer.response_id for answer in answers]
    assert [answer.damage for answer in landing.all("coinbase")] == [None, None, None]
