"""A sentence as tokens: amounts, times, records, subjects and the words between them.

Belongs here: finding the parts and where they are. Not here: how they belong together (`grammar`).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from orchestration.verify import lexicon
from orchestration.verify.amounts import (
    COUNTS,
    MONEY,
    ORDINALS,
    OTHER_MONEY,
    PERCENT,
    PLAIN,
    SCALE,
    Amount,
    money,
    percent,
    plain,
)
from orchestration.verify.times import COUNT, SINCE_START, UNITS, Time, clock_of, times

MULTIPLES = {
    "doubled": Amount(1.0, "ratio", 0.05, has_sign=True),
    "tripled": Amount(2.0, "ratio", 0.1, has_sign=True),
    "quadrupled": Amount(3.0, "ratio", 0.15, has_sign=True),
    "halved": Amount(-0.5, "ratio", 0.025, has_sign=True),
}


FRACTIONS = {"tenth": 0.1, "fifth": 0.2, "quarter": 0.25, "third": 1 / 3, "half": 0.5}
NO_RECORD = r"[ -](?:crypto(?:currency|currencies)?|digital|coins?|tokens?|stablecoins?|exchanges?|funds?|etfs?)\b"
"""'The largest cryptocurrency' is a name."""
RANK = rf"\b(?:the |its |their )?(?:{'|'.join(ORDINALS[2:])}|\d+(?:nd|rd|th))[- ]$"
"""'Its third-highest close' is no record."""
LAST_SEEN = r"\b(?:a |at a )?(?:level |price )?last (?:seen|reached|hit|traded at) (?:back )?(?:on |in |during )?(?=\w)"
FIRST_OF = r"(?:(?:time|day|gain|loss|decline|(?:net )?(?:in|out)flow) )?"
FIRST_TIME = (
    rf"first {FIRST_OF}in (?:\w+ ){{1,4}}?(?:days|sessions|weeks|months|years)"
    rf"|first {FIRST_OF}(?:ever|in history|this year)"
)
PART = (
    r"(?:a|one)[- ](?P<one>tenth|fifth|quarter|third|half)|two[- ](?P<two>thirds|fifths)"
    r"|three[- ](?P<three>quarters|fifths)|nine[- ](?P<nine>tenths)|(?<!first )(?<!second )(?<!other )(?P<half>half)"
)
"""A part of something, before 'of': 'half of', 'two thirds of'."""
RANGE = re.compile(rf"(?<=\d)(?:{SCALE})?(?P<dash>-|–|—)(?=\$?\d)", re.IGNORECASE)
"""The dash of '$96,900-$104,100'."""
CLOCK = (
    r"(?:\d{1,2}:\d\d(?: ?[ap]\.?m\.?)?|\d{1,2} ?[ap]\.?m\.?)(?: (?:UTC|GMT|ET|EST|EDT))?"
    r"|(?:early |mid-?|late )?(?<!this )(?:morning|afternoon|evening|midday|noon|midnight)(?! brief)"
)


@dataclass(frozen=True)
class Record:
    """A superlative: its direction, and since when. `since` is a day, month or year; `within` the first day of a span
    in which it is a record; neither: of all."""

    direction: str
    since: Time | None = None
    within: Time | None = None
    what: str = ""
    """The words that say of what, such as 'inflow'."""
    assets: tuple[str, ...] = ()
    """The assets that these words name: 'the largest inflow into Bitcoin funds'."""


@dataclass(frozen=True)
class Token:
    """A part of a sentence. `value` depends on the kind: an Amount, a Time, a Record or a name."""

    kind: str
    start: int
    end: int
    text: str
    value: object = None


@dataclass(frozen=True)
class Names:
    """The names of the release: asset → name, fund ticker → asset, and the issuers of the funds."""

    assets: dict[str, str] = field(default_factory=dict)
    funds: dict[str, str] = field(default_factory=dict)
    issuers: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    """Issuer → asset → the tickers of its funds."""
    fund_names: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name of a fund → (ticker, asset)."""


def lex(sentence: str, text_day: date, names: Names) -> list[Token]:
    """The tokens of a sentence in their order; what no rule knows is a token of the kind 'word'."""
    tokens: list[Token] = []

    def is_free(start: int, end: int) -> bool:
        return all(end <= token.start or token.end <= start for token in tokens)

    for token in _known(sentence, text_day, names):
        if is_free(token.start, token.end):
            tokens.append(token)
    for word in re.finditer(r"[^\W_][\w'’.-]*[\w]|[^\W_]|[—–;,:()]", sentence):
        if is_free(word.start(), word.end()):
            kind = "break" if word[0] in "—–;()" else "comma" if word[0] in ",:" else "word"
            tokens.append(Token(kind, word.start(), word.end(), word[0]))
    return sorted(tokens, key=lambda token: token.start)


def _known(sentence: str, text_day: date, names: Names) -> Iterator[Token]:
    yield from _all(sentence, "foreign", f"{lexicon.CANDLES}|{lexicon.PAIRS}|{lexicon.OTHER_VOLUMES}|{lexicon.RANGES}")
    found_times = sorted(times(sentence, text_day), key=lambda found: found.start)
    for token in _records(sentence, text_day, [(found.start, found.end, found.time) for found in found_times]):
        assets = tuple(dict.fromkeys(str(one.value) for one in _assets(token.text, names)))
        yield replace(token, value=replace(token.value, assets=assets)) if isinstance(token.value, Record) else token
    yield from _streaks(sentence)
    yield from _all(sentence, "first_time", FIRST_TIME)
    yield from (replace(token, value=clock_of(token.text)) for token in _all(sentence, "clock", CLOCK))
    yield from _all(sentence, "launch", lexicon.LAUNCH)
    yield from _all(sentence, "first_day", lexicon.FIRST_DAY)
    for found in found_times:
        since = re.search(
            rf"(?P<first>first {FIRST_OF})?\bsince\s+(?:(?:early|late|mid|the|on)[\s-]+)*$",
            sentence[: found.start],
            re.IGNORECASE,
        )
        if since and found.time.first is not None and found.time.last is not None:
            named = _whole(found.time)
            kind, text = "first_time" if since["first"] else "time", sentence[since.start() : found.end]
            time = Time(
                "since",
                found.time.first,
                text_day - timedelta(days=1),
                named.precision if named.kind == "period" else "day",
            )
            yield Token(kind, since.start(), found.end, text, time)
    for found in found_times:
        yield Token("time", found.start, found.end, sentence[found.start : found.end], found.time)
    yield from _all(sentence, "multiple", lexicon.MULTIPLES)
    yield from _amounts(sentence)
    for token in _all(sentence, "ex_btc", lexicon.EX_ETH):
        yield replace(token, value="ex_eth")
    yield from _all(sentence, "ex_btc", lexicon.EX_BTC)
    yield from _all(sentence, "skip", lexicon.NO_SIDES)
    yield from _of_funds(sentence, names)
    yield from _subjects(sentence, names)
    yield from _words(sentence)


def _of_funds(sentence: str, names: Names) -> Iterator[Token]:
    """Funds by their names, issuers, and what is called a fund beside an issuer."""
    for name, fund in names.fund_names.items():
        yield from (replace(token, value=fund) for token in _all(sentence, "fund", re.escape(name)))
    has_issuer = False
    for issuer, funds in names.issuers.items():
        for token in _all(sentence, "issuer", rf"{re.escape(issuer)}(?:['’]s)?"):
            has_issuer = True
            yield replace(token, value=tuple(funds.items()))
    if has_issuer:
        yield from (
            replace(token, value="etf") for token in _all(sentence, "noun", r"(?:spot )?(?:funds?|trusts?|products?)")
        )


def _words(sentence: str) -> Iterator[Token]:
    """What is said of the subjects: verbs, comparators, negations, conjunctions."""
    yield from _all(sentence, "foreign", lexicon.EXTREME_CLOSES)
    yield from _all(sentence, "negation", lexicon.NEGATIONS)
    yield from _all(sentence, "outweighs", lexicon.OUTWEIGHS)
    yield from _all(sentence, "share", lexicon.SHARE)
    yield from _all(sentence, "steady", lexicon.STEADY)
    for comparator, pattern in lexicon.COMPARATORS.items():
        value = "near" if comparator == "about" else comparator
        yield from (Token("comparator", t.start, t.end, t.text, comparator) for t in _all(sentence, value, pattern))
    for sign, pattern in lexicon.SIGNS.items():
        yield from (Token("sign", t.start, t.end, t.text, sign) for t in _all(sentence, "sign", pattern))
    for hint, pattern in lexicon.HINTS.items():
        yield from (Token("hint", t.start, t.end, t.text, hint) for t in _all(sentence, "hint", pattern))
    for direction, pattern in (("up", lexicon.UP), ("down", lexicon.DOWN)):
        yield from (Token("move", t.start, t.end, t.text, direction) for t in _all(sentence, "move", pattern))
    yield from _all(sentence, "outlook", lexicon.OUTLOOKS)
    yield from (token for token in _all(sentence, "forecast", lexicon.FORECASTS) if token.text != "May")
    yield from _all(sentence, "foreign", lexicon.FOREIGN)
    yield from _all(sentence, "break", lexicon.BREAKS)
    yield from _all(sentence, "pronoun", lexicon.PRONOUNS)
    yield from _all(sentence, "respectively", "respectively")
    yield from _all(sentence, "average", lexicon.AVERAGES)
    yield from _all(
        sentence, "preposition", r"of|in|on|for|into|to|at|from|against|worth of|worth|by|near|toward|towards|through"
    )
    yield from _all(sentence, "and", "and|or|as|with|after|before|when|which|that|who|following")


def _all(sentence: str, kind: str, pattern: str) -> Iterator[Token]:
    for found in re.finditer(rf"(?<![\w$])(?:{pattern})(?!\w)", sentence, re.IGNORECASE):
        yield Token(kind, found.start(), found.end(), found[0])


def _amounts(sentence: str) -> Iterator[Token]:
    for found in OTHER_MONEY.finditer(sentence):
        yield Token("other_money", found.start(), found.end(), found[0])
    for found in RANGE.finditer(sentence):
        yield Token("range", found.start("dash"), found.end("dash"), found["dash"])
    for token in _all(sentence, "amount", r"(?:no|zero) (?:net )?flows?"):
        yield replace(token, value=Amount(0.0, "usd", 0.0))
    for token in _all(sentence, "amount", "|".join(MULTIPLES)):
        yield Token("amount", token.start, token.end, token.text, MULTIPLES[token.text.lower()])
    for found in re.finditer(r"(?<=\bby )(?:a |one[- ])?(?P<part>tenth|fifth|quarter|third|half)\b", sentence):
        part = FRACTIONS[found["part"]]
        yield Token("amount", found.start(), found.end(), found[0], Amount(part, "ratio", part / 20))
    for found in re.finditer(rf"\b(?:{PART})(?= of\b(?! a (?:trillion|billion|million)))", sentence, re.IGNORECASE):
        yield Token("amount", found.start(), found.end(), found[0], _part(found))
    for found in PERCENT.finditer(sentence):
        yield Token("amount", found.start(), found.end(), found[0], percent(found))
    for found in MONEY.finditer(sentence):
        yield Token("amount", found.start(), found.end(), found[0], money(found))
    for found in PLAIN.finditer(sentence):
        yield Token("amount", found.start(), found.end(), found[0], plain(found))


def _part(found: "re.Match[str]") -> Amount:
    """The part that `PART` found, as exactly as such words are meant: to a twentieth."""
    many = {"one": 1, "two": 2, "three": 3, "nine": 9, "half": 1}
    count, part = next((many[name], text) for name, text in found.groupdict().items() if text)
    value = round(count * FRACTIONS[part.lower().rstrip("s")], 3)
    return Amount(value, "ratio", value / 20)


def _subjects(sentence: str, names: Names) -> Iterator[Token]:
    for source, pattern in lexicon.SOURCES.items():
        yield from (Token("source", t.start, t.end, t.text, source) for t in _all(sentence, "source", pattern))
    for found in re.finditer(rf"(?i)\b{lexicon.ATTRIBUTION}", sentence):
        yield Token("unknown_source", found.start(1), found.end(1), found[1])
    yield from _all(sentence, "whole_market", lexicon.WHOLE_MARKET)
    for direction, pattern in lexicon.EXCHANGES.items():
        yield from (replace(token, value=direction) for token in _all(sentence, "exchange", pattern))
    yield from _all(sentence, "every_venue", lexicon.EVERY_VENUE)
    for trader, pattern in lexicon.TRADERS.items():
        yield from (replace(token, value=trader) for token in _all(sentence, "trader", pattern))
    yield from _all(sentence, "perpetual", lexicon.PERPETUAL)
    for noun in ("stablecoin", "sentiment", "volatility", "funding", "open_interest", "long_short", "dominance", "cap"):
        yield from (Token("noun", t.start, t.end, t.text, noun) for t in _all(sentence, noun, lexicon.NOUNS[noun]))
    for ticker, asset in names.funds.items():
        for found in re.finditer(rf"\b{ticker}\b", sentence):
            if ticker not in names.assets and ticker not in ("DEFI",):
                yield Token("fund", found.start(), found.end(), found[0], (ticker, asset))
    for noun in ("etf", "volume", "market", "liquidation"):
        yield from (Token("noun", t.start, t.end, t.text, noun) for t in _all(sentence, noun, lexicon.NOUNS[noun]))
    for side, pattern in lexicon.SIDES.items():
        yield from (Token("side", t.start, t.end, t.text, side) for t in _all(sentence, "side", pattern))
    for direction, pattern in lexicon.FLOWS.items():
        yield from (Token("flow", t.start, t.end, t.text, direction) for t in _all(sentence, "flow", pattern))
    yield from _assets(sentence, names)
    yield from (Token("noun", t.start, t.end, t.text, "price") for t in _all(sentence, "price", lexicon.NOUNS["price"]))


def _assets(sentence: str, names: Names) -> Iterator[Token]:
    for asset in names.assets:
        alias = lexicon.ASSET_ALIASES.get(asset, re.escape(names.assets[asset]))
        for token in _all(sentence, "asset", rf"(?:{alias})(?:[/-]USD[TC]?)?(?:['’]s)?"):
            yield Token("asset", token.start, token.end, token.text, asset)
        if asset in lexicon.TICKERS_IN_CAPITALS or asset not in lexicon.ASSET_ALIASES:
            # One letter is an article or a plural first: only with the sign of a ticker is it an asset.
            ticker = rf"\b{asset}\b" if len(asset) > 1 else rf"\${asset}\b"
            for found in re.finditer(ticker, sentence):
                yield Token("asset", found.start(), found.end(), found[0], asset)


def _records(sentence: str, text_day: date, found_times: list[tuple[int, int, Time]]) -> Iterator[Token]:
    """Superlatives with their bound: 'highest level since January 31', 'a record inflow', 'three-month high'."""
    for direction, pattern in lexicon.SUPERLATIVES.items():
        for found in re.finditer(rf"\b(?:the |its |their )?(?:{pattern})\b(?!{NO_RECORD})", sentence, re.IGNORECASE):
            if rank := re.search(RANK, sentence[: found.start()], re.IGNORECASE):
                yield Token("rank", rank.start(), found.end(), sentence[rank.start() : found.end()])
                continue
            bound = _bound(sentence, found.end(), text_day, found_times)
            if bound is not None:
                end, since, within, what = bound
                yield Token(
                    "record", found.start(), end, sentence[found.start() : end], Record(direction, since, within, what)
                )
    yield from _not_since(sentence, text_day, found_times)
    yield from _last_seen(sentence, found_times)
    span = rf"\b(?:a |an |its |their )?{COUNT}-(?P<unit>day|week|month|year) (?P<which>high|low)s?\b"
    for found in re.finditer(span, sentence, re.IGNORECASE):
        direction = "highest" if found["which"].lower() == "high" else "lowest"
        yield Token("record", *found.span(), found[0], Record(direction, within=_span_before(text_day, found)))
    record = (
        r"\b(?:a |an |its |their |the |new |another |fresh |net )*(?:all[- ]time|record(?:-breaking|"
        r"-setting)?(?<!on record)|lifetime)"
        r"(?: (?P<word>highs?|lows?|close|closing high|net inflows?|net outflows?|inflows?|outflows?|level))?\b|\bATH\b"
    )
    for found in re.finditer(record, sentence, re.IGNORECASE):
        word = (found["word"] or "").lower()
        direction = "lowest" if word.startswith("low") else "highest"
        # The words of a flow are needed for the subject, too.
        end = found.start("word") if "flow" in word else found.end()
        yield Token("record", found.start(), end, found[0], Record(direction, what=word))


def _not_since(sentence: str, text_day: date, found_times: list[tuple[int, int, Time]]) -> Iterator[Token]:
    """Records as what had not been: 'a level not seen since May', 'not so high since', 'not since May … so low'."""
    seen = r"\b(?:a level |levels? )?(?:not|last|hasn't been|haven't been|never) (?:been )?seen(?= since\b)"
    been = r"\b(?:hasn['’]t|has not|had not|hadn['’]t) been (?:this|so|that) (?:high|low)(?= since\b)"
    for found in re.finditer(rf"{seen}|{been}|\bnot(?= since\b)", sentence, re.IGNORECASE):
        bound = _bound(sentence, found.end(), text_day, found_times)
        words = found[0] if " " in found[0] else sentence[found.end() :]
        extreme = re.search(r"\b(?:this|so|that|as) (high|low)\b", words, re.IGNORECASE)
        if bound is None or (extreme is None and found[0].lower() == "not"):
            continue
        what = extreme[1].lower() if extreme else bound[3]
        direction = {"high": "highest", "low": "lowest"}.get(what, "either")
        text = sentence[found.start() : bound[0]]
        yield Token("record", found.start(), bound[0], text, Record(direction, bound[1], bound[2], what))


def _last_seen(sentence: str, found_times: list[tuple[int, int, Time]]) -> Iterator[Token]:
    """'A level last seen on January 31': a record since that day."""
    for found in re.finditer(LAST_SEEN, sentence, re.IGNORECASE):
        for first, end, time in found_times:
            if first <= found.end() < end and time.kind in ("day", "period"):
                text = sentence[found.start() : end]
                yield Token("record", found.start(), end, text, Record("either", since=_whole(time), what="level"))


Bound = tuple[int, Time | None, Time | None, str]


def _bound(sentence: str, start: int, text_day: date, found_times: list[tuple[int, int, Time]]) -> Bound | None:
    """What follows a superlative within a few words: (where it ends, since when, within what, the words between)."""
    rest = sentence[start:]
    words = r"(?P<what>(?:[\s-]+[\w'’$%-]+){0,7}?)\s*,?\s*"
    if found := re.match(rf"{words}\b(?P<bound>{lexicon.EVER}|{lexicon.LAUNCH})\b", rest, re.IGNORECASE):
        return start + found.end(), None, None, found["what"].lower()
    if found := re.match(rf"{words}\bsince\s+(?:as far back as |way back in |the )?", rest, re.IGNORECASE):
        at = start + found.end()
        for first, end, time in found_times:
            if first <= at + 12 and end > at and _only_fillers(sentence[at:first]) and time.first is not None:
                if SINCE_START.fullmatch(sentence[first:end]):
                    return end, None, Time("day", time.first, time.first), found["what"].lower()
                return end, _whole(time), None, found["what"].lower()
        return None
    span = (
        rf"{words}\bin (?:(?:more than|over|at least|nearly|almost|about|around|roughly|the (?:past|"
        rf"last)) )*{COUNT} (?P<unit>days?|weeks?|months?|years?)\b"
    )
    if found := re.match(span, rest, re.IGNORECASE):
        return start + found.end(), None, _span_before(text_day, found), found["what"].lower()
    of_year = rf"{words}\b(?:(?:of|in|so far) )?(?P<year>this year|20\d\d|the year|this month|the month)\b(?: so far)?"
    if found := re.match(of_year, rest, re.IGNORECASE):
        text = found["year"].lower()
        year = int(text) if text.isdigit() else text_day.year
        begins = text_day.replace(day=1) if "month" in text else date(year, 1, 1)
        return start + found.end(), None, Time("day", begins, begins), found["what"].lower()
    return None


def _whole(time: Time) -> Time:
    """'Since early March' is since some day of March."""
    return replace(time, precision="month") if time.precision == "part" else time


def _only_fillers(text: str) -> bool:
    return re.fullmatch(r"\s*(?:(?:early|late|mid|the|on|in)[\s-]*)*", text, re.IGNORECASE) is not None


def _span_before(text_day: date, found: "re.Match[str]") -> Time:
    word = found["count"].lower()
    count = int(word) if word.isdigit() else {"a": 1, "an": 1, "thirty": 30}.get(word) or COUNTS.index(word)
    days = UNITS[found["unit"].lower().rstrip("s")] * count
    first = date.fromordinal(max(1, text_day.toordinal() - days))
    return Time("day", first, first)


def _streaks(sentence: str) -> Iterator[Token]:
    """'third straight day', 'three days in a row', 'a five-day winning streak', 'for a third day': how many."""
    words = "|".join(ORDINALS[1:])
    many = rf"{'|'.join(COUNTS[1:])}|\d+"
    in_a_row = r"(?:straight|consecutive|successive)"
    unit = (
        r"(?:(?:trading |daily )*(?:days?|sessions?|gains?|advances?|loss(?:es)?|declines?|drops?|inflows?|outflows?))"
    )
    forms = (
        rf"\b(?P<nth>{words}|\d+(?:st|nd|rd|th))[- ](?:straight|consecutive|successive|running) {unit}\b(?: of)?",
        (
            rf"\bfor (?:a|the) (?P<nth>{words}|\d+(?:st|nd|rd|th)) (?:{in_a_row} )?(?:day|session)\b(?: "
            rf"running| in a row)?"
        ),
        rf"\b(?P<nth>{many}) {in_a_row} {unit}\b(?: of)?",
        rf"\b(?P<nth>{many}) (?:inflow |outflow |winning |losing )?(?:days|sessions) (?:in a row|running)\b",
        rf"\b(?P<nth>{words}|\d+(?:st|nd|rd|th)) {unit} (?:in a row|running)\b",
        rf"\b(?P<nth>{many})-(?:day|session) (?:winning |losing |inflow |outflow )?(?:streak|run)\b",
        (
            rf"\b(?:winning |losing |inflow |outflow )?(?:streak|run)s? to (?P<nth>{many})(?: {in_a_row})? "
            rf"(?:trading )?(?:days|sessions)\b"
        ),
    )
    yield from _runs_not_judged(sentence)
    for form in forms:
        for found in re.finditer(form, sentence, re.IGNORECASE):
            text = found["nth"].lower()
            digits = re.sub(r"\D", "", text)
            names: Iterable[str] = ORDINALS if text in ORDINALS else COUNTS
            count = int(digits) if digits else list(names).index(text)
            is_down = re.search("losing|outflow|loss|decline|drop", found[0], re.IGNORECASE)
            is_up = re.search("winning|inflow|gain|advance", found[0], re.IGNORECASE)
            direction = "down" if is_down else "up" if is_up else None
            yield Token("streak", found.start(), found.end(), found[0], (count, direction))


def _runs_not_judged(sentence: str) -> Iterator[Token]:
    """Runs of weeks and longer periods, and so many of several days."""
    nth, many = "|".join(ORDINALS[1:]), rf"{'|'.join(COUNTS[1:])}|\d+"
    moves = r"(?:gains?|advances?|loss(?:es)?|declines?|drops?|inflows?|outflows?|closes?|rises?)"
    periods = (
        rf"(?:{nth}|{many}) (?:straight|consecutive|successive) "
        rf"(?:(?:weekly|monthly|quarterly|yearly|annual) {moves}|weeks?|months?|quarters?|years?)"
    )
    yield from _all(sentence, "periods_streak", periods)
    days = (
        rf"(?:{many}) (?:out )?of (?:the |its |their )?(?:past|last|previous) (?:{many}) "
        rf"(?:trading )?(?:days|sessions|weeks|months)"
        rf"|(?:{many}) (?:days|sessions)(?= of (?:net )?(?:inflows?|outflows?|gains|losses)\b)"
    )
    yield from _all(sentence, "some_days", days)
