"""Tokens of a sentence joined to assertions: which figure is claimed of what, when, and as which record.

A sentence is read from left to right. A subject, a verb and a time hold until another one takes their place; a strong
break (`while`, `but`, a semicolon) ends them. What lies between a figure and the next one completes the figure.
Belongs here: what the words say. Not here: which figures of a release they may mean (`candidates`). A figure whose
subject is not known is reported as not understood, never guessed.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from orchestration.verify.amounts import Amount
from orchestration.verify.assertions import Context, NotUnderstood, Parsed, State
from orchestration.verify.bare import DISTANCE, FORECAST, SEVERAL_DAYS, Bare
from orchestration.verify.clauses import resolved
from orchestration.verify.lexer import Token
from orchestration.verify.lexicon import CANDLES, MOVES, SUPERLATIVES
from orchestration.verify.subjects import IN_DOLLARS
from orchestration.verify.times import Time


def parse(tokens: Sequence[Token], context: Context) -> Parsed:
    """The assertions of one sentence."""
    return _Reader(tokens, context).read()


OF_THE_PERIOD = re.compile(r"(?:(?:for|in|on|over) )?the (?:week|month|quarter|year)")
"""A time that refers to a period which the sentence has named: 'closed April at 94,172, up 14 % for the month'."""
LEVELS = ("low", "lows", "high", "highs", "peak", "bottom", "trough")
SUPERLATIVE = re.compile(rf"(?:the |its |their )?(?:{'|'.join(SUPERLATIVES.values())}|highs?|lows?)", re.IGNORECASE)
TOTAL = re.compile(r"total(?:l?ed|l?ing|s)?|in total|combined|altogether|cumulative(?:ly)?", re.IGNORECASE)
RANGED = ("range", "ranged", "ranging", "band")
PARTS = ("most", "bulk", "majority", "share", "all", "much", "part", "portion", "chunk", "some")
"""Words for a part of a sum, before 'of'."""
LEADING = ("led", "including", "headed", "paced", "driven")
"""Words that begin an aside on the parts of a sum."""
LIQUIDATES = ("liquidated", "liquidates", "wiped out", "forced out")
SPANNING = ("over", "during", "across", "throughout")
OF_THE_NEXT = ("after", "from", "compared", "versus", "vs", "against", "following", "since")
"""Behind them is the time of another figure."""
BINDING = ("of", "in", "worth of", "worth", "into", "from", "for")


def _end_of_phrase(found: Sequence[Token]) -> int:
    """Where the words that belong to a figure end: at a conjunction, or at a comma before the next verb."""
    for at, one in enumerate(found):
        has_verb = any(
            other.kind in ("move", "hint", "share") or other.text.lower() == "liquidating" for other in found[at:]
        )
        if one.text.lower() in ("and", "as", "after", "before", "with", "when") or (one.kind == "comma" and has_verb):
            return at
    return len(found)


class _Reader(Bare):
    """One pass over a sentence."""

    def __init__(self, tokens: Sequence[Token], context: Context) -> None:
        super().__init__(tokens, context)
        self.used: set[int] = set()
        self.began_before = any(
            token.kind == "preposition" and token.text.lower() == "from" and at + 1 in self.figure_positions
            for at, token in enumerate(self.tokens)
        )

        self.asides = self._asides()

    def _asides(self) -> dict[int, int]:
        """Where ', led by $69 million into IBIT,' begins and ends: what is said between holds in it alone."""
        commas = [at for at, one in enumerate(self.tokens) if one.kind == "comma"]
        return {
            first: last
            for first, last in pairwise(commas)
            if self.tokens[first + 1].text.lower() in LEADING
            and any(one.kind in ("fund", "issuer") for one in self.tokens[first:last])
        }

    def read(self) -> Parsed:
        before_aside = self.state
        for at, token in enumerate(self.tokens):
            if at in self.asides:
                before_aside = replace(self.state, assets=list(self.state.assets))
            if at in self.asides.values():
                self.state = before_aside
            if at in self.figure_positions:
                self._figure(at)
            elif token.kind == "other_money":
                self.problems.append(NotUnderstood(token.text, "an amount in another currency than US dollars"))
            elif at not in self.used:
                self._step(at, token)
        self._without_a_figure()
        self._records()
        self._respectively()
        self._unused()
        return self._parsed()

    def _right(self, at: int) -> range:
        """The tokens behind a figure that complete it: up to the next figure or a strong break."""
        end = at + 1
        while end < len(self.tokens) and end not in self.figure_positions:
            token = self.tokens[end]
            if token.kind == "break" and token.text not in ("(", ")"):
                break
            end += 1
        return range(at + 1, end)

    def _figure(self, at: int) -> None:
        token, state = self.tokens[at], self.state
        amount = token.value
        assert isinstance(amount, Amount)
        if self._counts_coins(at) or self._counts_contracts(at):
            amount = replace(amount, unit="number")
        right = self._right(at)
        local = replace(state, assets=list(state.assets))
        self._complete(local, at, right)
        sides = [self.tokens[i] for i in range(at) if self.tokens[i].kind == "side"]
        if local.side is None and sides and self._preposition(at) == "worth":
            # '80 % of liquidations were shorts, worth 154 million': the sum is one of the shorts.
            local.side = str(sides[-1].value)
        if (count := self._sessions_in_total(at, right)) is not None and local.time is None:
            local.time = Time("sessions", count=count)
        if self._leads_from(at):
            # 'From $74,508 on April 7, it has climbed to …': the day is that of the first level.
            self.used |= {i for i in right if self.tokens[i].kind == "time" and self._ends_a_phrase(i)}
        if reason := self._why_not(at, amount, local, right):
            self._refuse(token, reason)
            return
        self._assert(at, amount, local, right)
        state.comparator, state.comparator_at = None, -9
        if at and self.tokens[at - 1].kind == "hint" and self.tokens[at - 1].text.lower().endswith(" of"):
            # 'From a high of 104,000 to 103,000': the second one is no high.
            state.hint = None

    def _why_not(self, at: int, amount: Amount, local: State, right: range) -> str | None:
        """Why a figure is not judged whatever its subject is; None where it may be."""
        before = self.tokens[at - 1] if at else None
        if self._leads_from(at):
            return "the level that a move began at is not judged"
        if local.forecast or any(self.tokens[i].kind == "outlook" for i in self._clause(at, right)):
            return FORECAST
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        if self._is_a_distance(at, amount, after, right) or self.distance_at is not None:
            self.distance_at = at
            return DISTANCE
        if local.noun == "liquidation" and any(self._is_a_single_one(i) for i in self._clause(at, right)):
            return "one liquidation alone is not judged"
        if local.average and local.noun != "funding":
            return "an average of several days is not measured"
        if local.never and local.time is None:
            return "'never' without a time is not judged"
        if self._range(at, local) or (before is not None and before.kind == "range" and not local.bound):
            return "a range is judged for prices alone"
        behind = self._tokens(right)[:2]
        if len(behind) > 1 and behind[0].text.lower() == "against" and behind[1].kind == "asset":
            return "a change in another coin is not measured"
        leads = [one.text.lower() for one in self.tokens[max(0, at - 2) : at]]
        if leads in (["more than", "the"], ["less than", "the"]):
            # 'More than the $100 million they lost on Tuesday'.
            return "a comparison of two figures is not judged"
        if amount.unit == "points":
            return "a change in percentage points is not measured"
        if len({self.tokens[i].value for i in self._clause(at, range(0)) if self.tokens[i].kind == "fund"}) > 1:
            return "which of several funds it is of is not clear"
        return SEVERAL_DAYS if self._is_of_several_days(at, right) else None

    def _leads_from(self, at: int) -> bool:
        """Whether a figure is the level that a move began at: 'from $97,030'."""
        before = [one.text.lower() for one in self.tokens[max(0, at - 2) : at] if one.kind != "comparator"]
        return before[-1:] == ["from"] and not self._begins_a_range(at)

    def _ends_a_phrase(self, at: int) -> bool:
        return at + 1 < len(self.tokens) and self.tokens[at + 1].kind == "comma"

    def _is_a_single_one(self, at: int) -> bool:
        """Whether a liquidation is one event: 'the largest single liquidation'."""
        words = [one.text.lower().split()[-1] for one in self.tokens[max(0, at - 2) : at] if one.kind != "asset"]
        is_one = words[-1:] in (["single"], ["individual"])
        return is_one and (
            self.tokens[at].value == "liquidation" or self.tokens[at].text.lower() in ("order", "position")
        )

    def _is_led_by_an_extreme(self, at: int) -> bool:
        """Whether the clause begins at another level: 'from its April low, Bitcoin has rallied 39 %'."""
        ends = [i + 1 for i, one in enumerate(self.tokens[:at]) if one.kind == "break"]
        before = self.tokens[ends[-1] if ends else 0 : at]
        for i, one in enumerate(before):
            if one.text.lower() in ("from", "off"):
                following = before[i + 1 : i + 5]
                return any(two.kind == "record" or self._is_an_extreme(two) for two in following)
        return False

    def _is_an_extreme(self, token: Token) -> bool:
        return (token.kind == "hint" and token.value in ("peak", "trough")) or token.text.lower() in LEVELS

    def _is_a_distance(self, at: int, amount: Amount, after: Token | None, right: range) -> bool:
        """Whether a percentage is one from another level: '5 % below its record', 'up 38 % from its April low'."""
        if amount.unit == "ratio" and self._is_led_by_an_extreme(at):
            return True
        if amount.unit != "ratio" or after is None:
            return False
        behind = [self.tokens[i] for i in right][:7]
        is_of_an_extreme = any(one.kind == "record" or self._is_an_extreme(one) for one in behind)
        leads = after.text.lower()
        is_short_of = leads in ("away", "below", "above") or leads.startswith(("shy", "short of"))
        return is_short_of or (leads in ("from", "off", "of") and is_of_an_extreme)

    def _tokens(self, positions: range) -> list[Token]:
        return [self.tokens[i] for i in positions]

    def _clause(self, at: int, right: range) -> list[int]:
        """The positions around a figure: from the last strong break or figure before it to the end of its right."""
        first = at
        while first > 0 and first - 1 not in self.figure_positions and self.tokens[first - 1].kind != "break":
            first -= 1
        return [*range(first, at), *right]

    def _is_of_several_days(self, at: int, right: range) -> bool:
        """Whether 'on Monday and Tuesday' is the time of a figure, with no other figure for the second day."""
        behind = [i for i in right if not self._belongs_to_next(i)]
        return self._are_joined([*self._clause(at, range(0)), *behind])

    def _sessions_in_total(self, at: int, right: range) -> int | None:
        """Of how many sessions in a row a figure is the sum: 'a four-day streak totalling', 'over a …'."""
        runs = [i for i, one in enumerate(self.tokens) if one.kind == "streak"]
        before = [i for i in runs if i < at and not any(i < other < at for other in self.figure_positions)]
        behind = [i for i in runs if i in right and any(one.text.lower() in SPANNING for one in self.tokens[i - 2 : i])]
        is_brought = bool(before) and self._brought(before[-1], at)
        around = [*self.tokens[before[-1] : at], *self._tokens(right)[:2]] if before else []
        if not is_brought and not any(TOTAL.fullmatch(one.text) for one in around):
            before = []
        return next(
            (int(value[0]) for i in (*before, *behind) if isinstance(value := self.tokens[i].value, tuple)), None
        )

    def _brought(self, run: int, at: int) -> bool:
        """Whether a run is the subject of a figure: 'its 15-day inflow streak has brought in $5 billion'."""
        between = self.tokens[run + 1 : at]
        return any(one.kind == "flow" for one in between) and all(
            one.kind in ("word", "flow", "comparator") for one in between
        )

    def _is_since_unknown(self, at: int, right: range) -> bool:
        """Whether 'since' leads to what is no time, such as the halving, and bounds the figure rather than a record."""
        where = self._clause(at, right)
        for i in where:
            token = self.tokens[i]
            if token.kind != "word" or token.text.lower() != "since" or i + 1 >= len(self.tokens):
                continue
            known = self.tokens[i + 1].kind in ("time", "launch", "record")
            is_of_a_record = any(SUPERLATIVE.fullmatch(self.tokens[j].text) for j in where if j < i)
            if not known and not is_of_a_record:
                return True
        return False

    def _range(self, at: int, local: State) -> bool:
        """Marks the ends of 'between A and B' as a price's low and high; True where it is of something else."""
        is_second = self._ends_a_range(at)
        if not is_second and not self._begins_a_range(at):
            return False
        if local.noun not in (None, "price"):
            return True
        local.hint, local.comparator, local.direction = "peak" if is_second else "trough", None, None
        local.bound = True
        return False

    def _begins_a_range(self, at: int) -> bool:
        """Whether a figure is the first of 'between A and B', 'a range of A to B', 'ranged from A to B'."""
        behind = self.tokens[at + 1 : at + 2]
        if behind and behind[0].kind == "range" and at + 2 in self.figure_positions:
            return True
        words = [one.text.lower() for one in self.tokens[max(0, at - 2) : at]]
        return words[-1:] == ["between"] or (words[-1:] in (["of"], ["from"]) and words[0] in RANGED)

    def _ends_a_range(self, at: int) -> bool:
        before = self.tokens[at - 1] if at > 1 else None
        is_joined = before is not None and (before.kind == "range" or before.text.lower() in ("and", "to", "through"))
        return is_joined and at - 2 in self.figure_positions and self._begins_a_range(at - 2)

    def _complete(self, local: State, at: int, right: range) -> None:
        """Fills from behind the figure what is missing before it; 'of', 'in', 'worth of' bind what follows first."""
        found = [self.tokens[i] for i in right if not self._liquidates_the_next(i)]
        is_whole = self._is_the_whole(at)
        if is_whole:
            # 'Half of the 247 million of liquidations were shorts': the sum is one of both sides, or of all funds.
            local.side, found = None, [one for one in found if one.kind not in ("side", "fund")]
            local.fund, local.issuer, local.of_all = None, None, True
        elif self._is_a_part(at):
            found = [*found, *self._behind_the_whole(right)]
        binds = bool(found) and found[0].kind == "preposition" and found[0].text.lower() in BINDING
        near = found[: _end_of_phrase(found)]
        sides = [one for one in near if one.kind == "side"]
        if sides and (binds or not local.side):
            local.side = str(sides[0].value)
            self.used.add(self.tokens.index(sides[0]))
        nouns = [str(one.value) for one in near if one.kind == "noun" and one.value not in ("price", "market")]
        exchanges = [str(one.value) for one in near if one.kind == "exchange"]
        if exchanges and local.noun in (None, "price", "exchange"):
            is_known = local.flow in ("in", "out") or not exchanges[0]
            local.noun, local.flow = "exchange", local.flow if is_known else exchanges[0]
        elif "sentiment" in nouns and local.noun in (None, "market"):
            local.noun, local.foreign = "sentiment", None
        elif nouns and (binds or not local.noun):
            local.noun = nouns[0]
        elif sides and local.noun != "long_short" and binds:
            local.noun = "liquidation"
        flows = [str(one.value) for one in near if one.kind == "flow"]
        if flows and (binds or not local.flow):
            local.flow = flows[0]
        # 'The ETFs took in 117 million, most of it into IBIT': an aside on what the total is made of.
        commas = [index for index, one in enumerate(near) if one.kind == "comma"]
        own = near[: commas[0]] if commas and local.noun == "etf" and local.flow else near
        funds = [one.value for one in own if one.kind == "fund"]
        if funds and isinstance(funds[0], tuple) and local.fund is None:
            local.fund, local.assets = str(funds[0][0]), [str(funds[0][1])]
        assets = [str(one.value) for one in near if one.kind == "asset"]
        # 'A 10 % gain for Bitcoin'.
        led = near[1:] if near and near[0].kind == "move" else near
        is_for_an_asset = [one.text.lower() for one in led[:1]] == ["for"] and [one.kind for one in led[1:2]] == [
            "asset"
        ]
        if assets and ((binds and (sides or nouns)) or is_for_an_asset or not local.assets):
            local.assets = assets[:1]
        local.time = self._time_of(local.time, right)
        self._complete_verb(local, at, near)

    def _liquidates_the_next(self, at: int) -> bool:
        """Whether a verb leads to the next figure: 'a rally above 104,000 liquidated 57.8 million of shorts'."""
        token = self.tokens[at]
        leads = next(
            (i for i in range(at + 1, len(self.tokens)) if self.tokens[i].kind not in ("comparator", "word")), -1
        )
        return token.value == "liquidation" and token.text.lower() in LIQUIDATES and leads in self.figure_positions

    def _is_a_part(self, at: int) -> bool:
        """Whether a figure is a part of the next one: 'half of …', '$92 million of the $247 million'."""
        behind = self.tokens[at + 1 : at + 2]
        return bool(behind) and behind[0].text.lower() == "of" and self._whole_at(at) is not None

    def _whole_at(self, at: int) -> int | None:
        """Where the figure is that another one is a part of."""
        for i in range(at + 2, min(at + 5, len(self.tokens))):
            if i in self.figure_positions:
                return i
            if self.tokens[i].kind not in ("word", "comparator", "time"):
                return None
        return None

    def _is_the_whole(self, at: int) -> bool:
        """Whether a figure is one that something else is a part of: '… of the 247 million', 'most of Thursday's …'."""
        before = self.tokens[max(0, at - 5) : at]
        ofs = [i for i, one in enumerate(before) if one.text.lower() == "of"]
        if ofs and ofs[-1] and before[ofs[-1] - 1].text.lower() in PARTS:
            return all(one.kind in ("word", "time", "comparator") for one in before[ofs[-1] + 1 :])
        return any(self._is_a_part(i) and self._whole_at(i) == at for i in self.figure_positions if i < at)

    def _behind_the_whole(self, right: range) -> list[Token]:
        """The words behind the figure that another one is a part of, up to the next break or figure."""
        return [self.tokens[i] for i in self._right(right.stop)] if right.stop < len(self.tokens) else []

    def _complete_verb(self, local: State, at: int, near: Sequence[Token]) -> None:
        """What behind a figure says how it is meant: 'or more', 'higher', 'since launch', 'of all coins'."""
        kinds = {one.kind for one in near}
        local.ex_btc = local.ex_btc or "ex_btc" in kinds
        local.ex_eth = local.ex_eth or any(one.value == "ex_eth" for one in near)
        local.perpetual = local.perpetual or "perpetual" in kinds
        local.share = local.share or ("share" in kinds and local.noun == "liquidation")
        local.launch = local.launch or "launch" in kinds
        local.whole_market = local.whole_market or "whole_market" in kinds
        if near and near[0].kind == "comparator" and near[0].text.lower().startswith("or "):
            local.comparator, local.comparator_at = str(near[0].value), at - 1
        moves = [str(one.value) for one in near[:4] if one.kind == "move"]
        is_named = (
            bool(near) and near[0].kind == "move" and re.fullmatch(MOVES, near[0].text, re.IGNORECASE) is not None
        )
        if moves and (local.direction is None or is_named):
            local.direction = moves[0]

    def _time_of(self, named: Time | None, right: range) -> Time | None:
        """The time behind a figure, else the one before it, else the next one of its clause."""
        behind = [i for i in right if self.tokens[i].kind in ("time", "first_day") and not self._is_of_a_level(i)]
        if behind and named is not None and named.kind == "period" and self._is_led_by_until(behind[0]):
            until = self.tokens[behind[0]].value
            return replace(named, last=until.last) if isinstance(until, Time) and until.last else named
        if behind and not (named is not None and self._belongs_to_next(behind[0])):
            return self._time_at(behind[0], named)
        if named is not None:
            return named
        for at in range(right.start, len(self.tokens)):
            token = self.tokens[at]
            is_end = token.kind == "break" and token.text not in ("(", ")", "—", "–")
            if is_end or token.text.lower() in OF_THE_NEXT:
                return None
            if token.kind == "time" and not self._is_of_a_level(at):
                return self._time_at(at, None)
        return None

    def _is_of_a_level(self, at: int) -> bool:
        """Whether a time belongs to another level: "shy of its January record", "below Friday's high"."""
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        is_level = after is not None and (
            after.kind == "record" or after.value in ("peak", "trough") or after.text.lower() in LEVELS
        )
        is_its = after is not None and after.value in ("close", "open") and after.start > self.tokens[at].end + 1
        return is_level or is_its or self._bounds_a_candle(at)

    def _bounds_a_candle(self, at: int) -> bool:
        """Whether 'since January' belongs to the price of a longer period: 'its highest weekly close since January'."""
        time, before = self.tokens[at].value, self.tokens[max(0, at - 1)]
        is_since = isinstance(time, Time) and time.kind == "since"
        return is_since and re.fullmatch(CANDLES, before.text, re.IGNORECASE) is not None

    def _is_led_by_until(self, at: int) -> bool:
        return at > 0 and self.tokens[at - 1].text.lower() in ("through", "until", "to")

    def _time_at(self, at: int, named: Time | None) -> Time | None:
        token = self.tokens[at]
        if token.kind == "first_day":
            return Time("first_day")
        time = token.value
        assert isinstance(time, Time)
        if named is not None and named.kind == "period" and OF_THE_PERIOD.fullmatch(token.text.lower()):
            return named
        return resolved(time, named)

    def _belongs_to_next(self, position: int) -> bool:
        """Whether a time leads the next clause: ', on May 7 …' with a figure behind it."""
        lead = position - 1
        while lead > 0 and self.tokens[lead].kind in ("preposition", "hint", "move"):
            lead -= 1
        is_led = position > 0 and self.tokens[lead].kind in ("comma", "break", "and")
        return is_led and any(at > position for at in self.figure_positions)

    def _assert(self, at: int, amount: Amount, local: State, right: range) -> None:
        token = self.tokens[at]
        subject, kind = self._subject_of(at, amount, local, right)
        if subject is None:
            self._refuse(token, kind)
            return
        if (kind == "change" or subject in ("etf", "liquidation", "exchange")) and self._is_since_unknown(at, right):
            self._refuse(token, "since when is not known")
            return
        if kind == "change" and local.time is not None and local.time.precision == "span":
            self._refuse(token, "whether the first day is part of the change is not said")
            return
        comparator = local.comparator if local.comparator_at >= at - 4 else None
        if any(
            one.kind == "time" and self._is_of_a_level(i)
            for i, one in enumerate(self.tokens[:at])
            if i > local.comparator_at
        ):
            # 'Above Wednesday's close of 97,030': the close was so much.
            comparator = None
        has_size = any(one.kind == "change" and one.subject == subject for one in self.assertions) or any(
            problem.reason == IN_DOLLARS for problem in self.problems
        )
        has_peak = any(one.subject == subject and one.hint in ("reach", "peak", "trough") for one in self.assertions)
        leads = self._preposition(at)
        ends = (leads in ("to", "at") and (self.began_before or has_size)) or (
            leads == "to" and has_peak and local.direction is not None
        )
        if subject == "price" and local.hint is None and local.direction is None and leads == "at":
            local.hint = "at"
        is_bounded = comparator not in (None, "about") and local.time is not None and local.time.kind == "since"
        is_lasting = is_bounded and local.direction is None and not local.negated
        if subject == "price" and local.hint in (None, "at") and is_lasting:
            # 'Has traded above 90,000 since April 22' says that it never left.
            local.hint = "hold"
        if local.hint == "cross" and local.falls and local.direction is None and comparator is None:
            local.direction = "down"
        lead = self.tokens[at - 1].text.lower() if at else ""
        if kind == "change" and lead in ("as much as", "as many as"):
            self._refuse(token, "the largest move within a day is not measured")
            return
        if kind == "share":
            # 'Longs made up 60 % of the 100 million': the sum is one of both sides.
            self.state.side = None
        first = len(self.assertions)
        is_a_size = (kind == "change" or subject == "etf") and not amount.has_sign and not local.negated
        if is_a_size and comparator in ("below", "at_most"):
            # 'Lost less than 1 %' says that it fell, too; without this a gain would do.
            falls = self._direction(local, subject) == "down"
            zero = replace(amount, value=0.0, half_unit=0.0, has_sign=True)
            sign = "sign" if subject == "etf" else "change"
            self._add(token, subject, local, kind=sign, amount=zero, comparator="below" if falls else "above")
        self._add(token, subject, local, kind=kind, amount=amount, comparator=comparator, ends_a_move=ends)
        self.at_of |= dict.fromkeys(range(first, len(self.assertions)), at)

    def _respectively(self) -> None:
        """'Bitcoin and Ether rose 6.4 % and 21.9 %, respectively': one figure each, in their order."""
        if not any(token.kind == "respectively" for token in self.tokens) and not self._lists_figures():
            return
        assets = list(dict.fromkeys(one.asset for one in self.assertions))
        texts = list(dict.fromkeys(one.text for one in self.assertions))
        if len(assets) == len(texts) > 1:
            pairs = set(zip(assets, texts, strict=True))
            self.assertions = [one for one in self.assertions if (one.asset, one.text) in pairs]

    def _lists_figures(self) -> bool:
        """Whether the figures follow each other as a list: '6.4 %, 21.9 % and 8 %'."""
        places = sorted(set(self.at_of.values()))
        return all(all(one.kind in ("and", "comma") for one in self.tokens[a + 1 : b]) for a, b in pairwise(places))

    def _unused(self) -> None:
        """Names of sources that the warehouse does not have, bounds of records that no rule knows, lone claims."""
        has_subject = any(one.kind in ("noun", "asset", "fund", "issuer", "side") for one in self.tokens)
        flows = [one for one in self.tokens if one.kind == "flow" and "flow" in one.text.lower()]
        kinds = (
            ("sign", "amount", "streak") if "funding" in {one.value for one in self.tokens} else ("amount", "streak")
        )
        claims = [*(one for one in self.tokens if one.kind in kinds), *flows]
        if claims and has_subject and not self.assertions and not self.problems:
            self._refuse(claims[0], "what it claims is not known")
            return
        if self.unknown_source and self.assertions:
            self.problems.append(
                NotUnderstood(self.unknown_source, "no source of this warehouse; measured by the sources it has")
            )
        for at, token in enumerate(self.tokens):
            if token.kind == "periods_streak":
                self.problems.append(NotUnderstood(token.text, "a run of weeks, months or years is not judged"))
            if token.kind == "rank" and self.assertions:
                self.problems.append(NotUnderstood(token.text, "a rank is not judged"))
            if token.kind == "multiple" and has_subject:
                self.problems.append(NotUnderstood(token.text, "a multiple of an earlier level is not measured"))
            if token.kind == "some_days" and has_subject:
                self.problems.append(NotUnderstood(token.text, "on how many of several days is not judged"))
            is_of_the_subject = at > 0 and self.tokens[at - 1].kind in ("hint", "asset", "time", "move")
            if token.kind == "steady" and has_subject and is_of_the_subject:
                self.problems.append(NotUnderstood(token.text, "how small a move is meant is not said"))
            if token.kind == "outweighs" and not self.figure_positions:
                self.problems.append(NotUnderstood(token.text, "a comparison of two figures is not judged"))
            if re.fullmatch(CANDLES, token.text, re.IGNORECASE) and self.assertions:
                self.problems.append(NotUnderstood(token.text, "prices of longer periods than a day are not measured"))
            is_read = any(one.clock is not None for one in self.assertions)
            if token.kind == "clock" and self.assertions and not is_read:
                self.problems.append(NotUnderstood(token.text, "a time of day is not read"))
            if token.kind == "first_time" and self.assertions:
                self.problems.append(NotUnderstood(token.text, "a first time is not judged"))
            value = token.value
            is_count = isinstance(value, Amount) and value.unit in ("number", "usd") and value.value >= 1000
            if is_count and at not in self.figure_positions:
                self.problems.append(NotUnderstood(token.text, "a number of what this warehouse does not measure"))
            following = [one.text for one in self.tokens[at + 1 : at + 5]]
            if token.kind == "word" and token.text.lower() == "since" and following and self.assertions:
                after = self.tokens[at + 1]
                if after.kind not in ("time", "launch", "record"):
                    self.problems.append(NotUnderstood(f"since {' '.join(following)}", "since when is not known"))

    def _parsed(self) -> Parsed:
        named = tuple(dict.fromkeys(str(token.value) for token in self.tokens if token.kind == "asset"))
        funds = tuple(
            str(token.value[1]) for token in self.tokens if token.kind == "fund" and isinstance(token.value, tuple)
        )
        subjects = [one.subject for one in self.assertions]
        nouns = [str(token.value) for token in self.tokens if token.kind == "noun"]
        days = [
            token.value
            for token in self.tokens
            if token.kind == "time" and isinstance(token.value, Time) and token.value.kind == "day"
        ]
        default = "etf" if "etf" in nouns else "price" if named and not nouns else self.context.subject
        subject = subjects[-1] if subjects else default
        context = Context(named or funds or self.context.assets, subject, days[-1] if days else self.context.time)
        is_about_before = (
            self.source is not None
            and not self.assertions
            and any(token.text.lower() in ("this", "that") for token in self.tokens)
        )
        return Parsed(tuple(self.assertions), tuple(self.problems), context, self.source, is_about_before)
