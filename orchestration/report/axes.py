"""What every chart of the brief is made with: the time axis, columns, bars, and its Vega-Lite specification.

Belongs here: marks, scales and colours that charts share. Not here: which chart shows what (`charts`). Colours are CSS
variables of the page (`var(--blue)`), so one specification serves light and dark. The page draws it as wide as it is.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import altair as alt

from orchestration.report.wording import day_text

BLUE, ORANGE, GREEN, INK = "var(--blue)", "var(--orange)", "var(--green)", "var(--ink)"
MUTED, GRID = "var(--muted)", "var(--grid)"
PALE = 0.45
HOVERED = 0.12
MONTHS_FROM_DAYS = 75
DOLLARS = "replace(format(datum.value, '$~s'), 'G', 'B')"
PERCENT = "format(datum.value, '.0%')"


WIDTH, HEIGHT = 800, 220
"""Plot area in CSS pixels; the page replaces the width by its own."""
AXIS_EXTENT = 52
"""What the labels of the y axis take: the same in every chart, so that days stand below each other."""


def day_span(day: date) -> dict[str, Any]:
    """A day on the time axis: its noon for lines, its whole width for the pointer, a little less for bars."""
    following = day + timedelta(days=1)
    return {
        "noon": f"{day}T12:00:00Z",
        "start": f"{day}T00:00:00Z",
        "end": f"{following}T00:00:00Z",
        "from": f"{day}T02:30:00Z",
        "to": f"{day}T21:30:00Z",
    }


def with_gaps(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Adds an empty day where days are missing, so that a line stops there instead of bridging the gap."""
    out: list[dict[str, Any]] = []
    for row in rows:
        if out and out[-1]["end"] != row["start"]:
            out.append({"noon": out[-1]["end"], "end": row["start"]})
        out.append(row)
    return out


def time_axis(points: Sequence[Any], field: str = "noon") -> alt.X:
    """The days of the points on one axis, months named where there are many."""
    first, last = min(p.day for p in points), max(p.day for p in points)
    domain = [f"{first}T00:00:00Z", f"{last + timedelta(days=1)}T00:00:00Z"]
    by_month = (last - first).days > MONTHS_FROM_DAYS
    label = (
        "utcmonth(datum.value) == 0 ? utcFormat(datum.value, '%Y') : utcFormat(datum.value, '%b')"
        if by_month
        else "utcFormat(datum.value, '%-d %b')"
    )
    ticks: Any = alt.TimeIntervalStep(interval="month", step=1) if by_month else 5
    axis = alt.Axis(title=None, grid=False, tickCount=ticks, labelExpr=label, labelOverlap=True, tickSize=4)
    scale = alt.Scale(type="utc", domain=domain)
    return alt.X(f"{field}:T", scale=scale, axis=axis)


def axis_y(label: str, count: int = 5, values: list[float] | None = None) -> alt.Axis:
    """An axis without a line, with labels by a Vega expression."""
    more: dict[str, Any] = {"values": values} if values else {"tickCount": count}
    more |= {"minExtent": AXIS_EXTENT, "maxExtent": AXIS_EXTENT}
    return alt.Axis(title=None, labelExpr=label, domain=False, ticks=False, labelPadding=6, **more)


def day_bars(base: alt.Chart, days: Sequence[Any], field: str, colour: Any, axis: str = DOLLARS) -> alt.Chart:
    """Bars from zero, pale where they may still change."""
    return (
        base.transform_calculate(floor="0")
        .mark_rect()
        .encode(
            x=time_axis(days, "from"),
            x2="to:T",
            y=alt.Y(f"{field}:Q", title=None, axis=axis_y(axis)),
            y2="floor:Q",
            color=colour,
            opacity=paler(),
        )
    )


def paler() -> Any:
    """Pale for what the provider may still restate."""
    return alt.condition("datum.pale", alt.value(PALE), alt.value(1))


def rule_at(at: float = 0) -> alt.Chart:
    """A thin line across the chart."""
    return alt.Chart(alt.InlineData(values=[{"zero": at}])).mark_rule(color=MUTED, strokeWidth=1).encode(y="zero:Q")


def day_columns(base: alt.Chart, points: Sequence[Any], tips: Mapping[str, str], height: int = HEIGHT) -> alt.Chart:
    """A column per day that shows its exact figures (`tips`: title by field) and tells them to screen readers."""
    x, top, bottom = time_axis(points, "start"), alt.value(0), alt.value(height)
    hover = alt.selection_point(
        name=f"hover_{height}", on="pointerover", clear="pointerout", fields=["start"], empty=False
    )
    shown = [alt.Tooltip("when:N", title="day"), *(alt.Tooltip(f"{field}:N", title=tips[field]) for field in tips)]
    return (
        base.mark_rect(color=INK)
        .encode(
            x=x,
            x2="end:T",
            y=top,
            y2=bottom,
            description="label:N",
            tooltip=shown,
            opacity=alt.condition(hover, alt.value(HOVERED), alt.value(0)),
        )
        .transform_filter("isValid(datum.label)")
        .add_params(hover)
    )


def tipped(day: date, tips: Mapping[str, str], figures: Mapping[str, str]) -> dict[str, str]:
    """The words of a day: for the pointer one by one, for a screen reader in a sentence."""
    label = f"{day_text(day)}: {', '.join(f'{tips[field]} {figures[field]}' for field in tips)}"
    return {"when": day_text(day), "label": label, **figures}


def to_spec(chart: Any) -> dict[str, Any]:
    """The specification, for the Vega-Lite in the page. A test validates all of them; a reader does not wait for it."""
    styled = (
        chart.configure(background="transparent", font="system-ui, sans-serif", padding=4)
        .configure_view(stroke=None)
        .configure_axis(
            gridColor=GRID, domainColor=GRID, tickColor=GRID, labelColor=MUTED, labelFontSize=12, gridWidth=1
        )
    )
    found: dict[str, Any] = styled.to_dict(validate=False)
    return found
