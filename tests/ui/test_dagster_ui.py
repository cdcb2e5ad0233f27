"""The Dagster UI as a person has it: `warehouse ui` on an empty home, in Chromium, by clicking.

The sample is materialised from the launchpad, looked at, and run again with a corrupt release: the check that blocks it
is red, and what was published before still stands. Days are backfilled and a schedule is started on the way.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from orchestration.build.preparing import prepare_project
from tests.pipeline.processes import free_port, graphql

CHROMIUM = shutil.which("chromium")
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
)
START_SECONDS = 240
RUN_SECONDS = 600
"""A quiet machine needs 20 and 40."""
FOLLOW = "path => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')); }"
"""What a link within the UI does."""
T = TypeVar("T")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.timeout(1500),
]


@dataclass(frozen=True)
class Ui:
    """The UI that serves a home, and a page of the browser that looks at it."""

    home: Path
    url: str
    page: Page

    def graphql(self, query: str, **variables: object) -> Any:
        """What the page's own interface answers; fails on an error in it."""
        return graphql(self.url, query, variables)

    def look(self, path: str) -> Page:
        """The page at `path`: as a link within the UI leads there, for loading the whole UI takes a second."""
        if self.page.url.startswith(self.url):
            self.page.evaluate(FOLLOW, path)
        else:
            self.page.goto(self.url + path)
        return self.page

    def leave(self) -> None:
        """A page that follows a run takes as much of a processor as the run."""
        self.page.goto("about:blank")

    def runs(self) -> list[dict[str, Any]]:
        """All runs, the newest first."""
        query = "{ runsOrError { ... on Runs { results { runId status jobName tags { key value } } } } }"
        return list(self.graphql(query)["runsOrError"]["results"])

    def wait_for_runs(self, count: int) -> dict[str, Any]:
        """The newest run when there are `count` and all have ended."""

        def have_ended(runs: list[dict[str, Any]]) -> bool:
            return len(runs) == count and {run["status"] for run in runs} <= {"SUCCESS", "FAILURE", "CANCELED"}

        self.leave()
        return wait_until(self.runs, have_ended, RUN_SECONDS)[0]

    def freshness(self, *path: str) -> str:
        query = (
            "query($key: AssetKeyInput!) { assetNodes(assetKeys: [$key]) { freshnessStatusInfo { freshnessStatus } } }"
        )
        return str(self.graphql(query, key={"path": path})["assetNodes"][0]["freshnessStatusInfo"]["freshnessStatus"])

    def materialize_all(self) -> None:
        """On the page of the job `main`: one click."""
        page = self.look("/locations/orchestration.definitions/jobs/main")
        count = len(self.runs())
        page.get_by_role("button", name="Materialize all").click()
        wait_until(self.runs, lambda runs: len(runs) == count + 1, 60)


def wait_until(look: Callable[[], T], is_reached: Callable[[T], bool], seconds: float) -> T:
    """What `look` sees once `is_reached` holds of it; fails with what it saw last."""
    deadline = time.monotonic() + seconds
    while not is_reached(seen := look()):
        assert time.monotonic() < deadline, f"not reached after {seconds} s: {seen}"
        time.sleep(0.5)
    return seen


def wait_until_served(url: str, process: "subprocess.Popen[str]", log: Path) -> None:
    def log_if_not_served() -> str:
        assert process.poll() is None, log.read_text()[-3000:]
        try:
            with urllib.request.urlopen(f"{url}/server_info", timeout=5):
                return ""
        except OSError:
            return log.read_text()[-3000:] or "nothing said"

    wait_until(log_if_not_served, lambda told: told == "", START_SECONDS)


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    """`warehouse ui` on an empty home, and Chromium."""
    if CHROMIUM is None:
        assert "CI" not in os.environ, "chromium is missing where the UI must be looked at"
        pytest.skip("no chromium on this machine: install it to look at the UI")
    # As `make` and a wheel leave the project: the columns' lineage is made with its recording.
    prepare_project()
    folder = tmp_path_factory.mktemp("ui")
    home, log, port = folder / "data", folder / "log", free_port()
    with log.open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration", "ui", "--port", str(port)],
            env=os.environ | {"WAREHOUSE_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            text=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_served(url, process, log)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
            page = browser.new_page(viewport={"width": 1500, "height": 1000})
            page.set_default_timeout(90_000)
            expect.set_options(timeout=90_000)
            yield Ui(home, url, page)
            browser.close()
    finally:
        # Dagster ends its webserver, daemon and code server when it is told to.
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def filled(ui: Ui) -> Ui:
    """The UI after one run of `main` that was started by clicking."""
    outside: list[str] = []
    ui.page.on("request", lambda request: outside.append(request.url))
    ui.materialize_all()
    run = ui.wait_for_runs(1)
    page = ui.look(f"/runs/{run['runId']}")
    assert run["status"] == "SUCCESS", page.inner_text("body")[:3000]
    expect(page.get_by_text("Success", exact=True).first).to_be_visible()
    strangers = [url for url in outside if not url.startswith((ui.url, "data:", "blob:"))]
    assert strangers == [], "the UI asks nobody outside"
    return ui


def published(home: Path) -> str:
    return str(json.loads((home / "published" / "manifest.json").read_text())["version"])


def test_nobody_is_asked_for_an_address_and_nothing_is_told_to_anybody(ui: Ui) -> None:
    page = ui.look("/")
    expect(page.get_by_role("link", name="Catalog")).to_be_visible()
    assert "Join the Dagster community" not in page.inner_text("body")
    assert "telemetry:\n  enabled: false" in (ui.home / "dagster" / "dagster.yaml").read_text()


def test_the_catalogue_is_grouped_by_layer(ui: Ui) -> None:
    query = "{ assetNodes { assetKey { path } groupName description kinds owners { ... on TeamAssetOwner { team } } } }"
    nodes = ui.graphql(query)["assetNodes"]
    groups = {node["groupName"] for node in nodes if node["groupName"] != "default"}
    assert groups == {"raw", "seeds", "staging", "intermediate", "marts", "reports", "published"}
    page = ui.look("/asset-groups")
    for group in ("raw", "staging", "intermediate", "published"):
        expect(page.get_by_text(group, exact=True).first).to_be_visible()


def test_assets_are_green_with_rows_columns_checks_and_freshness(filled: Ui) -> None:
    # The daemon judges every 30 s, and a page that was opened before does not ask again.
    wait_until(lambda: filled.freshness("marts", "fct_daily_prices"), lambda status: status == "HEALTHY", 180)
    page = filled.look("/assets/marts/fct_daily_prices")
    expect(page.get_by_text("Freshness policy").first).to_be_visible()
    expect(page.get_by_text("Passing").first).to_be_visible()
    expect(page.get_by_text("384", exact=True).first).to_be_visible()
    expect(page.get_by_text("First price of the day in the quote asset").first).to_be_visible()
    page = filled.look("/assets/marts/fct_daily_venue_prices?view=checks")
    expect(page.get_by_text("Succeeded").first).to_be_visible()
    assert page.get_by_text("Failed", exact=True).count() == 0
    page = filled.look("/assets/published/crypto_market")
    expect(page.get_by_text(published(filled.home)).first).to_be_visible()


def test_lineage_leads_from_the_provider_to_the_published_file(filled: Ui) -> None:
    nodes = filled.graphql("{ assetNodes { assetKey { path } dependencyKeys { path } } }")["assetNodes"]
    above = {"/".join(n["assetKey"]["path"]): ["/".join(k["path"]) for k in n["dependencyKeys"]] for n in nodes}
    reached, todo = set[str](), ["published/crypto_market"]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += above.get(name, [])
    assert {"binance/klines_1d", "farside/flows", "coinbase/candles_1d", "nyse/sessions"} <= reached
    query = "query($key: AssetKeyInput!) { assetNodes(assetKeys: [$key]) { metadataEntries { __typename } } }"
    (prices,) = filled.graphql(query, key={"path": ["marts", "fct_daily_prices"]})["assetNodes"]
    assert {"__typename": "TableColumnLineageMetadataEntry"} in prices["metadataEntries"]


def test_a_schedule_is_started_by_its_switch(ui: Ui) -> None:
    selector = '{repositoryName: "__repository__", repositoryLocationName: "orchestration.definitions"}'
    states_of = "... on Schedules { results { name scheduleState { status } } }"
    query = f"{{ schedulesOrError(repositorySelector: {selector}) {{ {states_of} }} }}"

    def states() -> dict[str, str]:
        found = ui.graphql(query)["schedulesOrError"]["results"]
        return {schedule["name"]: schedule["scheduleState"]["status"] for schedule in found}

    assert set(states().values()) == {"STOPPED"}
    page = ui.look("/locations/orchestration.definitions/schedules/prices_schedule")
    switch = page.locator("label:has(input[type=checkbox])").first
    for state in ("RUNNING", "STOPPED"):
        switch.click()
        wait_until(lambda: states()["prices_schedule"], lambda seen, state=state: seen == state, 60)


def test_months_are_backfilled_in_a_run_each(filled: Ui) -> None:
    launched = filled.graphql(
        "mutation($p: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $p) { __typename "
        "... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }",
        p={
            "selector": {
                "partitionSetName": "backfill_partition_set",
                "repositorySelector": {
                    "repositoryName": "__repository__",
                    "repositoryLocationName": "orchestration.definitions",
                },
            },
            "partitionNames": ["2025-03-01"],
        },
    )["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched
    run = filled.wait_for_runs(2)
    assert run["status"] == "SUCCESS"
    assert {"key": "dagster/partition", "value": "2025-03-01"} in run["tags"]


def test_a_corrupt_release_is_a_red_check_and_the_published_version_stands(filled: Ui) -> None:
    before = published(filled.home)
    with duckdb.connect(str(filled.home / "warehouse.duckdb")) as connection:
        # What was loaded goes wrong in the warehouse: it was learned next year. The provider still reports the same.
        connection.execute("update raw.coinbase_candles_1d set observed_at = observed_at + interval 1 year")
    count = len(filled.runs())
    filled.materialize_all()
    run = filled.wait_for_runs(count + 1)
    assert run["status"] == "FAILURE"
    page = filled.look(f"/runs/{run['runId']}")
    expect(page.get_by_text("Failure", exact=True).first).to_be_visible()
    page = filled.look("/assets/marts/fct_daily_metrics?view=checks")
    expect(page.get_by_text("Failed", exact=True).first).to_be_visible()
    page.get_by_text("Failed", exact=True).first.click()
    address = page.locator('a[href^="http://127.0.0.1:"][href*="/#"]').first.get_attribute("href")
    assert address is not None
    page.goto(address)
    expect(page.get_by_role("heading", name="What failed")).to_be_visible()
    expect(page.locator(f"#{address.partition('#')[2]}").get_by_text("fct_daily_metrics").first).to_be_visible()
    assert published(filled.home) == before
    page = filled.look("/assets/published/crypto_market")
    expect(page.get_by_text(before).first).to_be_visible()
