"""`warehouse verify` and the Python client: texts, structured claims, the verdicts of `rpt_claims`, as of."""

import csv
import json
from dataclasses import fields
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.cli.main import app
from orchestration.client import Claim, Market, NoFigure
from orchestration.project import SEEDS
from orchestration.sources.user_claims import COLUMNS, parse_claims
from orchestration.verify.judgement import judge
from orchestration.verify.text import NoDay, day_of
from tests.recordings import ARTICLE, needs_recordings
from tests.warehouse.conftest import Warehouse

ROOT = Path(__file__).parents[2]
WRITTEN = "2025-05-09"
OWN_ARTICLE = """Bitcoin leads a broad rebound

May 9, 2025 — Bitcoin gained more than 3% in the past 24 hours and hit $104,000, its highest level since January 31.
Spot Bitcoin ETFs meanwhile booked a record inflow of more than $40 billion.

The total market capitalisation without BTC rose 10% to $1.14 trillion, the highest since March 6. Data from TradingView
show this.

Within one day, almost $400 million of short positions on BTC were liquidated, the most since November last year,
according to Coinglass. About $22 million of long positions were liquidated as well.

The rally could carry Bitcoin to $120,000 by summer.
"""
"""Written for this test, with the same figures as the article that the shipped claims come from."""
OF_THE_ARTICLE = (
    "btc-104k-high", "btc-104k-close", "btc-up-3-percent-24h", "btc-up-3-percent-day", "btc-etf-40bn-since-launch",
    "btc-etf-40bn-in-a-day", "ex-btc-1140bn-tradingview", "ex-btc-up-10-percent-tradingview",
    "ex-btc-1140bn-coinmarketcap", "ex-btc-up-10-percent-coinmarketcap", "btc-shorts-400m-binance",
    "btc-shorts-400m-all-venues", "btc-shorts-400m-rolling", "btc-longs-22m-binance", "btc-longs-22m-all-venues",
)  # fmt: skip
KEY = ("metric", "asset", "scope", "time_window", "statistic")


@pytest.fixture(scope="session")
def market(sample: Warehouse) -> Market:
    return Market(sample.release_file)


@pytest.fixture(scope="session")
def home(sample: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose published file is the sample."""
    home = tmp_path_factory.mktemp("verify_home")
    (home / "published").mkdir()
    (home / "published" / "crypto_market.duckdb").symlink_to(sample.release_file)
    return home


def command(home: Path, *words: str, text: str | None = None, status: int = 0) -> str:
    """What a command writes; of a failing one the sentence on standard error."""
    finished = CliRunner().invoke(app, ["verify", *words], env={"WAREHOUSE_HOME": str(home)}, input=text)
    assert finished.exit_code == status, finished.output
    return finished.stdout if status == 0 else finished.stderr


def shipped_claims() -> dict[str, Claim]:
    """The claims of the seed by their ids, read by the rules of `imports/claims.csv`, which takes no shipped id."""
    with (SEEDS / "claims.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    text = StringIO()
    writer = csv.DictWriter(text, list(COLUMNS))
    writer.writeheader()
    writer.writerows(line | {"claim_id": f"own {line['claim_id']}"} for line in lines)
    parsed = parse_claims(text.getvalue().encode())
    assert not parsed.rejected
    found = {}
    for line, row in zip(lines, parsed.rows, strict=True):
        values = dict(zip(COLUMNS, row, strict=True))
        told: dict[str, Any] = {field.name: values[field.name] for field in fields(Claim)}
        found[line["claim_id"]] = Claim(**told | {"tolerance_ratio": told["tolerance_ratio"] or 0.0})
    return found


def test_the_engine_judges_word_by_word_as_rpt_claims_does(sample: Warehouse, market: Market) -> None:
    claims = shipped_claims()
    with market.connect() as connection:
        judged = dict(zip(claims, judge(connection, list(claims.values())), strict=True))
    assert len(judged) > 35
    for claim_id, judgement in judged.items():
        columns = [name for name in judgement.row if name not in ("claim_id", "origin", "source_url", "note")]
        expected = sample.row(f"select {', '.join(columns)} from marts.rpt_claims where claim_id = '{claim_id}'")
        assert tuple(judgement.row[name] for name in columns) == expected, claim_id


def of_the_article(sample: Warehouse, market: Market, text: str, day: str | None = None) -> None:
    """Every claim of the article that ships is an interpretation of the text, with the verdict that rpt_claims has."""
    found = market.verify(text, date=day)
    interpretations = [
        one for sentence in found.sentences for claim in sentence.claims for one in claim.interpretations
    ]
    for claim_id in OF_THE_ARTICLE:
        claimed = shipped_claims()[claim_id]
        verdict, value, since = sample.row(
            f"select verdict, measured_value, measured_since_date from marts.rpt_claims where claim_id = '{claim_id}'"
        )
        same = [
            one
            for one in interpretations
            if one.claim is not None
            and all(getattr(one.claim, name) == getattr(claimed, name) for name in (*KEY, "comparator"))
            and one.claim.threshold == pytest.approx(claimed.threshold)
            and claimed.record_direction in (None, one.claim.record_direction)
            and (one.measured.value == value or claimed.time_window == "rolling_24h")
        ]
        at = claimed.claim_at if claimed.time_window == "rolling_24h" and len(same) > 1 else None
        chosen = [one for one in same if at is None or one.measured.as_of_at == at]
        assert chosen, claim_id
        assert {one.verdict for one in chosen} == {verdict}, claim_id
        if value is not None:
            assert chosen[0].measured.value == value
            assert since is None or chosen[0].measured.since_date == since


def test_an_article_has_the_verdicts_of_rpt_claims(sample: Warehouse, market: Market) -> None:
    of_the_article(sample, market, OWN_ARTICLE)


@needs_recordings
def test_the_article_of_the_shipped_claims_has_their_verdicts(sample: Warehouse, market: Market) -> None:
    text = ARTICLE.read_text(encoding="utf-8")
    of_the_article(sample, market, text, WRITTEN)
    verified = market.verify(text, date=WRITTEN)
    assert sum(len(sentence.claims) for sentence in verified.sentences) == 7
    missed = [part.text for sentence in verified.sentences for part in sentence.not_understood]
    assert missed == ["the strongest recovery in nearly two months"]


def test_five_claims_are_read_and_the_forecast_is_not_one(market: Market) -> None:
    verified = market.verify(OWN_ARTICLE)
    claims = [claim.read_as for sentence in verified.sentences for claim in sentence.claims]
    assert [read.partition(";")[0] for read in claims] == [
        "price return of BTC more than +3 %",
        "spot price of BTC at least 104,000 USD, the highest since 31 January 2025",
        "ETF net flow of BTC more than 40 billion USD, the highest of all",
        "change of the market capitalisation without Bitcoin of ALL about +10 %",
        "market capitalisation without Bitcoin of ALL about 1.14 trillion USD, the highest since 6 March 2025",
        "liquidated shorts of BTC about 400 million USD, the highest since November 2024",
        "liquidated longs of BTC (named before) about 22 million USD",
    ]
    assert [part.text for sentence in verified.sentences for part in sentence.not_understood] == ["$120,000"]


@pytest.mark.parametrize(
    ("head", "day"),
    [
        ("May 9, 2025 — Bitcoin rose.", date(2025, 5, 9)),
        ("LONDON, 9 May 2025: Bitcoin rose.", date(2025, 5, 9)),
        ("A headline\nPublished 2025-05-09\nBitcoin rose.", date(2025, 5, 9)),
        ("Bitcoin rose on May 8.", None),
        ("Bitcoin rose.", None),
    ],
)
def test_the_day_of_a_text_is_the_one_it_gives(head: str, day: date | None) -> None:
    assert day_of(head) == day


def test_a_text_without_a_day_is_not_judged(market: Market) -> None:
    with pytest.raises(NoDay, match="--date"):
        market.verify("Bitcoin rose 3%.")


def test_the_command_writes_text_json_and_a_page(home: Path, tmp_path: Path) -> None:
    article, page = tmp_path / "article.txt", tmp_path / "pages" / "article.html"
    article.write_text(OWN_ARTICLE)
    text = command(home, str(article))
    assert "✗ close of the UTC day, Binance: 103,261.60 USD, the highest since 30 January 2025" in text
    assert "[Binance, observed 2025-05-12 06:00 UTC]" in text
    assert "Definition: Shares created minus shares redeemed" in text
    assert "not understood: “$120,000”: a forecast" in text
    told = json.loads(command(home, str(article), "--json", "--html", str(page)))
    assert (told["day"], len(told["sentences"])) == ("2025-05-09", 10)
    html = page.read_text()
    assert "104,145.76 USD" in html
    assert "src=" not in html
    assert "http" not in html.replace("http-equiv", "")


def test_the_command_reads_standard_input_and_names_what_is_missing(home: Path) -> None:
    assert "✓ confirmed" in command(home, "-", "--date", WRITTEN, text="Bitcoin topped $104,000 on Thursday.")
    assert "--date" in command(home, "-", text="Bitcoin topped $104,000.", status=2)
    assert "the text is empty" in command(home, "-", text=" ", status=2)
    assert "there is no file nothing.txt" in command(home, "nothing.txt", status=2)
    assert "--date can't parse" in command(home, "-", "--date", "soon", text="Bitcoin rose 3%.", status=2)
    assert "name a text file" in command(home, status=2)


def test_a_structured_claim_is_judged_as_a_line_of_claims(home: Path) -> None:
    level = ("--metric", "price_usd", "--statistic", "high", "--date", "2025-05-08", "--value", "104000")
    words = (*level, "--comparator", "at_least", "--record", "highest", "--since", "2025-01-31")
    assert command(home, *words).startswith("Confirmed: measured 104,145.76 USD, the highest since 31 January 2025")
    told = json.loads(command(home, *words, "--json"))
    assert (told["verdict"], told["measured"]["source"]) == ("confirmed", "binance")
    assert told["measured"]["observed_at"] == "2025-05-12T06:00:00"
    assert "refuted" in {one["verdict"] for one in told["other_interpretations"]}


def test_a_structured_claim_without_a_comparator_is_as_exact_as_it_is_written(home: Path) -> None:
    about = ("--metric", "price_usd", "--date", "2025-05-08", "--value")
    assert command(home, *about, "103262").startswith("Confirmed")
    assert command(home, *about, "103300").startswith("Confirmed")
    assert command(home, *about, "103270").startswith("Refuted")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--metric", "price_us", "--value", "1", "--date", "2025-05-08"), "did you mean price_usd?"),
        (("--metric", "price_usd", "--value", "1"), "the day of the claim is missing"),
        (("--metric", "price_usd", "--date", "2025-05-08"), "nothing is claimed"),
        (("--metric", "price_usd", "--value", "x", "--date", "2025-05-08"), "threshold is 'x'"),
        (("--metric", "price_usd", "--asset", "XYZ", "--value", "1", "--date", "2025-05-08"), "there is no asset XYZ"),
    ],
)
def test_an_invalid_claim_is_refused_with_the_correction(home: Path, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in command(home, *words, status=2)


def test_a_figure_carries_its_identity(market: Market) -> None:
    figure = market.figure("price_usd", "BTC", date="2025-05-08", statistic="high")
    assert (figure.value, figure.unit, figure.scope, figure.source) == (104_145.76, "usd", "binance", "binance")
    assert figure.definition.startswith("spot price: Price of one unit")
    assert figure.observed_at == datetime(2025, 5, 12, 6)
    assert figure.record is not None
    assert figure.record.highest_since_date == date(2025, 1, 31)


def test_a_figure_of_24_hours_knows_when_it_was_observed(market: Market) -> None:
    figure = market.figure("price_return_ratio", "BTC", at="2025-05-09T04:00Z")
    assert (figure.at, figure.value_words, figure.source) == (datetime(2025, 5, 9, 4), "+3.33 %", "binance")
    assert figure.observed_at == datetime(2025, 5, 12, 6)
    with pytest.raises(NoFigure, match="fct_rolling_24h"):
        market.figure("price_return_ratio", "BTC", at="2024-01-01")


def test_24_hours_without_an_instant_are_the_newest_and_exist_as_of_one(market: Market) -> None:
    now = market.figure("ex_btc_market_cap_change_ratio")
    assert (now.time_window, str(now.at), now.source) == ("rolling_24h", "2025-05-12 01:45:59", "coinmarketcap")
    known = market.as_of("2025-05-12T12:00").figure("ex_btc_market_cap_change_ratio")
    assert (known.at, known.value, known.observed_at) == (now.at, now.value, now.observed_at)


def test_every_metric_with_a_figure_has_its_definition_source_and_instant(market: Market) -> None:
    measured = 0
    for metric in market.metrics():
        try:
            figure = market.figure(metric.metric)
        except NoFigure:
            # The sample has no figure of it.
            continue
        measured += 1
        assert figure.definition.startswith(metric.title)
        assert figure.source
        assert figure.observed_at
        assert figure.release
    assert measured > 10


def test_a_missing_figure_says_what_there_is(market: Market) -> None:
    with pytest.raises(NoFigure, match="did you mean price_usd"):
        market.figure("price_us")
    with pytest.raises(NoFigure, match="the series has days from 2024-11-01 to 2025-05-11"):
        market.figure("price_usd", date="2020-01-01")
    with pytest.raises(NoFigure, match="BTC binance utc_day sum"):
        market.figure("long_liquidations_usd", scope="nowhere")


def test_a_series_is_a_frame_with_sources(market: Market) -> None:
    frame = market.series("price_usd", "BTC", start="2025-05-07", end="2025-05-09")
    assert [day.day for day in frame.index] == [7, 8, 9]
    assert frame["value"].iloc[1] == 103_261.6
    assert set(frame["source"]) == {"binance"}
    assert frame.attrs["unit"] == "usd"
    polars = market.series("price_usd", "BTC", frame="polars", start="2025-05-07", end="2025-05-09")
    assert polars["value"].to_list() == frame["value"].to_list()
    assert polars["definition"][0].startswith("spot price")


def test_definitions_and_records_of_a_day(market: Market) -> None:
    definitions = market.definitions("price_usd", "BTC", date="2025-05-08")
    assert {(one.scope, one.statistic) for one in definitions} >= {("binance", "high"), ("coinbase", "close")}
    records = market.records("2025-05-08", "ETH")
    returns = [one for one in records if one.metric == "price_return_ratio" and one.scope == "binance"]
    assert returns[0].record is not None
    assert returns[0].record.is_record_high


def test_as_of_an_instant_the_figure_and_the_verdict_are_those_of_then(restated: Warehouse) -> None:
    now, then = Market(restated.release_file), Market(restated.release_file).as_of("2025-06-11")
    key = {"date": "2025-05-08", "scope": "binance"}
    before = then.figure("short_liquidations_usd", "BTC", **key)
    after = now.figure("short_liquidations_usd", "BTC", **key)
    assert before.value != after.value
    assert after.revisions[-1].new_value == after.value
    text = f"Bitcoin shorts of ${before.value:,.2f} were liquidated on Binance on May 8."
    verdicts = [one.verify(text, date=WRITTEN).sentences[0].claims[0].verdict for one in (then, now)]
    assert verdicts == ["confirmed", "refuted"]
    rolling = then.verify("Bitcoin rose 3.3% in the past 24 hours.", at="2025-05-09T04:00Z").sentences[0].claims[0]
    assert rolling.interpretations[0].verdict in ("confirmed", "undecidable")


def test_the_published_file_stays_read_only(market: Market) -> None:
    with market.connect() as connection, pytest.raises(duckdb.Error):
        connection.execute("create table crypto_market.marts.x as select 1")


@pytest.mark.slow
def test_the_notebook_of_the_article_runs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("WAREHOUSE_HOME", str(home))
    notebook = nbformat.read(  # type: ignore[no-untyped-call]
        ROOT / "docs" / "notebooks" / "article.ipynb", as_version=4
    )
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(cells) == 10
    assert not any(cell.outputs for cell in cells)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(ROOT)}}).execute()
    written = "".join(output.get("text", "") for cell in cells for output in cell.outputs)
    assert "104,145.76 USD highest since 2025-01-31" in written
    assert "8 May: +6.42 % | to 9 May 04:00 UTC: +3.33 %" in written
    assert "Refuted: measured" in written
