"""The brief as one self-contained page: no request to another host, light and dark, readable on a phone."""

from pathlib import Path

from jinja2 import Environment

from orchestration.report.answers import Answer

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Market brief of {{ day }}</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .4rem; vertical-align: top;
border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
details { font-size: .9rem; } code { white-space: pre-wrap; overflow-wrap: anywhere; }
.confirmed::before { content: "✓ "; } .refuted::before { content: "✗ "; } .undecidable::before { content: "? "; }
</style></head><body>
<h1>Market brief of {{ day }}</h1><p>UTC day; every sentence unfolds to its definition, figures and SQL.</p>
{% for asset, sentences in assets.items() %}<h2>{{ asset }}</h2>
{% for s in sentences %}<details><summary>{{ s.sentence }}</summary><p>{{ s.definition }}</p>
<p><code>{{ s.figures }}</code></p><p><code>{{ s.example_sql }}</code></p></details>
{% endfor %}{% endfor %}
<h2>Claims</h2><table><thead><tr><th>Claim</th><th>Verdict</th><th>Why</th></tr></thead><tbody>
{% for c in claims %}<tr><td>{{ c.claim_text }}</td><td class="{{ c.verdict }}">{{ c.verdict }}</td>
<td>{{ c.explanation or '' }}</td></tr>
{% endfor %}</tbody></table></body></html>
"""


def write_page(path: Path, brief: Answer, claims: Answer) -> None:
    """Write the page. `brief` has the columns of `rpt_market_brief`, `claims` those of `rpt_claims`."""
    assets: dict[str, list[dict[str, object]]] = {}
    for row in brief.rows:
        sentence = dict(zip(brief.columns, row, strict=True))
        assets.setdefault(str(sentence["asset"]), []).append(sentence)
    rows = [dict(zip(claims.columns, row, strict=True)) for row in claims.rows]
    template = Environment(autoescape=True).from_string(PAGE)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(template.render(day=brief.rows[0][0], assets=assets, claims=rows), encoding="utf-8")
