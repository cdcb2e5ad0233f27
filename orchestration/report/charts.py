"""The brief's charts, drawn once as SVG.

Belongs here: how a series looks. Not here: which figures are in it (`orchestration.report.series`) and the page.

Every day carries a transparent column with its figures as `aria-label`. A missing day is a gap, never a zero; a day
that the provider may still restate is drawn pale.
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
    INK,
    MUTED,
    ORANGE,
    PERCENT,
    Size,
    axis_y,
    day_bars,
    day_columns,
    day_span,
    paler,
    rule_at,
    time_axis,
    to_svg,
    with_gaps,
)
from orchestration.report.series import CapPoint, FlowDay, LiquidationDay, PriceDay
from orchestration.report.wording import day_text, money, percent


@dataclass(frozen=True)
class Since:
    """A record to draw: `value` was last at or above this height on `since`."""

    since: date
    day: date
    value: float
    label: str


def price_chart(days: Sequence[PriceDay], record: Since | None, size: Size) -> str:
    """Close as a line over the band from low to high; a dashed line leads back to the day of the same height."""
    rows = [
        day_span(p.day)
        | {
            "high": p.high_usd,
            "low": p.low_usd,
            "close": p.close_usd,
            "pale": not p.is_final,
            "label": f"{day_text(p.day)}: close {money(p.close_usd)}, low {money(p.low_usd)}, high {money(p.high_usd)}",
        }
        for p in days
    ]
    base = alt.Chart(alt.InlineData(values=with_gaps(rows)))
    y = alt.Y("low:Q", title=None, scale=alt.Scale(zero=False), axis=axis_y(DOLLARS))
    band = base.mark_area(color=BLUE, opacity=0.22, interpolate="linear").encode(x=time_axis(days), y=y, y2="high:Q")
    line = base.mark_line(color=BLUE, strokeWidth=1.8).encode(x=time_axis(days), y="close:Q")
    layers: list[Any] = [band, line]
    if record:
        layers += _record_layers(record)
    return to_svg(alt.layer(*layers, day_columns(base, days, size)).properties(width=size.width, height=size.height))


def flow_chart(days: Sequence[FlowDay], size: Size) -> str:
    """Net flow of each session as bars (in above, out below zero), and the sum since launch under it."""
    rows = [
        day_span(p.day)
        | {
            "flow": p.net_flow_usd,
            "total": p.cumulative_usd,
            "pale": not p.is_final,
            "label": f"{day_text(p.day)}: net flow {money(p.net_flow_usd, signed=True)}, "
            f"since launch {money(p.cumulative_usd)}",
        }
        for p in days
    ]
    base = alt.Chart(alt.InlineData(values=rows))
    bars = day_bars(base, days, "flow", alt.condition("datum.flow >= 0", alt.value(BLUE), alt.value(ORANGE)))
    total = base.mark_line(color=INK, strokeWidth=1.8, interpolate="step-after").encode(
        x=time_axis(days), y=alt.Y("total:Q", title=None, scale=alt.Scale(zero=False), axis=axis_y(DOLLARS, 4))
    )
    upper = Size(size.name, size.width, round(size.height * 0.62))
    lower = Size(size.name, size.width, round(size.height * 0.38))
    top = alt.layer(rule_at(), bars, day_columns(base, days, upper)).properties(width=upper.width, height=upper.height)
    below = alt.layer(total, day_columns(base, days, lower)).properties(width=lower.width, height=lower.height)
    return to_svg(alt.vconcat(top, below, spacing=14))


def liquidation_chart(days: Sequence[LiquidationDay], size: Size) -> str:
    """Shorts closed by force above zero, longs below it, on one scale."""
    rows = [
        day_span(p.day)
        | {
            "short": p.short_usd,
            "long": -p.long_usd,
            "pale": not p.is_final,
            "label": f"{day_text(p.day)}: shorts {money(p.short_usd)}, longs {money(p.long_usd)}",
        }
        for p in days
    ]
    base = alt.Chart(alt.InlineData(values=rows))
    shorts = day_bars(base, days, "short", alt.value(BLUE), axis="replace(" + DOLLARS + ", '−', '')")
    longs = day_bars(base, days, "long", alt.value(ORANGE))
    layers = alt.layer(rule_at(), shorts, longs, day_columns(base, days, size))
    return to_svg(layers.properties(width=size.width, height=size.height))


def imbalance_chart(days: Sequence[LiquidationDay], size: Size) -> str:
    """The longs' share of what was liquidated, from the even half: above it longs lost more, below it shorts."""
    rows = [
        day_span(p.day)
        | {
            "share": p.long_share_ratio,
            "half": 0.5,
            "pale": not p.is_final,
            "label": f"{day_text(p.day)}: longs {percent(p.long_share_ratio)} of what was liquidated",
        }
        for p in days
        if p.long_share_ratio is not None
    ]
    base = alt.Chart(alt.InlineData(values=rows))
    scale = alt.Scale(domain=[0, 1])
    bars = base.mark_rect().encode(
        x=time_axis(days, "from"),
        x2="to:T",
        y2="half:Q",
        opacity=paler(),
        y=alt.Y("share:Q", title=None, scale=scale, axis=axis_y(PERCENT, values=[0, 0.25, 0.5, 0.75, 1])),
        color=alt.condition("datum.share >= 0.5", alt.value(ORANGE), alt.value(BLUE)),
    )
    flat = Size(size.name, size.width, round(size.height * 0.75))
    layers = alt.layer(rule_at(0.5), bars, day_columns(base, days, flat))
    return to_svg(layers.properties(width=flat.width, height=flat.height))


def market_cap_chart(points: Sequence[CapPoint], size: Size) -> str:
    """Each scope and measure is a line of its own: figures of different scopes are never joined."""
    styles = line_styles(points)
    names = list(styles)
    rows = [
        day_span(p.day)
        | {
            "value": p.value_usd,
            "line": p.line,
            "pale": not p.is_final,
            "label": f"{day_text(p.day)}: {p.line} {money(p.value_usd)}",
        }
        for p in points
    ]
    base = alt.Chart(alt.InlineData(values=rows))
    colours = alt.Color("line:N", legend=None, scale=alt.Scale(domain=names, range=[s.colour for s in styles.values()]))
    dashes = alt.StrokeDash(
        "line:N", legend=None, scale=alt.Scale(domain=names, range=[s.dash for s in styles.values()])
    )
    y = alt.Y("value:Q", title=None, scale=alt.Scale(zero=False), axis=axis_y(DOLLARS))
    line = base.mark_line(strokeWidth=1.8).encode(x=time_axis(points), y=y, color=colours, strokeDash=dashes)
    dots = base.mark_point(filled=True, size=26, opacity=1).encode(x=time_axis(points), y=y, color=colours)
    few = {n for n in names if sum(p.line == n for p in points) <= size.width / 20}
    dots = dots.transform_filter(alt.FieldOneOfPredicate(field="line", oneOf=sorted(few) or ["-"]))
    merged = [
        day_span(day) | {"label": "; ".join(r["label"] for r in rows if r["from"] == day_span(day)["from"])}
        for day in sorted({p.day for p in points})
    ]
    hits = day_columns(alt.Chart(alt.InlineData(values=merged)), points, size)
    return to_svg(alt.layer(line, dots, hits).properties(width=size.width, height=size.height))


@dataclass(frozen=True)
class LineStyle:
    """How a line of the market-cap chart looks, for its legend too. `dash`: lengths drawn and left out, in pixels."""

    colour: str
    dash: tuple[int, int]


def line_styles(points: Sequence[CapPoint]) -> dict[str, LineStyle]:
    """The style of every line: a colour per scope, a dash per measure, so that no two lines look the same."""
    scopes, measures = sorted({p.scope for p in points}), sorted({p.measure for p in points}, reverse=True)
    colours = dict(zip(scopes, itertools.cycle([BLUE, ORANGE, GREEN, INK, MUTED])))
    dashes = dict(zip(measures, [(1, 0), (6, 3), (2, 3)], strict=False))
    return {p.line: LineStyle(colours[p.scope], dashes[p.measure]) for p in sorted(points, key=lambda p: p.line)}


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
