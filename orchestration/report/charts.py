"""The brief's charts, drawn once as SVG.

Belongs here: how a series looks. Not here: which figures are in it (`orchestration.report.series`) and the page.

Colours are CSS variables of the page (`var(--blue)`), so one drawing serves light and dark. Every day carries a
transparent column with its figures as `aria-label`: the page shows it under the pointer, without a chart library.
A missing day is a gap, never a zero; a day that the provider may still restate is drawn pale.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import altair as alt
import vl_convert

from orchestration.report.series import CapPoint, FlowDay, LiquidationDay, PriceDay
from orchestration.report.wording import day_text, money, percent

BLUE, ORANGE, GREEN, INK = "var(--blue)", "var(--orange)", "var(--green)", "var(--ink)"
MUTED, GRID = "var(--muted)", "var(--grid)"
PALE = 0.45
MONTHS_FROM_DAYS = 75
DOLLARS = "replace(format(datum.value, '$~s'), 'G', 'B')"
PERCENT = "format(datum.value, '.0%')"


@dataclass(frozen=True)
class Size:
    """Plot area in CSS pixels; the narrow one is for phones, where scaled-down text could not be read."""

    name: str
    width: int
    height: int


SIZES = (Size("wide", 800, 240), Size("narrow", 300, 210))


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
        _span(p.day)
        | {
            "high": p.high_usd,
            "low": p.low_usd,
            "close": p.close_usd,
            "pale": not p.is_final,
            "says": f"{day_text(p.day)}: close {money(p.close_usd)}, low {money(p.low_usd)}, high {money(p.high_usd)}",
        }
        for p in days
    ]
    base = alt.Chart(alt.InlineData(values=_with_gaps(rows)))
    y = alt.Y("low:Q", title=None, scale=alt.Scale(zero=False), axis=_axis_y(DOLLARS))
    band = base.mark_area(color=BLUE, opacity=0.22, interpolate="linear").encode(x=_x(days), y=y, y2="high:Q")
    line = base.mark_line(color=BLUE, strokeWidth=1.8).encode(x=_x(days), y="close:Q")
    layers: list[Any] = [band, line]
    if record:
        layers += _record_layers(record)
    return _svg(alt.layer(*layers, _hits(base, days, size)).properties(width=size.width, height=size.height))


def flow_chart(days: Sequence[FlowDay], size: Size) -> str:
    """Net flow of each session as bars (in above, out below zero), and the sum since launch under it."""
    rows = [
        _span(p.day)
        | {
            "flow": p.net_flow_usd,
            "total": p.cumulative_usd,
            "pale": not p.is_final,
            "says": f"{day_text(p.day)}: net flow {money(p.net_flow_usd, signed=True)}, "
            f"since launch {money(p.cumulative_usd)}",
        }
        for p in days
    ]
    base = alt.Chart(alt.InlineData(values=rows))
    bars = _bars(base, days, "flow", alt.condition("datum.flow >= 0", alt.value(BLUE), alt.value(ORANGE)))
    total = base.mark_line(color=INK, strokeWidth=1.8, interpolate="step-after").encode(
        x=_x(days), y=alt.Y("total:Q", title=None, scale=alt.Scale(zero=False), axis=_axis_y(DOLLARS, 4))
    )
    upper = Size(size.name, size.width, round(size.height * 0.62))
    lower = Size(size.name, size.width, round(size.height * 0.38))
    top = alt.layer(_zero(), bars, _hits(base, days, upper)).properties(width=upper.width, height=upper.height)
    below = alt.layer(total, _hits(base, days, lower)).properties(width=lower.width, height=lower.height)
    return _svg(alt.vconcat(top, below, spacing=14))


def liquidation_chart(days: Sequence[LiquidationDay], size: Size) -> str:
    """Shorts closed by force above zero, longs below it, on one scale."""
    rows = [
        _span(p.day)
        | {
            "short": p.short_usd,
            "long": -p.long_usd,
            "pale": not p.is_final,
            "says": f"{day_text(p.day)}: shorts {money(p.short_usd)}, longs {money(p.long_usd)}",
        }
        for p in days
    ]
    base = alt.Chart(alt.InlineData(values=rows))
    shorts = _bars(base, days, "short", alt.value(BLUE), axis="replace(" + DOLLARS + ", '−', '')")
    longs = _bars(base, days, "long", alt.value(ORANGE))
    layers = alt.layer(_zero(), shorts, longs, _hits(base, days, size))
    return _svg(layers.properties(width=size.width, height=size.height))


def imbalance_chart(days: Sequence[LiquidationDay], size: Size) -> str:
    """The longs' share of what was liquidated, from the even half: above it longs lost more, below it shorts."""
    rows = [
        _span(p.day)
        | {
            "share": p.long_share_ratio,
            "half": 0.5,
            "pale": not p.is_final,
            "says": f"{day_text(p.day)}: longs {percent(p.long_share_ratio)} of what was liquidated",
        }
        for p in days
        if p.long_share_ratio is not None
    ]
    base = alt.Chart(alt.InlineData(values=rows))
    scale = alt.Scale(domain=[0, 1])
    bars = base.mark_rect().encode(
        x=_x(days, "from"),
        x2="to:T",
        y2="half:Q",
        opacity=_opacity(),
        y=alt.Y("share:Q", title=None, scale=scale, axis=_axis_y(PERCENT, values=[0, 0.25, 0.5, 0.75, 1])),
        color=alt.condition("datum.share >= 0.5", alt.value(ORANGE), alt.value(BLUE)),
    )
    layers = alt.layer(_zero(0.5), bars, _hits(base, days, size))
    return _svg(layers.properties(width=size.width, height=round(size.height * 0.75)))


def market_cap_chart(points: Sequence[CapPoint], size: Size) -> str:
    """Each scope and measure is a line of its own: figures of different scopes are never joined."""
    styles = line_styles(points)
    names = list(styles)
    rows = [
        _span(p.day)
        | {
            "value": p.value_usd,
            "line": p.line,
            "pale": not p.is_final,
            "says": f"{day_text(p.day)}: {p.line} {money(p.value_usd)}",
        }
        for p in points
    ]
    base = alt.Chart(alt.InlineData(values=rows))
    colours = alt.Color("line:N", legend=None, scale=alt.Scale(domain=names, range=[s.colour for s in styles.values()]))
    dashes = alt.StrokeDash(
        "line:N", legend=None, scale=alt.Scale(domain=names, range=[s.dash for s in styles.values()])
    )
    y = alt.Y("value:Q", title=None, scale=alt.Scale(zero=False), axis=_axis_y(DOLLARS))
    line = base.mark_line(strokeWidth=1.8).encode(x=_x(points), y=y, color=colours, strokeDash=dashes)
    dots = base.mark_point(filled=True, size=26, opacity=1).encode(x=_x(points), y=y, color=colours)
    few = {n for n in names if sum(p.line == n for p in points) <= size.width / 20}
    dots = dots.transform_filter(alt.FieldOneOfPredicate(field="line", oneOf=sorted(few) or ["-"]))
    merged = [
        _span(day) | {"says": "; ".join(r["says"] for r in rows if r["from"] == _span(day)["from"])}
        for day in sorted({p.day for p in points})
    ]
    hits = _hits(alt.Chart(alt.InlineData(values=merged)), points, size)
    return _svg(alt.layer(line, dots, hits).properties(width=size.width, height=size.height))


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


def _span(day: date) -> dict[str, Any]:
    """A day on the time axis: its noon for lines, its whole width for the pointer, a little less for bars."""
    following = day + timedelta(days=1)
    return {
        "noon": f"{day}T12:00:00Z",
        "start": f"{day}T00:00:00Z",
        "end": f"{following}T00:00:00Z",
        "from": f"{day}T02:30:00Z",
        "to": f"{day}T21:30:00Z",
    }


def _with_gaps(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Adds an empty day where days are missing, so that a line stops there instead of bridging the gap."""
    out: list[dict[str, Any]] = []
    for row in rows:
        if out and out[-1]["end"] != row["start"]:
            out.append({"noon": out[-1]["end"], "end": row["start"]})
        out.append(row)
    return out


def _x(points: Sequence[Any], field: str = "noon") -> alt.X:
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


def _axis_y(label: str, count: int = 5, values: list[float] | None = None) -> alt.Axis:
    more: dict[str, Any] = {"values": values} if values else {"tickCount": count}
    return alt.Axis(title=None, labelExpr=label, domain=False, ticks=False, labelPadding=6, **more)


def _bars(base: alt.Chart, days: Sequence[Any], field: str, colour: Any, axis: str = DOLLARS) -> alt.Chart:
    return (
        base.transform_calculate(floor="0")
        .mark_rect()
        .encode(
            x=_x(days, "from"),
            x2="to:T",
            y=alt.Y(f"{field}:Q", title=None, axis=_axis_y(axis)),
            y2="floor:Q",
            color=colour,
            opacity=_opacity(),
        )
    )


def _opacity() -> Any:
    return alt.condition("datum.pale", alt.value(PALE), alt.value(1))


def _zero(at: float = 0) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=[{"zero": at}])).mark_rule(color=MUTED, strokeWidth=1).encode(y="zero:Q")


def _record_layers(record: Since) -> list[alt.Chart]:
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


def _hits(base: alt.Chart, points: Sequence[Any], size: Size) -> alt.Chart:
    return (
        base.mark_rect(opacity=0, color=INK)
        .encode(x=_x(points, "start"), x2="end:T", y=alt.value(0), y2=alt.value(size.height), description="says:N")
        .transform_filter("isValid(datum.says)")
        .properties(name="hits")
    )


def _svg(chart: Any) -> str:
    styled = (
        chart.configure(background="transparent", font="system-ui, sans-serif", padding=4)
        .configure_view(stroke=None)
        .configure_axis(
            gridColor=GRID, domainColor=GRID, tickColor=GRID, labelColor=MUTED, labelFontSize=12, gridWidth=1
        )
    )
    return _compact(vl_convert.vegalite_to_svg(styled.to_dict()))


def _compact(svg: str) -> str:
    """Drops what the page doesn't need: fixed sizes (the page scales it), roles under `role=img`, long fractions."""
    svg = re.sub(r' (?:aria-roledescription|role)="[^"]*"', "", svg)
    svg = re.sub(r'(<svg [^>]*?) width="\d+" height="\d+"', r"\1", svg, count=1)
    svg = svg.replace('xmlns:xlink="http://www.w3.org/1999/xlink" ', "")
    return re.sub(r' (d|transform)="[^"]*"', lambda match: _rounded(match.group()), svg)


def _rounded(attribute: str) -> str:
    return re.sub(r"\d+\.\d+", lambda number: f"{float(number.group()):.2f}".rstrip("0").rstrip("."), attribute)
