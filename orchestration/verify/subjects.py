"""What a figure is one of: the subject and the kind that the words around it name, and its assets.

Belongs here: from words to a subject. A figure whose subject the words do not name has none, with the reason.
"""

import re

from orchestration.verify.amounts import Amount
from orchestration.verify.assertions import State
from orchestration.verify.clauses import Clauses
from orchestration.verify.lexicon import OTHER_FUNDING, STABLECOINS, TAKES

CHANGES = re.compile("gain|drop|rise|fall|decline|loss|advance|jump|rally|increase|recovery")
LEVEL_WORDS = frozenset(("high", "highs", "low", "lows", "close", "closing", "level", "levels", "price", "finish"))
OF_FUNDS = re.compile(r"\b(?:etfs?|etps?|funds?|products?)\b")
OF_A_SIZE = (
    *("about", "around", "roughly", "some", "approximately", "an estimated", "nearly", "almost"),
    *("more than", "less than", "at least", "as much as", "up to", "no less than", "no more than"),
)
"""Comparators of how far a price moved; others, as in 'climbed above', are of where it came to."""
OF_A_LEVEL = ("above", "below", "under", "beneath", "past", "beyond")
"""Comparators of a level: 'fell under 64 %' is no fall of a price by so much."""
IN_DOLLARS = "a move in dollars is not measured"
Named = tuple[str | None, str]
"""The subject and the kind of a figure, or None and the reason."""


class Subjects(Clauses):
    """Subjects and assets of figures, records and signs."""

    source: str | None = None

    def _subject_of(self, at: int, amount: Amount, local: State, right: range) -> Named:
        """(subject, kind) of a figure; (None, the reason) where the words name none."""
        noun, is_ratio = local.noun, amount.unit == "ratio"
        is_of_a_level = noun in (None, "price", "cap", "market", "open_interest") and not (local.side or local.fund)
        is_taken = is_of_a_level and not local.flow and self._is_a_size(at)
        is_moved = is_of_a_level and local.direction is not None and self._preposition(at) == "by"
        if amount.unit == "usd" and (is_taken or is_moved or self._is_a_difference(at)):
            return None, IN_DOLLARS
        if noun in ("exchange", "positioning"):
            return self._counted(amount, local, noun)
        if local.foreign:
            return None, f"'{local.foreign}' is no subject of this warehouse"
        if self.source == "cme":
            is_counted = noun == "open_interest" and amount.unit == "number"
            return ("cme", "level") if is_counted else (None, "of CME contracts alone are measured")
        is_share = bool(local.side) and local.share and is_ratio
        if is_share or noun == "liquidation" or (local.side and (noun == "market" or (noun is None and not is_ratio))):
            return self._liquidations(amount, local, right)
        if noun in ("etf", "volume") and self._is_trading_of_funds(at, local):
            return None, "what funds trade is not measured, their flows are"
        if noun == "etf" or local.flow or local.fund:
            if noun != "etf" and not local.fund and self.context.subject != "etf":
                return None, "flows into funds that are not named"
            if local.hint == "hold" and local.flow is None:
                return None, "what funds hold is not measured, their flows are"
            return ("etf", "level") if amount.unit == "usd" else (None, "a change of flows in percent is not measured")
        if noun in ("cap", "market"):
            return self._capitalisation(amount, local)
        if noun in ("stablecoin", "sentiment", "volatility"):
            return self._indicator(amount, str(noun))
        if noun in ("funding", "dominance", "open_interest", "volume", "long_short"):
            return self._of_derivatives(at, amount, local, str(noun))
        return self._price(at, amount, local)

    def _is_trading_of_funds(self, at: int, local: State) -> bool:
        """Whether a figure is a volume of funds: 'ETF volumes reached 3 billion', 'IBIT traded 2.2 billion'."""
        before = [one for one in self.tokens[max(0, at - 2) : at] if one.kind != "comparator"]
        if local.noun == "etf":
            return local.flow is None and bool(before) and before[-1].text.lower() in ("traded", "trading")
        ends = [i for i in range(at) if i in self.figure_positions or self.tokens[i].kind == "break"]
        clause = self.tokens[ends[-1] if ends else 0 : at]
        return any(one.value == "etf" or one.kind in ("fund", "issuer") for one in clause)

    def _counted(self, amount: Amount, local: State, noun: str) -> Named:
        """Coins into and out of exchanges, in coins or dollars; net positions at CME, in contracts."""
        if amount.unit == "ratio":
            return None, "its change in percent is not measured"
        if noun == "exchange":
            is_flow = local.flow is not None or amount.has_sign
            return ("exchange", "level") if is_flow else (None, "what exchanges hold is not measured, flows are")
        is_net = any("net" in one.text.lower().split() for one in self.tokens)
        is_signed = local.side is not None or amount.has_sign
        if amount.unit != "number" or not is_net or not is_signed:
            return None, "of traders at CME net long or net short positions in contracts alone are measured"
        return "positioning", "level"

    def _is_a_size(self, at: int) -> bool:
        """Whether an amount is the object of a move: 'lost $1,000', 'fell about $1,000', not 'climbed above $1,000'."""
        before = self.tokens[:at]
        comparator = before.pop() if before and before[-1].kind == "comparator" else None
        if not before or before[-1].kind != "move":
            return False
        is_to_a_level = comparator is not None and comparator.text.lower() not in OF_A_SIZE
        return re.fullmatch(TAKES, before[-1].text, re.IGNORECASE) is not None or not is_to_a_level

    def _is_a_difference(self, at: int) -> bool:
        """Whether an amount is how far something moved: 'inflows rose by $109 million'."""
        before = [one for one in self.tokens[max(0, at - 4) : at] if one.kind not in ("comparator", "word")]
        return [one.kind for one in before[-2:]] == ["move", "preposition"] and before[-1].text.lower() == "by"

    def _capitalisation(self, amount: Amount, local: State) -> Named:
        if local.share and local.assets == ["BTC"] and amount.unit == "ratio":
            return "dominance", "level"
        if local.noun == "cap" and local.assets and local.assets[0] in STABLECOINS:
            return self._indicator(amount, "stablecoin")
        if local.assets and local.noun == "cap" and not local.ex_btc:
            return None, "the capitalisation of one coin is no claimable figure"
        if amount.unit == "ratio" and not (local.direction or amount.has_sign):
            return None, "a share or change that the words do not tell"
        kind = "change" if amount.unit == "ratio" else "level"
        return ("cap", kind) if amount.unit != "number" else (None, "a number without a unit")

    def _indicator(self, amount: Amount, noun: str) -> Named:
        """The supply of stablecoins in dollars, the fear and greed index in points, implied volatility in percent."""
        units = {"stablecoin": ("usd",), "sentiment": ("number", "points"), "volatility": ("ratio", "number")}
        if noun == "stablecoin" and amount.unit == "ratio":
            return None, "a change of the supply of stablecoins is not measured"
        return (noun, "level") if amount.unit in units[noun] else (None, "its unit does not fit its subject")

    def _of_derivatives(self, at: int, amount: Amount, local: State, noun: str) -> Named:
        """Funding, dominance, open interest, volume and the ratio of accounts: each has one unit that fits."""
        if noun == "open_interest" and amount.unit in ("usd", "ratio"):
            return "open_interest", "change" if amount.unit == "ratio" else "level"
        if noun == "dominance" and local.direction and self._preposition(at) == "by":
            return None, "a change of dominance is not measured"
        if noun == "funding" and any(one.text.lower() in OTHER_FUNDING for one in self.tokens):
            return None, "funding is measured per 8 hours"
        if noun == "volume" and amount.unit == "ratio":
            return None, "a change of volume is not measured"
        units = {"funding": "ratio", "dominance": "ratio", "volume": "usd", "long_short": "number"}
        return (noun, "level") if units.get(noun) == amount.unit else (None, "its unit does not fit its subject")

    def _liquidations(self, amount: Amount, local: State, right: range) -> Named:
        if amount.unit == "ratio":
            near = [self.tokens[i] for i in right][:6]
            is_of_accounts = any(one.text.lower() in ("accounts", "traders", "positions") for one in near[:2])
            if is_of_accounts and not any(one.value == "liquidation" for one in self.tokens):
                return None, "a share of accounts is not measured, the ratio of long to short ones is"
            is_of = any(one.kind == "preposition" and one.text.lower() == "of" for one in near[:1])
            has_share = local.share or is_of or any(one.kind == "side" for one in near)
            return (
                ("liquidation", "share")
                if local.side and has_share
                else (None, "a change of liquidations is not measured")
            )
        return ("liquidation", "level") if amount.unit == "usd" else (None, "a number without a unit")

    def _price(self, at: int, amount: Amount, local: State) -> Named:
        is_implied = local.hint in ("peak", "trough", "close", "open") and bool(self.context.assets)
        is_meant = local.pronoun and (self._follows_a_price() or bool(self._named_assets()))
        is_future = any(
            one.text.lower() == "futures" and self.tokens[at - 1].kind == "asset" for at, one in enumerate(self.tokens)
        )
        if is_future and not local.perpetual:
            return None, "which future it is of is not named"
        if local.perpetual and amount.unit == "ratio":
            return None, "a change of the price of perpetuals is not measured"
        has_subject = bool(local.assets) or local.noun == "price" or is_meant or is_implied
        if not has_subject:
            return None, "its subject is not known"
        if amount.unit == "ratio":
            if self._preposition(at) == "to":
                return None, "a percentage whose meaning is not known"
            lead = self.tokens[at - 1].text.lower() if at else ""
            if local.share or lead in OF_A_LEVEL or not (local.direction or amount.has_sign):
                return None, "a percentage whose meaning is not known"
            return "price", "change"
        if amount.is_scaled:
            return None, "no known figure of a coin is so large"
        leads = self._preposition(at)
        is_level = (
            local.comparator_at >= at - 4
            or leads in ("at", "to", "near", "toward", "towards", "through", "of")
            or local.hint
        )
        return (
            ("price", "level")
            if is_level or (local.noun == "price" and local.direction)
            else (None, "what it measures is not named")
        )

    def _preposition(self, at: int) -> str:
        for token in reversed(self.tokens[max(0, at - 4) : at]):
            if token.kind == "preposition":
                return token.text.lower()
            if token.kind not in ("comparator", "word", "record", "hint", "asset"):
                break
        return ""

    def _assets_of(self, subject: str, local: State) -> "list[str | None] | None":
        if subject == "stablecoin" and local.assets and local.assets[0] in STABLECOINS:
            return list(local.assets[:1])
        if subject in ("cap", "dominance", "stablecoin", "sentiment"):
            return ["ALL"]
        if local.whole_market:
            return ["ALL"]
        if local.assets:
            return list(local.assets)
        named = self._named_assets()
        if subject != "price" and len(named) == 1:
            return list(named)
        is_implied = local.pronoun or local.noun == "price" or local.hint in ("peak", "trough", "close", "open")
        if subject == "volatility" and self.context.assets[:1] and self.context.assets[0] in STABLECOINS:
            return None
        if subject == "liquidation" and any(one.text.lower() in ("total", "overall") for one in self.tokens):
            return ["ALL"]
        if self.context.assets and (subject != "price" or is_implied):
            return list(self.context.assets[:1])
        return ["ALL"] if subject == "liquidation" else None

    def _follows_a_price(self) -> bool:
        """Whether 'it' is a coin: the sentence before was about one, and about nothing else of it."""
        return bool(self.context.assets) and self.context.subject in (None, "price")

    def _named_assets(self) -> list[str]:
        """The assets that the sentence names anywhere."""
        return list(dict.fromkeys(str(token.value) for token in self.tokens if token.kind == "asset"))

    def _direction(self, local: State, subject: str) -> str | None:
        if subject in ("etf", "exchange"):
            if local.flow is not None:
                return "down" if local.flow == "out" else "up"
            return local.direction or "up"
        return local.direction

    def _bare_subject(self, local: State, what: str) -> str | None:
        if local.noun == "liquidation" or local.side or "liquidation" in what:
            return "liquidation"
        if local.noun == "exchange" or ("exchange" in what and "flow" in what):
            return "exchange"
        if "flow" in what and OF_FUNDS.search(what) is not None:
            return "etf"
        if local.noun == "etf" or local.fund or ((local.flow or "flow" in what) and self.context.subject == "etf"):
            return "etf"
        if local.noun in ("cap", "market"):
            return "cap"
        if local.noun in ("open_interest", "funding", "dominance", "volume", "stablecoin", "sentiment", "volatility"):
            return local.noun
        is_extreme = not LEVEL_WORDS.isdisjoint(what.split()) or CHANGES.search(what) is not None
        is_subject = bool(local.assets) or local.noun == "price" or (local.pronoun and self._follows_a_price())
        if is_subject and (local.hint or local.direction or is_extreme) and not local.flow:
            return "price"
        return None
