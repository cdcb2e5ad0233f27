"""`dbt docs generate` as the documentation has it: every mart is in it, with its columns, and no network is needed."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.warehouse.conftest import PROJECT, Warehouse

PAGE = PROJECT.parent / "docs" / "how-to" / "dbt-docs.md"


def test_dbt_docs_hold_every_mart_and_column(sample: Warehouse, tmp_path: Path) -> None:
    published = tmp_path / "data" / "published"
    published.mkdir(parents=True)
    (tmp_path / "data" / "warehouse.duckdb").write_bytes(sample.working_file.read_bytes())
    (published / "crypto_market.duckdb").write_bytes(sample.release_file.read_bytes())
    (published / "crypto_market.duckdb").chmod(0o444)
    (tmp_path / "dbt_project").symlink_to(PROJECT)
    (script,) = re.findall(r"<!-- dbt-docs -->\n```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    generated = subprocess.run(
        ["bash", "-euc", script.replace(".venv/bin", str(Path(sys.executable).parent))],
        cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert generated.returncode == 0, generated.stdout + generated.stderr
    folder = tmp_path / "site" / "dbt"
    nodes = json.loads((folder / "catalog.json").read_text())["nodes"].values()
    listed = {
        (node["metadata"]["name"], column)
        for node in nodes
        if node["metadata"]["schema"] == "marts"
        for column in node["columns"]
    }
    query = "select table_name, column_name from duckdb_columns() where schema_name = 'marts' and not internal"
    assert listed == set(sample.rows(query))
    assert (folder / "static_index.html").stat().st_size > 1_000_000
