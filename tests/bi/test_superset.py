"""`make bi` on a home of its own: SQL and every chart's figures by REST, dashboards in Chromium, a new release below.

One Superset is set up for the whole module, beside the build of what it shows; the tests go from looking to changing.
What drawing can't show, figures do: charts of the other dashboards are requested as Superset's page requests them.
"""

import os
import re
import shutil
import signal
import stat
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pytest
import requests
from playwright.sync_api import Page, Request, sync_playwright
from playwright.sync_api import TimeoutError as PageTimeout

from orchestration.release.publish import publish
from tests.bi.dashboards import Asset, assets, chart_names, marts_of, query_of
from tests.pipeline.processes import free_port
from tests.warehouse.conftest import NOW, build_warehouse
from tests.warehouse.raw_tables import load_sample

pytestmark = [pytest.mark.bi, pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(900)]
ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium")
LATER = datetime(2025, 8, 29, 6)
RESTATED = "select short_liquidations_usd from marts.fct_daily_market where asset = 'BTC' and trade_date = '2025-05-08'"
NO_INDEX = re.compile(r"connection|network|dns|timed? ?out|temporary failure|no matching distribution", re.IGNORECASE)

DRAWN = """
() => Object.fromEntries([...document.querySelectorAll("[data-test-chart-name]")].map((chart) => {
  const canvas = chart.querySelector("canvas");
  const pixels = canvas && canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return [chart.getAttribute("data-test-chart-name"), {
    text: chart.innerText, rows: chart.querySelectorAll("tbody tr").length,
    painted: canvas ? pixels.some((value) => value > 0) : false,
    loading: chart.querySelectorAll(".loading, [data-test='loading-indicator']").length > 0,
    errors: [...chart.querySelectorAll("[role='alert'], .ant-alert-error")].map((alert) => alert.innerText),
  }];
}))
"""


@dataclass
class Superset:
    """A running Superset, what it printed until it was ready, and a session of its REST interface."""

    home: Path
    draft: Path
    url: str
    printed: str
    password: str
    session: requests.Session = field(default_factory=requests.Session)

    def sign_in(self) -> None:
        login = {"username": "admin", "password": self.password, "provider": "db"}
        token = self.session.post(f"{self.url}/api/v1/security/login", json=login).json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"
        csrf = self.session.get(f"{self.url}/api/v1/security/csrf_token/").json()["result"]
        self.session.headers.update({"X-CSRFToken": csrf, "Referer": self.url})

    def sql(self, query: str) -> requests.Response:
        """The query in SQL Lab."""
        (database,) = self.session.get(f"{self.url}/api/v1/database/").json()["result"]
        body = {"database_id": database["id"], "sql": query, "runAsync": False}
        return self.session.post(f"{self.url}/api/v1/sqllab/execute/", json=body)

    def datasets(self) -> dict[str, int]:
        """The numbers of the datasets by their names."""
        found = self.session.get(f"{self.url}/api/v1/dataset/", params={"q": "(page_size:100)"}).json()["result"]
        return {dataset["table_name"]: dataset["id"] for dataset in found}

    def figures(self, chart: Asset, dataset: int, filters: list[Asset]) -> list[dict[str, Any]]:
        """The rows that a chart is drawn from."""
        query = query_of(chart, filters)
        body = {"datasource": {"id": dataset, "type": "table"}, "queries": [query], "result_format": "json"}
        response = self.session.post(f"{self.url}/api/v1/chart/data", json=body)
        assert response.ok, (chart["slice_name"], response.text[:500])
        (result,) = response.json()["result"]
        assert not result["error"], (chart["slice_name"], result["error"])
        return list(result["data"])


@contextmanager
def prepared(environment: dict[str, str]) -> Iterator[None]:
    """Superset's own tables are made while something else is done."""
    folder = ROOT / "bi" / "superset"
    start = [str(folder / ".venv" / "bin" / "python"), str(folder / "start.py"), "--prepare"]
    preparing = subprocess.Popen(start, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    yield
    printed, _ = preparing.communicate(timeout=300)
    assert preparing.returncode == 0, printed.decode()


@pytest.fixture(scope="module")
def superset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Superset]:
    """Superset as `make bi` starts it, on a home with the sample of 12 May 2025."""
    installed = subprocess.run(["make", "-s", "bi/superset/.venv/.ready"], cwd=ROOT, capture_output=True, text=True)
    if installed.returncode:
        if NO_INDEX.search(installed.stderr):
            pytest.skip(f"Superset's lock can't be installed here: {installed.stderr.strip()[-300:]}")
        pytest.fail(installed.stderr)
    folder = tmp_path_factory.mktemp("superset")
    home = folder / "data"
    home.mkdir()
    port = free_port()
    environment = os.environ | {"WAREHOUSE_HOME": str(home), "WAREHOUSE_BI_PORT": str(port)}
    environment.pop("WAREHOUSE_BI_PASSWORD", None)
    with prepared(environment):
        built = build_warehouse(folder, lambda connection: load_sample(connection, NOW))
    draft = folder / "draft.duckdb"
    publish(Path(shutil.copy(built.release_file, draft)), home / "published", NOW, "test", "sample")
    server = subprocess.Popen(
        ["make", "-s", "bi"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        printed = _until_ready(server)
        shown = re.search(r"shown once: (\S+)", printed)
        assert shown, printed
        superset = Superset(home, built.release_file, f"http://127.0.0.1:{port}", printed, shown.group(1))
        superset.sign_in()
        yield superset
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _until_ready(server: "subprocess.Popen[str]") -> str:
    assert server.stdout is not None
    printed = ""
    for line in server.stdout:
        printed += line
        if "Superset is on" in line:
            threading.Thread(target=server.stdout.read, daemon=True).start()
            return printed
    raise AssertionError(f"Superset did not start:\n{printed}")


@dataclass
class Browser:
    """A signed-in page, the hosts it requested, and those that the browser itself blocked."""

    page: Page
    base: str
    requested: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)

    def note(self, request: Request) -> None:
        if host := urlsplit(request.url).hostname:
            self.requested.add(host)

    def note_failure(self, request: Request) -> None:
        if request.failure == "csp":
            self.refused.add(str(urlsplit(request.url).hostname))

    def sign_in(self, password: str) -> None:
        """By Superset's own form. It does nothing when its token has not come, so it is used once the page is at rest,
        and once more on a fresh page.
        """
        for tries_left in (1, 0):
            self.page.goto(f"{self.base}/login/", wait_until="networkidle")
            self.page.fill("#username", "admin")
            self.page.fill("#password", password)
            self.page.click("button[type=submit]")
            try:
                self.page.wait_for_url("**/superset/welcome/**", timeout=30_000)
            except PageTimeout as error:
                if not tries_left:
                    raise AssertionError(f"not signed in; the page says: {self.page.inner_text('body')}") from error
            else:
                return

    def draw(self, slug: str, count: int) -> dict[str, dict[str, Any]]:
        """What each of the dashboard's charts shows, when all of them are drawn."""
        self.page.goto(f"{self.base}/superset/dashboard/{slug}/")
        self.page.wait_for_function(
            f"""() => {{
                const charts = Object.values(({DRAWN})());
                return charts.length === {count} && charts.every((chart) => !chart.loading &&
                  (chart.painted || chart.rows || chart.errors.length || chart.text.split("\\n").length > 3));
            }}""",
            timeout=120_000,
            polling=500,
        )
        return dict(self.page.evaluate(DRAWN))


@pytest.fixture(scope="module")
def browser(superset: Superset) -> Iterator[Browser]:
    if CHROMIUM is None:
        assert "CI" not in os.environ, "chromium is missing where the dashboards must be looked at"
        pytest.skip("no chromium on this machine: install it to look at the dashboards")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        # A chart below the window is not drawn before it is scrolled to: the window holds the whole dashboard.
        page = chromium.new_page(viewport={"width": 1500, "height": 2600})
        page.set_default_timeout(60_000)
        browser = Browser(page, superset.url)
        page.on("request", browser.note)
        page.on("requestfailed", browser.note_failure)
        browser.sign_in(superset.password)
        yield browser
        chromium.close()


def test_secrets_are_made_for_this_home_and_kept_from_others(superset: Superset) -> None:
    key = superset.home / "superset" / "secret_key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    assert len(key.read_text()) > 40
    assert key.read_text() not in superset.printed
    for password in ("admin", "", "general"):
        login = {"username": "admin", "password": password, "provider": "db"}
        assert not requests.post(f"{superset.url}/api/v1/security/login", json=login).ok
    assert requests.get(f"{superset.url}/api/v1/dashboard/").status_code in (401, 403) or not (
        requests.get(f"{superset.url}/api/v1/dashboard/").json().get("result")
    )


def test_sql_by_rest_reads_the_published_tables_and_nothing_else(superset: Superset) -> None:
    answer = superset.sql(
        "select trade_date, net_flow_usd, cumulative_net_flow_usd, source from marts.fct_daily_etf_totals "
        "where asset = 'BTC' and trade_date = '2025-05-08'"
    )
    assert answer.json()["data"] == [
        {
            "trade_date": "2025-05-08",
            "net_flow_usd": 117_400_000.0,
            "cumulative_net_flow_usd": 40_806_100_000.0,
            "source": "farside",
        }
    ]
    refused = {
        "delete from marts.fct_daily_market": "mutates data",
        "select * from read_text('/etc/hostname')": "disabled by configuration",
        "set enable_external_access = true": "locked",
    }
    for query, reason in refused.items():
        answer = superset.sql(query)
        assert not answer.ok, query
        assert reason in answer.text


def test_every_column_of_every_dataset_is_described(superset: Superset) -> None:
    found = superset.datasets()
    assert set(found) == {dataset["table_name"] for dataset in assets("datasets").values()}
    for name, number in found.items():
        columns = superset.session.get(f"{superset.url}/api/v1/dataset/{number}").json()["result"]["columns"]
        assert columns
        assert not [column["column_name"] for column in columns if not column["description"]], name


def test_every_chart_has_the_figures_of_the_published_file(superset: Superset) -> None:
    numbers = superset.datasets()

    def rows_of(name: str) -> int:
        chart = assets("charts")[name]
        return len(superset.figures(chart, numbers[chart["dataset"]], filters[name]))

    filters: dict[str, list[Asset]] = {}
    expected = {}
    with duckdb.connect(str(published(superset.home)), read_only=True) as connection:
        for name, chart in assets("charts").items():
            sql, given = assets("datasets")[chart["dataset"]]["sql"], list(chart.get("where", []))
            columns = [column for column, *_ in connection.execute(f"describe {sql}").fetchall()]
            filters[name] = [{"col": "asset", "op": "IN", "val": ["BTC"]}] if "asset" in columns else []
            given += ["asset = 'BTC'"] if filters[name] else []
            wanted = f"select count(*) from ({sql}) where {' and '.join(given) or 'true'}"
            (expected[name],) = connection.execute(wanted).fetchone() or (0,)
    with ThreadPoolExecutor(4) as pool:
        found = dict(zip(expected, pool.map(rows_of, expected), strict=True))
    for name, chart in assets("charts").items():
        if chart["params"].get("query_mode") == "raw":
            assert found[name] == min(expected[name], chart["params"]["row_limit"]), name
        elif chart["viz_type"] != "big_number_total":
            assert bool(found[name]) == bool(expected[name]), name


def published(home: Path) -> Path:
    """The file of the newest release, by its own name: DuckDB keeps the one that it opened under a name."""
    return (home / "published" / "crypto_market.duckdb").resolve()


def records_of_the_newest_day(home: Path, asset: str) -> int:
    """How many rows say so: a quiet day has one that says there is none."""
    with duckdb.connect(str(published(home)), read_only=True) as connection:
        newest = "(select max(trade_date) from marts.fct_daily_market)"
        query = f"select count(*) from marts.rpt_records where asset = ? and trade_date = {newest}"
        (found,) = connection.execute(query, [asset]).fetchone() or (0,)
    return max(int(found), 1)


@pytest.mark.parametrize("slug", ["market-day", "etf-desk"])
def test_every_chart_of_the_dashboard_draws(browser: Browser, superset: Superset, slug: str) -> None:
    (dashboard,) = (asset for asset in assets("dashboards").values() if asset["slug"] == slug)
    charts = {assets("charts")[name]["slice_name"]: assets("charts")[name] for name in chart_names(dashboard)}
    drawn = browser.draw(slug, len(charts))
    assert set(drawn) == set(charts)
    for name, chart in drawn.items():
        assert not chart["errors"], (name, chart["errors"])
        kind = charts[name]["viz_type"]
        if "timeseries" in kind or kind == "echarts_area":
            assert chart["painted"], name
        elif name == "Records of the day":
            assert chart["rows"] == records_of_the_newest_day(superset.home, "BTC"), name
        elif kind in ("table", "pivot_table_v2"):
            assert chart["rows"] > 2, name
            assert "N/A" not in chart["text"], name
    if slug == "market-day":
        assert "104,118.00" in drawn["Close"]["text"]
        assert "Bitcoin closed at 104,118.00 USDT" in drawn["The day in words"]["text"]
    else:
        assert "+335M" in drawn["Newest"]["text"]


def test_a_click_on_a_claim_leaves_its_interpretations(browser: Browser) -> None:
    page = browser.page
    page.goto(f"{browser.base}/superset/dashboard/claims/")
    tables = "Claims", "Every definition that the words allow"
    for name in tables:
        page.wait_for_selector(f"[data-test-chart-name='{name}'] tbody td")
    cells = "() => [...document.querySelectorAll(\"[data-test-chart-name='{}'] tbody td:first-child\")]"
    claims, shown = (cells.replace("{}", name) + ".map((cell) => cell.innerText)" for name in tables)
    before, clicked = set(page.evaluate(shown)), page.evaluate(claims)[1]
    assert before != {clicked}
    page.locator("[data-test-chart-name='Claims'] tbody tr").nth(1).locator("td").first.click()
    only = f"(claim) => {{ const left = new Set(({shown})()); return left.size === 1 && left.has(claim); }}"
    page.wait_for_function(only, arg=clicked)


def test_no_request_left_this_machine(browser: Browser) -> None:
    """Superset's pages hold a counting image of another host; the policy that `make bi` sends keeps it from loading."""
    assert browser.requested - browser.refused == {"127.0.0.1"}


def test_a_new_release_is_seen_by_the_next_query_and_chart(superset: Superset) -> None:
    liquidations = assets("charts")["market_liquidations"]
    number = superset.datasets()[liquidations["dataset"]]
    day = [{"col": "trade_day", "op": "==", "val": "2025-05-08"}, {"col": "asset", "op": "==", "val": "BTC"}]
    (before,) = superset.sql(RESTATED).json()["data"]
    draft = Path(shutil.copy(superset.draft, superset.draft.with_name("later.duckdb")))
    with duckdb.connect(str(draft)) as connection:
        (mart,) = marts_of(assets("datasets")[liquidations["dataset"]])
        restated = f"update marts.{mart} set short_liquidations_usd = 57780000"
        connection.execute(f"{restated} where asset = 'BTC' and trade_date = '2025-05-08'")
    publish(draft, superset.home / "published", LATER, "test", "sample")
    assert before != {"short_liquidations_usd": 57_780_000.0}
    assert superset.sql(RESTATED).json()["data"] == [{"short_liquidations_usd": 57_780_000.0}]
    (row,) = superset.figures(liquidations, number, day)
    assert row["shorts_liquidated"] == 57_780_000.0
