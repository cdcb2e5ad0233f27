"""The environment as typed settings. Nothing else in the warehouse reads `os.environ`.

`.env` in the working directory fills what the environment leaves unset. Keys stay `SecretStr`: they reach the
request header and nothing else.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Annotated, Literal, get_args
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from orchestration.lake.settings import Lake, WrongLake
from orchestration.project import IS_INSTALLED, ROOT
from orchestration.sources.shared.provider import Provider

SAMPLE_NOW = datetime(2025, 5, 12, 6, tzinfo=UTC)
"""What "now" is in a home filled from the bundled sample, unless `WAREHOUSE_NOW` says otherwise."""
RESULTS_URL = "http://127.0.0.1:3001"
"""Where `warehouse ui` serves the result page of the data checks: one port above the UI."""
SAMPLE_ASSETS = "BTC,ETH,SOL,XRP,BNB,DOGE,ADA,LINK,AVAX,LTC"
"""The assets of the full sample market."""
DEFAULT_ASSETS = f"{SAMPLE_ASSETS},HYPE,SUI,TRX,DOT"


Origin = Literal["sample", "sample-full", "live"]
"""The origin of a home's figures: the bundled sample, the sample with made-up figures added, or live providers."""
ORIGINS: tuple[Origin, ...] = get_args(Origin)


YES = frozenset({"1", "on", "true", "yes"})


MISREAD_SIGNS = "%?$"
"""SQLAlchemy takes `%` and `?` for parts of an address, Great Expectations `$` for the name of a variable."""


class SettingsError(Exception):
    """A setting has an unusable value; the message names the variable and the accepted values."""


def _split_assets(text: object) -> object:
    return tuple(part.strip().upper() for part in text.split(",") if part.strip()) if isinstance(text, str) else text


def _as_utc(value: object) -> object:
    if not isinstance(value, str):
        return value
    instant = datetime.fromisoformat(value.replace("Z", "+00:00"))
    try:
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{value} lies beyond the calendar in UTC") from None


def _stripped(value: object) -> object:
    """A secret that is mounted from a file ends in a line break."""
    return value.strip() or None if isinstance(value, str) else value


Secret = Annotated[SecretStr | None, BeforeValidator(_stripped)]


def _expanded(path: object) -> object:
    """Expand `~`: neither `.env` nor a unit file has a shell that would."""
    if not isinstance(path, str) or not path.startswith("~"):
        return path
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise ValueError(f"{path.partition('/')[0]} is nobody's home on this machine") from None


def _readable_by_all(path: Path) -> Path:
    """Raise ValueError where a library would look for the files of the folder elsewhere, and say that they are gone."""
    try:
        str(path.resolve()).encode()
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode("utf-8", "backslashreplace")
        raise ValueError(f"the path {shown} is not in UTF-8, which DuckDB needs: choose a folder that is") from None
    if found := [sign for sign in MISREAD_SIGNS if sign in str(path.resolve())]:
        raise ValueError(
            f"the path {path.resolve()} has the sign {found[0]}, which Dagster or Great Expectations reads as "
            "something else than a part of a name: choose a folder without it"
        )
    return path


Folder = Annotated[Path, BeforeValidator(_expanded), AfterValidator(_readable_by_all)]


class Settings(BaseModel):
    """The configuration of a run, from environment variables."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    home: Folder = Field(default=Path("data"), alias="WAREHOUSE_HOME", validate_default=True)
    assets: Annotated[tuple[str, ...], BeforeValidator(_split_assets), Field(min_length=1)] = Field(
        default=DEFAULT_ASSETS, alias="WAREHOUSE_ASSETS", validate_default=True
    )
    fixed_now: Annotated[datetime | None, BeforeValidator(_as_utc)] = Field(default=None, alias="WAREHOUSE_NOW")
    clock_start: Annotated[datetime | None, BeforeValidator(_as_utc)] = Field(default=None, alias="WAREHOUSE_CLOCK")
    dagster_folder: Folder | None = Field(default=None, alias="WAREHOUSE_DAGSTER_HOME")
    alert_webhook: Secret = Field(default=None, alias="WAREHOUSE_ALERT_WEBHOOK")
    postgres_url: Secret = Field(default=None, alias="WAREHOUSE_POSTGRES_URL")
    results_url: str | None = Field(default=None, alias="WAREHOUSE_RESULTS_URL")
    providers: frozenset[str] | None = None
    """Providers that may be requested; None: all. The sample market replaces some, and then no other is requested."""
    is_rate_limited: bool = True
    """False: requests don't wait for the providers' rate limits. The sample market on this machine has none."""
    environment: Mapping[str, str] = Field(default_factory=dict, repr=False, exclude=True)

    @classmethod
    def load(cls, overrides: Mapping[str, str] | None = None) -> "Settings":
        """Settings from `overrides`, then the environment, then `.env` in the working directory."""
        try:
            written = dotenv_values(".env", encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise SettingsError(
                f"{Path('.env').resolve()} is not in UTF-8 ({error.reason}): save it in UTF-8"
            ) from None
        dotenv = {name: value for name, value in written.items() if value is not None}
        environment = {**dotenv, **os.environ, **(overrides or {})}
        # A file of variables with the line ends of Windows leaves one at the end of each value.
        given = {name: value.strip() for name, value in environment.items() if value.strip()}
        try:
            return cls.model_validate({**given, "environment": environment})
        except ValidationError as error:
            problem = error.errors()[0]
            name = ".".join(str(part) for part in problem["loc"])
            if name in cls.model_fields:  # A default is named by its field, a value by its variable.
                name = cls.model_fields[name].alias or name
            reason = problem["msg"].removeprefix("Value error, ")
            raise SettingsError(f"{name}: {reason}. See .env.example for the accepted values.") from None

    def now(self) -> datetime:
        """The instant of "now", in UTC.

        `WAREHOUSE_NOW`, else the moving clock of `WAREHOUSE_CLOCK`, else the sample's instant in its home, else the
        clock of the machine.
        """
        return self.now_of(self.origin)

    def now_of(self, origin: Origin | None) -> datetime:
        """What `now` is in a home of `origin`."""
        if self.fixed_now is not None:
            return self.fixed_now
        if self.clock_start is None and origin in ("sample", "sample-full"):
            return SAMPLE_NOW
        return self.wall_clock()

    def wall_clock(self) -> datetime:
        """The moving time, in UTC: the machine's clock, or the one that `WAREHOUSE_CLOCK` started."""
        if self.clock_start is None:
            return datetime.now(UTC)
        # Read first: the clock starts at its first reading.
        started = _started(self.clock_start)
        return self.clock_start + timedelta(seconds=monotonic() - started)

    def base_url(self, provider: Provider) -> str:
        return (self.environment.get(provider.url_variable, "").strip() or provider.default_url).rstrip("/")

    def api_key(self, provider: Provider) -> SecretStr | None:
        """The provider's key without surrounding blanks; None where there is none, or it does not fit into a header."""
        value = self._key(provider)
        return SecretStr(value) if value and _fits_a_header(value) else None

    def refusal(self, provider: Provider) -> str | None:
        """Why `provider` can't be requested with these settings, as a sentence without any value; None when it can."""
        value = self._key(provider)
        if value and not _fits_a_header(value):
            return (
                f"{provider.api_key_variable} has a blank, a line break or another character inside that no key has: "
                "set it to the key alone, as the provider shows it"
            )
        if not _is_address(self.base_url(provider), provider.default_url):
            return (
                f"{provider.url_variable} is not an address such as {provider.default_url}: it takes a scheme and a "
                "host, without a user name, a password or blanks"
            )
        return None

    def _key(self, provider: Provider) -> str:
        variable = provider.api_key_variable
        return self.environment.get(variable, "").strip() if variable else ""

    def is_enabled(self, provider: Provider) -> bool:
        """False for a provider that needs an opt-in, until the user opts in."""
        variable = provider.opt_in_variable
        return variable is None or self.environment.get(variable, "").strip().lower() in YES

    def options(self, provider: Provider) -> dict[str, str]:
        return {name: self.environment.get(name, "").strip() or default for name, default in provider.options.items()}

    def base_urls(self) -> frozenset[str]:
        """The addresses of all providers that may be requested."""
        from orchestration.sources.shared.registry import datasets

        providers = {dataset.provider for dataset in datasets() if dataset.file_pattern is None}
        return frozenset(self.base_url(provider) for provider in providers if self.is_enabled(provider))

    def names_a_provider(self) -> bool:
        """True when the environment sets a provider's address or key: the user wants live providers."""
        return any(self.environment.get(variable, "").strip() for variable in _provider_variables())

    @property
    def origin(self) -> Origin | None:
        """The origin of this home's figures; None before its first run.

        Raises SettingsError where the file names none: a guess could mix live figures into the sample.
        """
        try:
            written = self.origin_file.read_text(errors="replace").strip()
        except (FileNotFoundError, NotADirectoryError):
            return None
        for origin in ORIGINS:
            if origin == written:
                return origin
        raise SettingsError(
            f"{self.origin_file} holds {written[:40]!r} instead of the origin of this home's figures: write "
            f"{', '.join(ORIGINS[:-1])} or {ORIGINS[-1]} into it; the manifest in {self.published} names it"
        )

    @property
    def origin_file(self) -> Path:
        return self.home / "origin"

    @property
    def unfinished(self) -> Path:
        """The note of a run that has not ended, see `orchestration.ingest.resume`."""
        return self.home / "unfinished"

    @property
    def check_report(self) -> Path:
        """The report of the newest data checks, as JSON; the page for people is beside it."""
        return self.home / "checks" / "report.json"

    def result_page(self, check: str) -> str:
        """The address of a data check's result, where `orchestration.release.check_pages` serves it."""
        return f"{(self.results_url or RESULTS_URL).rstrip('/')}/#{check}"

    @property
    def lake(self) -> Lake | None:
        """The store that machines share instead of a working file; None: this home has its own file."""
        try:
            return Lake.of(self.environment)
        except WrongLake as problem:
            raise SettingsError(str(problem)) from None

    @property
    def has_chosen_assets(self) -> bool:
        """Whether the user named the assets, instead of leaving them to the default."""
        return "assets" in self.model_fields_set

    @property
    def working_file(self) -> Path | Lake:
        """Where the raw tables are: the home's file, or the lake. `raw.working_file` opens either."""
        return self.lake or self.home / "warehouse.duckdb"

    @property
    def build_file(self) -> Path:
        """dbt's own database: the working file or, beside a lake, a private file that each build makes anew."""
        return self.home / "building" / "warehouse.duckdb" if self.lake else self.home / "warehouse.duckdb"

    @property
    def release_draft(self) -> Path:
        """Where dbt builds the marts before they are checked; private until published."""
        return self.home / "building" / "crypto_market.duckdb"

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def published(self) -> Path:
        return self.home / "published"

    @property
    def imports(self) -> Path:
        return self.home / "imports"

    @property
    def dagster_home(self) -> Path:
        """The folder of Dagster's configuration, and of its records unless the configuration names a database."""
        return self.dagster_folder or self.home / "dagster"


def _fits_a_header(key: str) -> bool:
    return all(ord(letter) < 256 and letter.isprintable() and not letter.isspace() for letter in key)


def _is_address(url: str, example: str) -> bool:
    """Whether `url` is of the kind of `example`: http(s) or ws(s), a host, no login, no blanks."""
    kinds = ("http", "https") if example.startswith("http") else ("ws", "wss")
    if url == example.rstrip("/"):
        return True
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    is_plain = "@" not in parts.netloc and all(letter.isprintable() and not letter.isspace() for letter in url)
    return is_whole and is_plain and parts.scheme in kinds


@cache
def _started(clock_start: datetime) -> float:
    """When this process first read the clock that starts at `clock_start`, on the monotonic clock."""
    return monotonic()


@cache
def _provider_variables() -> frozenset[str]:
    from orchestration.sources.shared.registry import datasets

    providers = {dataset.provider for dataset in datasets()}
    return frozenset(
        variable
        for provider in providers
        for variable in (provider.url_variable, provider.api_key_variable)
        if variable is not None
    )


@cache
def version() -> str:
    """The project's version: the one of `pyproject.toml` in a checkout, else that of the installed distribution."""
    import tomllib
    from importlib import metadata

    if IS_INSTALLED:
        return metadata.version("crypto-market-warehouse")
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


@contextmanager
def environment(variables: Mapping[str, str], without: str | None = None) -> Iterator[None]:
    """Within it, the process's environment has `variables`, for libraries that read their settings there.

    `without`: other variables whose names begin with it are removed.
    """
    taken = [name for name in os.environ if without is not None and name.startswith(without)]
    before = {name: os.environ.get(name) for name in [*variables, *taken]}
    for name in taken:
        del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
