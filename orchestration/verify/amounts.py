"""Amounts as newswires write them: what they say and how finely.

`half_unit` is half of the last digit written, in the amount's own unit: '1.14 trillion' covers 1.135 to 1.145. A round
figure such as 400 million is never taken coarser than `COARSEST`.
"""

import re
from dataclasses import dataclass

SCALES = {"k": 1e3, "thousand": 1e3, "grand": 1e3, "m": 1e6, "mn": 1e6, "mln": 1e6, "mm": 1e6, "million": 1e6}
SCALES |= {
    "b": 1e9,
    "bn": 1e9,
    "bln": 1e9,
    "billion": 1e9,
    "t": 1e12,
    "tn": 1e12,
    "trn": 1e12,
    "tln": 1e12,
    "trillion": 1e12,
}
COUNTS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
ORDINALS = (
    "",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
)
COARSEST = 0.05

NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
SCALE = r"trillion|billion|million|thousand|grand|trn|tln|bln|mln|bn|mn|mm|tn|[kmbt]"
WORDS = r"half a|a quarter of a|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|a"
SIGN = r"[-+−]\s?|(?:minus|negative)\s"
MINUS = ("-", "−", "minus", "negative")
MONEY = re.compile(
    rf"(?P<sign>(?<![\w%])(?:{SIGN}))?(?:(?P<mark>US\$|\$|USD\s?)\s?(?P<value>{NUMBER})(?:[\s-]?(?P<scale>{SCALE})\b)?"
    rf"|(?P<value2>{NUMBER})(?:[\s-]?(?P<scale2>{SCALE})\b)?[\s-](?:US )?(?:dollars?|usd|usdt)\b"
    rf"|(?P<value3>{NUMBER})\s?(?P<scale3>trillion|billion|million|bn|tn|mn|mln)\b"
    rf"|(?P<cents>{NUMBER})\s?(?:US )?cents?\b"
    rf"|(?P<words>{WORDS})\s(?P<scale4>trillion|billion|million)\b)(?!\s?(?:%|percent|per cent))",
    re.IGNORECASE,
)
PERCENT = re.compile(
    (
        rf"(?P<sign>(?<![\w%])(?:{SIGN}))?(?P<value>{NUMBER}|{'|'.join(COUNTS[1:])})(?:\s|-)?(?P<unit>%|percent\b|per "
        rf"cent\b|pct\b|basis points?\b|bps\b|percentage points?\b)"
    ),
    re.IGNORECASE,
)
PLAIN = re.compile(rf"(?:(?<![\w.,$–-])|(?<=\d[–-]))(?P<sign>[-−])?(?P<value>{NUMBER})(?P<scale>[kK])?(?![\w%]|[.,]\d)")
OTHER_MONEY = re.compile(rf"(?:€|£|¥|₩|EUR\s?|GBP\s?)\s?(?:{NUMBER})(?:[\s-]?(?:{SCALE})\b)?", re.IGNORECASE)


@dataclass(frozen=True)
class Amount:
    """An amount in US dollars (`usd`), as a part of one (`ratio`), in percentage points (`points`) or a `number`."""

    value: float
    unit: str
    half_unit: float
    is_scaled: bool = False
    """Whether a word or letter from million on scales it: no price is written so."""
    has_sign: bool = False


def money(found: "re.Match[str]") -> Amount:
    """The amount that `MONEY` found."""
    if found["words"]:
        words = found["words"].lower()
        parts = {"half a": 0.5, "a quarter of a": 0.25, "a": 1.0}
        value, unit = parts.get(words, float(COUNTS.index(words)) if words in COUNTS else 1.0), 0.5
    else:
        text = found["value"] or found["value2"] or found["value3"] or found["cents"]
        value, unit = float(text.replace(",", "")), last_digit(text)
    scale = (found["scale"] or found["scale2"] or found["scale3"] or found["scale4"] or "").lower()
    factor = 0.01 if found["cents"] else SCALES.get(scale, 1.0)
    sign = -1.0 if (found["sign"] or "").strip().lower() in MINUS else 1.0
    return Amount(sign * value * factor, "usd", unit * factor / 2, factor >= 1e6, bool(found["sign"]))


def percent(found: "re.Match[str]") -> Amount:
    """The amount that `PERCENT` found, as a part of one."""
    text = found["value"].lower()
    factor = 1e-4 if found["unit"].lower().startswith(("basis", "bps")) else 1e-2
    value, unit = (
        (float(COUNTS.index(text)), 1.0) if text in COUNTS else (float(text.replace(",", "")), last_digit(text))
    )
    sign = -1.0 if (found["sign"] or "").strip().lower() in MINUS else 1.0
    kind = "points" if "point" in found["unit"].lower() and factor == 1e-2 else "ratio"
    return Amount(sign * value * factor, kind, unit * factor / 2, has_sign=bool(found["sign"]))


def plain(found: "re.Match[str]") -> Amount:
    """A number without a unit."""
    factor = 1e3 if found["scale"] else 1.0
    text = found["value"]
    value = float(text.replace(",", "")) * factor * (-1 if found["sign"] else 1)
    return Amount(value, "number", last_digit(text) * factor / 2, has_sign=bool(found["sign"]))


def last_digit(text: str) -> float:
    """The value of the last digit that carries meaning: 104,000 → 1000; 1.14 → 0.01; 10 → 1."""
    digits = text.replace(",", "")
    if "." in digits:
        return float(10.0 ** -len(digits.partition(".")[2]))
    zeros = len(digits) - len(digits.rstrip("0")) if digits.strip("0") else 0
    # 10, 20 … 90 are counted by ones.
    return 1.0 if len(digits) <= 2 else float(10.0**zeros)


def tolerance(amount: Amount, coarsest: float = COARSEST) -> float:
    """The rounding of the words as a part of the amount. A percentage is as coarse as it is written."""
    if not amount.value:
        return 0.0
    ratio = amount.half_unit / abs(amount.value)
    return ratio if amount.unit == "ratio" else min(ratio, coarsest)
