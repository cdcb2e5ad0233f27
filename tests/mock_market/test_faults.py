"""Every fault of the mock market on every provider, from request to raw table.

`tests.mock_market.faults` lists the faults and what must come of each.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestration.raw.working_file import connect, prepare
from orchestration.sources.shared.contract import Dataset
from orchestration.sources.shared.registry import datasets
from tests.mock_market.faults import FAULTS, FIGURES, PROVIDERS, Fault, Figures
from tests.mock_market.judging import mistakes, unhealed, why_not_judged
from tests.mock_market.market import ABSENT, FOLDER, Market, mock_market
from tests.mock_market.tally import Tally, Tried
from tests.mock_market.trying import Trial, attempt

pytestmark = [
    pytest.mark.mock_market,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=ABSENT),
]
EARLIER, NOW, LATER = (f"2025-05-09T{time}Z" for time in ("05:59:59", "06:00:00", "06:00:01"))


@pytest.fixture(scope="module")
def market() -> Iterator[Market]:
    with mock_market(NOW) as running:
        yield running


@pytest.fixture(scope="module")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with its raw tables, which are empty."""
    home = tmp_path_factory.mktemp("empty")
    with connect(home / "warehouse.duckdb") as connection:
        prepare(connection, datasets())
    return home


@pytest.fixture
def home(empty_home: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of it, held open: opening it for every step takes longer than the step."""
    folder = tmp_path / "data"
    shutil.copytree(empty_home, folder)
    with connect(folder / "warehouse.duckdb"):
        yield folder
    shutil.rmtree(folder)


Updater = Callable[[Dataset, Path, str], Trial]


@pytest.fixture(scope="module")
def update(market: Market) -> Updater:
    def updated(dataset: Dataset, home: Path, now: str) -> Trial:
        settings = {"WAREHOUSE_NOW": now, "WAREHOUSE_ASSETS": "BTC", "COINMARKETCAP_WEB_HISTORY": "yes"}
        return attempt(dataset, home, market.environment | settings, FIGURES.get(dataset.table, Figures()).days)

    return updated


@pytest.fixture(scope="module")
def clean(
    market: Market, update: Updater, empty_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Dataset], Trial]:
    """What a dataset's untroubled provider returns, fetched once."""
    folder = tmp_path_factory.mktemp("clean") / "data"
    shutil.copytree(empty_home, folder)
    known: dict[str, Trial] = {}

    def of(dataset: Dataset) -> Trial:
        if dataset.table not in known:
            market.breaks("")
            known[dataset.table] = update(dataset, folder, NOW)
        return known[dataset.table]

    return of


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_spoiled_response_costs_its_own_figures_and_is_named(
    provider: str,
    fault: Fault,
    market: Market,
    home: Path,
    update: Updater,
    clean: Callable[[Dataset], Trial],
    tally: Tally,
) -> None:
    wrong: dict[str, list[str]] = {}
    for dataset in market.datasets(provider):
        truth = clean(dataset)
        if fault.spec == "restate":
            update(dataset, home, EARLIER)
        market.breaks(f"{provider}:{fault.spec}")
        trial = update(dataset, home, NOW)
        market.breaks("")
        reason = why_not_judged(dataset, fault, truth, trial)
        if reason:
            tally.tried.append(Tried(provider, dataset.table, fault.spec, "not applicable", (reason,)))
            continue
        found = mistakes(dataset, fault, truth, trial) + unhealed(truth, update(dataset, home, LATER))
        tally.tried.append(Tried(provider, dataset.table, fault.spec, "wrong" if found else "right", tuple(found)))
        if found:
            wrong[dataset.table] = found
    assert not wrong
