"""deploy/ as linters and the schedulers' own readers see it: nothing here starts a container.

Dagster's services themselves run with their records in PostgreSQL in `tests/pipeline/test_deployed.py`.
"""

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyOptions
from dagster._utils.schedules import cron_string_iterator

from orchestration.defs.cadence import DAILY
from orchestration.defs.run_launcher import addresses
from orchestration.settings import RESULTS_URL

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose.yaml"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]
DAGSTER = ["code", "daemon", "webserver"]
IMAGES = sorted(DEPLOY.glob("Containerfile*"))


def linter(name: str, *arguments: object) -> None:
    """Runs a linter that the development packages bring."""
    command = [str(Path(sys.executable).with_name(name)), *map(str, arguments)]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_the_container_files_pass_their_linter() -> None:
    linter("hadolint", "--failure-threshold", "info", *IMAGES)


def test_every_image_is_built_from_a_file_that_exists_and_has_what_it_copies() -> None:
    """Docker itself is not on this machine: what a build needs is looked up here."""
    built = {service["build"]["dockerfile"] for service in SERVICES.values() if "build" in service}
    assert built == {str(path.relative_to(ROOT)) for path in IMAGES}
    for path in IMAGES:
        text = path.read_text()
        assert re.search(r"^USER 10001:10001$", text, re.MULTILINE), path
        copied = re.findall(r"^COPY (?!--from)(\S+) ", text, re.MULTILINE)
        assert all((ROOT / name).exists() for name in copied), path
        assert all(name == "." or any(name.startswith(one) for one in let_in()) for name in copied), path


def test_an_image_that_makes_users_finds_the_commands_for_it() -> None:
    """`groupadd` lies in `/usr/sbin`, which a path of its own must name."""
    for path in IMAGES:
        before, made, _ = path.read_text().rpartition("\nRUN groupadd ")
        paths = re.findall(r"\bPATH=(\S+)", before.rpartition("\nFROM ")[2])
        assert not made or not paths or "/usr/sbin" in paths[-1].split(":"), path


def test_the_site_is_built_from_what_the_image_is_given() -> None:
    """Files that MkDocs and its hook read are let into the build."""
    # Its tags name functions, which the plainest loader leaves alone.
    site = yaml.load((ROOT / "mkdocs.yml").read_text(), Loader=yaml.BaseLoader)
    read = {site["docs_dir"], *site["hooks"], *site["watch"], "mkdocs.yml", ".env.example"}
    assert all(any(name == one or name.startswith(f"{one}/") for one in let_in()) for name in read)


def test_dashboards_wait_for_a_release_and_listen_outside_their_container() -> None:
    service = SERVICES["superset"]
    shell, _, script = service["command"]
    assert "/var/lib/warehouse/published/crypto_market.duckdb" in script
    program = script.rpartition("exec python ")[2]
    assert (ROOT / program.removeprefix("/opt/warehouse/")).exists()
    finished = subprocess.run([shell, "-n", "-c", script], capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    read = (ROOT / "bi" / "superset" / "start.py").read_text()
    assigned = set(re.findall(r"\b(WAREHOUSE_\w+)=", (DEPLOY / "Containerfile.superset").read_text()))
    assert assigned == {"WAREHOUSE_HOME", "WAREHOUSE_BI_FOLDER", "WAREHOUSE_BI_HOST"}
    assert all(f'environment.get("{name}")' in read for name in assigned | service["environment"].keys())


def test_shell_scripts_pass_their_linter() -> None:
    scripts = [path for path in (ROOT / ".ci").iterdir() if path.read_bytes().startswith(b"#!")]
    assert scripts
    linter("shellcheck", *scripts)


def test_the_compose_file_follows_the_specification() -> None:
    options = PyOptions()
    options.apply_merge = True
    assert sorted(options.from_yaml(COMPOSE.read_text()).service_names()) == sorted(SERVICES)
    for wrong in ("retries: many", "retires: 3"):
        with pytest.raises(ValueError, match=r"many|retires"):
            options.from_yaml(COMPOSE.read_text().replace("retries: 3", wrong))


def test_the_workers_of_a_lake_differ_in_their_homes_alone() -> None:
    options = PyOptions()
    options.apply_merge = True
    text = (DEPLOY / "compose.lake.yaml").read_text()
    services = yaml.safe_load(text)["services"]
    named = ["catalogue", "daemon", "records", "s3", "webserver", "worker-1", "worker-2"]
    assert sorted(options.from_yaml(text).service_names()) == sorted(services) == named
    first, second = services["worker-1"], services["worker-2"]
    assert first.pop("volumes") != second.pop("volumes")
    assert first == second
    assert (DEPLOY / first["build"]["args"]["LOCK"]).exists()
    for service in services.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        secret = [
            value for key, value in service.get("environment", {}).items() if "PASSWORD" in key or "SECRET" in key
        ]
        assert all(value.startswith("${") for value in secret)


def test_the_queue_of_a_lake_runs_a_month_on_each_worker() -> None:
    services = yaml.safe_load((DEPLOY / "compose.lake.yaml").read_text())["services"]
    settings = yaml.safe_load((DEPLOY / "dagster" / "lake" / "dagster.yaml").read_text())
    of_dagster = ["daemon", "webserver", "worker-1", "worker-2"]
    (servers,) = {services[name]["environment"]["WAREHOUSE_CODE_SERVERS"] for name in of_dagster}
    assert addresses(servers) == [("worker-1", 4000), ("worker-2", 4000)]
    assert settings["run_queue"]["max_concurrent_runs"] == 2
    wanted = set(re.findall(r"env: (\w+)", str(settings).replace("'", "")))
    assert all(wanted <= services[name]["environment"].keys() for name in of_dagster)
    of_one_machine = yaml.safe_load((DEPLOY / "dagster" / "dagster.yaml").read_text())
    assert settings["storage"] == of_one_machine["storage"]
    keys = {name for name, service in services.items() if "env_file" in service}
    assert keys == {"worker-1", "worker-2"}, "keys reach only what fetches from providers"


def test_volumes_are_declared_and_the_warehouse_has_one_writer() -> None:
    mounted = [(name, *volume.split(":")) for name, service in SERVICES.items() for volume in service["volumes"]]
    assert {volume for _, volume, *_ in mounted} == set(yaml.safe_load(COMPOSE.read_text())["volumes"])
    writes = {name: options == [] for name, volume, _, *options in mounted if volume == "warehouse"}
    assert writes == {"code": True, "results": False, "superset": False}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_is_watched_confined_and_not_root(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert name == "postgres" or "user" not in service
    assert service.get("user", "the image's") != "root"


def test_what_people_open_is_open_to_this_machine_alone() -> None:
    open_ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert open_ports == {
        name: [f"127.0.0.1:{port}:{port}"]
        for name, port in {"webserver": 3000, "results": 3001, "superset": 8088, "docs": 8000}.items()
    }
    assert RESULTS_URL == "http://127.0.0.1:3001"


def test_keys_reach_only_the_service_that_fetches_from_providers() -> None:
    assert [name for name, service in SERVICES.items() if "env_file" in service] == ["code"]


def test_folders_of_the_example_of_settings_do_not_reach_into_the_container() -> None:
    example = (ROOT / ".env.example").read_text()
    folders = set(re.findall(r"^(WAREHOUSE_\w*HOME)=", example, re.MULTILINE))
    assert folders == {"WAREHOUSE_HOME", "WAREHOUSE_DAGSTER_HOME"}
    assert folders <= SERVICES["code"]["environment"].keys()


def test_no_file_contains_a_password() -> None:
    settings = {key: value for service in SERVICES.values() for key, value in service["environment"].items()}
    secrets = {value for key, value in settings.items() if "PASSWORD" in key}
    assert secrets == {
        "${DAGSTER_POSTGRES_PASSWORD:?set it in the environment or in .env}",
        "${WAREHOUSE_BI_PASSWORD:-}",
    }
    storage = yaml.safe_load((DEPLOY / "dagster" / "dagster.yaml").read_text())["storage"]["postgres"]["postgres_db"]
    assert storage.pop("scheme") == "postgresql+psycopg2", "for psycopg 3 Dagster's NOTIFY is a syntax error"
    assert all(set(value) == {"env"} for value in storage.values())
    wanted = {value["env"] for value in storage.values()} | {"DAGSTER_LOCAL_FOLDER"}
    assert all(wanted <= SERVICES[name]["environment"].keys() for name in DAGSTER)


def test_the_image_takes_only_what_is_named() -> None:
    """A key in `.env` or a figure in `data/` can't end up in a layer."""
    assert let_in() == {
        *("data_checks", "dbt_project", "orchestration", "pyproject.toml", "README.md", "LICENSE"),
        *("deploy/hatch_build.py", "deploy/dagster", "deploy/requirements.lock", "deploy/lake-requirements.lock"),
        *("bi/superset", "docs", "mkdocs.yml", "requirements.lock", ".env.example"),
    }
    assert all((ROOT / path).exists() for path in let_in())


def let_in() -> set[str]:
    """What `.dockerignore` lets into a build."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    return {line[1:] for line in lines if line.startswith("!")}


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units with a program, a user and folders that this machine has."""
    copies = []
    for unit in UNITS:
        text = unit.read_text().replace("/opt/warehouse/.venv/bin/warehouse", shutil.which("true") or "")
        copies.append(tmp_path / unit.name)
        copies[-1].write_text(text.replace("/opt/warehouse", str(ROOT)).replace("=warehouse\nGroup", "=root\nGroup"))
    return copies


def test_a_copy_of_the_example_of_settings_leaves_the_home_where_the_unit_has_it() -> None:
    """What `EnvironmentFile=` says wins over `Environment=`, and not over what the command itself says."""
    (service,) = [unit.read_text() for unit in UNITS if unit.suffix == ".service"]
    assert re.search(r"^ExecStart=/usr/bin/env WAREHOUSE_HOME=/var/lib/warehouse ", service, re.MULTILINE)
    assert re.search(r"^StateDirectory=warehouse$", service, re.MULTILINE)


def systemd_analyze(*arguments: object) -> str:
    program = shutil.which("systemd-analyze")
    if program is None:
        assert "CI" not in os.environ, "systemd-analyze is missing where the units must be verified"
        pytest.skip("no systemd on this machine")
    finished = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout + finished.stderr


def test_the_units_are_valid(units: list[Path]) -> None:
    assert systemd_analyze("verify", "--man=no", *units) == ""


def test_the_run_is_confined(units: list[Path]) -> None:
    (service,) = [unit for unit in units if unit.suffix == ".service"]
    reported = systemd_analyze("security", "--offline=true", "--threshold=30", "--no-pager", service)
    assert "OK" in reported.splitlines()[-1]


def test_timer_and_crontab_tick_when_the_daily_schedule_does() -> None:
    (timer,) = [unit.read_text() for unit in UNITS if unit.suffix == ".timer"]
    (calendar,) = re.findall(r"^OnCalendar=(.*)$", timer, re.MULTILINE)
    now = datetime(2026, 3, 29, tzinfo=UTC)
    (daily,) = DAILY.crons
    due = next(cron_string_iterator(now.timestamp(), daily, "UTC"))
    assert f"{due:%Y-%m-%d %H:%M:%S} UTC" in systemd_analyze(
        "calendar", f"--base-time={now:%Y-%m-%d %H:%M:%S} UTC", calendar
    )
    (line,) = [line for line in (DEPLOY / "crontab").read_text().splitlines() if re.match(r"[\d*]", line)]
    assert line.startswith(f"{daily} ")


def test_the_cron_line_prints_nothing_on_success_and_the_output_on_failure(tmp_path: Path) -> None:
    """The command as /bin/sh runs it, with a stand-in for `warehouse`."""
    (line,) = [line for line in (DEPLOY / "crontab").read_text().splitlines() if re.match(r"[\d*]", line)]
    assert "%" not in line, "cron reads a percent sign as the end of the line"
    home = tmp_path / "home"
    command = (
        line.split(maxsplit=5)[5].replace("/var/lib/warehouse", str(home)).replace("/opt/warehouse", str(tmp_path))
    )
    program = tmp_path / ".venv" / "bin" / "warehouse"
    program.parent.mkdir(parents=True)
    home.mkdir()
    for status, reported in ((0, ""), (1, f"run --source live in {home}\n")):
        program.write_text(f'#!/bin/sh\necho "$* in $WAREHOUSE_HOME"\nexit {status}\n')
        program.chmod(0o755)
        finished = subprocess.run(
            ["/bin/sh", "-c", command], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}
        )
        assert finished.stdout == reported


def test_the_image_is_locked_in_the_same_versions() -> None:
    def pins(file: Path) -> dict[str, str]:
        return dict(re.findall(r"^(\S+)==([^\s;\\]+)", file.read_text(), re.MULTILINE))

    mine, all_of_them = pins(DEPLOY / "requirements.lock"), pins(ROOT / "requirements.lock")
    assert mine.items() <= all_of_them.items()
    assert "dagster-postgres" in mine
    assert not mine.keys() & {"pytest", "mypy", "playwright", "ruff"}
