"""Paths of the project: the dbt project and its seeds, which Python reads too."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
BUNDLED = PACKAGE / "bundled"
IS_INSTALLED = BUNDLED.is_dir()
ROOT = BUNDLED if IS_INSTALLED else PACKAGE.parent
DBT_PROJECT = ROOT / "dbt_project"
SEEDS = DBT_PROJECT / "seeds"
