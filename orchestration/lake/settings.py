"""Where the lake is, from the environment: `WAREHOUSE_LAKE`, `WAREHOUSE_LAKE_DATA`, and AWS's own variables for S3."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import SecretStr

CATALOGUE = "WAREHOUSE_LAKE"
DATA = "WAREHOUSE_LAKE_DATA"
CATALOGUE_EXAMPLE = "postgresql://user:password@host:5432/database"
DATA_EXAMPLE = "s3://bucket/folder, or the absolute path of a folder that all machines have"
POSTGRES_PORT = 5432


class WrongLake(ValueError):
    """The settings of the lake can't be used; the message names the variable, and no value."""


@dataclass(frozen=True)
class Catalogue:
    """The PostgreSQL database of a lake."""

    host: str
    port: int
    database: str
    user: str
    password: SecretStr
    sslmode: str | None = None

    @property
    def name(self) -> str:
        """For messages: without the login."""
        return f"{self.host}:{self.port}/{self.database}"


@dataclass(frozen=True)
class S3:
    """How to reach S3. `endpoint` None: the provider's own, for the region. Keys None: reads without a signature."""

    bucket: str
    region: str
    endpoint: str | None = None
    key_id: str | None = field(default=None, repr=False)
    secret: SecretStr | None = None
    token: SecretStr | None = None

    @property
    def is_encrypted(self) -> bool:
        return self.endpoint is None or not self.endpoint.startswith("http://")


@dataclass(frozen=True)
class Lake:
    """A lake that machines share. `data` ends in a slash; below it are `data/`, `landing/` and `release/`."""

    catalogue: Catalogue
    data: str
    s3: S3 | None = None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Lake | None":
        """The lake that the environment names; None where it names none.

        Raises WrongLake where it names half of one, or one that can't be.
        """
        catalogue, data = (environment.get(name, "").strip() for name in (CATALOGUE, DATA))
        if not catalogue and not data:
            return None
        if not catalogue or not data:
            missing, example = (DATA, DATA_EXAMPLE) if catalogue else (CATALOGUE, CATALOGUE_EXAMPLE)
            raise WrongLake(f"{missing} is not set: a lake needs both {CATALOGUE} and {DATA}; write {example}")
        folder = data if data.endswith("/") else f"{data}/"
        return cls(_catalogue(catalogue), folder, _s3(folder, environment))

    def exists(self) -> bool:
        """True: whether it was made is known when it is opened. A file that does not exist yet is no error."""
        return True

    def __str__(self) -> str:
        return f"the lake at {self.catalogue.name}"


def _catalogue(address: str) -> Catalogue:
    wrong = WrongLake(f"{CATALOGUE} is not an address such as {CATALOGUE_EXAMPLE}")
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or POSTGRES_PORT
    except ValueError:
        raise wrong from None
    database = unquote(parts.path.lstrip("/"))
    if parts.scheme not in ("postgres", "postgresql") or not (host and database and parts.username):
        raise wrong
    sslmode = parse_qs(parts.query).get("sslmode", [None])[0]
    return Catalogue(host, port, database, unquote(parts.username), SecretStr(unquote(parts.password or "")), sslmode)


def _s3(data: str, environment: Mapping[str, str]) -> S3 | None:
    """How to reach the bucket; None where the data is in a folder."""
    parts = urlsplit(data)
    if parts.scheme != "s3":
        if not Path(data).is_absolute():
            raise WrongLake(f"{DATA} takes {DATA_EXAMPLE}")
        return None
    if not parts.netloc or "@" in parts.netloc:
        raise WrongLake(f"{DATA} takes {DATA_EXAMPLE}, without a login in it")

    def value(*names: str) -> str | None:
        return next((found for name in names if (found := environment.get(name, "").strip())), None)

    secret, token = value("AWS_SECRET_ACCESS_KEY"), value("AWS_SESSION_TOKEN")
    return S3(
        bucket=parts.netloc,
        region=value("AWS_REGION", "AWS_DEFAULT_REGION") or "us-east-1",
        endpoint=value("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
        key_id=value("AWS_ACCESS_KEY_ID"),
        secret=SecretStr(secret) if secret else None,
        token=SecretStr(token) if token else None,
    )
