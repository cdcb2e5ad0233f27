"""The end of a run as a person reads it: what is new against the release before, what failed, what was withheld."""

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from data_checks.results import CheckResult
from orchestration.cli.main import app
from orchestration.cli.published import published_version
from orchestration.cli.run_output import changed_claims, print_run, release_file
from orchestration.cli.run_text import news_text, problems_text, warnings_text
from orchestration.cli.verbosity import Verbosity
from orchestration.project import SEEDS
from orchestration.report.release_news import SUBJECTS, News, release_news
from orchestration.report.terminal import Terminal
from orchestration.run_summary import RunOutcome, SourceProblem

MARTS = """
create schema marts;
create table marts.dim_metrics as from (values
    ('price_usd', 'price', 'spot price'), ('short_liquidations_usd', 'liquidations', 'liquidated shorts'),
    ('new_usd', 'a_family_of_its_own', 'new')
) as t (metric, family, title);
create table marts.fct_daily_metrics (
    metric text, asset text, scope text, time_window text, statistic text, trade_date date, value double
);
create table marts.fct_revisions (
    metric text, asset text, scope text, time_window text, statistic text, trade_date date, source text,
    observed_at timestamp, old_value double, new_value double, change_ratio double
);
create table marts.rpt_withheld_figures (
    metric text, asset text, scope text, trade_date date, reason text
);
insert into marts.fct_daily_metrics
select 'price_usd', asset, 'binance', 'utc_day', 'close', day::date, 1
from range(date '2025-05-01', date '{end}', interval 1 day) as t (day) cross join (values ('BTC'), ('ETH')) as u (asset)
"""
RESTATED = """
insert into marts.fct_revisions
select 'short_liquidations_usd', 'BTC', 'binance', 'utc_day', 'sum', day, 'coinglass', timestamp '2025-06-11 06:00',
    57781833.61, new, new / 57781833.61 - 1
from (values (date '2025-05-08', 30931070.31), (date '2025-05-09', 57000000)) as t (day, new)
"""
WITHHELD = """
insert into marts.rpt_withheld_figures
select 'price_usd', 'BTC', 'kraken', date '2025-05-09' + n::int, 'a close of 9 is below a tenth of the others'
from range(2) as t (n)
"""
WIDE = Terminal(width=80)


def release(folder: Path, version: str, end: str, *statements: str) -> Path:
    path = folder / "releases" / version / "crypto_market.duckdb"
    path.parent.mkdir(parents=True)
    with duckdb.connect(str(path)) as connection:
        for statement in (MARTS.format(end=end), *statements):
            connection.execute(statement)
    return path


@pytest.fixture
def news(tmp_path: Path) -> News:
    before = release(tmp_path, "1", "2025-05-09")
    return release_news(release(tmp_path, "2", "2025-05-11", RESTATED, WITHHELD), before)


def test_what_is_new_is_counted_against_the_release_before(news: News) -> None:
    (prices,) = news.figures
    assert (prices.subject, prices.figure_count, prices.asset_count, prices.day_count) == ("Prices", 4, 2, 2)
    assert (prices.first_date, prices.last_date) == (date(2025, 5, 9), date(2025, 5, 10))
    (restated,) = news.restated
    assert (restated.subject, restated.figure_count, restated.trade_date) == ("Liquidations", 2, date(2025, 5, 8))
    assert [one.figure_count for one in news.withheld] == [2]


def test_the_news_are_sentences(news: News) -> None:
    text = news_text(news, False, WIDE)
    assert text == (
        "New\n"
        "  Prices: 4 figures of 2 assets, 2 days, 9 May 2025 to 10 May 2025\n\n"
        "Changed since the release before\n"
        "  Liquidations: 2 figures, most of all liquidated shorts of BTC, Binance on 8 May 2025: "
        "57.78 mn → 30.93 mn\n\n"
        "Withheld, because they are not plausible\n"
        "  spot price of BTC, Kraken, 9 May 2025 to 10 May 2025 (2 figures): "
        "a close of 9 is below a tenth of the others\n"
        '  warehouse sql "from rpt_withheld_figures"\n'
    )


def test_texts_wrap_on_a_terminal_alone(news: News) -> None:
    lines = news_text(news, False, Terminal(width=60, is_interactive=True)).splitlines()
    assert max(map(len, lines)) <= 60


def test_the_first_release_is_all_new_and_a_second_without_news_says_so(tmp_path: Path) -> None:
    first = release(
        tmp_path,
        "1",
        "2025-05-03",
        "insert into marts.fct_daily_metrics select 'new_usd', 'ALL', 'x', 'utc_day', 'sum', date '2025-05-01', 1",
    )
    news = release_news(first, None)
    assert [(one.subject, one.figure_count) for one in news.figures] == [("Prices", 4), ("a_family_of_its_own", 1)]
    assert news_text(news, True, WIDE).startswith("The first release\n")
    assert news_text(release_news(first, first), False, WIDE) == "No figure is new and none changed.\n"


def test_every_family_of_metrics_has_a_subject() -> None:
    families = duckdb.sql(f"select distinct family from '{SEEDS / 'metrics.csv'}'").fetchall()
    assert {family for (family,) in families} <= SUBJECTS.keys()


def test_a_problem_that_several_datasets_share_is_printed_once_and_others_with_their_titles() -> None:
    blocked = "binance: returned 451, unavailable here"
    problems = [
        SourceProblem("binance klines_1d", "failed", blocked),
        SourceProblem("binance klines_1h", "failed", blocked),
        SourceProblem("kraken ohlc_1d", "partial", "kraken ohlc_1d: 3 of 9 requests failed; run again"),
    ]
    assert problems_text(problems, {"kraken ohlc_1d": "Daily bars of Kraken"}, WIDE).splitlines() == [
        "Not complete, and what to do",
        f"  binance klines_1d, binance klines_1h: failed: {blocked}",
        "  kraken ohlc_1d (Daily bars of Kraken): partial: 3 of 9 requests failed; run again",
    ]
    noted = SourceProblem("farside flows", "complete", "a fallback address was used")
    assert problems_text([noted], {}, WIDE) == "Complete, with a note\n  farside flows: a fallback address was used\n"
    assert problems_text([noted, *problems], {}, WIDE).startswith("Not complete")


def test_checks_that_warn_share_their_next_step() -> None:
    reason = "A close is near its neighbours."
    results = [
        CheckResult("closes_are_near", "fct_daily_prices", "warning", reason, False, 3, "", [], None, "Look."),
        CheckResult("highs_are_near", "fct_daily_prices", "withhold", reason, False, 3, "", [], None, "Look."),
    ]
    assert warnings_text(results, WIDE).splitlines() == [
        "Checks that warn",
        "  Closes are near (3 rows of fct_daily_prices): A close is near its neighbours.",
        "  Highs are near (withheld, 3 rows of fct_daily_prices): A close is near its neighbours.",
        "  → Look.",
    ]


def test_only_the_users_claims_and_those_with_another_verdict_are_named() -> None:
    claims = [
        ("a", "confirmed", "Same as before", "shipped"),
        ("b", "refuted", "Flipped", "shipped"),
        ("c", "undecidable", "New of the user", "user"),
        ("d", "refuted", "New and shipped", "shipped"),
    ]
    assert changed_claims(claims, {"a": "confirmed", "b": "confirmed"}) == [
        "Flipped: refuted, was confirmed",
        "New of the user: undecidable",
    ]


def test_the_release_before_is_found_by_its_version(tmp_path: Path) -> None:
    assert published_version(tmp_path) is None
    path = release(tmp_path, "1", "2025-05-03")
    (tmp_path / "current").symlink_to("releases/1")
    assert published_version(tmp_path) == "1"
    found = release_file(tmp_path, "1")
    assert found is not None
    assert found.path == path
    assert release_file(tmp_path, "0") is None
    assert release_file(tmp_path, None) is None


def test_quiet_and_verbose_exclude_each_other() -> None:
    ended = CliRunner().invoke(app, ["run", "--quiet", "--verbose"])
    assert ended.exit_code == 2
    assert ended.stderr == "warehouse: --quiet and --verbose exclude each other\n"


def test_a_run_that_published_nothing_names_its_problems_and_what_stands(capsys: pytest.CaptureFixture[str]) -> None:
    problem = SourceProblem("every source", "failed", "api.binance.com cannot be reached; run again later")
    outcome = RunOutcome(3, "live", None, None, (problem,), (), {})
    print_run(outcome, as_json=False, verbosity=Verbosity.quiet)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        "Not complete, and what to do\n  every source: failed: api.binance.com cannot be reached; run again later\n\n"
        "nothing new was published; an earlier version, if there is one, is unchanged\n"
    )
    print_run(outcome, as_json=True, before="20250512T060000Z-1986f3dea0")
    fields = json.loads(capsys.readouterr().out)
    assert (fields["exit_code"], fields["blocking"]) == (3, None)
    assert fields["previous_version"] == "20250512T060000Z-1986f3dea0"
    assert fields["problems"][0]["dataset"] == "every source"
