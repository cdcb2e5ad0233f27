"""Releases in the lake: immutable folders below `release/`, and one pointer to the newest, `release/current.json`.

    release/<version>/   crypto_market.duckdb, parquet/<table>/*.parquet, manifest.json; never changed
    release/current.json {"version": …, "published_at": …, "path": "release/<version>/"}

A reader fetches the pointer, then reads the Parquet files below the path it names, with whatever reads Parquet on S3.
"""

import json
from pathlib import Path

from orchestration.lake.leases import Leases
from orchestration.lake.objects import Objects
from orchestration.lake.settings import Lake

POINTER = "current.json"
MANIFEST = "manifest.json"


def share(lake: Lake, release: Path) -> bool:
    """Store a published release's folder in the lake, and point to it. False where a newer one is pointed to.

    The manifest comes last, so a folder without one is a copy that was interrupted.
    """
    objects = Objects(lake, "release")
    manifest = (release / MANIFEST).read_bytes()
    published_at = json.loads(manifest)["published_at"]
    if objects.get(f"{release.name}/{MANIFEST}") is None:
        files = [path.relative_to(release.parent).as_posix() for path in release.rglob("*") if path.is_file()]
        objects.upload(release.parent, [name for name in files if not name.endswith(MANIFEST)])
        objects.put(f"{release.name}/{MANIFEST}", manifest)
    with Leases(lake).held(["release"]):
        current = objects.get(POINTER)
        if current and json.loads(current)["published_at"] > published_at:
            return False
        pointer = {"version": release.name, "published_at": published_at, "path": f"release/{release.name}/"}
        objects.put(POINTER, (json.dumps(pointer, indent=1) + "\n").encode())
    return True
