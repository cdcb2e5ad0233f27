"""`warehouse sources` and `warehouse doctor`: what can be requested and what is wrong, without a value of any key."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.cli.doctor import Finding, Level, examine, findings_text
from orchestration.cli.main import app
from orchestration.cli.sources import State, list_sources, sources_text
from orchestration.report.terminal import Terminal
from orchestration.settings import Settings
from orchestration.sources.shared.registry import datasets

KEY = "k-4f1c9a"


def settings(home: Path, **variables: str) -> Settings:
    return Settings.load({"WAREHOUSE_HOME": str(home), **variables})


def findings(configured: Settings) -> dict[str, tuple[Level, str]]:
    return {one.subject: (one.level, one.text) for one in examine(configured, has_network=lambda: True)}


def test_every_source_is_listed_once_with_its_datasets(tmp_path: Path) -> None:
    lines = list_sources(settings(tmp_path))
    assert sorted(line.source for line in lines) == sorted({dataset.provider.name for dataset in datasets()})
    assert sum(len(line.gives) for line in lines) == len(datasets())


def test_a_key_makes_its_source_ready(tmp_path: Path) -> None:
    def state(**variables: str) -> tuple[State, str]:
        (line,) = [one for one in list_sources(settings(tmp_path, **variables)) if one.source == "coinalyze"]
        return line.state, line.needs

    assert state() == (State.no_key, "COINALYZE_API_KEY")
    assert state(COINALYZE_API_KEY=KEY) == (State.ready, "")
    refused, why = state(COINALYZE_API_KEY=f"{KEY} {KEY}")
    assert refused is State.refused
    assert "COINALYZE_API_KEY" in why
    assert KEY not in why


def test_a_source_without_documentation_needs_the_users_yes(tmp_path: Path) -> None:
    def state(**variables: str) -> State:
        (line,) = [one for one in list_sources(settings(tmp_path, **variables)) if one.source == "coinmarketcap_web"]
        return line.state

    assert state() is State.not_opted_in
    assert state(COINMARKETCAP_WEB_HISTORY="yes") is State.ready


@pytest.mark.parametrize("width", ["80", "120"])
def test_the_list_fits_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: str) -> None:
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path))
    shown = CliRunner().invoke(app, ["sources"], env={"COLUMNS": width})
    assert shown.exit_code == 0
    assert max(len(line) for line in shown.stdout.splitlines()) <= int(width)
    for dataset in datasets():
        assert dataset.provider.name in shown.stdout


def test_a_whole_set_up_has_no_problem(tmp_path: Path) -> None:
    found = findings(settings(tmp_path / "data", COINALYZE_API_KEY=KEY))
    assert [subject for subject, (level, _) in found.items() if level is Level.problem] == []
    assert "will be made" in found["home"][1]
    assert KEY not in str(found)


def test_a_home_that_can_t_be_used_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    level, text = findings(settings(tmp_path / "file"))["home"]
    assert (level, "WAREHOUSE_HOME" in text) == (Level.problem, True)


def test_a_damaged_working_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "warehouse.duckdb").write_bytes(b"no database" * 1_000)
    level, text = findings(settings(tmp_path))["working file"]
    assert level is Level.problem
    assert "warehouse.duckdb" in text


def test_a_fixed_clock_and_a_proxy_are_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:secret@proxy.example:3128")
    found = findings(settings(tmp_path, WAREHOUSE_NOW="2025-05-09T06:00:00Z"))
    assert found["clock"] == (Level.note, "WAREHOUSE_NOW fixes it at 2025-05-09 06:00 UTC")
    assert found["proxies"][0] is Level.note
    assert "HTTPS_PROXY" in found["proxies"][1]
    assert "secret" not in str(found)


def test_a_setting_that_nothing_reads_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert findings(settings(tmp_path))["settings"][0] is Level.ok
    monkeypatch.setenv("WAREHOUSE_ASSET", "BTC")
    level, text = findings(settings(tmp_path))["settings"]
    assert (level, text) == (Level.note, "nothing reads WAREHOUSE_ASSET: .env.example lists the names")
    monkeypatch.delenv("WAREHOUSE_ASSET")
    assert "NOCOIN" in findings(settings(tmp_path, WAREHOUSE_ASSETS="BTC,NOCOIN"))["settings"][1]


@pytest.mark.parametrize("width", [80, 120])
def test_findings_fit_the_terminal_and_say_what_colours_say(tmp_path: Path, width: int) -> None:
    found = list(examine(settings(tmp_path / "data"), has_network=lambda: False))
    text = findings_text(found, Terminal(width=width))
    # A path may be longer than a line.
    lines = [line for line in text.splitlines() if "/" not in line]
    assert max(map(len, lines)) <= width
    assert text.splitlines()[-1] == "nothing is wrong"
    broken = [*found, Finding("disk", Level.problem, "1.0 GB free: a run needs 2 GB at most times")]
    assert findings_text(broken, Terminal(width=width)).endswith("\n1 problem\n")


def test_how_a_source_is_opened_is_listed(tmp_path: Path) -> None:
    configured = settings(tmp_path, COINALYZE_API_KEY=KEY, COINMARKETCAP_WEB_HISTORY="yes")
    access = {line.source: line.access for line in list_sources(configured)}
    chosen = ("binance", "coinalyze", "coinglass", "coingecko", "coinmarketcap_web")
    assert [access[name] for name in chosen] == ["keyless", "key set", "key missing", "key optional", "opted in"]
    text = sources_text(list_sources(configured), Terminal(width=80))
    assert "Configured by you (2)\n" in text
    assert KEY not in text


def test_no_network_is_noted_with_what_it_means(tmp_path: Path) -> None:
    last = list(examine(settings(tmp_path), has_network=lambda: False))[-1]
    assert (last.subject, last.level) == ("network", Level.note)
    assert "publish nothing new" in last.text


def test_the_doctor_ends_with_status_2_where_something_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network is looked at on loopback alone, where nobody listens."""
    monkeypatch.setattr("orchestration.cli.doctor.NETWORK_SECONDS", 0.05)
    (tmp_path / "file").write_text("")
    for home, status in ((tmp_path / "file", 2), (tmp_path / "data", 0)):
        ended = CliRunner().invoke(app, ["doctor", "--json"], env={"WAREHOUSE_HOME": str(home)})
        assert ended.exit_code == status
        assert {line["level"] for line in json.loads(ended.stdout)} <= {"ok", "note", "problem"}


def test_the_version_is_that_of_the_project() -> None:
    shown = CliRunner().invoke(app, ["--version"])
    assert (shown.exit_code, shown.stdout) == (0, "warehouse 0.1.0\n")
