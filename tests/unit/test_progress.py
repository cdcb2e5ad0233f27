"""The progress of a run: how long it will take, how far it is, and only plain lines in a file."""

import os
import pty
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from orchestration.ingest.progress import FetchProgress, duration, expected_seconds
from orchestration.ingest.rate_limit import Clock, RateLimiter
from orchestration.settings import SAMPLE_ASSETS
from orchestration.sources import bitfinex
from orchestration.sources.shared.contract import Dataset, Request, Slice, Window
from orchestration.sources.shared.provider import Rate
from orchestration.sources.shared.registry import dataset, symbols

NOW = datetime(2025, 5, 12, 6, tzinfo=UTC)
WEEK = Window.of_days(date(2025, 5, 5), date(2025, 5, 11))
SCRIPT = """
import sys, time
from orchestration.ingest.rate_limit import Clock, RateLimiter
from orchestration.ingest.progress import FetchProgress
from orchestration.live_display import on_terminal
from orchestration.sources.shared.contract import Request
from orchestration.sources.shared.registry import dataset
report = lambda sentence: print(sentence, file=sys.stderr, flush=True)
with on_terminal(), FetchProgress(dataset("kraken", "ohlc_1d"), RateLimiter(Clock()), report).shown() as progress:
    progress.expect([Request("/x")] * 30, is_rate_limited=True)
    for _ in range(3):
        progress.received()
        time.sleep(0.3)
report("kraken_ohlc_1d: " + progress.summary(270))
"""


def planned(of: Dataset) -> list[Request]:
    names = symbols(of.provider.name)
    slices = [Slice(asset, names.get(asset, ""), WEEK, NOW, of.provider.options) for asset in SAMPLE_ASSETS.split(",")]
    return [request for part in (slices if of.per_asset else slices[:1]) for request in of.plan(part)]


def test_coinalyze_counts_every_symbol_and_reports_the_duration_first() -> None:
    history = dataset("coinalyze", "history_1d")
    output: list[str] = []
    FetchProgress(history, report=output.append).expect(planned(history), is_rate_limited=True)
    assert output == ["coinalyze_history_1d: 50 requests or more, at 40 in 60 s of coinalyze: about 20 min"]


def test_three_a_minute_take_a_minute_for_every_three() -> None:
    assert [expected_seconds([1] * count, bitfinex.PROVIDER.rate) for count in (1, 3, 4, 30)] == [0, 0, 60, 540]
    assert expected_seconds([20, 20, 100], Rate(40, 60)) == 60, "what is heavier than the limit takes all of it"


def test_a_short_duration_is_not_reported() -> None:
    output: list[str] = []
    bars = dataset("binance", "klines_1d")
    FetchProgress(bars, report=output.append).expect(planned(bars), is_rate_limited=True)
    FetchProgress(dataset("coinalyze", "history_1d"), report=output.append).expect(
        [Request("/x")] * 999, is_rate_limited=False
    )
    assert output == []


def test_a_file_of_the_archive_is_two_requests_and_an_absent_one_is_one() -> None:
    """Three days, of which the last is absent: its file is not waited for any longer."""
    progress = FetchProgress(dataset("binance_archive", "klines_1d"))
    days = list(progress.dataset.plan(Slice("BTC", "BTCUSDT", Window.of_days(date(2025, 5, 5), date(2025, 5, 7)), NOW)))
    progress.expect(days, is_rate_limited=True)
    counts = [progress.expected_count]
    for checksum, following in zip(days, (*days[0].follow_ups, *days[1].follow_ups, None), strict=True):
        progress.received()
        progress.expect_next(checksum, following)
        if following:
            progress.received()
            progress.expect_next(following, None)
        counts.append(progress.expected_count)
    assert counts == [6, 6, 6, 5]
    assert progress.received_count == 5


def test_what_follows_unexpectedly_is_added() -> None:
    progress = FetchProgress(dataset("kraken", "ohlc_1d"))
    progress.expect([Request("/x")], is_rate_limited=True)
    progress.expect_next(Request("/x"), Request("/x", {"page": "2"}, follow_ups=(Request("/y"), Request("/z"))))
    assert progress.expected_count == 4


def test_the_account_names_rows_requests_and_waits() -> None:
    pace = RateLimiter(Clock(pause=lambda _: None))
    pace.acquire(Rate(1, 60))
    progress = FetchProgress(dataset("bitfinex", "liquidations"), pace)
    pace.acquire(Rate(1, 60))
    progress.received()
    progress.received(was_requested=False)
    assert progress.summary(1500) == "1,500 rows, 1 request in 0 s, 61 s of it waiting"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (89, "89 s"), (600, "10 min"), (3600, "1 h"), (4800, "1 h 20 min")]
)
def test_durations_are_for_people(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_a_file_gets_plain_lines_alone() -> None:
    finished = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120)
    assert finished.returncode == 0, finished.stderr
    first, last = finished.stderr.splitlines()
    assert first == "kraken_ohlc_1d: 30 requests or more, at 1 in 1.2 s of kraken: about 35 s"
    assert last.startswith("kraken_ohlc_1d: 270 rows, 3 requests in ")
    assert "\x1b" not in finished.stdout + finished.stderr


def test_a_terminal_shows_requests_and_waits_as_they_come_and_is_left_clean() -> None:
    shown = in_terminal(SCRIPT)
    assert "\x1b[" in shown, "a live line moves the cursor"
    assert "3/30" in shown
    assert "requests, waited" in shown
    after = shown.rpartition("\x1b[")[2]
    assert "kraken_ohlc_1d: 270 rows" in after, "the line that stays is plain and comes last"
    assert "\x1b[?25h" in shown, "the cursor is there again"


def in_terminal(script: str) -> str:
    """What a terminal receives from a process that runs `script`."""
    master, slave = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "120"}
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdin=slave, stdout=slave, stderr=slave, env=environment, cwd=Path.cwd()
    )
    os.close(slave)
    received = b""
    try:
        # Linux ends a terminal that nobody holds any more with an input/output error.
        while chunk := os.read(master, 65536):
            received += chunk
    except OSError:
        pass
    finally:
        os.close(master)
        process.kill()
        process.wait()
    return received.decode()
