"""What a wheel brings beside the sources: its dbt project parsed and recorded, which takes a first run twenty seconds.

dbt does that, so the wheel has to be built in an environment with the locked packages, as `make wheel` does. Built in
an isolated one (`pip install` of a repository), a wheel comes without it, and its first run does the same.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PreparedProject(BuildHookInterface[Any]):
    """Adds `orchestration/bundled/parsed/` to wheels, not to editable installations."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make it in a folder that lasts until the wheel is built."""
        if version == "editable":
            return
        if importlib.util.find_spec("dbt") is None:
            self.app.display_warning("dbt is not installed here: the first run will parse and record the project")
            return
        self._folder = TemporaryDirectory()
        target = Path(self._folder.name) / "parsed"
        subprocess.run([sys.executable, "-m", "orchestration.build.preparing", target], cwd=self.root, check=True)
        build_data["force_include"][str(target)] = "orchestration/bundled/parsed"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the folder."""
        if hasattr(self, "_folder"):
            self._folder.cleanup()
