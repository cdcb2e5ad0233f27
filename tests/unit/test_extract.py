"""Asking one dataset: what is landed, what is said when something fails, and what never stops the rest."""

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


def plan(ask: Slice) -> Iterator[Request]:
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
    next_page=follow,
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
    assert extraction.outcome == "complete"
    assert [(a.request.subject, a.request.params["cursor"]) for a in extraction.responses] == [
        ("BTC", "0"), ("BTC", "1"), ("ETH", "0"), ("ETH", "1"),
    ]  # fmt: skip
    stored = list(Landing(tmp_path / "landing").all("acme"))
    assert {landed.response.body for landed in stored} == {b'{"next": "1"}', b'{"next": null}'}


def test_a_dataset_of_which_nothing_is_there_has_failed(httpserver: HTTPServer, ask: Callable[..., Extraction]) -> None:
    """One file that is absent is no failure; all of them are."""

    def files(ask: Slice) -> Iterator[Request]:
        yield Request("/page", {"s": ask.symbol}, ask.subject, may_be_absent=True)

    there: set[str] = set()
    serve(httpserver, lambda r: "{}" if r.args["s"] in there else WireResponse("no such file", 404))
    extraction = ask(replace(PAGES, plan=files))
    assert extraction.outcome == "failed"
    assert "acme pages: returned 404 to all 2 requests, so nothing that was requested exists" in str(extraction.message)
    there.add("ETH")
    assert (ask(replace(PAGES, plan=files)).outcome, len(extraction.responses)) == ("complete", 2)


def test_nothing_is_asked_of_a_time_before_there_was_anything(ask: Callable[..., Extraction]) -> None:
    before = Window(datetime(2008, 1, 1, tzinfo=UTC), datetime(2008, 2, 1, tzinfo=UTC))
    extraction = ask(replace(PAGES, per_asset=True), before, WAREHOUSE_ASSETS="BTC")
    assert (extraction.outcome, extraction.message) == (
        "skipped",
        "the window ends before there is anything to request",
    )


def test_a_cursor_that_does_not_advance_is_rejected(httpserver: HTTPServer, ask: Callable[..., Extraction]) -> None:
    seen = serve(httpserver, lambda _: '{"next": "1"}')
    extraction = ask()
    assert "the cursor did not advance" in (extraction.message or "")
    assert len(seen) == 4


def test_one_subject_that_fails_does_not_stop_the_others(
    httpserver: HTTPServer, ask: Callable[..., Extraction]
) -> None:
    serve(httpserver, lambda r: WireResponse("unknown symbol", 404) if r.args["s"] == "XBT" else "{}")
    extraction = ask()
    assert extraction.outcome == "partial"
    assert "acme /page for BTC: returned 404" in (extraction.message or "")
    assert {a.request.subject for a in extraction.responses if a.status == 200} == {"ETH"}


def test_an_error_with_status_200_is_noticed_and_its_body_kept(
    httpserver: HTTPServer, ask: Callable[..., Extraction]
) -> None:
    serve(httpserver, lambda _: '{"error": "plan"}')
    extraction = ask()
    assert extraction.outcome == "failed"
    assert "acme says no" in (extraction.message or "")
    assert len(extraction.responses) == 2


def test_a_failed_answer_is_landed_with_its_status(httpserver: HTTPServer, ask: Callable[..., Extraction]) -> None:
    serve(httpserver, lambda _: WireResponse("<html>maintenance</html>", 503))
    extraction = ask()
    assert extraction.outcome == "failed"
    assert {(a.status, a.response.body) for a in extraction.responses} == {(503, b"<html>maintenance</html>")}


def test_a_missing_key_skips_the_source_and_names_the_variable(ask: Callable[..., Extraction]) -> None:
    keyed = replace(PAGES, provider=replace(PROVIDER, key_header="X-KEY", key_required=True))
    extraction = ask(keyed)
    assert (extraction.outcome, extraction.message) == ("skipped", "no key: set ACME_API_KEY")


def test_no_key_is_found_in_the_landing_folder(
    httpserver: HTTPServer, ask: Callable[..., Extraction], tmp_path: Path
) -> None:
    serve(httpserver, lambda _: "{}")
    keyed = replace(PAGES, provider=replace(PROVIDER, key_header="X-KEY", key_required=True))
    assert ask(keyed, ACME_API_KEY="s3cr3t").outcome == "complete"
    files = [path for path in (tmp_path / "landing").rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"s3cr3t" in path.read_bytes()]


def test_the_window_ends_now_whatever_was_asked(httpserver: HTTPServer, ask: Callable[..., Extraction]) -> None:
    serve(httpserver, lambda _: "{}")
    extraction = ask(window=Window(datetime(2025, 5, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)))
    assert {a.request.window.end for a in extraction.responses if a.request.window} == {NOW}


def test_a_window_in_the_future_asks_nothing(ask: Callable[..., Extraction]) -> None:
    future = Window(datetime(2030, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC))
    assert ask(window=future).outcome == "skipped"


def test_the_user_s_files_are_landed_like_answers(ask: Callable[..., Extraction], tmp_path: Path) -> None:
    files = replace(PAGES, file_pattern="EXPORT_*.csv")
    assert "no file like 'EXPORT_*.csv'" in (ask(files).message or "")
    (tmp_path / "imports").mkdir()
    (tmp_path / "imports" / "EXPORT_1.csv").write_text("a,b\n")
    (tmp_path / "imports" / "other.csv").write_text("c\n")
    (answer,) = ask(files).responses
    assert (answer.request.path, answer.response.body) == ("EXPORT_1.csv", b"a,b\n")


def test_a_file_is_as_old_as_its_writing(ask: Callable[..., Extraction], tmp_path: Path) -> None:
    (tmp_path / "imports").mkdir()
    export, written = tmp_path / "imports" / "EXPORT_1.csv", datetime(2025, 5, 7, 15, 30, tzinfo=UTC)
    export.write_text("a,b\n")
    files = replace(PAGES, files="EXPORT_*.csv")
    assert [answer.fetched_at for answer in ask(files).responses] == [NOW]
    os.utime(export, (written.timestamp(), written.timestamp()))
    assert [answer.fetched_at for answer in ask(files).responses] == [written]


def fails_on(subject: str, do: Callable[[], object]) -> Callable[[Response], object]:
    """A part of a source module that fails for one subject in a way that nobody foresaw."""
    return lambda response: do() if response.request.subject == subject else None


def overflow() -> object:
    return datetime.fromtimestamp(10**15, UTC)


def wrong_type() -> object:
    return json.dumps({"a": Decimal("1.5")})


def wrong_bytes() -> object:
    return b"\xff".decode()


@pytest.mark.parametrize("step", ["plan", "verify", "next_page"])
@pytest.mark.parametrize("do", [overflow, wrong_type, wrong_bytes], ids=lambda do: do.__name__)
def test_what_nobody_foresaw_costs_one_subject_and_is_reported(
    httpserver: HTTPServer, ask: Callable[..., Extraction], tmp_path: Path, step: str, do: Callable[[], object]
) -> None:
    serve(httpserver, lambda _: "{}")

    def broken_plan(ask: Slice) -> Iterator[Request]:
        if ask.subject == "BTC":
            do()
        yield from plan(ask)

    broken = {"plan": broken_plan, "verify": fails_on("BTC", do), "next_page": fails_on("BTC", do)}[step]
    extraction = ask(replace(PAGES, **{step: broken}), ACME_API_KEY="s3cr3t-key")  # type: ignore[arg-type]
    assert extraction.outcome == "partial"
    assert "ETH" in {answer.request.subject for answer in extraction.responses}
    (report,) = (tmp_path / "errors").iterdir()
    assert "acme pages for BTC: " in str(extraction.message)
    assert f"please report it with the text of {report}; keys are not in it" in str(extraction.message)
    assert f"in {do.__name__}" in report.read_text()


def test_the_same_defect_is_reported_once(
    httpserver: HTTPServer, ask: Callable[..., Extraction], tmp_path: Path
) -> None:
    serve(httpserver, lambda _: "{}")
    extraction = ask(replace(PAGES, verify=lambda response: 1 / 0))  # type: ignore[arg-type, return-value]
    assert extraction.outcome == "failed"
    assert len(list((tmp_path / "errors").iterdir())) == 1
    assert len(extraction.rejected_ids) == 2, "the failure of neither response is reported again when it is loaded"


@pytest.mark.parametrize("trouble", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()], ids=str)
def test_a_full_disk_and_an_interruption_are_no_source_s_problem(
    httpserver: HTTPServer, ask: Callable[..., Extraction], trouble: BaseException
) -> None:
    serve(httpserver, lambda _: "{}")

    def broken(response: Response) -> None:
        raise trouble

    with pytest.raises(type(trouble)):
        ask(replace(PAGES, verify=broken))


def test_a_plan_that_can_t_be_made_is_the_subject_s_problem(
    httpserver: HTTPServer, ask: Callable[..., Extraction]
) -> None:
    serve(httpserver, lambda _: "{}")

    def impossible(ask: Slice) -> Iterator[Request]:
        if ask.subject == "BTC":
            raise SourceRejected("ACME_LISTS names no venue")
        yield from plan(ask)

    extraction = ask(replace(PAGES, plan=impossible))
    assert (extraction.outcome, extraction.problems) == ("partial", ("ACME_LISTS names no venue",))


@pytest.mark.parametrize("key", ["s3cr3t\nline", "s3cr3t blank", "s3cr3t-\u0142"])
def test_a_key_that_can_t_be_sent_fails_its_source_by_the_variable_s_name(
    httpserver: HTTPServer, ask: Callable[..., Extraction], tmp_path: Path, key: str
) -> None:
    seen = serve(httpserver, lambda _: "{}")
    extraction = ask(replace(PAGES, provider=replace(PROVIDER, key_header="X-KEY")), ACME_API_KEY=key)
    assert extraction.outcome == "failed"
    assert str(extraction.message).startswith("ACME_API_KEY has a blank, a line break or another character inside")
    assert (list(seen), list(tmp_path.rglob("*.json"))) == ([], [])


def test_what_a_library_says_is_told_without_keys(
    httpserver: HTTPServer, ask: Callable[..., Extraction], tmp_path: Path
) -> None:
    """However the key is written: as it is, escaped, percent-encoded, in base64, one line of it."""
    serve(httpserver, lambda _: "{}")
    key = "k3y/with+sl4sh\nsecond-line"

    def quoting(response: Response) -> None:
        coded = (quote(key), quote_plus(key), b64encode(key.encode()).decode(), repr(key), json.dumps(key), key)
        raise RuntimeError(f"could not send {' '.join(coded)} or {key.encode()!r}")

    extraction = ask(replace(PAGES, verify=quoting), OTHER_API_KEY=key)
    (report,) = (tmp_path / "errors").iterdir()
    told = str(extraction.message) + report.read_text()
    assert "could not send [struck out]" in told
    for piece in ("k3y/with", "k3y%2Fwith", "second-line", b64encode(key.encode()).decode()):
        assert piece not in told


def test_a_file_of_the_user_that_can_t_be_read_is_named(ask: Callable[..., Extraction], tmp_path: Path) -> None:
    (tmp_path / "imports").mkdir()
    (tmp_path / "imports" / "EXPORT_1.csv").write_text("a,b\n")
    gone = tmp_path / "imports" / "EXPORT_2.csv"
    gone.write_text("c,d\n")
    files = replace(PAGES, file_pattern="EXPORT_*.csv")
    read_bytes = Path.read_bytes
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "read_bytes", lambda path: _denied() if path == gone else read_bytes(path))
        extraction = ask(files)
    assert extraction.outcome == "partial"
    assert extraction.problems == (f"{gone} can't be read (Permission denied): check who may read it, and run again",)
    assert [answer.request.path for answer in extraction.responses] == ["EXPORT_1.csv"]


def _denied() -> bytes:
    raise PermissionError(errno.EACCES, "Permission denied")


def test_a_landed_file_without_a_readable_description_is_requested_again(
    httpserver: HTTPServer, ask: Callable[..., Extraction], tmp_path: Path
) -> None:
    """A zero-length description among the landed files, as a power cut leaves it."""
    body, digest = "{}", hashlib.sha256(b"{}").hexdigest()

    def promised(ask: Slice) -> Iterator[Request]:
        yield Request("/page", {"s": ask.symbol}, ask.subject, sha256=digest)

    seen = serve(httpserver, lambda _: body)
    assert ask(replace(PAGES, plan=promised), WAREHOUSE_ASSETS="BTC").outcome == "complete"
    assert ask(replace(PAGES, plan=promised), WAREHOUSE_ASSETS="BTC").outcome == "complete"
    assert len(seen) == 1, "the very file is there"
    (description,) = (tmp_path / "landing").rglob("*.json")
    (stored,) = (tmp_path / "landing").rglob("*.zst")
    for damaged in (description, stored):
        damaged.write_bytes(b"")
        before = len(seen)
        assert ask(replace(PAGES, plan=promised), WAREHOUSE_ASSETS="BTC").outcome == "complete"
        assert len(seen) == before + 1
        assert [landed.damage for landed in Landing(tmp_path / "landing").all("acme")] == [None]


def test_an_asset_that_the_provider_lacks_is_told_and_stops_nothing(
    ask: Callable[..., Extraction], httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/page").respond_with_json({})
    extraction = ask()
    assert (extraction.outcome, len(extraction.responses)) == ("complete", 2)
    assert extraction.message == "acme has no symbol for XYZ"
