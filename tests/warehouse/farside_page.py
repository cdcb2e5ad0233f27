"""Pages in the shape of Farside's, made of flows: for histories that are too long to be written by hand."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from orchestration.sources.farside import MONTHS

Line = Sequence[Decimal | None]
FUNDS = ("IBIT", "FBTC", "GBTC")


def printed(flow: Decimal | None) -> str:
    """A cell: an outflow in parentheses, nested as the site nests it; a dash for no figure."""
    if flow is None:
        return "-"
    return f"{flow:,.1f}" if flow >= 0 else f'<span class="redFont">({-flow:,.1f})</span>'


def printed_day(day: date) -> str:
    return f"{day.day:02} {MONTHS[day.month - 1]} {day.year}"


def page(
    funds: Sequence[str], days: Mapping[date, Line], total_word: str = "Total", seed: Sequence[str] | None = None
) -> bytes:
    """A page of one header row, every day with the sum of its funds behind them; `seed` are cells as printed."""
    heads = "".join(f"<th><span>{word}</span></th>" for word in ("Date", *funds, total_word))
    rows = "<tr>" + "".join(f"<td>{cell}</td>" for cell in ("Seed", *seed)) + "</tr>\n" if seed else ""
    for day, flows in days.items():
        total = sum((flow for flow in flows if flow is not None), Decimal(0))
        cells = (printed_day(day), *map(printed, (*flows, total)))
        rows += "<tr>" + "".join(f"<td><div><span>{cell}</span></div></td>" for cell in cells) + "</tr>\n"
    table = f'<table class="etf"><thead><tr>{heads}</tr></thead>\n<tbody>\n<tr>\n{rows}</tbody></table>\n</table>'
    return f"<html><body><figure>\n{table}\n</figure>{' ' * 6000}</body></html>".encode()


def weekdays(last: date, count: int) -> list[date]:
    """The `count` weekdays up to `last`, oldest first."""
    days: list[date] = []
    while len(days) < count:
        if last.isoweekday() < 6:
            days.append(last)
        last -= timedelta(days=1)
    return days[::-1]


def history(last: date, count: int = 120, funds: Sequence[str] = FUNDS) -> dict[date, list[Decimal | None]]:
    """Flows of every fund on the weekdays up to `last`, different for each day and fund."""
    return {
        day: [Decimal((day.toordinal() * 7 + 13 * n) % 900 - 300) / 10 for n in range(len(funds))]
        for day in weekdays(last, count)
    }
