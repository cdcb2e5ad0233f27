"""What the sample market had published before the run's instant: a first print, and its restatement the day after.

A run observes everything at one instant, so one run shows no restatement. The first run of a sample home therefore
begins with the pages of earlier mornings. They are stored and loaded as the runs of those mornings would have done it:
landing files and versions with an `observed_at` of their own.
"""

from datetime import datetime

from orchestration.ingest.landing import Landing, StoredResponse
from orchestration.raw.load import load
from orchestration.raw.working_file import connect, prepare
from orchestration.sample.figures import figures, instant
from orchestration.sample.wire import WireRequest
from orchestration.sample.wire_farside import respond
from orchestration.settings import Settings
from orchestration.sources.shared.contract import Request
from orchestration.sources.shared.registry import dataset, datasets

SOURCE, DATASET, PAGE, ASSET = "farside", "flows", "/btc/", "BTC"


def load_earlier(settings: Settings, now: datetime) -> None:
    """Store and load the pages of the mornings before `now`; what is there already stays as it is."""
    pages = [_stored(settings, at) for at in _mornings() if at < now]
    if pages:
        with connect(settings.working_file) as connection:
            prepare(connection, datasets())
            load(connection, dataset(SOURCE, DATASET), pages, settings.landing)


def _mornings() -> list[datetime]:
    """The instants at which a page is known, oldest first."""
    return sorted({instant(line["observed_at"]) for line in figures("etf_fund_prints")})


def _stored(settings: Settings, at: datetime) -> StoredResponse:
    source = dataset(SOURCE, DATASET)
    page = respond(WireRequest(PAGE, {}, {}, at))
    url = f"{source.provider.default_url}{PAGE}"
    request = Request(PAGE, subject=ASSET)
    return Landing.of(settings).store(source, request, url, page.status, page.body, at, at)
