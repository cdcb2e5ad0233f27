"""The README and the documentation are right: their queries, commands and snippets work.

All of them read one home, which one run of the sample makes.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas
import pytest
import typer
from nbclient import NotebookClient
from typer.core import TyperGroup
from typer.testing import CliRunner

from orchestration.cli.main import app
from orchestration.release.open import newest_file, reading
from orchestration.sources.user_claims import parse_claims

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text() for path in sorted(ROOT.glob("docs/**/*.md"))}
TEXTS = {"README.md": README, "CONTRIBUTING.md": (ROOT / "CONTRIBUTING.md").read_text(), **PAGES}
QUESTIONS = re.findall(
    r"<!-- query: (\w+) -->\n```sql\n(.*?)```\n<!-- answer: \1 -->\n(.*?)\n\n(?!\|)", README, re.DOTALL
)
SNIPPETS = re.findall(r"```(python|sh)\n(.*?)```", PAGES["docs/how-to/read.md"], re.DOTALL)
QUERIES = [(name, sql) for name, text in PAGES.items() for sql in re.findall(r"```sql\n(.*?)```", text, re.DOTALL)]
SHELL = "\n".join(block for text in TEXTS.values() for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
COMMANDS = list(
    dict.fromkeys(
        re.findall(r"^ *(?:\w+=\S* )*\.venv/bin/warehouse (.+?)(?: > .*)?$", SHELL.replace("\\\n", " "), re.M)
    )
)
READ_ONLY = {"sql", "brief", "claims", "status", "sources"}
"""Commands that only read: the documented ones are run as they are written. Of the others it is tested that they are
understood; other tests run them."""
pytestmark = pytest.mark.slow


def warehouse(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "orchestration", *arguments],
        env=os.environ | {"WAREHOUSE_HOME": str(home)},
        capture_output=True,
        text=True,
        cwd=home.parent,
    )


def test_the_readme_is_short() -> None:
    assert len(README.split()) <= 1_300


def test_every_question_of_the_readme_is_tested() -> None:
    assert len(QUESTIONS) == README.count("<!-- query: ") == 5


@pytest.mark.parametrize(("name", "query", "answer"), QUESTIONS, ids=[name for name, *_ in QUESTIONS])
def test_the_figures_in_the_readme_are_those_of_the_warehouse(
    sample_home: Path, name: str, query: str, answer: str
) -> None:
    words = ["sql", "--format", "markdown", query]
    finished = CliRunner().invoke(app, words, env={"WAREHOUSE_HOME": str(sample_home)})
    assert finished.exit_code == 0, finished.stderr
    assert finished.stdout.strip() == answer.strip()


@pytest.mark.parametrize(("page", "query"), QUERIES, ids=[f"{page} {n}" for n, (page, _) in enumerate(QUERIES)])
def test_the_queries_of_the_documentation_run(sample_home: Path, page: str, query: str) -> None:
    with reading(newest_file(sample_home / "published")) as connection:
        assert connection.execute(query).fetchone() is not None


def test_every_make_command_exists_and_ci_runs_the_tests() -> None:
    makefile = (ROOT / "Makefile").read_text()
    called = set(re.findall(r"^ *make ([a-z-]+)", SHELL, re.M)) | set(
        re.findall(r"`make ([a-z-]+)`", "".join(TEXTS.values()))
    )
    assert {"run", "test", "ui", "bi", "docs", "lint"} <= called
    assert not [target for target in called if not re.search(rf"^{target}:.*## ", makefile, re.M)]
    assert re.search(r"^make test ", (ROOT / ".ci" / "run").read_text(), re.M)


def test_files_that_the_readme_links_to_exist() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert len(links) > 10
    assert not [link for link in links if not (ROOT / link).exists()]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_documented_command_is_understood(command: str) -> None:
    group = typer.main.get_command(app)
    words = shlex.split(command)
    context = group.make_context("warehouse", list(words))
    while isinstance(group, TyperGroup):
        name, group, words = group.resolve_command(context, words)
        context = group.make_context(name, list(words), parent=context)


@pytest.mark.parametrize(
    "command",
    [
        *(command for command in COMMANDS if command.split()[0] in READ_ONLY),
        *("brief", "brief --format markdown", "claims --json", "status --json", "sources --json"),
    ],
)
def test_every_read_only_command_works(home_to_read: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home_to_read.parent)
    # In this process: twenty imports of the command would take half a minute.
    finished = CliRunner().invoke(app, shlex.split(command), env={"WAREHOUSE_HOME": str(home_to_read)})
    assert finished.exit_code == 0, finished.stderr
    assert finished.stdout.strip()


def test_the_published_copy_passes_the_checks_from_the_command_line(sample_home: Path) -> None:
    # In this process, which has imported Great Expectations for runs.
    finished = CliRunner().invoke(app, ["check", "--published"], env={"WAREHOUSE_HOME": str(sample_home)})
    assert finished.exit_code == 0, finished.stderr
    assert finished.stdout.strip()


@pytest.fixture(scope="module")
def home_to_read(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's home in a folder of its own, into which commands may write pages."""
    folder = tmp_path_factory.mktemp("reading")
    (folder / "data").symlink_to(sample_home)
    return folder / "data"


def test_the_claim_of_the_documentation_is_accepted() -> None:
    (text,) = re.findall(r"<!-- claims -->\n```csv\n(.*?)```", PAGES["docs/how-to/claims.md"], re.DOTALL)
    parsed = parse_claims(text.encode())
    assert [row[0] for row in parsed.rows] == ["mine"]
    assert not parsed.rejected


@pytest.mark.parametrize(("language", "code"), SNIPPETS, ids=[code.split()[1] for _, code in SNIPPETS])
def test_the_snippets_for_other_tools_run(home: Path, language: str, code: str) -> None:
    programs = f"{Path(sys.executable).parent}"
    command = (
        [sys.executable, "-c", code] if language == "python" else ["bash", "-euc", code.replace(".venv/bin", programs)]
    )
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    finished = subprocess.run(
        command,
        env=os.environ | {"WAREHOUSE_HOME": str(home), "PATH": path},
        cwd=home.parent,
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr
    if language == "sh":
        flows = pandas.read_csv(home.parent / "etf_flows.csv", encoding="utf-8-sig", parse_dates=["trade_date"])
        assert (home.parent / "etf_flows.csv").read_bytes().startswith(b"\xef\xbb\xbfasset,trade_date,net_flow_usd")
        assert flows.set_index("trade_date")["net_flow_usd"]["2025-05-08"] == 117_400_000


def test_the_first_snippet_shows_its_figures_in_a_notebook(home: Path) -> None:
    cell = nbformat.v4.new_code_cell(SNIPPETS[0][1])
    notebook = nbformat.v4.new_notebook(cells=[cell])
    NotebookClient(
        notebook, kernel_name="python3", timeout=120, resources={"metadata": {"path": str(home.parent)}}
    ).execute()
    (output,) = notebook.cells[0].outputs
    assert "103261.6" in output["data"]["text/plain"]


def test_reparse_rebuilds_the_raw_tables_without_the_network(home: Path) -> None:
    finished = warehouse(home, "reparse", "binance")
    assert finished.returncode == 0, finished.stderr
    assert "raw.binance_klines_1d: 384 versions" in finished.stdout


def test_the_page_loads_nothing_from_other_hosts(home: Path) -> None:
    page = home / "brief.html"
    assert warehouse(home, "brief", "2025-05-08", "--html", str(page)).returncode == 0
    text = page.read_text()
    assert "104,145.76" in text
    assert not re.search(r"<script[^>]*\ssrc", text)
    # The code of the charts is in the page, and a link to a provider loads nothing before a reader follows it.
    written = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r"""<(?!a )[^>]*\b(src|href)\s*=\s*"(?!#)|@import|url\(""", written)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sql", "select * from nowhere"], ".tables"),
        (["sql", "create table marts.x as select 1"], "read-only"),
        (["sql", "--as-of", "11.06.2025", "select 1"], "write 2025-06-11"),
        (["sql", "--as-of", "2025-06-11", "from rpt_claims"], "without --as-of"),
        (["run", "--source", "moon"], "sample or live"),
        (["run", "--only", "moon"], "unknown source moon"),
        (["run", "--source", "live"], "never mixed"),
        (["claims", "--explain", "nothing"], "lists them"),
        (["reparse", "moon"], "unknown source moon"),
        (["collect"], "never mixed"),
        (["collect", "--only", "moon"], "unknown stream moon"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_use_ends_with_status_2_and_a_next_step(sample_home: Path, arguments: list[str], message: str) -> None:
    finished = warehouse(sample_home, *arguments)
    assert finished.returncode == 2
    assert message in finished.stderr


def test_before_the_first_run_a_command_names_the_next_step(tmp_path: Path) -> None:
    finished = warehouse(tmp_path / "data", "sql", "select 1")
    assert finished.returncode == 2
    assert "run `warehouse run` first" in finished.stderr


def test_status_shows_how_far_each_source_reaches_and_how_far_it_should(sample_home: Path) -> None:
    lines = json.loads(warehouse(sample_home, "status", "--json").stdout)
    lag = {f"{line['source']} {line['dataset']}": line["lag_hours"] for line in lines}
    assert lag["binance klines_1d"] == lag["binance klines_1h"] == lag["coinbase candles_1d"] == 0
    assert lag["farside flows"] == 0
    # The chart export ends with 29 April; 12 days are missing on 12 May.
    assert lag["tradingview bars_1d"] == 12 * 24
