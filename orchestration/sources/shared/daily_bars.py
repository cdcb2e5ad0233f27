"""What the daily bars of all venues have in common: which stamp is a UTC day, and which day is a fact for an answer.

Not here: the fields of a venue's bar, its paging and its errors.
"""

from orchestration.sources.shared.contract import Response
from orchestration.sources.shared.figures import EARLIEST
from orchestration.sources.shared.parsing import MILLISECONDS_FROM, InvalidRecord

DAY_SECONDS = 86_400


def is_asked_and_closed(response: Response, opens: int, name: str) -> bool:
    """Whether the UTC day that opens at `opens` (seconds) is requested and had ended by the run's instant.

    Raises InvalidRecord, naming the field, for a stamp that opens no UTC day: another unit, another time zone, the future.
    """
    if opens >= MILLISECONDS_FROM:
        raise InvalidRecord(f"{name} is in milliseconds where seconds were promised")
    if opens < EARLIEST.timestamp():
        raise InvalidRecord(f"{name} is {opens}, before there was a market: the stamp is in another unit")
    if opens % DAY_SECONDS:
        raise InvalidRecord(f"{name} is no midnight in UTC")
    if opens > response.latest_stamp.timestamp():
        raise InvalidRecord(f"{name} lies in the future")
    window = response.request.window
    if window and not window.start.timestamp() <= opens < window.end.timestamp():
        return False
    return opens + DAY_SECONDS <= response.as_of.timestamp()
