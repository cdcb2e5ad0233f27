"""The brief as one self-contained page: no request to another host, light and dark, readable on a phone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment

from orchestration.report.answers import Answer

if TYPE_CHECKING:
    import duckdb

    from orchestration.report.charts import LineStyle

DAYS_SHOWN = 90
CAPS = "Market capitalisation by scope"

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Market brief of {{ day }}</title>
<style>
:root { color-scheme: light dark; --blue: #0072b2; --orange: #d55e00; --green: #009e73; --ink: #1a1a1a;
--muted: #5f6368; --grid: #d9dce0; }
@media (prefers-color-scheme: dark) { :root { --blue: #56b4e9; --orange: #f0a35e; --green: #3ecf9f; --ink: #e8e8e8;
--muted: #a5abb3; --grid: #3a3f45; } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .4rem; vertical-align: top;
border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
details { font-size: .9rem; } code { white-space: pre-wrap; overflow-wrap: anywhere; }
figure { margin: 0; } .legend { display: flex; flex-wrap: wrap; gap: 0 1rem; font-size: .9rem; margin: 0; }
.legend svg { width: 1.5rem; height: .5rem; } svg { max-width: 100%; height: auto; } .narrow { display: none; }
@media (max-width: 40rem) { .wide { display: none; } .narrow { display: block; }
thead { display: none; } tr, td { display: block; } td { border: 0; padding: .1rem 0; }
tr { padding: .6rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); } }
.confirmed::before { content: "✓ "; } .refuted::before { content: "✗ "; } .undecidable::before { content: "? "; }
</style></head><body>
<h1>Market brief of {{ day }}</h1><p>UTC day; every sentence unfolds to its definition, figures and SQL.</p>
{% for asset, sentences in assets.items() %}<h2>{{ asset }}</h2>
{% for s in sentences %}<details><summary>{{ s.sentence }}</summary><p>{{ s.definition }}</p>
<p><code>{{ s.figures }}</code></p><p><code>{{ s.example_sql }}</code></p></details>
{% endfor %}{% endfor %}
<h2>Charts</h2>
{% for title, picture in charts.items() %}<h3>{{ title }}</h3>
{% if picture.legend %}<p class="legend">{% for name, style in picture.legend.items() %}<span><svg viewBox="0 0 24 8"
aria-hidden="true"><path d="M0 4h24" stroke="{{ style.colour }}" stroke-width="3"
stroke-dasharray="{{ style.dash | join(' ') }}"/></svg>
{{ name }}</span>{% endfor %}</p>
{% endif %}{% for size, svg in picture.sizes.items() %}<figure class="{{ size }}" role="img" aria-label="{{ title }}">
{{ svg | safe }}</figure>
{% endfor %}{% endfor %}<h2>Claims</h2><table><thead><tr><th>Claim</th><th>Verdict</th><th>Why</th></tr></thead><tbody>
{% for c in claims %}<tr><td>{{ c.claim_text }}</td><td class="{{ c.verdict }}">{{ c.verdict }}</td>
<td>{{ c.explanation or '' }}</td></tr>
{% endfor %}</tbody></table></body></html>
"""


@dataclass
class Picture:
    """A chart drawn in every size ({size: SVG}); `legend` names its lines where the title doesn't."""

    sizes: dict[str, str] = field(default_factory=dict)
    legend: "Mapping[str, LineStyle]" = field(default_factory=dict)


def draw(connection: "duckdb.DuckDBPyConnection", day: date, asset: str = "BTC") -> dict[str, Picture]:
    """The charts of the days up to `day`, by title. A series without a figure is left out."""
    from orchestration.report import charts, series

    span = series.Span(day - timedelta(days=DAYS_SHOWN), day)
    prices = series.price_days(connection, asset, "binance", span)
    flows = series.flow_days(connection, asset, "us_spot_etfs", span)
    liquidations = series.liquidation_days(connection, asset, "binance", span)
    caps = series.market_cap_points(connection, span)
    drawn: dict[str, Picture] = {}
    for size in charts.SIZES:
        pictures = {
            f"{asset}: daily close, high and low, Binance": charts.price_chart(prices, None, size) if prices else "",
            f"{asset}: US spot ETF net flow per session": charts.flow_chart(flows, size) if flows else "",
        }
        if liquidations:
            pictures[f"{asset}: liquidated shorts above, longs below, Binance"] = charts.liquidation_chart(
                liquidations, size
            )
            pictures[f"{asset}: share of longs in liquidations"] = charts.imbalance_chart(liquidations, size)
        if caps:
            pictures[CAPS] = charts.market_cap_chart(caps, size)
        for title, picture in pictures.items():
            if picture:
                drawn.setdefault(title, Picture()).sizes[size.name] = picture
    if caps:
        drawn[CAPS].legend = charts.line_styles(caps)
    return drawn


def write_page(path: Path, brief: Answer, claims: Answer, charts: Mapping[str, Picture]) -> None:
    """Write the page. `brief` has the columns of `rpt_market_brief`, `claims` those of `rpt_claims`."""
    assets: dict[str, list[dict[str, object]]] = {}
    for row in brief.rows:
        sentence = dict(zip(brief.columns, row, strict=True))
        assets.setdefault(str(sentence["asset"]), []).append(sentence)
    rows = [dict(zip(claims.columns, row, strict=True)) for row in claims.rows]
    template = Environment(autoescape=True).from_string(PAGE)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(template.render(day=brief.rows[0][0], assets=assets, claims=rows, charts=charts), encoding="utf-8")
