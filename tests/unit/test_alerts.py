"""A failed run is reported to the webhook, whose address stays secret."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from orchestration.defs.sensors import AlertNotSent, post, run_failure_alert

SECRET = "/services/T000/very-secret"


@dg.op
def breaks() -> None:
    raise dg.Failure("the draft is not checked: run the data checks first")


@dg.job
def breaking() -> None:
    breaks()


@pytest.fixture
def failure() -> Iterator[dg.RunFailureSensorContext]:
    with dg.DagsterInstance.ephemeral() as instance:
        result = breaking.execute_in_process(instance=instance, raise_on_error=False)
        yield dg.build_run_status_sensor_context(
            sensor_name="run_failure_alert",
            dagster_event=result.get_run_failure_event(),
            dagster_instance=instance,
            dagster_run=result.dagster_run,
        ).for_run_failure()


def test_the_step_and_its_reason_are_posted(
    httpserver: HTTPServer, failure: dg.RunFailureSensorContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    httpserver.expect_request(SECRET, method="POST").respond_with_data("ok")
    monkeypatch.setenv("WAREHOUSE_ALERT_WEBHOOK", httpserver.url_for(SECRET))
    assert run_failure_alert(failure) is None
    ((request, _),) = httpserver.log
    text = json.loads(request.data)["text"]
    assert "of breaking failed: breaks: " in text
    assert "run the data checks first" in text


def test_without_a_webhook_nothing_is_sent(
    failure: dg.RunFailureSensorContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WAREHOUSE_ALERT_WEBHOOK", raising=False)
    skipped = run_failure_alert(failure)
    assert isinstance(skipped, dg.SkipReason)


def test_a_failed_post_is_retried(httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request(SECRET).respond_with_data("", status=503)
    httpserver.expect_ordered_request(SECRET).respond_with_data("ok")
    post(SecretStr(httpserver.url_for(SECRET)), "text")
    assert len(httpserver.log) == 2


@pytest.mark.parametrize("response", ["refused", "elsewhere", "nobody"])
def test_a_failed_post_never_reveals_the_address(
    httpserver: HTTPServer, failure: dg.RunFailureSensorContext, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], response: str,
) -> None:  # fmt: skip
    headers = {"Location": httpserver.url_for("/other")} if response == "elsewhere" else {}
    httpserver.expect_request(SECRET).respond_with_data("", status=302 if headers else 403, headers=headers)
    address = "http://127.0.0.1:9" if response == "nobody" else httpserver.url_for("").rstrip("/")
    monkeypatch.setenv("WAREHOUSE_ALERT_WEBHOOK", address + SECRET)
    with caplog.at_level(logging.INFO), pytest.raises(AlertNotSent) as reported:
        post(SecretStr(address + SECRET), "text")
    assert run_failure_alert(failure) is None
    # The test's own server logs its requests.
    logged = [record.getMessage() for record in caplog.records if record.name != "werkzeug"]
    output = "".join([str(reported.getrepr(style="short")), *logged, *capfd.readouterr()])
    assert "was not sent" in output
    assert "very-secret" not in output
    assert not [request for request, _ in httpserver.log if request.path == "/other"]
