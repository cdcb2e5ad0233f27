"""What holds at a point of a sentence: the subject, the verb, the comparator and the time that its words have set.

Belongs here: what each kind of word does to that state. Not here: figures (`grammar`) and what they measure
(`subjects`).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from orchestration.verify.amounts import Amount
from orchestration.verify.assertions import Context, State
from orchestration.verify.lexer import Token
from orchestration.verify.lexicon import STABLECOINS
from orchestration.verify.times import Time

NO_NAMES = frozenset(
    re.findall(
        r"\w+",
        "the a an its their his her our my your this that these those there here then now still yet also just even "
        "only both all some many most more few other another such new spot net total daily overall since until late "
        "early today",
    )
)
"""Words in capitals at the beginning of a sentence that name nobody."""
PEOPLE = ("traders", "investors", "users", "accounts", "market makers", "holders", "shares")
"""Who trades: no subject of their own in a sentence about flows or liquidations."""


POSSESSIVE = re.compile(r"['’]s$")
LONG = 1000
"""A number without a unit from which on it may be a price."""


RELATIVE = ("that_day", "day_before", "day_after")


def resolved(time: Time, named: Time | None) -> Time:
    """A time that refers to a day, with the day that the sentence has named before."""
    if named is None or named.kind not in ("day", *RELATIVE):
        return time
    if time.kind in RELATIVE:
        return replace(time, first=named.last, last=named.last)
    # 'Stood at 3.27 trillion on May 9, up 1.8 % in 24 hours': those of that day; the past ones are those to now.
    return named if time.kind == "one_day" or (time.kind == "rolling" and time.precision == "any") else time


class Clauses:
    """The state of one sentence, moved on word by word."""

    def __init__(self, tokens: Sequence[Token], context: Context) -> None:
        self.tokens = list(tokens)
        self.context = context
        self.state = State()
        self.figure_positions = [at for at in range(len(self.tokens)) if self._is_figure(at)]

    def _is_figure(self, at: int) -> bool:
        token = self.tokens[at]
        if token.kind != "amount" or not isinstance(token.value, Amount):
            return False
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        if self._counts_coins(at) or self._counts_contracts(at):
            return True
        if token.value.unit != "number":
            is_marked = token.value.unit != "usd" or any(
                mark in token.text.lower() for mark in ("$", "usd", "dollar", "cent")
            )
            return is_marked or after is None or after.kind not in ("asset", "foreign", "word")
        before = self.tokens[at - 1] if at else None
        if before is not None and before.kind == "range":
            return token.value.value >= LONG
        leads = before is not None and (
            before.kind in ("comparator", "hint", "move")
            or (before.text == ":" and self._is_of_a_ratio(at))
            or (before.kind == "preposition" and before.text.lower() != "in")
        )
        stands_alone = after is None or after.kind not in (
            "word",
            "asset",
            "foreign",
            "side",
            "noun",
            "fund",
            "hint",
            "share",
        )
        is_long = any(mark in token.text for mark in ",.kK") or token.value.value >= LONG
        return (
            leads
            and (
                stands_alone or (after is not None and after.text.lower() in ("level", "mark", "barrier", "threshold"))
            )
            and (is_long or self._is_of_a_ratio(at))
        )

    def _counts_coins(self, at: int) -> bool:
        """Whether an amount counts coins that went into or out of exchanges: '3,200 BTC left exchanges'."""
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        is_money = any(mark in self.tokens[at].text.lower() for mark in ("$", "usd", "dollar", "%"))
        is_of_exchanges = any(token.kind == "exchange" for token in self.tokens)
        return is_of_exchanges and not is_money and after is not None and after.kind == "asset"

    def _counts_contracts(self, at: int) -> bool:
        """Whether an amount counts contracts at CME: '5,000 Bitcoin contracts'."""
        is_at_cme = any(token.kind == "trader" or token.value == "cme" for token in self.tokens)
        behind = [token.text.lower() for token in self.tokens[at + 1 : at + 4]]
        return is_at_cme and "contracts" in behind and "$" not in self.tokens[at].text

    def _is_of_a_ratio(self, at: int) -> bool:
        """Whether a short number without a unit has a subject that such numbers are of."""
        bare = ("long_short", "sentiment", "volatility")
        is_index = any(token.value == "sentiment" for token in self.tokens[at : at + 5])
        return is_index or any(token.kind == "noun" and token.value in bare for token in self.tokens[:at])

    def _step(self, at: int, token: Token) -> None:
        """Moves the state on by one token."""
        state = self.state
        handler: Callable[[int, Token], None] | None = getattr(self, f"_on_{token.kind}", None)
        if handler is not None:
            handler(at, token)
        elif token.kind in ("share", "forecast", "launch", "whole_market", "pronoun", "average", "perpetual"):
            setattr(state, token.kind, True)
        elif token.kind == "negation":
            state.negated, state.never = True, token.text.lower() == "never"
        elif token.kind == "ex_btc":
            state.ex_btc, state.foreign = True, None
            state.ex_eth = state.ex_eth or token.value == "ex_eth"
            state.noun = state.noun or "market"
        elif token.kind == "issuer" and isinstance(token.value, tuple):
            state.issuer, state.fund = dict(token.value), None
        elif token.kind == "time" and isinstance(token.value, Time):
            state.time = resolved(token.value, state.time)
        elif token.kind == "fund" and isinstance(token.value, tuple):
            state.fund, state.assets, state.noun = str(token.value[0]), [str(token.value[1])], "etf"
            is_of_the_flow = any(one.kind == "preposition" for one in self.tokens[max(0, at - 3) : at])
            state.foreign, state.flow, state.direction = None, state.flow if is_of_the_flow else None, None
        elif token.kind == "first_day":
            state.time = Time("first_day")

    def _on_comparator(self, at: int, token: Token) -> None:
        self.state.comparator, self.state.comparator_at = str(token.value), at

    def _on_break(self, at: int, token: Token) -> None:
        """A strong break ends the subject's noun and verb; the assets and the time stay."""
        state = self.state
        is_aside = token.text.lower() in ("meanwhile", "however", "though")
        if token.text in ("—", "–", "(", ")"):
            return
        if is_aside and at > 0 and self.tokens[at - 1].kind not in ("comma", "break"):
            return
        falls = state.direction == "down" or state.hint == "trough"
        self.state = State(assets=list(state.assets), time=state.time, whole_market=state.whole_market, falls=falls)

    def _on_comma(self, at: int, token: Token) -> None:
        self.state.negated = False

    def _on_and(self, at: int, token: Token) -> None:
        if token.text.lower() not in ("or", "that", "who", "which"):
            self.state.negated, self.state.forecast = False, self.state.forecast and token.text.lower() == "and"

    def _on_asset(self, at: int, token: Token) -> None:
        state, asset = self.state, str(token.value)
        before = self.tokens[at - 1] if at else None
        behind = self.tokens[at + 1 : at + 2]
        is_before_a_record = not behind or behind[0].kind == "record"
        if is_before_a_record and POSSESSIVE.search(token.text):
            # 'Thursday's close was Bitcoin's highest since': the record is of the close.
            state.assets = [asset]
            return
        is_led = before is not None and (
            before.kind == "side" or (before.kind == "preposition" and before.text.lower() != "to")
        )
        is_object = before is not None and before.kind == "outweighs" and POSSESSIVE.search(token.text) is None
        if self._repeats(at) or is_object:
            return
        joins = self._joins(at)
        if joins and asset not in state.assets:
            state.assets.append(asset)
        else:
            state.assets = [asset]
        if is_led:
            if state.noun is None and state.foreign is None:
                state.pronoun = True
            return
        following = self.tokens[at + 1 : at + 4]
        next_one = following[0] if following else None
        keeps = next_one is not None and next_one.kind in ("noun", "side", "fund", "flow", "exchange")
        if not keeps and not joins:
            state.noun, state.side, state.flow, state.fund = None, None, None, None
            state.share, state.ex_btc, state.ex_eth, state.perpetual = False, False, False, False
        if not joins and not self._shares_the_verb(at):
            state.direction, state.hint, state.foreign = None, None, None
        if not joins and state.noun is None and next_one is not None and next_one.kind in ("move", "hint"):
            self._take_the_noun(at)

    def _take_the_noun(self, at: int) -> None:
        """What a possessive is of, where its clause leaves that out: "while Bitcoin's fell"."""
        is_possessive = POSSESSIVE.search(self.tokens[at].text) is not None
        nouns = [one.value for one in self.tokens[:at] if one.kind == "noun"]
        if is_possessive and nouns:
            self.state.noun = str(nouns[-1])

    def _shares_the_verb(self, at: int) -> bool:
        """Whether the verb of the clause before holds on: 'Dogecoin jumped 12.6 % and Cardano 12 %'."""
        behind = [one for one in self.tokens[at + 1 : at + 3] if one.kind != "comparator"]
        is_a_move = bool(behind) and isinstance(behind[0].value, Amount) and behind[0].value.unit == "ratio"
        is_listed = at > 0 and self.tokens[at - 1].kind in ("and", "comma") and self.tokens[at - 1].text != ":"
        return is_a_move and is_listed and self.state.foreign is None

    def _joins(self, at: int) -> bool:
        """Whether an asset goes on a list: 'Bitcoin and Ether', 'Cardano (ADA), and Chainlink'."""
        before = self.tokens[:at]
        if not before or not (before[-1].kind in ("and", "comma") or before[-1].text.lower() == "nor"):
            return False
        is_and = before.pop().kind == "and"
        if is_and and before and before[-1].kind == "comma":
            before.pop()
        if before and before[-1].text == ")":
            before.pop()
        return bool(before) and before[-1].kind == "asset"

    def _repeats(self, at: int) -> bool:
        """Whether an asset is named twice in a row: "Cardano's ADA", 'Cardano (ADA)'."""
        before = self.tokens[max(0, at - 2) : at]
        if before and before[-1].text == "(":
            before = before[:-1]
        return bool(before) and before[-1].kind == "asset" and before[-1].value == self.tokens[at].value

    def _on_exchange(self, at: int, token: Token) -> None:
        self.state.noun = "exchange"
        if token.value and self.state.flow is None:
            self.state.flow = str(token.value)

    def _on_trader(self, at: int, token: Token) -> None:
        self.state.noun, self.state.trader, self.state.side = "positioning", str(token.value), None

    def _on_noun(self, at: int, token: Token) -> None:
        state, noun = self.state, str(token.value)
        if noun == "price" and state.noun not in (None, "market", "price", "cap"):
            return
        if (
            noun == "etf"
            and token.text.lower() == "funds"
            and state.issuer is None
            and self.context.subject != "etf"
            and state.noun != "etf"
            and not state.assets
        ):
            return
        if noun == "market" and state.noun in ("etf", "liquidation", "open_interest", "dominance", "funding"):
            return
        if noun == "market" and any(one.kind == "move" for one in self.tokens[:at]) and state.assets:
            return
        if state.noun != noun:
            if any(state.hint_at < figure < at for figure in self.figure_positions):
                state.hint = None
            state.noun = noun
            if noun not in ("liquidation",):
                state.side = None
            if noun == "market":
                state.assets = []
            state.flow = state.flow if noun == "etf" else None
            state.perpetual = state.perpetual and noun == "price"
            state.foreign = None if noun != "price" else state.foreign
            state.fund = None

    def _on_side(self, at: int, token: Token) -> None:
        self.state.side, self.state.foreign = str(token.value), None
        if self.state.noun not in ("liquidation", "open_interest", "funding", "long_short", "positioning"):
            self.state.noun = None
        self.state.flow = None

    def _on_flow(self, at: int, token: Token) -> None:
        self.state.flow, self.state.net = str(token.value), token.text.lower().startswith("net")
        if self.state.noun not in ("etf", "exchange", None) and self.state.fund is None:
            self.state.noun = None
        self.state.direction = None

    def _on_move(self, at: int, token: Token) -> None:
        state = self.state
        if (
            state.noun == "etf"
            and state.flow is None
            and str(token.text).lower() in ("lost", "shed", "added", "gained", "lose", "losing")
        ):
            state.flow = "out" if token.value == "down" else "in"
            return
        state.direction, state.hint = str(token.value), None
        self._unknown_subject(at, token)

    def _on_hint(self, at: int, token: Token) -> None:
        is_given = not any(self.state.hint_at < figure < at for figure in self.figure_positions)
        if token.value == "at" and self.state.hint not in (None, "at", "turn") and is_given:
            return
        if token.value == "at" and token.text.lower() in ("was", "were", "is", "are") and self.state.direction:
            return
        if any(
            one.text.lower() in ("after", "before", "following", "having") for one in self.tokens[max(0, at - 2) : at]
        ):
            # 'Retreated to 102,000 after touching 104,145': the fall is not of the second.
            self.state.direction = None
        self.state.hint, self.state.hint_at = str(token.value), at
        if token.value != "at":
            self._unknown_subject(at, token)

    def _unknown_subject(self, at: int, token: Token) -> None:
        """A name that nobody knows, right before a verb, is the verb's subject."""
        before = self.tokens[at - 1] if at else None
        if before is not None and isinstance(before.value, Amount) and before.value.unit == "number" and at > 1:
            # An index with its number, such as 'the Stoxx 600'.
            before = self.tokens[at - 2]
        word = before.text.lower() if before is not None else ""
        is_name = before is not None and before.kind == "word" and before.text[:1].isupper()
        if before is not None and is_name and word not in NO_NAMES and not word.endswith("ly"):
            self.state.foreign = before.text
            self.state.noun, self.state.side, self.state.flow, self.state.assets = None, None, None, []

    def _on_foreign(self, at: int, token: Token) -> None:
        state, word = self.state, token.text
        before = self.tokens[at - 1] if at else None
        is_led = before is not None and before.kind == "preposition"
        has_subject = any(
            one.kind in ("flow", "side", "fund") or one.value in ("etf", "liquidation") for one in self.tokens
        )
        if word.lower() == "supply" and state.assets and state.assets[0] in STABLECOINS:
            state.noun, state.foreign = "stablecoin", None
            return
        if state.noun == "positioning":
            return
        if word.lower() in PEOPLE and (is_led or state.noun or has_subject):
            return
        if state.noun in ("liquidation", "etf", "open_interest", "funding") and is_led:
            return
        if any(
            one.kind in ("move", "hint", "flow") for one in self.tokens[max(0, at - 2) : at]
        ) and word.lower() not in ("stocks",):
            return
        if not is_led or word.lower() in ("gold", "stocks"):
            state.foreign, state.noun, state.side, state.flow = word, None, None, None
            state.assets, state.pronoun = [], False

    def _state_at(self, until: int) -> State:
        """The state before a token, completed by what follows it up to a break."""
        reader = Clauses(self.tokens[:until], self.context)
        for at, token in enumerate(reader.tokens):
            if at not in reader.figure_positions:
                reader._step(at, token)
        state = reader.state
        for token in self.tokens[until + 1 :]:
            if token.kind in ("break", "amount"):
                break
            if token.kind == "time" and state.time is None and isinstance(token.value, Time):
                state.time = token.value
            elif token.kind == "asset":
                state.assets = state.assets or [str(token.value)]
            elif token.kind == "fund" and isinstance(token.value, tuple) and state.fund is None:
                state.fund, state.assets, state.noun = str(token.value[0]), [str(token.value[1])], "etf"
            elif token.kind == "exchange" and state.noun is None:
                state.noun = "exchange"
            elif token.kind in ("noun", "side", "flow") and getattr(state, token.kind) is None:
                setattr(state, token.kind, str(token.value))
        return state
