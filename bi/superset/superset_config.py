"""Superset's settings: what belongs to this warehouse, and no request to another host.

Belongs here: what differs from Superset's defaults, with the reason. Not here: setting up and starting (`start.py`),
and what is drawn (the YAML files beside this one).
"""

import os
from pathlib import Path
from typing import Any

from assets import colour, palette
from superset.config import TALISMAN_CONFIG as DEFAULT_TALISMAN_CONFIG
from superset.config import THEME_DARK as SUPERSET_DARK_THEME
from superset.config import THEME_DEFAULT as SUPERSET_THEME

FOLDER = Path(os.environ["WAREHOUSE_BI_FOLDER"])
SECRET_KEY = (FOLDER / "secret_key").read_text()
SQLALCHEMY_DATABASE_URI = f"sqlite:///{FOLDER / 'superset.db'}"
DATA_DIR = str(FOLDER)

APP_NAME = "Crypto market warehouse"
# The default of 1,000 rows cuts ten years of days off.
ROW_LIMIT = 50_000
MAPBOX_API_KEY = ""
# Superset's default policy lets the page load a counting image, maps and fonts of other hosts. Here the browser
# itself blocks every other host.
TALISMAN_CONFIG = {
    **DEFAULT_TALISMAN_CONFIG,
    "content_security_policy": {
        **DEFAULT_TALISMAN_CONFIG["content_security_policy"],
        "img-src": ["'self'", "blob:", "data:"],
        "connect-src": ["'self'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'", "data:"],
    },
}
THEME_FONT_URL_ALLOWED_DOMAINS: list[str] = []
FEATURE_FLAGS = {"DASHBOARD_RBAC": False}

EXTRA_CATEGORICAL_COLOR_SCHEMES = [
    {
        "id": "market",
        "description": "The brief's colours: distinguishable with colour vision deficiencies.",
        "label": "Market",
        "isDefault": True,
        "colors": [colour(role) for role in palette()["series"]],
    }
]

TIME_SERIES = ("echarts_timeseries_line", "echarts_timeseries_bar", "echarts_area", "mixed_timeseries")


def theme(default: dict[str, Any], name: str) -> dict[str, Any]:
    """Superset's theme in the colours of the brief, with filled marks in legends and no label upon another."""
    roles = {"colorPrimary": "blue", "colorLink": "link", "colorError": "warn", "colorSuccess": "green"}
    # A line's own mark is transparent where it has no points.
    labels = {"axisLabel": {"hideOverlap": True, "showMinLabel": None, "showMaxLabel": None, "fontSize": 11}}
    legend = {"icon": "roundRect", "itemWidth": 14, "itemHeight": 14, "itemStyle": {"opacity": 1}}
    return {
        **default,
        "token": {**default["token"], **{token: palette()[name][role] for token, role in roles.items()}},
        "echartsOptionsOverrides": {"legend": legend},
        "echartsOptionsOverridesByChartType": {kind: {"xAxis": labels} for kind in TIME_SERIES},
    }


THEME_DEFAULT = theme(SUPERSET_THEME, "light")
THEME_DARK = theme(SUPERSET_DARK_THEME, "dark")


def DB_CONNECTION_MUTATOR(uri, params, username, security_manager, source):
    """Lead every new connection to the file that the published name points to now.

    DuckDB shares one instance per path and process: opened by its stable name while an earlier release is still being
    read, it would go on serving that one.
    """
    if uri.drivername == "duckdb" and uri.database:
        uri = uri.set(database=str(Path(uri.database).resolve()))
    return uri, params
