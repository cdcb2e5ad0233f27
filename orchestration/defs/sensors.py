"""The alert about a failed run: one message to `WAREHOUSE_ALERT_WEBHOOK`, when it is set.

The address of a webhook is a secret: whoever knows it can post. It is used in the request and nowhere else, so the
error messages of `requests`, which quote the address, are never passed on.
"""

import dagster as dg
import requests
import urllib3
from pydantic import SecretStr
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from orchestration.ingest.sessions import Session
from orchestration.redaction import strike_out
from orchestration.settings import Settings

TIMEOUT_SECONDS = 10
ATTEMPTS = 3
LONGEST_MESSAGE = 600


class AlertNotSent(Exception):
    """The webhook did not take the message; the reason is named without the address."""


@dg.run_failure_sensor(
    name="run_failure_alert",
    description="Posts to WAREHOUSE_ALERT_WEBHOOK when a run fails; does nothing while that is not set.",
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def run_failure_alert(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
    webhook = Settings.load().alert_webhook
    if webhook is None:
        return dg.SkipReason("WAREHOUSE_ALERT_WEBHOOK is not set")
    run = context.dagster_run
    try:
        why = strike_out(_why(context), Settings.load().environment)[:LONGEST_MESSAGE]
        post(webhook, f"Run {run.run_id[:8]} of {run.job_name} failed: {why}")
    except AlertNotSent as problem:
        context.log.error(f"the alert about run {run.run_id[:8]} was not sent: {problem}")
    return None


def post(webhook: SecretStr, text: str) -> None:
    """Post `{"text": …}`, the shape that chat services take. Raises AlertNotSent after three attempts."""
    attempts = Retrying(
        retry=retry_if_exception_type(AlertNotSent),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential_jitter(multiplier=0.2, max=2),
        reraise=True,
    )
    attempts(_post, webhook, text)


def _post(webhook: SecretStr, text: str) -> None:
    try:
        with Session() as session:
            reply = session.post(
                webhook.get_secret_value(), json={"text": text}, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
    # The error of a library about an unusable address quotes the address, too.
    except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError, OSError) as error:
        failure = type(error).__name__
    else:
        if reply.ok and not reply.is_redirect:
            return
        failure = f"it returned {reply.status_code}"
    raise AlertNotSent(f"{failure}; check WAREHOUSE_ALERT_WEBHOOK")


def _why(context: dg.RunFailureSensorContext) -> str:
    """The failed steps with their errors, else Dagster's message about the run."""
    steps = [
        f"{event.step_key}: {error.cause.message if error.cause else error.message}".strip()
        for event in context.get_step_failure_events()
        if (error := event.step_failure_data.error) is not None
    ]
    return "; ".join(steps or [context.failure_event.message or "no reason was given"])
