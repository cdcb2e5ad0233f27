"""Assertions without a figure of their own: records, signs such as 'turned negative', and streaks."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, takewhile

from orchestration.verify.amounts import Amount
from orchestration.verify.assertions import Assertion, Context, NotUnderstood, State
from orchestration.verify.lexer import Record, Token
from orchestration.verify.lexicon import VENUES
from orchestration.verify.subjects import CHANGES, LEVEL_WORDS, Subjects
from orchestration.verify.times import Clock, Time

DISTANCE = "a distance from another level is not judged"
SEVERAL_DAYS = "of several days it is not said which"
FORECAST = "a forecast or a condition, not a claim about what happened"
BEST_DAY = re.compile(r"\b(?:best|worst)(?: \w+)? (?:day|session)", re.IGNORECASE)
OF_PERIODS = re.compile(r"\b(?:week|month|quarter|year|annual)(?:ly|s)?\b")
ENDS = ("ended", "ending", "ends", "end", "snapped", "snapping", "broke", "halted", "stopped")
SETS = ("set", "sets", "setting", "posted", "made", "notched", "scored", "booked", "saw", "logged", "registered")
ENDS_A_SOURCE = ("amount", "and", "comma", "break")
MOVING = ("price", "cap", "open_interest")
"""Subjects whose changes are measured."""
EACH = ("no", "none", "each", "every", "all", "only", "most", "several", "some")
SIGNED = ("etf", "exchange", "funding", "price", "cap", "open_interest")
FALLS = re.compile("drop|fall|decline|loss|outflow")


def _is_of_a_move(token: Token) -> bool:
    """Whether a record is one of gains or losses: 'its biggest one-day gain since May'."""
    is_of_price = isinstance(token.value, Record) and CHANGES.search(token.value.what) is not None
    return is_of_price or BEST_DAY.search(token.text) is not None


class Bare(Subjects):
    """Records, signs and streaks of one sentence."""

    def __init__(self, tokens: Sequence[Token], context: Context) -> None:
        super().__init__(tokens, context)
        self.assertions: list[Assertion] = []
        self.problems: list[NotUnderstood] = []
        self.at_of: dict[int, int] = {}
        """Index of an assertion → where its figure is."""
        self.distance_at: int | None = None
        """Where a distance is given, as '5 % below its record': the level behind it is not claimed."""
        sources = [token for token in self.tokens if token.kind == "source"]
        named = [str(token.value) for token in sources]
        if any(token.text.lower() in ("total2", "total3", "btc.d") for token in self.tokens):
            named.append("tradingview")
        # Of a provider and a venue the venue says what is measured.
        self.source = next((name for name in named if name in VENUES), named[0] if named else None)
        self.sources = dict.fromkeys(name for name in named if name in VENUES or self.source not in VENUES)
        unknown = [token for token in self.tokens if token.kind == "unknown_source"]
        self.unknown_source = unknown[0].text if unknown else None
        self.every_venue = any(token.kind == "every_venue" for token in self.tokens)

    def _refuse(self, token: Token, reason: str) -> None:
        self.problems.append(NotUnderstood(token.text, reason))

    def _source_of(self, at: int) -> str | None:
        """The source of what is claimed at a token: of several the one named with it, else the last one before it."""
        if len(self.sources) < 2:
            return self.source
        behind = takewhile(lambda one: one.kind not in ENDS_A_SOURCE, self.tokens[at + 1 :])
        nearest = [one for one in (*behind, *reversed(self.tokens[:at])) if one.value in self.sources]
        return str(nearest[0].value) if nearest else self.source

    def _clock_of(self, at: int, subject: str, kind: str, local: State) -> Clock | None:
        """The hour of a figure of one instant: 'as of 4 a.m. UTC', the only one that the sentence names."""
        hours = [one.value for one in self.tokens if one.kind == "clock"]
        is_one = len(hours) == 1 and self._is_of_an_instant(at, subject, kind, local)
        return hours[0] if is_one and isinstance(hours[0], Clock) else None

    def _is_of_an_instant(self, at: int, subject: str, kind: str, local: State) -> bool:
        """Whether a figure is a price at an instant, or a change over the 24 hours before it."""
        is_about = local.comparator in (None, "about") or local.comparator_at < at - 4
        is_of_a_day = local.time is None or local.time.kind in ("day", "rolling", "one_day")
        return subject == "price" and is_of_a_day and (kind == "change" or (local.hint in (None, "at") and is_about))

    def _joins_venues(self, at: int) -> bool:
        """Whether what is claimed at a token is of two venues at once: 'on Binance and OKX'."""
        venue = self._source_of(at)
        places = [i for i, one in enumerate(self.tokens) if one.kind == "source" and one.value in VENUES]
        joined = [
            {self.tokens[a].value, self.tokens[b].value}
            for a, b in pairwise(places)
            if all(one.kind in ("and", "comma") for one in self.tokens[a + 1 : b])
        ]
        return any(venue in two for two in joined)

    def _records(self) -> None:
        """A record belongs to the last level before it, else to the next one, else it is a claim of its own."""
        positions = self.at_of
        for at, token in enumerate(self.tokens):
            if token.kind != "record" or not isinstance(token.value, Record):
                continue
            if self.distance_at is not None or self._is_neared(at):
                self._refuse(token, DISTANCE)
                continue
            if OF_PERIODS.search(token.value.what):
                self._refuse(token, "a record among weeks, months or years is not judged")
                continue
            before = [index for index, position in positions.items() if position < at]
            after = [
                index
                for index, position in positions.items()
                if 0 < position - at <= 6 and not any(one.kind == "break" for one in self.tokens[at:position])
            ]
            is_leading = (
                "flow" in token.value.what
                or bool(after and not before)
                or (
                    bool(after)
                    and self.tokens[positions[after[0]] - 1].start - token.end < 12
                    and self._leads(at, positions[after[0]])
                )
            )
            if after and is_leading and self._is_of_the_past(at, self.assertions[after[0]]):
                self._refuse(token, "when the record was set is not said")
                self.assertions = [one for index, one in enumerate(self.assertions) if index != after[0]]
                self.at_of = {}
                continue
            chosen = after[0] if after and is_leading else before[-1] if before else None
            kind = "change" if _is_of_a_move(token) else "level"
            fitting = [index for index in before if self.assertions[index].kind == kind]
            if chosen is not None and chosen in before and fitting:
                chosen = fitting[-1]
            is_of_a_level = chosen is not None and self.assertions[chosen].kind == "level"
            is_of_flows = chosen is not None and self.assertions[chosen].subject not in MOVING
            named = token.value.assets
            is_of_another = chosen is not None and bool(named) and self.assertions[chosen].asset not in named
            is_of_a_price = not LEVEL_WORDS.isdisjoint(token.value.what.split())
            is_of_the_other_kind = not is_of_flows and (kind == "change" if is_of_a_level else is_of_a_price)
            if chosen is None or is_of_another or is_of_the_other_kind:
                # 'Its biggest gain since April took it to 103,261': the gain is the record, not the level.
                self._record_alone(at, token)
                continue
            self._attach(chosen, token.value, at)

    def _only_day(self) -> Time | None:
        """The day of the sentence, where it names one alone."""
        days = {one.value for one in self.tokens if isinstance(one.value, Time) and one.value.kind == "day"}
        return next(iter(days)) if len(days) == 1 else None

    def _are_joined(self, where: Sequence[int]) -> bool:
        """Whether two days among these tokens are joined: 'on Monday and Tuesday'."""
        days = [i for i in where if isinstance(value := self.tokens[i].value, Time) and value.kind == "day"]
        for first, second in pairwise(days):
            between = [self.tokens[i].text.lower() for i in range(first + 1, second)]
            if between[:1] in (["and"], ["or"]) and between[1:] in ([], ["on"]):
                return True
        return False

    def _is_of_the_past(self, at: int, assertion: Assertion) -> bool:
        """Whether a record is a known one rather than a new one: "Bitcoin's record close is $106,000"."""
        record = self.tokens[at].value
        assert isinstance(record, Record)
        is_of_all = record.since is None and record.within is None
        has_verb = any(one.kind in ("hint", "move", "flow") or one.text.lower() in SETS for one in self.tokens[:at])
        is_level = assertion.subject == "price" and assertion.kind == "level"
        return is_level and is_of_all and assertion.time is None and not has_verb

    def _is_neared(self, at: int) -> bool:
        """Whether a record is only near: 'close to its all-time high', 'approaching a record'."""
        before = self.tokens[max(0, at - 2) : at]
        words = [one.text.lower() for one in before]
        is_near = bool(before) and before[-1].kind == "comparator" and before[-1].value in ("about", "below")
        return is_near or words[-1:] == ["approaching"] or words[-1:] == ["approached"] or words == ["within", "reach"]

    def _leads(self, at: int, position: int) -> bool:
        return all(one.kind not in ("comma", "break") for one in self.tokens[at:position])

    def _attach(self, index: int, record: Record, at: int) -> None:
        if record.direction == "either":
            is_down = self.assertions[index].direction == "down"
            record = replace(record, direction="lowest" if is_down else "highest")
        negated = self.assertions[index].is_negated or any(
            one.kind == "negation" for one in self.tokens[max(0, at - 2) : at]
        )
        hint = "peak" if record.what in ("high", "highs") else "trough" if record.what in ("low", "lows") else None
        hint = hint if self.assertions[index].subject == "price" and self.assertions[index].kind == "level" else None
        self.assertions[index] = replace(
            self.assertions[index], record=record, is_negated=negated, hint=hint or self.assertions[index].hint
        )

    def _record_alone(self, at: int, token: Token) -> None:
        """A record without a figure: 'Bitcoin closed at its highest since January 30'."""
        record = token.value
        assert isinstance(record, Record)
        local = self._state_at(at)
        local.assets = list(record.assets) or local.assets
        local.time = local.time or self._only_day()
        local.side = local.side or next((side for side in ("long", "short") if side in record.what.split()), None)
        is_day = BEST_DAY.search(token.text) is not None
        if is_day and local.direction is None:
            local.direction = "down" if "worst" in token.text.lower() else "up"
        subject = self._bare_subject(local, record.what)
        if subject is None or local.forecast or local.foreign:
            self._refuse(token, FORECAST if local.forecast else "of what is not named")
            return
        if FALLS.search(record.what) or local.flow == "out":
            local.direction = "down"
        if record.direction == "either":
            record = replace(record, direction="lowest" if local.direction == "down" else "highest")
        if "clos" in record.what:
            local.hint = "close"
        is_change = is_day or (subject in ("price", "cap", "open_interest") and CHANGES.search(record.what) is not None)
        self._add(token, subject, local, kind="change" if is_change else "level", record=record)

    def _add(
        self,
        token: Token,
        subject: str,
        local: State,
        *,
        kind: str = "level",
        amount: Amount | None = None,
        comparator: str | None = None,
        record: Record | None = None,
        streak: int | None = None,
        ends_a_move: bool = False,
    ) -> bool:
        """Adds an assertion for each asset; False, with the reason noted, where no asset is named."""
        if subject == "etf" and local.fund is None and local.issuer is not None:
            local = self._fund_of_the_issuer(local)
        at = self.tokens.index(token)
        assets, reason = self._assets_of(subject, local), self._unmeasured(subject, local)
        has_clock = any(one.kind == "clock" and one.text[:1].isdigit() for one in self.tokens)
        clock = self._clock_of(at, subject, kind, local)
        if reason is None and has_clock and clock is None and self._is_of_an_instant(at, subject, kind, local):
            reason = "of hours, full ones of UTC and of New York alone are read"
        if reason is None and self._joins_venues(at):
            reason = "of several venues it is not said which"
        if assets is None or reason is not None:
            self._refuse(token, reason or "no asset is named for it")
            return False
        for asset in assets:
            self.assertions.append(
                Assertion(
                    subject=subject,
                    asset=asset,
                    amount=amount,
                    text=token.text,
                    comparator=comparator,
                    side=local.side,
                    fund=local.fund,
                    ex_btc=local.ex_btc,
                    ex_eth=local.ex_eth,
                    trader=local.trader,
                    is_net=local.net or local.flow == "net",
                    is_perpetual=local.perpetual,
                    direction=self._direction(local, subject),
                    hint=local.hint,
                    kind=kind,
                    time=local.time if local.time is None or local.time.kind != "hours" else None,
                    clock=clock,
                    since_launch=local.launch,
                    record=record,
                    source=self._source_of(at),
                    unknown_source=self.unknown_source,
                    every_venue=self.every_venue,
                    streak=streak,
                    is_negated=local.negated,
                    is_asset_from_before=asset != "ALL" and asset not in (*local.assets, *self._named_assets()),
                    ends_a_move=ends_a_move,
                    is_bound=local.bound,
                )
            )
        return True

    def _fund_of_the_issuer(self, local: State) -> State:
        """The state with the fund of the issuer named before, where it has one of the asset."""
        assets = local.assets or self._named_assets() or list(self.context.assets[:1])
        funds = (local.issuer or {}).get(assets[0], ()) if assets else ()
        return replace(local, fund=funds[0], assets=assets[:1]) if len(funds) == 1 else local

    def _unmeasured(self, subject: str, local: State) -> str | None:
        """Why the warehouse has no figure of what the words name; None where it may have one."""
        has_issuer = any(one.kind == "issuer" for one in self.tokens)
        if subject == "etf" and local.fund is None and has_issuer and not local.of_all:
            return "which fund of the issuer is not clear: name it or its ticker"
        if local.time is not None and local.time.kind == "hours" and subject != "funding":
            return "of hours, the last 24 alone are measured"
        is_after_what = local.time is not None and local.time.kind == "day_after" and local.time.last is None
        if (local.time is not None and local.time.kind == "unknown") or (is_after_what and self.context.time is None):
            return "which day is meant is not known"
        if local.time is not None and local.time.precision == "part":
            return "which days of the month are meant is not said"
        if local.time is not None and local.time.kind == "unclear":
            return "which of two periods is meant is not clear"
        if local.time is not None and local.time.kind == "lasting":
            return "how long something held is not judged"
        if subject == "dominance" and local.assets and local.assets[0] != "BTC":
            return "of shares of the market Bitcoin's alone is measured"
        return None

    def _without_a_figure(self) -> None:
        """Streaks, and signs such as 'funding turned negative' or 'saw net outflows on Thursday'."""
        for at, token in enumerate(self.tokens):
            if token.kind == "streak" and isinstance(token.value, tuple):
                self._streak(at, token)
            elif (
                token.kind == "sign"
                and any(one.kind in ("hint", "move") for one in self.tokens[max(0, at - 3) : at])
                and not any(one.kind == "word" for one in self.tokens[at + 1 : at + 2])
            ):
                self._sign(at, token, str(token.value))
        for clause in self._bare_clauses():
            self._sign_of(clause)

    def _bare_clauses(self) -> "list[range]":
        """The clauses without a figure, divided by strong breaks."""
        ends = [
            at for at, one in enumerate(self.tokens) if one.kind == "break" and one.text not in ("—", "–", "(", ")")
        ]
        bounds = [-1, *ends, len(self.tokens)]
        clauses = [range(first + 1, last) for first, last in pairwise(bounds)]
        return [one for one in clauses if not any(at in one for at in self.figure_positions)]

    def _sign_of(self, clause: range) -> None:
        """The sign that a clause without a figure asserts: 'saw net outflows', 'but Litecoin fell on Thursday'."""
        if any(self.tokens[at].kind in ("sign", "multiple") for at in clause):
            return
        for at in clause:
            token, text = self.tokens[at], self.tokens[at].text.lower()
            if token.kind == "record":
                return
            if token.kind == "flow" and text.startswith(("net ", "inflow", "outflow")):
                self._sign(at, token, "above" if token.value == "in" else "below")
                return
            # 'Cardano rose 12 %, but Litecoin fell': the day is that of the sentence.
            is_beside_figures = bool(self.figure_positions) and at > 0 and self.tokens[at - 1].kind == "asset"
            if token.kind == "move" and (is_beside_figures or any(one.kind == "time" for one in self.tokens)):
                if any(self.tokens[i].kind == "move" for i in clause if i > at):
                    # 'Recovered all of April's losses' is about both.
                    self._refuse(token, "what it claims is not known")
                    return
                self._sign(at, token, "above" if token.value == "up" else "below")
                return

    def _counts_funds(self, at: int) -> bool:
        """Whether a word says how many funds it is about: 'none of the funds', 'all 11 spot ETFs'."""
        behind = self.tokens[at + 1 : at + 6]
        is_of_funds = any(one.value == "etf" or one.text.lower() in ("fund", "funds") for one in behind)
        return self.tokens[at].kind == "word" and self.tokens[at].text.lower() in EACH and is_of_funds

    def _sign(self, at: int, token: Token, comparator: str) -> None:
        if any(one.kind in ("record", "streak", "periods_streak") for one in self.tokens):
            return
        if any(one.kind == "some_days" for one in self.tokens):
            return
        if self._are_joined(range(len(self.tokens))):
            self._refuse(token, SEVERAL_DAYS)
            return
        local = self._state_at(at)
        if any(self._counts_funds(i) for i in range(at)):
            self._refuse(token, "what each of several funds did is not judged")
            return
        if token.kind == "flow":
            local.flow = str(token.value)
        subject = self._bare_subject(replace(local, direction="up", hint="at"), "flow" if token.kind == "flow" else "")
        if (
            subject not in ("etf", "exchange", "funding", "price", "cap", "open_interest")
            or local.forecast
            or local.foreign
        ):
            return
        if subject == "price" and (token.kind == "sign" or not local.assets):
            return
        zero = Amount(0.0, "usd" if subject in ("etf", "exchange") else "ratio", 0.0, has_sign=True)
        kind = "sign" if subject in ("etf", "exchange", "funding") else "change"
        self._add(token, subject, replace(local, launch=False), kind=kind, amount=zero, comparator=comparator)

    def _streak(self, at: int, token: Token) -> None:
        assert isinstance(token.value, tuple)
        count, direction = token.value
        local = self._state_at(at)
        local.time = local.time or self._only_day()
        if local.time is not None and local.time.kind == "regular":
            self._refuse(token, "a run of weeks, months or years is not judged")
            return
        if any(one.text.lower() in ENDS for one in self.tokens[max(0, at - 3) : at]):
            self._refuse(token, "the end of a run is not judged")
            return
        has_level = any(one.subject == "price" and one.kind == "level" for one in self.assertions)
        if has_level and direction is None and local.direction is None:
            self._refuse(token, "a run of days above or below a level is not judged")
            return
        subject = self._bare_subject(replace(local, hint=local.hint or "at"), "flow" if local.flow else "")
        if subject not in ("etf", "price") or local.forecast or local.foreign:
            self._refuse(token, "a streak of what is not known")
            return
        if direction is not None and subject == "etf":
            local.flow = "out" if direction == "down" else "in"
        local.direction = direction or local.direction or "up"
        self._add(token, subject, local, kind="streak", streak=count)
