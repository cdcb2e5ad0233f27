"""The origin of a lake's figures: like a home, a lake holds those of one origin, whichever machine writes."""

from orchestration.lake.leases import Leases
from orchestration.lake.settings import Lake
from orchestration.settings import ORIGINS, Origin


def origin_of_lake(lake: Lake) -> Origin | None:
    """The origin that the first run wrote; None before it. Raises LakeUnusable."""
    found = Leases(lake).execute("select value from warehouse.facts where name = 'origin'")
    return next((origin for origin in ORIGINS if found and origin == found[0][0]), None)


def claim(lake: Lake, origin: Origin) -> Origin:
    """Make `origin` the lake's, unless it has one. Returns the one it has."""
    Leases(lake).execute("insert into warehouse.facts values ('origin', %s) on conflict (name) do nothing", origin)
    return origin_of_lake(lake) or origin
