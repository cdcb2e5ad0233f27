"""What the grammar hands on: assertions, what was not understood, and what the next sentence may refer to."""

from dataclasses import dataclass, field

from orchestration.verify.amounts import Amount
from orchestration.verify.lexer import Record
from orchestration.verify.times import Clock, Time


@dataclass(frozen=True)
class Assertion:
    """What a sentence asserts of one figure. `amount` None: a record or a streak alone."""

    subject: str
    asset: str | None
    amount: Amount | None
    text: str
    comparator: str | None = None
    side: str | None = None
    fund: str | None = None
    ex_btc: bool = False
    ex_eth: bool = False
    trader: str | None = None
    """A class of traders at CME."""
    is_net: bool = False
    """Whether a flow is one of net flows by its words."""
    is_perpetual: bool = False
    direction: str | None = None
    hint: str | None = None
    kind: str = "level"
    """'level', 'change', 'share', 'sign' or 'streak'."""
    time: Time | None = None
    clock: Clock | None = None
    """The hour of which the figure is, where the words give one."""
    since_launch: bool = False
    record: Record | None = None
    source: str | None = None
    unknown_source: str | None = None
    every_venue: bool = False
    streak: int | None = None
    is_negated: bool = False
    is_asset_from_before: bool = False
    is_bound: bool = False
    """Whether the level is an end of a range: 'between 96,000 and 104,100'."""
    ends_a_move: bool = False
    """Whether the level is where a move given by its size or its start ended: 'rose 6.4 % to 103,261'."""


@dataclass(frozen=True)
class NotUnderstood:
    """A part of a sentence that is not judged, and why."""

    text: str
    reason: str


@dataclass(frozen=True)
class Context:
    """What an earlier sentence named: its assets, its subject, its day and its source."""

    assets: tuple[str, ...] = ()
    subject: str | None = None
    time: Time | None = None


@dataclass(frozen=True)
class Parsed:
    """The assertions of a sentence, what was not understood, and what the next sentence may refer to."""

    assertions: tuple[Assertion, ...]
    not_understood: tuple[NotUnderstood, ...]
    context: Context
    source: str | None = None
    is_about_before: bool = False
    """Whether it only names the source of the sentence before: 'According to CoinGlass, this is …'."""


@dataclass
class State:
    """What holds at a point of the sentence."""

    assets: list[str] = field(default_factory=list)
    noun: str | None = None
    side: str | None = None
    flow: str | None = None
    fund: str | None = None
    ex_btc: bool = False
    ex_eth: bool = False
    trader: str | None = None
    issuer: "dict[str, tuple[str, ...]] | None" = None
    """The funds of the named issuer by asset."""
    net: bool = False
    perpetual: bool = False
    foreign: str | None = None
    direction: str | None = None
    hint: str | None = None
    hint_at: int = -1
    comparator: str | None = None
    comparator_at: int = -9
    share: bool = False
    negated: bool = False
    forecast: bool = False
    whole_market: bool = False
    launch: bool = False
    time: Time | None = None
    pronoun: bool = False
    never: bool = False
    average: bool = False
    of_all: bool = False
    """Whether the figure is a sum that another one is a part of."""
    bound: bool = False
    """Whether the figure is an end of a range."""
    falls: bool = False
    """Whether the clause before spoke of a fall: what is broken then is broken downwards."""
