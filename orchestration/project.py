"""Where the files of the project are: the dbt project and its seeds, which Python reads too.

A checkout has them beside the packages, an installed wheel in `orchestration/bundled`.
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
BUNDLED = PACKAGE / "bundled"
IS_INSTALLED = BUNDLED.is_dir()
ROOT = BUNDLED if IS_INSTALLED else PACKAGE.parent
DBT_PROJECT = ROOT / "dbt_project"
SEEDS = DBT_PROJECT / "seeds"
