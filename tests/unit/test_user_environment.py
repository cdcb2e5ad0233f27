"""What a terminal, a `.env` and a unit file may be like: other encodings, paths with a tilde."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import Settings, SettingsError
from orchestration.sources.shared.registry import dataset
from tests.unit.test_damaged_files import ROOT

# An em dash, an arrow and a Greek letter: cp1252 lacks the last two, latin-1 all, ASCII all and the umlaut.
WORDS = "Zürich — 5 µs → Ω"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose release holds characters that few terminals can show."""
    folder = tmp_path / "data"
    release = folder / "published"
    release.mkdir(parents=True)
    with duckdb.connect(str(release / "crypto_market.duckdb")) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.t as select ? as words", [WORDS])
        connection.execute(
            "create table marts.rpt_claims as select 'c' as claim_id, 'confirmed' as verdict, words as claim_text, "
            "1 as measured_value, 'µs' as unit, null as measured_since_date, words as definition, "
            "'Confirmed: ' || words as explanation, null as flips_with, null as flips_with_figures, 'user' as origin, "
            "words as source, timestamp '2025-05-12' as observed_at, true as is_final, words as note, "
            "null as source_url, 'select words from t' as example_sql from marts.t"
        )
        connection.execute(
            "create table marts.rpt_claim_interpretations as select 'c' as claim_id, words as interpretation, "
            "1 as value, 'usd' as unit, null as since_date, 'confirmed' as verdict, true as is_claimed from marts.t"
        )
        connection.execute(
            "create table marts.rpt_source_status as select 'imports' as source, words as reason from marts.t"
        )
    return folder


def warehouse(
    home: Path, encoding: str, *arguments: str, given: bytes = b"", **variables: str
) -> "subprocess.CompletedProcess[bytes]":
    environment = os.environ | {"WAREHOUSE_HOME": str(home), "PYTHONIOENCODING": encoding} | variables
    command = [sys.executable, "-m", "orchestration", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, input=given, capture_output=True, timeout=60)


COMMANDS = {
    "sql": ["sql", "from t"],
    "csv": ["sql", "-f", "csv", "from t"],
    "json": ["sql", "-f", "json", "from t"],
    "markdown": ["sql", "-f", "markdown", "from t"],
    ".tables": ["sql", ".tables"],
    "claims": ["claims"],
    "claim": ["claims", "--explain", "c"],
    "status": ["status"],
    "help": ["sql", "--help"],
}


@pytest.mark.parametrize(
    ("command", "encoding"), [*((command, "ascii") for command in COMMANDS), ("sql", "cp1252"), ("sql", "latin-1")]
)
def test_characters_that_the_terminal_lacks_are_replaced(home: Path, command: str, encoding: str) -> None:
    ended = warehouse(home, encoding, *COMMANDS[command])
    assert (ended.returncode, b"unforeseen" in ended.stderr) == (0, False), ended.stderr
    if command in ("sql", "csv", "json", "markdown"):
        assert WORDS.encode(encoding, "replace") in ended.stdout
        assert b"?" in ended.stdout


def test_an_error_with_such_a_character_keeps_its_status(home: Path) -> None:
    ended = warehouse(home, "ascii", "sql", "select Ω from t")
    assert ended.returncode == 2
    assert b"Traceback" not in ended.stderr
    assert ended.stderr.startswith(b"warehouse: ")


NOT_UTF_8 = {"latin-1": "select 'Zürich'".encode("latin-1"), "utf-16": "select 1".encode("utf-16")}


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize("text", NOT_UTF_8.values(), ids=NOT_UTF_8)
def test_a_text_in_another_encoding_is_one_sentence(home: Path, text: bytes, locale: str) -> None:
    """A query or an article that an editor saved in the machine's own code page, or a shell in UTF-16."""
    for command in (["sql"], ["verify", "-"]):
        ended = warehouse(home, "", *command, given=text, LC_ALL=locale)
        sentence = b"warehouse: standard input is not text in UTF-8: save the text in UTF-8\n"
        assert (ended.returncode, ended.stderr) == (2, sentence)
    ended = warehouse(home, "", "sql", os.fsdecode(NOT_UTF_8["latin-1"]), LC_ALL=locale)
    assert (ended.returncode, ended.stderr) == (2, b"warehouse: the query is not text in UTF-8: write it in UTF-8\n")


def test_a_byte_order_mark_is_no_part_of_a_query(home: Path) -> None:
    ended = warehouse(home, "utf-8", "sql", "-f", "csv", given=b"\xef\xbb\xbfselect words from t")
    assert ended.stdout.decode() == f"words\n{WORDS}\n"


def test_the_file_for_excel_is_utf_8_whatever_the_terminal(home: Path) -> None:
    ended = warehouse(home, "ascii", "sql", "-f", "excel", "from t")
    assert ended.stdout.decode("utf-8-sig") == f"words\r\n{WORDS}\r\n"


def test_seeds_and_home_are_read_where_the_locale_is_ascii(home: Path) -> None:
    plain = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    ended = warehouse(home, "", "status", "--json", **plain)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_dotenv_in_another_encoding_is_one_sentence(tmp_path: Path, encoding: str) -> None:
    (tmp_path / ".env").write_bytes("# für den Markt\nWAREHOUSE_ASSETS=BTC\n".encode(encoding))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WAREHOUSE_")}
    for command in (["status"], ["run"], ["sql", "select 1"], ["brief"], ["check"], ["ui"], ["reparse", "binance"]):
        ended = subprocess.run(
            [sys.executable, "-m", "orchestration", *command],
            cwd=tmp_path,
            env=environment | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ended.returncode == 2
        assert ended.stderr.startswith(f"warehouse: {tmp_path / '.env'} is not in UTF-8 (")
        assert ended.stderr.endswith("): save it in UTF-8\n")


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfWAREHOUSE_ASSETS=DOGE\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WAREHOUSE_ASSETS", raising=False)
    assert Settings.load().assets == ("DOGE",)


def test_a_tilde_is_the_user_s_home_in_the_environment_and_in_dotenv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WAREHOUSE_DAGSTER_HOME", "~/dagster")
    monkeypatch.delenv("WAREHOUSE_HOME", raising=False)
    (tmp_path / ".env").write_text("WAREHOUSE_HOME=~/market\n")
    settings = Settings.load()
    assert (settings.home, settings.dagster_home) == (tmp_path / "market", tmp_path / "dagster")
    assert Settings.load({"WAREHOUSE_HOME": "~"}).home == tmp_path
    assert Settings.load({"WAREHOUSE_HOME": "./~x"}).home == Path("~x"), "only at the beginning"


def test_a_line_end_of_windows_or_a_blank_is_no_part_of_a_value(tmp_path: Path) -> None:
    """As Docker's --env-file and a shell leave it at the end of each line."""
    settings = Settings.load(
        {
            "WAREHOUSE_HOME": f"{tmp_path}\r",
            "WAREHOUSE_ASSETS": "BTC\r",
            "WAREHOUSE_NOW": "2025-05-12T06:00\r",
            "WAREHOUSE_DAGSTER_HOME": " ",
            "FARSIDE_PAGES": "recent\r",
        }
    )
    assert (settings.home, settings.assets, settings.dagster_folder) == (tmp_path, ("BTC",), None)
    assert settings.now() == datetime(2025, 5, 12, 6, tzinfo=UTC)
    assert settings.options(dataset("farside", "flows").provider) == {"FARSIDE_PAGES": "recent"}


def test_a_path_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"WAREHOUSE_HOME: the path /srv/f\\xfcr is not in UTF-8"):
        Settings.load({"WAREHOUSE_HOME": os.fsdecode(b"/srv/f\xfcr")})


@pytest.mark.parametrize("instant", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-10:00", "tomorrow"])
def test_an_instant_that_is_none_is_refused(instant: str) -> None:
    with pytest.raises(SettingsError, match=r"WAREHOUSE_NOW: .*See .env.example"):
        Settings.load({"WAREHOUSE_NOW": instant})


def test_a_tilde_of_an_unknown_user_is_rejected() -> None:
    with pytest.raises(SettingsError, match=r"WAREHOUSE_HOME: .*~nobody-here is nobody's home on this machine"):
        Settings.load({"WAREHOUSE_HOME": "~nobody-here/market"})


@pytest.mark.parametrize("sign", "%?$")
def test_a_path_that_a_library_would_misread_is_refused(
    sign: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dagster's records and the checks would look for their files elsewhere, and say that tables are missing."""
    folder = tmp_path / f"a{sign}20b"
    expected = rf"WAREHOUSE_HOME: the path /.*/a.20b.* has the sign {re.escape(sign)}, .*: choose a folder without it"
    with pytest.raises(SettingsError, match=expected):
        Settings.load({"WAREHOUSE_HOME": str(folder)})
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("WAREHOUSE_HOME", raising=False)
    with pytest.raises(SettingsError, match=expected):
        Settings.load()


@pytest.mark.parametrize("sign", "#&*;:'[{\\\" ü")
def test_other_signs_may_be_in_a_path(sign: str, tmp_path: Path) -> None:
    assert Settings.load({"WAREHOUSE_HOME": str(tmp_path / f"a{sign}b")}).home.name == f"a{sign}b"
