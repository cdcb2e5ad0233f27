"""The brief's charts as Vega-Lite specifications.

Belongs here: how a series looks, and its legend. Not here: which figures are in it (`orchestration.report.series`) and
the page. Every day carries a column with its exact figures, for the pointer and for screen readers. A missing day is a
gap, never a zero; a day that the provider may still restate is drawn pale.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import altair as alt

from orchestration.report.axes import (
    BLUE,
    DOLLARS,
    GREEN,
    HEIGHT,
    INK,
    MUTED,
    ORANGE,
    PERCENT,
    WIDTH,
    axis_y,
    day_bars,
    day_columns,
    day_span,
    paler,
    rule_at,
    time_axis,
    tipped,
    to_spec,
    with_gaps,
)
from orchestration.report.series import CapPoint, FlowDay, LeverageDay, LiquidationDay, PriceDay
from orchestration.report.wording import exact, percent

Spec = dict[str, Any]
UPPER, LOWER = round(HEIGHT * 0.62), round(HEIGHT * 0.38)
"""The heights of two charts that share their days."""
SPACING = 14


@dataclass(frozen=True)
class LegendMark:
    """How a mark looks in the legend. `dash`: lengths drawn and left out of a line, in pixels; () is an area."""

    colour: str
    dash: tuple[int, ...] = ()
    opacity: float = 1.0


LINE = (1, 0)
PRICE_LEGEND = {"close": LegendMark(BLUE, LINE), "low to high": LegendMark(BLUE, (), 0.3)}
FLOW_LEGEND = {
    "inflow": LegendMark(BLUE),
    "outflow": LegendMark(ORANGE),
    "sum since launch, below": LegendMark(INK, LINE),
}
LIQUIDATION_LEGEND = {"shorts, above": LegendMark(BLUE), "longs, below": LegendMark(ORANGE)}
IMBALANCE_LEGEND = {"more longs": LegendMark(ORANGE), "more shorts": LegendMark(BLUE)}
LEVERAGE_LEGEND = {
    "open interest": LegendMark(BLUE, LINE),
    "funding a year, below: longs pay": LegendMark(BLUE),
    "shorts pay": LegendMark(ORANGE),
}


@dataclass(frozen=True)
class Since:
    """A record to draw: `value` was last at or above this height on `since`."""

    since: date
    day: date
    value: float
    label: str


def price_chart(days: Sequence[PriceDay], record: Since | None) -> Spec:
    """Close as a line over the band from low to high; a dashed line leads back to the day of the same height."""
    tips = {"t_close": "close", "t_low": "low", "t_high": "high"}
    rows = [
        day_span(p.day)
        | {"high": p.high_usd, "low": p.low_usd, "close": p.close_usd, "pale": not p.is_final}
        | tipped(p.day, tips, {"t_close": exact(p.close_usd), "t_low": exact(p.low_usd), "t_high": exact(p.high_usd)})
        for p in days
    ]
    base = alt.Chart(alt.InlineData(values=with_gaps(rows)))
    y = alt.Y("low:Q", title=None, scale=alt.Scale(zero=False), axis=axis_y(DOLLARS))
    band = base.mark_area(color=BLUE, opacity=0.22, interpolate="linear").encode(x=time_axis(days), y=y, y2="high:Q")
    line = base.mark_line(color=BLUE, strokeWidth=1.8).encode(x=time_axis(days), y="close:Q")
    layers: list[Any] = [band, line]
    if record:
        layers += _record_layers(record)
    return to_spec(alt.layer(*layers, day_columns(base, days, tips)).properties(width=WIDTH, height=HEIGHT))


def flow_chart(days: Sequence[FlowDay]) -> Spec:
    """Net flow of each session as bars (in above, out below zero), and the sum since launch under it."""
    tips = {"t_flow": "net flow", "t_total": "since launch"}
    rows = [
        day_span(p.day)
        | {"flow": p.net_flow_usd, "total": p.cumulative_usd, "pale": not p.is_final}
        | tipped(p.day, tips, {"t_flow": exact(p.net_flow_usd), "t_total": exact(p.cumulative_usd)})
        for p in days
    ]
    base = alt.Chart(alt.InlineData(values=rows))
    bars = day_bars(base, days, "flow", _by_sign("flow"))
    total = base.mark_line(color=INK, strokeWidth=1.8, interpolate="step-after").encode(
        x=time_axis(days), y=alt.Y("total:Q", title=None, scale=alt.Scale(zero=False), axis=axis_y(DOLLARS, 4))
    )
    top = alt.layer(rule_at(), bars, day_columns(base, days, tips, UPPER)).properties(width=WIDTH, height=UPPER)
    below = alt.layer(total, day_columns(base, days, tips, LOWER)).properties(width=WIDTH, height=LOWER)
    return to_spec(alt.vconcat(top, below, spacing=SPACING))


def liquidation_chart(days: Sequence[LiquidationDay]) -> Spec:
    """Shorts closed by force above zero, longs below it, on one scale."""
    tips = {"t_short": "shorts", "t_long": "longs"}
    rows = [
        day_span(p.day)
        | {"short": p.short_usd, "long": -p.long_usd, "pale": not p.is_final}
        | tipped(p.day, tips, {"t_short": exact(p.short_usd), "t_long": exact(p.long_usd)})
        for p in days
    ]
    base = alt.Chart(alt.InlineData(values=rows))
    shorts = day_bars(base, days, "short", alt.value(BLUE), axis="replace(" + DOLLARS + ", '−', '')")
    longs = day_bars(base, days, "long", alt.value(ORANGE))
    layers = alt.layer(rule_at(), shorts, longs, day_columns(base, days, tips))
    return to_spec(layers.properties(width=WIDTH, height=HEIGHT))


def imbalance_chart(days: Sequence[LiquidationDay]) -> Spec:
    """The longs' share of what was liquidated, from the even half: above it longs lost more, below it shorts."""
    tips = {"t_share": "longs' share"}
    rows = [
        day_span(p.day)
        | {"share": p.long_share_ratio, "half": 0.5, "pale": not p.is_final}
        | tipped(p.day, tips, {"t_share": percent(p.long_share_ratio)})
        for p in days
        if p.long_share_ratio is not None
    ]
    base = alt.Chart(alt.InlineData(values=rows))
    height = round(HEIGHT * 0.75)
    bars = base.mark_rect().encode(
        x=time_axis(days, "from"),
        x2="to:T",
        y2="half:Q",
        opacity=paler(),
        y=alt.Y(
            "share:Q",
            title=None,
            scale=alt.Scale(domain=[0, 1]),
            axis=axis_y(PERCENT, values=[0, 0.25, 0.5, 0.75, 1]),
        ),
        color=alt.condition("datum.share >= 0.5", alt.value(ORANGE), alt.value(BLUE)),
    )
    layers = alt.layer(rule_at(0.5), bars, day_columns(base, days, tips, height))
    return to_spec(layers.properties(width=WIDTH, height=height))


def leverage_chart(days: Sequence[LeverageDay]) -> Spec:
    """Open interest as a line, and the funding of a year as bars under it."""
    tips = {"t_interest": "open interest", "t_funding": "funding a year"}
    rows = [
        day_span(p.day)
        | {"interest": p.open_interest_usd, "funding": p.funding_annual_ratio, "pale": not p.is_final}
        | tipped(
            p.day,
            tips,
            {"t_interest": exact(p.open_interest_usd), "t_funding": percent(p.funding_annual_ratio, signed=True)},
        )
        for p in days
    ]
    base = alt.Chart(alt.InlineData(values=with_gaps(rows)))
    line = base.mark_line(color=BLUE, strokeWidth=1.8).encode(
        x=time_axis(days), y=alt.Y("interest:Q", title=None, scale=alt.Scale(zero=False), axis=axis_y(DOLLARS))
    )
    bars = day_bars(base, days, "funding", _by_sign("funding"), axis=PERCENT)
    top = alt.layer(line, day_columns(base, days, tips, UPPER)).properties(width=WIDTH, height=UPPER)
    below = alt.layer(rule_at(), bars, day_columns(base, days, tips, LOWER)).properties(width=WIDTH, height=LOWER)
    return to_spec(alt.vconcat(top, below, spacing=SPACING))


def market_cap_chart(points: Sequence[CapPoint]) -> Spec:
    """Each scope and measure is a line of its own: figures of different scopes are never joined."""
    styles = line_styles(points)
    names = list(styles)
    rows = [day_span(p.day) | {"value": p.value_usd, "line": p.line, "pale": not p.is_final} for p in points]
    base = alt.Chart(alt.InlineData(values=rows))
    colours = alt.Color("line:N", legend=None, scale=alt.Scale(domain=names, range=[s.colour for s in styles.values()]))
    dashes = alt.StrokeDash(
        "line:N", legend=None, scale=alt.Scale(domain=names, range=[s.dash for s in styles.values()])
    )
    y = alt.Y("value:Q", title=None, scale=alt.Scale(zero=False), axis=axis_y(DOLLARS))
    line = base.mark_line(strokeWidth=1.8).encode(x=time_axis(points), y=y, color=colours, strokeDash=dashes)
    dots = base.mark_point(filled=True, size=26, opacity=1).encode(x=time_axis(points), y=y, color=colours)
    few = {n for n in names if sum(p.line == n for p in points) <= WIDTH / 20}
    dots = dots.transform_filter(alt.FieldOneOfPredicate(field="line", oneOf=sorted(few) or ["-"]))
    tips = {f"t_{place}": name for place, name in enumerate(names)}
    values = {(p.day, p.line): exact(p.value_usd) for p in points}
    merged = [
        day_span(day) | tipped(day, tips, {field: values.get((day, name), exact(None)) for field, name in tips.items()})
        for day in sorted({p.day for p in points})
    ]
    hits = day_columns(alt.Chart(alt.InlineData(values=merged)), points, tips)
    return to_spec(alt.layer(line, dots, hits).properties(width=WIDTH, height=HEIGHT))


def line_styles(points: Sequence[CapPoint]) -> dict[str, LegendMark]:
    """The style of every line: a colour per scope, a dash per measure, so that no two lines look the same."""
    scopes, measures = sorted({p.scope for p in points}), sorted({p.measure for p in points}, reverse=True)
    colours = dict(zip(scopes, itertools.cycle([BLUE, ORANGE, GREEN, INK, MUTED])))
    dashes = dict(zip(measures, [LINE, (6, 3), (2, 3)], strict=False))
    return {p.line: LegendMark(colours[p.scope], dashes[p.measure]) for p in sorted(points, key=lambda p: p.line)}


def _by_sign(field: str) -> Any:
    return alt.condition(f"datum.{field} >= 0", alt.value(BLUE), alt.value(ORANGE))


def _record_layers(record: Since) -> list[alt.Chart]:
    """The dashed line back to the day of the same height, and its label."""
    row = {
        "since": f"{record.since}T12:00:00Z",
        "day": f"{record.day}T12:00:00Z",
        "value": record.value,
        "label": record.label,
    }
    base = alt.Chart(alt.InlineData(values=[row]))
    rule = base.mark_rule(color=ORANGE, strokeDash=[5, 4], strokeWidth=1.6).encode(x="since:T", x2="day:T", y="value:Q")
    dots = base.mark_point(color=ORANGE, filled=True, size=34, opacity=1)
    text = base.mark_text(color=ORANGE, align="right", dy=-8, dx=-4, fontSize=12, fontWeight=600).encode(
        x="day:T", y="value:Q", text="label:N"
    )
    return [rule, dots.encode(x="since:T", y="value:Q"), dots.encode(x="day:T", y="value:Q"), text]
