"""The lock: what pyproject.toml asks for is in it, with hashes, and no address of an index."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PINS = re.findall(
    r"^([A-Za-z0-9._-]+)(?:\[[^]]*])?==([^\s;\\]+)([^\\\n]*)\\\n((?:    --hash=\S+(?: \\)?\n?)+)", LOCK, re.M
)
PINNED = {canonicalize_name(name): version for name, version, _, _ in PINS}
ASKED = [
    requirement
    for text in [
        *PROJECT["dependencies"],
        *(text for extra in PROJECT["optional-dependencies"].values() for text in extra),
    ]
    if (requirement := Requirement(text)).name != PROJECT["name"]
]


@pytest.mark.parametrize("requirement", ASKED, ids=str)
def test_what_is_asked_for_is_locked_in_a_version_that_fits(requirement: Requirement) -> None:
    name = canonicalize_name(requirement.name)
    assert name in PINNED, f"{name} is not in requirements.lock: run `make lock`"
    assert requirement.specifier.contains(PINNED[name]), f"locked is {PINNED[name]}: run `make lock`"


def test_every_package_is_pinned_with_hashes() -> None:
    entries = [line for line in LOCK.splitlines() if line and not line.startswith((" ", "#"))]
    assert len(PINS) == len(entries) > 100


def test_the_lock_names_no_host_and_no_option() -> None:
    assert not re.findall(r"\S+://\S+|^\s*-(?:i|-index-url|-extra-index-url|-find-links)\b.*|\S+ @ .*", LOCK, re.M)
