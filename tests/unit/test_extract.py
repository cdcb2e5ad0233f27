"""Extracting one dataset: what is stored, what is reported when something fails, and what never stops the rest."""

import errno
import hashlib
import json
import os
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as WireRequest
from werkzeug import Response as WireResponse

from orchestration.ingest.extract import extract
from orchestration.ingest.extraction import Extraction
from orchestration.ingest.http import HttpClient
from orchestration.ingest.landing import Landing
from orchestration.settings import Settings
from orchestration.sources.shared.contract import Dataset, Parsed, Request, Response, Slice, SourceRejected, Window
from orchestration.sources.shared.provider import Provider, Rate

NOW = datetime(2025, 5, 9, 12, tzinfo=UTC)
PROVIDER = Provider("acme", "Acme", "https://unused.invalid", "none", Rate(1000))
SYMBOLS = {"BTC": "XBT", "ETH": "ETH"}


def plan(part: Slice) -> Iterator[Request]:
    yield Request("/page", {"s": part.symbol, "cursor": "0"}, part.subject, part.window)


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
    next_page=follow,
)


@pytest.fixture
def run_extract(httpserver: HTTPServer, tmp_path: Path) -> Callable[..., Extraction]:
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


def serve(httpserver: HTTPServer, respond: Callable[[WireRequest], WireResponse | str]) -> Sequence[WireRequest]:
    seen: list[WireRequest] = []

    def handler(request: WireRequest) -> WireResponse:
        seen.append(request)
        reply = respond(request)
        return WireResponse(reply) if isinstance(reply, str) else reply

    httpserver.expect_request("/page").respond_with_handler(handler)
    return seen


def test_every_page_is_stored_before_anything_else(
    httpserver: HTTPServer, run_extract: Callable[..., Extraction], tmp_path: Path
) -> None:
    serve(httpserver, lambda r: '{"next": "1"}' if r.args["cursor"] == "0" else '{"next": null}')
    extraction = run_extract()
    assert extraction.outcome == "complete"
    assert [(a.request.subject, a.request.params["cursor"]) for a in extraction.responses] == [
        ("BTC", "0"), ("BTC", "1"), ("ETH", "0"), ("ETH", "1"),
    ]  # fmt: skip
    stored = list(Landing(tmp_path / "landing").all("acme"))
    assert {one.response.body for one in stored} == {b'{"next": "1"}', b'{"next": null}'}


def test_a_dataset_of_which_nothing_exists_has_failed(
    httpserver: HTTPServer, run_extract: Callable[..., Extraction]
) -> None:
    """One file that is absent is no failure; all of them are."""

    def files(part: Slice) -> Iterator[Request]:
        yield Request("/page", {"s": part.symbol}, part.subject, may_be_absent=True)

    there: set[str] = set()
    serve(httpserver, lambda r: "{}" if r.args["s"] in there else WireResponse("no such file", 404))
    extraction = run_extract(replace(PAGES, plan=files))
    assert extraction.outcome == "failed"
    assert "acme pages: returned 404 to all 2 requests, so nothing that was requested exists" in str(extraction.message)
    there.add("ETH")
    assert (run_extract(replace(PAGES, plan=files)).outcome, len(extraction.responses)) == ("complete", 2)


def test_no_request_covers_a_time_before_the_first_figure(run_extract: Callable[..., Extraction]) -> None:
    before = Window(datetime(2008, 1, 1, tzinfo=UTC), datetime(2008, 2, 1, tzinfo=UTC))
    extraction = run_extract(replace(PAGES, per_asset=True), before, WAREHOUSE_ASSETS="BTC")
    assert (extraction.outcome, extraction.message) == (
        "skipped",
        "the window ends before there is anything to request",
    )


def test_a_cursor_that_does_not_advance_is_rejected(
    httpserver: HTTPServer, run_extract: Callable[..., Extraction]
) -> None:
    seen = serve(httpserver, lambda _: '{"next": "1"}')
    extraction = run_extract()
    assert "the cursor did not advance" in (extraction.message or "")
    assert len(seen) == 4


def test_one_subject_that_fails_does_not_stop_the_others(
    httpserver: HTTPServer, run_extract: Callable[..., Extraction]
) -> None:
    serve(httpserver, lambda r: WireResponse("unknown symbol", 404) if r.args["s"] == "XBT" else "{}")
    extraction = run_extract()
    assert extraction.outcome == "partial"
    assert "acme /page for BTC: returned 404" in (extraction.message or "")
    assert {a.request.subject for a in extraction.responses if a.status == 200} == {"ETH"}


def test_an_error_with_status_200_is_detected_and_its_body_is_stored(
    httpserver: HTTPServer, run_extract: Callable[..., Extraction]
) -> None:
    serve(httpserver, lambda _: '{"error": "plan"}')
    extraction = run_extract()
    assert extraction.outcome == "failed"
    assert "acme says no" in (extraction.message or "")
    assert len(extraction.responses) == 2


def test_a_failed_response_is_stored_with_its_status(
    httpserver: HTTPServer, run_extract: Callable[..., Extraction]
) -> None:
    serve(httpserver, lambda _: WireResponse("<html>maintenance</html>", 503))
    extraction = run_extract()
    assert extraction.outcome == "failed"
    assert {(a.status, a.response.body) for a in extraction.responses} == {(503, b"<html>maintenance</html>")}


def test_a_missing_key_skips_the_source_and_names_the_variable(run_extract: Callable[..., Extraction]) -> None:
    keyed = replace(PAGES, provider=replace(PROVIDER, key_header="X-KEY", key_required=True))
    extraction = run_extract(keyed)
    assert (extraction.outcome, extraction.message) == ("skipped", "no key: set ACME_API_KEY")


def test_no_key_is_found_in_the_landing_folder(
    httpserver: HTTPServer, run_extract: Callable[..., Extraction], tmp_path: Path
) -> None:
    serve(httpserver, lambda _: "{}")
    keyed = replace(PAGES, provider=replace(PROVIDER, key_header="X-KEY", key_required=True))
    assert run_extract(keyed, ACME_API_KEY="s3cr3t").outcome == "complete"
    files = [path for path in (tmp_path / "landing").rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"s3cr3t" in path.read_bytes()]


def test_the_window_never_ends_after_now(httpserver: HTTPServer, run_extract: Callable[..., Extraction]) -> None:
    serve(httpserver, lambda _: "{}")
    extraction = run_extract(window=Window(datetime(2025, 5, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)))
    assert {a.request.window.end for a in extraction.responses if a.request.window} == {NOW}


def test_a_window_in_the_future_sends_no_request(run_extract: Callable[..., Extraction]) -> None:
    future = Window(datetime(2030, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC))
    assert run_extract(window=future).outcome == "skipped"


def test_the_user_s_files_are_stored_like_responses(run_extract: Callable[..., Extraction], tmp_path: Path) -> None:
    files = replace(PAGES, file_pattern="EXPORT_*.csv")
    assert "no file like 'EXPORT_*.csv'" in (run_extract(files).message or "")
    (tmp_path / "imports").mkdir()
    (tmp_path / "imports" / "EXPORT_1.csv").write_text("a,b\n")
    (tmp_path / "imports" / "other.csv").write_text("c\n")
    (stored,) = run_extract(files).responses
    assert (stored.request.path, stored.response.body) == ("EXPORT_1.csv", b"a,b\n")


def test_a_file_counts_as_fetched_when_it_was_written(run_extract: Callable[..., Extraction], tmp_path: Path) -> None:
    (tmp_path / "imports").mkdir()
    export, written = tmp_path / "imports" / "EXPORT_1.csv", datetime(2025, 5, 7, 15, 30, tzinfo=UTC)
    export.write_text("a,b\n")
    files = replace(PAGES, file_pattern="EXPORT_*.csv")
    assert [stored.fetched_at for stored in run_extract(files).responses] == [NOW]
    os.utime(export, (written.timestamp(), written.timestamp()))
    assert [stored.fetched_at for stored in run_extract(files).responses] == [written]


def fails_on(subject: str, do: Callable[[], object]) -> Callable[[Response], object]:
    """A part of a source module that fails unexpectedly for one subject."""
    return lambda response: do() if response.request.subject == subject else None


def overflow() -> object:
    return datetime.fromtimestamp(10**15, UTC)


def wrong_type() -> object:
    return json.dumps({"a": Decimal("1.5")})


def wrong_bytes() -> object:
    return b"\xff".decode()


@pytest.mark.parametrize("step", ["plan", "verify", "next_page"])
@pytest.mark.parametrize("do", [overflow, wrong_type, wrong_bytes], ids=lambda do: do.__name__)
def test_an_unexpected_error_costs_one_subject_and_is_reported(
    httpserver: HTTPServer,
    run_extract: Callable[..., Extraction],
    tmp_path: Path,
    step: str,
    do: Callable[[], object],
) -> None:
    serve(httpserver, lambda _: "{}")

    def broken_plan(part: Slice) -> Iterator[Request]:
        if part.subject == "BTC":
            do()
        yield from plan(part)

    broken = {"plan": broken_plan, "verify": fails_on("BTC", do), "next_page": fails_on("BTC", do)}[step]
    extraction = run_extract(replace(PAGES, **{step: broken}), ACME_API_KEY="s3cr3t-key")  # type: ignore[arg-type]
    assert extraction.outcome == "partial"
    assert "ETH" in {stored.request.subject for stored in extraction.responses}
    (report,) = (tmp_path / "errors").iterdir()
    assert "acme pages for BTC: " in str(extraction.message)
    assert f"please report it with the text of {report}; keys are not in it" in str(extraction.message)
    assert f"in {do.__name__}" in report.read_text()


def test_the_same_defect_is_reported_once(
    httpserver: HTTPServer, run_extract: Callable[..., Extraction], tmp_path: Path
) -> None:
    serve(httpserver, lambda _: "{}")
    extraction = run_extract(replace(PAGES, verify=lambda response: 1 / 0))  # type: ignore[arg-type, return-value]
    assert extraction.outcome == "failed"
    assert len(list((tmp_path / "errors").iterdir())) == 1
    assert len(extraction.rejected_ids) == 2, "the failure of neither response is reported again when it is loaded"


@pytest.mark.parametrize("trouble", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()], ids=str)
def test_a_full_disk_and_an_interruption_are_no_source_s_problem(
    httpserver: HTTPServer, run_extract: Callable[..., Extraction], trouble: BaseException
) -> None:
    serve(httpserver, lambda _: "{}")

    def broken(response: Response) -> None:
        raise trouble

    with pytest.raises(type(trouble)):
        run_extract(replace(PAGES, verify=broken))


def test_a_plan_that_can_t_be_made_is_the_subject_s_problem(
    httpserver: HTTPServer, run_extract: Callable[..., Extraction]
) -> None:
    serve(httpserver, lambda _: "{}")

    def impossible(part: Slice) -> Iterator[Request]:
        if part.subject == "BTC":
            raise SourceRejected("ACME_LISTS names no venue")
        yield from plan(part)

    extraction = run_extract(replace(PAGES, plan=impossible))
    assert (extraction.outcome, extraction.problems) == ("partial", ("ACME_LISTS names no venue",))


@pytest.mark.parametrize("key", ["s3cr3t\nline", "s3cr3t blank", "s3cr3t-\u0142"])
def test_a_key_that_can_t_be_sent_fails_its_source_by_the_variable_s_name(
    httpserver: HTTPServer, run_extract: Callable[..., Extraction], tmp_path: Path, key: str
) -> None:
    seen = serve(httpserver, lambda _: "{}")
    extraction = run_extract(replace(PAGES, provider=replace(PROVIDER, key_header="X-KEY")), ACME_API_KEY=key)
    assert extraction.outcome == "failed"
    assert str(extraction.message).startswith("ACME_API_KEY has a blank, a line break or another character inside")
    assert (list(seen), list(tmp_path.rglob("*.json"))) == ([], [])


def test_errors_of_libraries_are_reported_without_keys(
    httpserver: HTTPServer, run_extract: Callable[..., Extraction], tmp_path: Path
) -> None:
    """However the key is written: as it is, escaped, percent-encoded, in base64, one line of it."""
    serve(httpserver, lambda _: "{}")
    key = "k3y/with+sl4sh\nsecond-line"

    def quoting(response: Response) -> None:
        coded = (quote(key), quote_plus(key), b64encode(key.encode()).decode(), repr(key), json.dumps(key), key)
        raise RuntimeError(f"could not send {' '.join(coded)} or {key.encode()!r}")

    extraction = run_extract(replace(PAGES, verify=quoting), OTHER_API_KEY=key)
    (report,) = (tmp_path / "errors").iterdir()
    reported = str(extraction.message) + report.read_text()
    assert "could not send [struck out]" in reported
    for piece in ("k3y/with", "k3y%2Fwith", "second-line", b64encode(key.encode()).decode()):
        assert piece not in reported


def test_a_file_of_the_user_that_can_t_be_read_is_named(run_extract: Callable[..., Extraction], tmp_path: Path) -> None:
    (tmp_path / "imports").mkdir()
    (tmp_path / "imports" / "EXPORT_1.csv").write_text("a,b\n")
    gone = tmp_path / "imports" / "EXPORT_2.csv"
    gone.write_text("c,d\n")
    files = replace(PAGES, file_pattern="EXPORT_*.csv")
    read_bytes = Path.read_bytes
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "read_bytes", lambda path: _denied() if path == gone else read_bytes(path))
        extraction = run_extract(files)
    assert extraction.outcome == "partial"
    assert extraction.problems == (f"{gone} can't be read (Permission denied): check who may read it, and run again",)
    assert [stored.request.path for stored in extraction.responses] == ["EXPORT_1.csv"]


def _denied() -> bytes:
    raise PermissionError(errno.EACCES, "Permission denied")


def test_a_stored_file_without_a_readable_description_is_requested_again(
    httpserver: HTTPServer, run_extract: Callable[..., Extraction], tmp_path: Path
) -> None:
    """A zero-length description among the stored files, as after a power cut."""
    body, digest = "{}", hashlib.sha256(b"{}").hexdigest()

    def promised(part: Slice) -> Iterator[Request]:
        yield Request("/page", {"s": part.symbol}, part.subject, sha256=digest)

    seen = serve(httpserver, lambda _: body)
    assert run_extract(replace(PAGES, plan=promised), WAREHOUSE_ASSETS="BTC").outcome == "complete"
    assert run_extract(replace(PAGES, plan=promised), WAREHOUSE_ASSETS="BTC").outcome == "complete"
    assert len(seen) == 1, "the very file is there"
    (description,) = (tmp_path / "landing").rglob("*.json")
    (stored,) = (tmp_path / "landing").rglob("*.zst")
    for damaged in (description, stored):
        damaged.write_bytes(b"")
        before = len(seen)
        assert run_extract(replace(PAGES, plan=promised), WAREHOUSE_ASSETS="BTC").outcome == "complete"
        assert len(seen) == before + 1
        assert [stored.damage for stored in Landing(tmp_path / "landing").all("acme")] == [None]


def test_an_asset_that_the_provider_does_not_list_is_reported_and_stops_nothing(
    run_extract: Callable[..., Extraction], httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/page").respond_with_json({})
    extraction = run_extract()
    assert (extraction.outcome, len(extraction.responses)) == ("complete", 2)
    assert extraction.message == "acme has no symbol for XYZ"
    # Nobody chose the default assets, so nobody misses one.
    assert run_extract(WAREHOUSE_ASSETS="").message is None
