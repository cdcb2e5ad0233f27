"""The locks: what is required is in them, with hashes, without an address of an index, as the oldest pip reads it."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LAKE_LOCKS = ("deploy/lake-requirements.lock", "tests/lake/requirements.lock")
LOCKS = ("requirements.lock", "deploy/requirements.lock", "bi/superset/requirements.lock", *LAKE_LOCKS)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PIN = re.compile(
    r"^([A-Za-z0-9._-]+)(\[[^]]*])?==([^\s;\\]+)([^\\\n]*)\\\n((?:    --hash=\S+(?: \\)?\n?)+)", re.MULTILINE
)


def pins(lock: str) -> list[tuple[str, str, str]]:
    """Name, extras with their brackets, and version of each entry that has hashes."""
    return [(canonicalize_name(m[1]), m[2] or "", m[3]) for m in PIN.finditer((ROOT / lock).read_text())]


def required(*extras: str) -> list[Requirement]:
    """What the project requires, with these extras."""
    texts = [*PROJECT["dependencies"], *(text for extra in extras for text in PROJECT["optional-dependencies"][extra])]
    return [found for text in texts if (found := Requirement(text)).name != PROJECT["name"]]


# A lake needs the DuckDB of its extensions' version, so that extra has locks of its own.
REQUIRED = [("requirements.lock", found) for found in required("build", "postgres", "dev")] + [
    (lock, found) for lock in LAKE_LOCKS for found in required("build", "postgres", "lake")
]
# Installed beside the lake's, it has only what that lacks.
SPARK_LOCK = "deploy/spark-requirements.lock"
SPARK_TEST_LOCK = "tests/lake/spark-requirements.lock"


def test_every_extra_is_locked() -> None:
    assert PROJECT["optional-dependencies"].keys() == {"build", "postgres", "dev", "lake", "spark"}


@pytest.mark.parametrize(("lock", "requirement"), REQUIRED, ids=str)
def test_every_requirement_is_locked_in_a_fitting_version(lock: str, requirement: Requirement) -> None:
    name = canonicalize_name(requirement.name)
    pinned = {name: version for name, _, version in pins(lock)}
    assert name in pinned, f"{name} is not in {lock}: run `make lock`"
    assert requirement.specifier.contains(pinned[name]), f"locked is {pinned[name]}: run `make lock`"


def test_what_spark_needs_is_locked_beside_a_lake() -> None:
    pinned = {name: version for lock in (LAKE_LOCKS[0], SPARK_LOCK) for name, _, version in pins(lock)}
    for requirement in map(Requirement, PROJECT["optional-dependencies"]["spark"]):
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)])
    assert len(pins(SPARK_LOCK)) == 2
    assert len(pins(SPARK_TEST_LOCK)) == 1


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_hashes(lock: str) -> None:
    entries = [line for line in (ROOT / lock).read_text().splitlines() if line and not line.startswith((" ", "#"))]
    assert len(pins(lock)) == len(entries) > 100


@pytest.mark.parametrize("lock", LOCKS)
def test_no_package_is_pinned_by_an_extra_alone(lock: str) -> None:
    """To pip 23.2, which Python 3.11 brings, `urllib3[socks]==2.7.0` is no pin of urllib3, and the reverse."""
    plain = {name for name, extras, _ in pins(lock) if not extras}
    assert not [name for name, extras, _ in pins(lock) if extras and name not in plain]


@pytest.mark.parametrize("lock", [*LOCKS, SPARK_LOCK, SPARK_TEST_LOCK])
def test_the_lock_names_no_host_and_no_option(lock: str) -> None:
    options = r"\S+://\S+|^\s*-(?:i|-index-url|-extra-index-url|-find-links)\b.*|\S+ @ .*"
    assert not re.findall(options, (ROOT / lock).read_text(), re.M)
