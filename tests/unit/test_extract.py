"""Asking one dataset: what is landed, what is said when something fails, and what never stops the rest."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as WireRequest
from werkzeug import Response as WireResponse

from orchestration.extract import Extraction, extract
from orchestration.http import HttpClient
from orchestration.landing import Landing
from orchestration.settings import Settings
from orchestration.sources.contract import Ask, Dataset, Parsed, Request, Response, SourceRejected, Window
from orchestration.sources.provider import Provider, Rate

NOW = datetime(2025, 5, 9, 12, tzinfo=UTC)
PROVIDER = Provider("acme", "Acme", "https://unused.invalid", "none", Rate(1000))
SYMBOLS = {"BTC": "XBT", "ETH": "ETH"}


def plan(ask: Ask) -> Iterator[Request]:
    yield Request("/page", {"s": ask.symbol, "cursor": "0"}, ask.subject, ask.window)


def follow(response: Response) -> Request | None:
    cursor = json.loads(response.body).get("next")
    return replace(response.request, params={**response.request.params, "cursor": cursor}) if cursor else None


def verify(response: Response) -> None:
    if b"error" in response.body:
        raise SourceRejected("acme says no with status 200")


PAGES = Dataset(
    PROVIDER,
    "pages",
    "Pages",
    "prices",
    {"k": "varchar"},
    ("k",),
    lambda response: Parsed([]),
    plan=plan,
    verify=verify,
    follow=follow,
)


@pytest.fixture
def ask(httpserver: HTTPServer, tmp_path: Path) -> Callable[..., Extraction]:
    def run(dataset: Dataset = PAGES, window: Window | None = None, **environment: str) -> Extraction:
        settings = Settings.load(
            {
                "WAREHOUSE_HOME": str(tmp_path),
                "WAREHOUSE_ASSETS": "BTC,ETH,XYZ",
                "WAREHOUSE_NOW": NOW.isoformat(),
                "ACME_BASE_URL": httpserver.url_for(""),
                **environment,
            }
        )
        client = HttpClient(settings, pause=lambda _: None)
        return extract(dataset, settings, client, SYMBOLS, NOW, window)

    return run


def serve(httpserver: HTTPServer, answer: Callable[[WireRequest], WireResponse | str]) -> Sequence[WireRequest]:
    seen: list[WireRequest] = []

    def handler(request: WireRequest) -> WireResponse:
        seen.append(request)
        reply = answer(request)
        return WireResponse(reply) if isinstance(reply, str) else reply

    httpserver.expect_request("/page").respond_with_handler(handler)
    return seen


def test_every_page_is_landed_before_anything_else(
    httpserver: HTTPServer, ask: Callable[..., Extraction], tmp_path: Path
) -> None:
    serve(httpserver, lambda r: '{"next": "1"}' if r.args["cursor"] == "0" else '{"next": null}')
    extraction = ask()
    assert extraction.outcome == "answered"
    assert [(a.request.subject, a.request.params["cursor"]) for a in extraction.answers] == [
        ("BTC", "0"), ("BTC", "1"), ("ETH", "0"), ("ETH", "1"),
    ]  # fmt: skip
    stored = list(Landing(tmp_path / "landing").all("acme"))
    assert {landed.response.body for landed in stored} == {b'{"next": "1"}', b'{"next": null}'}


def test_a_dataset_of_which_nothing_is_there_has_failed(httpserver: HTTPServer, ask: Callable[..., Extraction]) -> None:
    """One file that is absent is no failure; all of them are."""

    def files(ask: Ask) -> Iterator[Request]:
        yield Request("/page", {"s": ask.symbol}, ask.subject, may_be_absent=True)

    there: set[str] = set()
    serve(httpserver, lambda r: "{}" if r.args["s"] in there else WireResponse("no such file", 404))
    extraction = ask(replace(PAGES, plan=files))
    assert extraction.outcome == "failed"
    assert "acme pages: answered 404 to all 2 questions, nothing of what was asked for is there" in str(
        extraction.message
    )
    there.add("ETH")
    assert (ask(replace(PAGES, plan=files)).outcome, len(extraction.answers)) == ("answered", 2)


def test_nothing_is_asked_of_a_time_before_there_was_anything(ask: Callable[..., Extraction]) -> None:
    before = Window(datetime(2008, 1, 1, tzinfo=UTC), datetime(2008, 2, 1, tzinfo=UTC))
    extraction = ask(replace(PAGES, per_asset=True), before, WAREHOUSE_ASSETS="BTC")
    assert (extraction.outcome, extraction.message) == (
        "skipped",
        "the window ends before there is anything to ask for",
    )


def test_a_cursor_that_stands_still_is_refused(httpserver: HTTPServer, ask: Callable[..., Extraction]) -> None:
    seen = serve(httpserver, lambda _: '{"next": "1"}')
    extraction = ask()
    assert "the cursor stands still" in (extraction.message or "")
    assert len(seen) == 4


def test_one_subject_that_fails_does_not_stop_the_others(
    httpserver: HTTPServer, ask: Callable[..., Extraction]
) -> None:
    serve(httpserver, lambda r: WireResponse("unknown symbol", 404) if r.args["s"] == "XBT" else "{}")
    extraction = ask()
    assert extraction.outcome == "partly answered"
    assert "acme /page for BTC: answered 404" in (extraction.message or "")
    assert {a.request.subject for a in extraction.answers if a.status == 200} == {"ETH"}


def test_an_error_with_status_200_is_noticed_and_its_body_kept(
    httpserver: HTTPServer, ask: Callable[..., Extraction]
) -> None:
    serve(httpserver, lambda _: '{"error": "plan"}')
    extraction = ask()
    assert extraction.outcome == "failed"
    assert "acme says no" in (extraction.message or "")
    assert len(extraction.answers) == 2


def test_a_failed_answer_is_landed_with_its_status(httpserver: HTTPServer, ask: Callable[..., Extraction]) -> None:
    serve(httpserver, lambda _: WireResponse("<html>maintenance</html>", 503))
    extraction = ask()
    assert extraction.outcome == "failed"
    assert {(a.status, a.response.body) for a in extraction.answers} == {(503, b"<html>maintenance</html>")}


def test_a_missing_key_skips_the_source_and_names_the_variable(ask: Callable[..., Extraction]) -> None:
    keyed = replace(PAGES, provider=replace(PROVIDER, key_header="X-KEY", key_required=True))
    extraction = ask(keyed)
    assert (extraction.outcome, extraction.message) == ("skipped", "no key: set ACME_API_KEY")


def test_no_key_is_found_in_the_landing_folder(
    httpserver: HTTPServer, ask: Callable[..., Extraction], tmp_path: Path
) -> None:
    serve(httpserver, lambda _: "{}")
    keyed = replace(PAGES, provider=replace(PROVIDER, key_header="X-KEY", key_required=True))
    assert ask(keyed, ACME_API_KEY="s3cr3t").outcome == "answered"
    files = [path for path in (tmp_path / "landing").rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"s3cr3t" in path.read_bytes()]


def test_the_window_ends_now_whatever_was_asked(httpserver: HTTPServer, ask: Callable[..., Extraction]) -> None:
    serve(httpserver, lambda _: "{}")
    extraction = ask(window=Window(datetime(2025, 5, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)))
    assert {a.request.window.end for a in extraction.answers if a.request.window} == {NOW}


def test_a_window_in_the_future_asks_nothing(ask: Callable[..., Extraction]) -> None:
    future = Window(datetime(2030, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC))
    assert ask(window=future).outcome == "skipped"


def test_the_user_s_files_are_landed_like_answers(ask: Callable[..., Extraction], tmp_path: Path) -> None:
    files = replace(PAGES, files="EXPORT_*.csv")
    assert "no file like 'EXPORT_*.csv'" in (ask(files).message or "")
    (tmp_path / "imports").mkdir()
    (tmp_path / "imports" / "EXPORT_1.csv").write_text("a,b\n")
    (tmp_path / "imports" / "other.csv").write_text("c\n")
    (answer,) = ask(files).answers
    assert (answer.request.path, answer.response.body) == ("EXPORT_1.csv", b"a,b\n")


def test_a_file_is_as_old_as_its_writing(ask: Callable[..., Extraction], tmp_path: Path) -> None:
    (tmp_path / "imports").mkdir()
    export, written = tmp_path / "imports" / "EXPORT_1.csv", datetime(2025, 5, 7, 15, 30, tzinfo=UTC)
    export.write_text("a,b\n")
    files = replace(PAGES, files="EXPORT_*.csv")
    assert [answer.fetched_at for answer in ask(files).answers] == [NOW]
    os.utime(export, (written.timestamp(), written.timestamp()))
    assert [answer.fetched_at for answer in ask(files).answers] == [written]


def test_an_asset_that_the_provider_lacks_is_told_and_stops_nothing(
    ask: Callable[..., Extraction], httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/page").respond_with_json({})
    extraction = ask()
    assert (extraction.outcome, len(extraction.answers)) == ("answered", 2)
    assert extraction.message == "acme has no symbol for XYZ"
