"""What the daily bars of all venues have in common: which stamp is a UTC day, and which day is a fact for an answer.

Not here: the fields of a venue's bar, its paging and its errors.
"""

from orchestration.sources.contract import Response
from orchestration.sources.reading import MILLISECONDS_FROM, Unfit

DAY_SECONDS = 86_400


def is_asked_and_closed(response: Response, opens: int, name: str) -> bool:
    """Whether the UTC day that opens at `opens` (seconds) lies in the request's window and had ended when answered.

    Raises Unfit, naming the field, for a stamp that opens no UTC day: another unit, another time zone, the future.
    """
    if opens >= MILLISECONDS_FROM:
        raise Unfit(f"{name} is in milliseconds where seconds were promised")
    if opens % DAY_SECONDS:
        raise Unfit(f"{name} is no midnight in UTC")
    answered_at = response.fetched_at.timestamp()
    if opens > answered_at:
        raise Unfit(f"{name} lies in the future")
    window = response.request.window
    if window and not window.start.timestamp() <= opens < window.end.timestamp():
        return False
    return opens + DAY_SECONDS <= answered_at
