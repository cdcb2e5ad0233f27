"""The published copy from Python: figures, series, records and verdicts with their definitions and sources.

    from orchestration.client import Market

    market = Market("data")
    market.figure("price_usd", "BTC", date="2025-05-08", statistic="high")
    market.verify("Bitcoin reached $104,000, the highest since January 31.", date="2025-05-09")

Belongs here: opening a release and typed results. The MCP server and `warehouse verify` are made of the same class. Not
here: what is measured and how (`orchestration.verify`).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from os import environ
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from orchestration.release.as_of import instant
from orchestration.release.open import STABLE_NAME, PublishedFile, newest_file, reading
from orchestration.verify.claim import Claim, Judgement
from orchestration.verify.figures import (
    Figure,
    Key,
    NoFigure,
    complete_key,
    daily_figure,
    definitions_of_day,
    newest_instant,
    record_figures,
    rolling_figure,
)
from orchestration.verify.judgement import judge
from orchestration.verify.rolling import rolling_as_known
from orchestration.verify.text import VerifiedText, verify_text

if TYPE_CHECKING:
    import duckdb
    import pandas
    import polars

    from orchestration.semantic.query import MetricResult

Day = date | str
Instant = datetime | str


@dataclass(frozen=True)
class Metric:
    """A metric of the release: what it measures, its unit and sign, its default key, and its sources."""

    metric: str
    title: str
    unit: str
    definition: str
    sign: str
    default_asset: str
    default_scope: str
    default_time_window: str
    default_statistic: str
    scopes: str
    source_order: str
    missing_means: str


class UnknownDay(ValueError):
    """A text that is no ISO date; the message says how to write one."""


class Market:
    """A published copy. Every method opens the newest release itself, so a long-lived object never reads an old one.

    `path` is a home (`data`), its folder `published`, or a published file; without it the home of the settings. Raises
    `orchestration.release.open.NothingPublished` where nothing is published yet.
    """

    def __init__(self, path: str | Path | None = None, *, as_of: Instant | None = None) -> None:
        self._path = Path(path) if path is not None else None
        self._as_of = _instant(as_of)
        self.file()

    def as_of(self, known_at: Instant) -> "Market":
        """The same copy as it was known at an instant (UTC): '2025-06-11' is its first instant."""
        return Market(self._path, as_of=known_at)

    @property
    def known_at(self) -> datetime | None:
        """The naive UTC instant of knowledge; None: all that the release knows."""
        return self._as_of

    def file(self) -> PublishedFile:
        """The release that is read: its file, version, and when it was published."""
        path = self._path
        if path is None:
            from orchestration.settings import Settings

            return newest_file(Settings.load(environ).published)
        if path.is_file():
            return PublishedFile(path=path.resolve(), version=path.resolve().parent.name)
        return newest_file(path if (path / STABLE_NAME).exists() else path / "published")

    @contextmanager
    def connect(self) -> "Iterator[duckdb.DuckDBPyConnection]":
        """A connection that can read the published tables and nothing else."""
        with reading(self.file(), as_of=self._as_of) as connection:
            yield connection

    def metrics(self) -> list[Metric]:
        """Every metric with its definition, in the order of their names."""
        columns = ", ".join(Metric.__dataclass_fields__)
        with self.connect() as connection:
            return [
                Metric(*row)
                for row in connection.execute(f"select {columns} from dim_metrics order by metric").fetchall()
            ]

    def figure(
        self,
        metric: str,
        asset: str | None = None,
        *,
        date: Day | None = None,
        at: Instant | None = None,
        scope: str | None = None,
        window: str | None = None,
        statistic: str | None = None,
    ) -> Figure:
        """One figure; what is left out is the metric's default, and the newest day.

        `at` gives the 24 hours up to an instant (window `rolling_24h`) or the level at it (`instant`). A metric of 24
        hours that end at any instant, without a date or an instant, gives the newest. Raises NoFigure.
        """
        with self.connect() as connection:
            if at is not None and window is None:
                window = "rolling_24h"
            key = complete_key(connection, metric, asset, scope, window, statistic)
            version = self.file().version
            if at is None and (date is not None or key.time_window != "rolling_24h"):
                return daily_figure(connection, key, as_day(date), self._as_of, version)
            with rolling_as_known(connection):
                at_instant = _instant(at) or newest_instant(connection, key)
                if at_instant is None:
                    return daily_figure(connection, key, None, self._as_of, version)
                return rolling_figure(connection, key, at_instant, self._as_of, version)

    def definitions(self, metric: str, asset: str | None = None, *, date: Day) -> list[Figure]:
        """The figures of a day by every definition that the same words may mean."""
        with self.connect() as connection:
            key, day = complete_key(connection, metric, asset), as_day(date)
            assert day is not None
            return definitions_of_day(connection, key.metric, key.asset, day, self._as_of, self.file().version)

    def records(self, date: Day | None = None, asset: str | None = None, *, least_days: int = 30) -> list[Figure]:
        """The figures of a day (the newest by default) that nothing had matched for at least `least_days`."""
        with self.connect() as connection:
            day = as_day(date)
            if day is None:
                row = connection.execute("select max(trade_date) from fct_daily_records").fetchone()
                day = row[0] if row else None
            if day is None:
                return []
            return record_figures(connection, day, asset, self._as_of, self.file().version, least_days)

    @overload
    def series(
        self, metric: str, asset: str | None = ..., *, frame: Literal["pandas"] = ..., scope: str | None = ...,
        window: str | None = ..., statistic: str | None = ..., start: Day | None = ..., end: Day | None = ...,
    ) -> "pandas.DataFrame": ...  # fmt: skip

    @overload
    def series(
        self, metric: str, asset: str | None = ..., *, frame: Literal["polars"], scope: str | None = ...,
        window: str | None = ..., statistic: str | None = ..., start: Day | None = ..., end: Day | None = ...,
    ) -> "polars.DataFrame": ...  # fmt: skip

    def series(
        self, metric: str, asset: str | None = None, *, frame: Literal["pandas", "polars"] = "pandas",
        scope: str | None = None, window: str | None = None, statistic: str | None = None, start: Day | None = None,
        end: Day | None = None,
    ) -> "pandas.DataFrame | polars.DataFrame":  # fmt: skip
        """A daily series, oldest first, as a frame: day, value, and of each its source and when it was observed.

        The unit and the definition are in `attrs` of a pandas frame; polars has no place for them, so there they
        are columns. Days without a figure are absent. Raises NoFigure where there is no such series.
        """
        with self.connect() as connection:
            key = complete_key(connection, metric, asset, scope, window, statistic)
            newest = daily_figure(connection, key, None, self._as_of, self.file().version)
            table = connection.execute(SERIES, _parameters(key, as_day(start), as_day(end))).to_arrow_table()
        described = {"unit": newest.unit, "definition": newest.definition, "release": newest.release}
        if frame == "polars":
            import polars

            found = polars.from_arrow(table)
            assert isinstance(found, polars.DataFrame)
            return found.with_columns(*(polars.lit(value).alias(name) for name, value in described.items()))
        frame_of_days: pandas.DataFrame = table.to_pandas()
        frame_of_days["trade_date"] = frame_of_days["trade_date"].astype("datetime64[s]")
        frame_of_days.attrs |= described | {"key": (key.metric, key.asset, key.scope, key.time_window, key.statistic)}
        return frame_of_days.set_index("trade_date")

    def query(
        self,
        metrics: Sequence[str],
        *,
        by: Sequence[str] = (),
        only: Mapping[str, Sequence[str]] | None = None,
        start: Day | None = None,
        end: Day | None = None,
    ) -> "MetricResult":
        """Metrics by dimensions (`asset`, `scope`, `source`, `issuer`, `fund`) and a grain (`day` to `year`), no SQL.

        `only` holds the wanted values by dimension; an asset or scope that is left open is the metric's default.
        The result has the definition and the sources of each metric. Raises InvalidRequest, which says what fits.
        """
        from orchestration.semantic.query import MetricRequest, query_metrics

        request = MetricRequest(tuple(metrics), tuple(by), only or {}, as_day(start), as_day(end))
        with self.connect() as connection:
            return query_metrics(connection, request)

    def verify(self, text: str, *, date: Day | None = None, at: Instant | None = None) -> VerifiedText:
        """A market text sentence by sentence: how each claim was understood, and the verdict of every interpretation.

        `date` is the UTC day of the text, `at` the instant if it is known. Raises `orchestration.verify.text.NoDay`.
        """
        with self.connect() as connection:
            verified = verify_text(connection, text, as_day(date), _instant(at))
        file = self.file()
        return replace(verified, version=file.version, published_at=file.published_at, as_of=self._as_of)

    def verify_claim(self, claim: Claim) -> Judgement:
        """One structured claim, judged as a line of `imports/claims.csv` is, beside its other definitions."""
        with self.connect() as connection:
            return judge(connection, [claim])[0]


SERIES = """
select trade_date, value, source, observed_at, is_final, is_lower_bound from fct_daily_metrics
where metric = $metric and asset = $asset and scope = $scope and time_window = $time_window and statistic = $statistic
and ($first is null or trade_date >= $first) and ($last is null or trade_date <= $last)
order by trade_date
"""


def _parameters(key: Key, first: date | None, last: date | None) -> dict[str, object]:
    names = ("metric", "asset", "scope", "time_window", "statistic")
    return {name: getattr(key, name) for name in names} | {"first": first, "last": last}


def as_day(day: Day | None) -> date | None:
    """A day from a day, an instant or an ISO text. Raises UnknownDay."""
    if isinstance(day, datetime):
        return day.date()
    try:
        return date.fromisoformat(day) if isinstance(day, str) else day
    except ValueError:
        raise UnknownDay(f"can't parse the day {day!r}: write it as 2025-05-08") from None


def _instant(at: Instant | None) -> datetime | None:
    """A naive UTC instant."""
    if at is None:
        return None
    return instant(at if isinstance(at, str) else at.isoformat())


__all__ = ["Claim", "Figure", "Judgement", "Market", "Metric", "NoFigure", "UnknownDay", "VerifiedText"]
