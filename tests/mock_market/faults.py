"""What must come of a faulty response, by the fault, however the code handles it.

One rule holds for all faults but a restatement: a stored figure is the provider's true one for its key, or it is
absent. What else holds per fault is in `FAULTS`, what is particular to a dataset in `FIGURES`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ANY = frozenset({"complete", "partial", "failed"})
NOT_COMPLETE = ANY - {"complete"}


@dataclass(frozen=True)
class Fault:
    """One fault and what must come of it. `spec`: its name in the mock market; `outcomes`: allowed ones of the dataset.

    `rows`: which of the rows that the provider returns without the fault are stored: none, all, all but every third,
    or any. `reported`: whether the dataset's message must name it: always, where a row is missing, or never.
    `always_acts` False: the fault changes rows; a response without such rows stays as it is and can't be judged.
    """

    spec: str
    outcomes: frozenset[str]
    rows: Literal["none", "all", "most", "any"]
    reported: Literal["always", "where missing", "no"]
    always_acts: bool = False


def _refused(spec: str) -> Fault:
    """No response, or one without a payload."""
    return Fault(spec, NOT_COMPLETE, "none", "always", always_acts=True)


def _passing(spec: str) -> Fault:
    """A temporary failure: a retry gets the response."""
    return Fault(spec, frozenset({"complete"}), "all", "no", always_acts=True)


def _rows(
    spec: str, rows: Literal["none", "all", "most", "any"], reported: Literal["always", "where missing", "no"]
) -> Fault:
    """A response with faulty rows."""
    return Fault(spec, ANY, rows, reported)


STATUSES = ("301", "400", "401", "403", "404", "418", "429", "451", "500", "503", "520")
_FAULTS = (
    *(_refused(status) for status in STATUSES),
    *(_passing(spec) for spec in ("429x2", "503x2", "truncatex2", "slow=0.05")),
    *(_refused(spec) for spec in ("off", "reset", "truncate", "cut", "html", "challenge", "challenge200", "upgrade")),
    Fault("empty", ANY, "any", "always"),
    Fault("dupes", frozenset({"complete", "partial"}), "all", "no"),
    Fault("shuffle", frozenset({"complete"}), "all", "no"),
    _rows("gap", "most", "no"),
    _rows("ms_as_s", "any", "where missing"),
    _rows("s_as_ms", "any", "where missing"),
    _rows("wrongtype", "any", "where missing"),
    Fault("newcolumn", frozenset({"complete"}), "all", "always"),
    _rows("dropcolumn", "any", "where missing"),
    _rows("nan", "most", "where missing"),
    _rows("null", "most", "where missing"),
    _rows("negative", "most", "where missing"),
    _rows("future", "all", "no"),
    _rows("restate", "any", "where missing"),
    Fault("badchecksum", NOT_COMPLETE, "none", "always"),
    _rows("repeatcursor", "any", "where missing"),
)
FAULTS: Mapping[str, Fault] = {fault.spec: fault for fault in _FAULTS}

PROVIDERS = (
    *("binance", "binance-archive", "binance-futures", "bitfinex", "bitstamp", "bybit", "coinalyze", "coinbase"),
    *("coingecko", "coinglass", "coinmarketcap", "coinmetrics", "coinpaprika", "defillama-coins", "defillama-etfs"),
    *("farside", "gate", "htx", "kraken", "okx", "sosovalue", "theblock"),
)
"""Names of the providers in the mock market."""


@dataclass(frozen=True)
class Figures:
    """What is particular to a dataset's figures.

    `signed`: columns whose sign is part of the figure. `optional`: columns that may be null. `days`: the first and the
    last day requested; None for the dataset's own look-back. `events`: rows have no versions, a
    changed event is another one. `null_is_absent`: a record without its figure was not reported yet. `is_positional`:
    a record is a list, and the figures of one that is too long may be in other places: it is kept, or rejected with a
    reason.
    `either_unit`: timestamps that are stored in milliseconds or microseconds, as in the response.
    """

    signed: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    days: tuple[str, str] | None = ("2025-04-18", "2025-05-09")
    events: bool = False
    null_is_absent: bool = False
    is_positional: bool = False
    either_unit: frozenset[str] = frozenset()


def _columns(names: str) -> frozenset[str]:
    return frozenset(names.split())


_WHOLE_MONTH, _FIVE_DAYS = ("2025-03-01", "2025-03-31"), ("2025-05-05", "2025-05-09")
_ARCHIVED_BARS = Figures(days=_WHOLE_MONTH, is_positional=True, either_unit=_columns("open_time close_time"))
FIGURES: Mapping[str, Figures] = {
    "binance_archive_klines_1d": _ARCHIVED_BARS,
    "binance_archive_klines_1h": _ARCHIVED_BARS,
    "binance_archive_futures_funding_rate": Figures(
        _columns("last_funding_rate"), days=_WHOLE_MONTH, is_positional=True
    ),
    "binance_archive_futures_metrics": Figures(
        optional=_columns(
            "count_toptrader_long_short_ratio sum_toptrader_long_short_ratio count_long_short_ratio "
            "sum_taker_long_short_vol_ratio"
        ),
        days=("2025-05-06", "2025-05-07"),
        is_positional=True,
    ),
    "binance_futures_account_ratio_1h": Figures(days=_FIVE_DAYS),
    "binance_futures_funding_rate": Figures(_columns("funding_rate"), _columns("mark_price")),
    "binance_futures_open_interest_1h": Figures(optional=_columns("cmc_circulating_supply"), days=_FIVE_DAYS),
    "binance_klines_1d": Figures(is_positional=True),
    "binance_klines_1h": Figures(days=_FIVE_DAYS, is_positional=True),
    "bitfinex_liquidations": Figures(_columns("amount"), days=None, events=True, is_positional=True),
    "bybit_funding_history": Figures(_columns("funding_rate")),
    "bybit_klines_1d": Figures(is_positional=True),
    "bybit_mark_prices_1d": Figures(is_positional=True),
    "bybit_open_interest_1d": Figures(optional=_columns("single_open_interest")),
    "coinalyze_history_1d": Figures(_columns("o h l c"), _columns("o h l c r s")),
    "coinbase_candles_1d": Figures(is_positional=True),
    "coinbase_quotes_candles_1d": Figures(is_positional=True),
    "coinglass_etf_flow_history": Figures(_columns("flow_usd"), null_is_absent=True),
    "coinmarketcap_public_global_metrics": Figures(days=None),
    "coinmetrics_asset_metrics_1d": Figures(optional=_columns("price_usd cap_mrkt_cur_usd cap_mrkt_est_usd sply_cur")),
    "defillama_etf_flows": Figures(_columns("total_flow_usd")),
    "farside_flows": Figures(_columns("cell")),
    "gate_contract_stats_1h": Figures(
        _columns("last_funding_rate"),
        _columns(
            "lsr_taker lsr_account top_lsr_account top_lsr_size top_long_size top_short_size top_long_account "
            "top_short_account long_taker_size short_taker_size long_users short_users mark_price last_funding_rate"
        ),
        days=_FIVE_DAYS,
    ),
    "htx_liquidation_orders": Figures(days=None, events=True),
    "kraken_ohlc_1d": Figures(is_positional=True),
    "kraken_quotes_ohlc_1d": Figures(is_positional=True),
    "okx_candles_1d": Figures(is_positional=True),
    "okx_futures_account_ratio_1d": Figures(is_positional=True),
    "okx_futures_funding_history": Figures(_columns("funding_rate realized_rate"), _columns("realized_rate")),
    "okx_futures_liquidation_orders": Figures(days=None, events=True),
    "okx_futures_open_interest_1d": Figures(is_positional=True),
    "sosovalue_fund_history": Figures(_columns("net_inflow")),
    "sosovalue_inflow_chart": Figures(_columns("total_net_inflow")),
    "sosovalue_summary_history": Figures(_columns("total_net_inflow")),
    "theblock_etf_flows": Figures(_columns("result"), null_is_absent=True),
}
"""By raw table; `Figures()` describes every other one."""

_ROUND_FIGURES = "its timestamps are texts; the mock market takes round figures for timestamps"
NOT_JUDGED: Mapping[tuple[str, str], str] = {
    ("okx_futures_liquidation_orders", "dupes"): "its events have no id: one that comes twice is two",
    **{
        (f"bybit_{name}", "429x2"): "its 403 forbids requests for ten minutes, which no run waits for"
        for name in ("account_ratio_1d", "funding_history", "klines_1d", "mark_prices_1d", "open_interest_1d")
    },
    ("bitfinex_liquidations", "gap"): "a page that is not full is the last one",
    ("okx_futures_instruments", "newcolumn"): "five of its many fields are read",
    ("coinalyze_exchanges", "restate"): "its codes are no figures",
    **{
        (table, fault): _ROUND_FIGURES
        for table in ("defillama_etf_flows", "sosovalue_inflow_chart")
        for fault in ("ms_as_s", "s_as_ms", "future")
    },
}
"""By raw table and fault: why nothing can be judged."""
