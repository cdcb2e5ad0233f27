"""Where recorded responses of providers may lie: beside the repository or in the folder that a variable names.

They belong to third parties and are never part of the repository. A test that reads them has the mark `recordings`; it
is skipped where they are absent, and the last lines of a run state how many were (`tests/conftest.py`). What matters is
proved by hand-written bodies as well, which every checkout has.
"""

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
RECORDED = Path(os.environ.get("RECORDED_RESPONSES", SHARED / "recorded"))
KNOWN_DAYS = Path(os.environ.get("KNOWN_DAYS", SHARED / "facts" / "known_days.csv"))
"""Dated facts of the press."""
ARTICLE = Path(os.environ.get("ARTICLE", SHARED / "seed" / "article.txt"))
"""The text of 9 May 2025 that the shipped claims come from."""
ARE_HERE = RECORDED.is_dir() and KNOWN_DAYS.is_file() and ARTICLE.is_file()
ABSENT = "no recorded responses here: RECORDED_RESPONSES names their folder, KNOWN_DAYS the file of dated facts"

needs_recordings = pytest.mark.recordings
