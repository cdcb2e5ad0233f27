"""`warehouse verify` on sentences in the style of market news: how each is read, and its verdict on the sample.

An entry is a sentence and what it becomes: of each claim how it is read, the verdict of the nearest interpretation, and
`mixed` where another one has another verdict; behind a question mark what is not understood.
"""

import re
from datetime import date, datetime

import pytest

from orchestration.client import Market
from orchestration.verify.text import Sentence
from tests.warehouse.conftest import Warehouse

WRITTEN = date(2025, 5, 9)
"""A Friday."""
DAY = re.compile(r"\b\d{1,2} [A-Z][a-z]+ 20\d\d\b")

SENTENCES: dict[str, tuple[str, ...]] = {
    "On a weekly basis, bitcoin rose for a third straight day.": ("? third straight day",),
    "Bitcoin lost 5% 99999999999 days ago.": ("? 5%",),
    "Bitcoin rose 6.4% in the first 999999999 days of May.": ("? 6.4%",),
    "Bitcoin closed at its highest in 99999999999 years.": (
        "spot price of BTC, the highest since before 1 January 1; 2025-05-08 → refuted",
    ),
    "The crypto market rose 6% on December 31, 9999.": ("? 6%",),
    "As of 4 a.m. UTC on May 9, bitcoin was up 3.3% over 24 hours.": (
        "price return of BTC about +3.3 %; the 24 hours to 2025-05-09 04:00 UTC → confirmed, mixed",
    ),
    "As of 04:00 UTC, bitcoin was trading at $102,451, up 3.3% over 24 hours.": (
        "spot price of BTC about 102,451 USD; 2025-05-09 04:00 UTC → confirmed, mixed",
        "price return of BTC about +3.3 %; the 24 hours to 2025-05-09 04:00 UTC → confirmed, mixed",
    ),
    "Bitcoin was at $103,261 at 8 p.m. ET on Thursday.": (
        "spot price of BTC about 103,261 USD; 2025-05-09 00:00 UTC → confirmed, mixed",
    ),
    "At 12:00 UTC on May 8, bitcoin traded near $99,400.": (
        "spot price of BTC about 99,400 USD; 2025-05-08 12:00 UTC → confirmed, mixed",
    ),
    "Bitcoin traded at $103,060 at 04:30 UTC.": ("? $103,060",),
    "Bitcoin tops $104K as ETFs draw $117M": (
        "spot price of BTC more than 104,000 USD; 2025-05-08 → confirmed, mixed",
        "ETF net flow of BTC about 117 million USD; 2025-05-08 → confirmed, mixed",
    ),
    '"Bitcoin at $150,000 by year-end is our base case," said an analyst.': ("? $150,000",),
    "Analysts say bitcoin must hold $100,000 to avoid a drop to $92,000.": ("? $100,000", "? $92,000"),
    "Bitcoin's price pushed through the $100k level to reach $104,145.": (
        "spot price of BTC more than 100,000 USD; 2025-05-08 → confirmed",
        "spot price of BTC at least 104,145 USD; 2025-05-08 → confirmed, mixed",
    ),
    "Bitcoin and ether gained 6.4% and 21.9%.": (
        "price return of BTC about +6.4 %; 2025-05-08 → confirmed, mixed",
        "price return of ETH about +21.9 %; 2025-05-08 → confirmed, mixed",
    ),
    "Ether is down 34% year-to-date, compared with a 10% gain for bitcoin.": (
        "price return of ETH about -34 %; 2025-01-01 to 2025-05-08 → confirmed",
        "price return of BTC about +10 %; 2025-01-01 to 2025-05-08 → confirmed, mixed",
    ),
    "Ether outpaced bitcoin with a 21.9% gain, against 6.4% for the larger coin.": (
        "price return of ETH about +21.9 %; 2025-05-08 → confirmed, mixed",
        "price return of BTC about +6.4 %; 2025-05-08 → confirmed, mixed",
    ),
    "Bitcoin retreated to $103,261 on Thursday after touching $104,145.": (
        "spot price of BTC about 103,261 USD; 2025-05-08 → refuted, mixed",
        "spot price of BTC at least 104,145 USD; 2025-05-08 → confirmed, mixed",
    ),
    "Bitcoin gave back some gains to trade at $103,261.": (
        "spot price of BTC about 103,261 USD; 2025-05-08 → confirmed, mixed",
    ),
    "The news lifted bitcoin by 6.4%.": ("? 6.4%",),
    "Bitcoin ETF volumes reached $3 billion on Thursday.": ("? $3 billion",),
    "IBIT traded $2.2 billion on Thursday.": ("? $2.2 billion",),
    "According to SoSoValue, spot bitcoin ETFs saw net inflows of $117.46 million on May 8.": (
        "ETF net flow of BTC about 117.46 million USD; 2025-05-08 → undecidable",
    ),
    "According to SoSoValue, spot bitcoin ETFs saw net inflows of $117.4 million on May 8.": (
        "ETF net flow of BTC about 117.4 million USD; 2025-05-08 → confirmed",
    ),
    "According to Farside, spot bitcoin ETFs saw net inflows of $118.4 million on May 8.": (
        "ETF net flow of BTC about 118.4 million USD; 2025-05-08 → refuted",
    ),
    "Bitcoin has not traded above $105,000 since January 31.": (
        "not: spot price of BTC more than 105,000 USD; 2025-02-01 to 2025-05-08 → confirmed",
    ),
    "From $74,508 on April 7, bitcoin has climbed to $103,261.": (
        "spot price of BTC about 103,261 USD; 2025-05-08 → confirmed, mixed",
        "? $74,508",
    ),
    "The total market cap stood at $3.02 trillion on May 7, up 2% in a day.": (
        "total market capitalisation of ALL about 3.02 trillion USD; 2025-05-07 → confirmed",
        "change of the total market capitalisation of ALL about +2 %; the 24 hours to 2025-05-08 12:00 UTC "
        "→ undecidable",
    ),
    "Bitcoin rose 2.2% on Tuesday and is up more than 6% in the past 24 hours.": (
        "price return of BTC about +2.2 %; 2025-05-06 → confirmed",
        "price return of BTC more than +6 %; 2025-05-08 → confirmed, mixed",
    ),
    "Ether has rallied nearly 51% in the past month.": (
        "price return of ETH about +51 %; 2025-04-09 to 2025-05-08 → confirmed",
    ),
    "Bitcoin rose 0.2% on Wednesday after Tuesday's 2.2% gain and Monday's 0.5% drop.": (
        "price return of BTC about +0.2 %; 2025-05-07 → confirmed",
        "price return of BTC about +2.2 %; 2025-05-06 → confirmed",
        "price return of BTC about -0.5 %; 2025-05-05 → refuted",
    ),
    "Bitcoin's rally above $104,000 on Thursday liquidated $57.8 million of shorts on Binance.": (
        "spot price of BTC more than 104,000 USD; 2025-05-08 → confirmed, mixed",
        "liquidated shorts of BTC about 57.8 million USD; 2025-05-08 → confirmed",
    ),
    "Bitcoin extended gains for a fourth day, climbing 6.4% to $103,261 on Thursday.": (
        "price return of BTC about +6.4 %; 2025-05-08 → confirmed",
        "spot price of BTC about 103,261 USD; 2025-05-08 → confirmed, mixed",
        "positive price return of BTC, 4 in a row → confirmed",
    ),
    "IBIT's 15-day inflow streak has brought in $5 billion.": (
        "ETF net flow of BTC about 5 billion USD; 2025-04-17 to 2025-05-08 → refuted",
        "positive ETF net flow of BTC, 15 in a row → confirmed",
    ),
    "Bitcoin has traded above $90,000 since April 22.": (
        "spot price of BTC more than 90,000 USD; 2025-04-23 to 2025-05-08 → confirmed",
    ),
    "Bitcoin has been above $93,000 since April 30.": (
        "spot price of BTC more than 93,000 USD; 2025-05-01 to 2025-05-08 → confirmed",
    ),
    "Bitcoin is up about 10% since the beginning of the year.": (
        "price return of BTC about +10 %; 2025-01-01 to 2025-05-08 → confirmed, mixed",
    ),
    "Since the start of May, bitcoin ETFs have drawn $1.7 billion.": (
        "ETF net flow of BTC about 1.7 billion USD; 2025-05-01 to 2025-05-08 → confirmed",
    ),
    "Thursday's close was bitcoin's highest since January 30.": (
        "spot price of BTC, the highest since 2025-01-30; 2025-05-08 → confirmed",
    ),
    "Day-over-day, bitcoin rose 6.4%.": ("price return of BTC about +6.4 %; 2025-05-08 → confirmed, mixed",),
    "BlackRock's IBIT accounted for most of Thursday's $117.4 million of inflows, taking in $69 million.": (
        "ETF net flow of BTC about 117.4 million USD; 2025-05-08 → confirmed",
        "ETF net flow of BTC about 69 million USD; 2025-05-08 → confirmed",
    ),
    "IBIT took in $69 million of Thursday's $117.4 million.": (
        "ETF net flow of BTC about 69 million USD; 2025-05-08 → confirmed",
        "ETF net flow of BTC about 117.4 million USD; 2025-05-08 → confirmed",
    ),
    "Shorts were most of the $64.5 million of bitcoin liquidations on Binance on Thursday.": (
        "liquidations, longs and shorts of BTC about 64.5 million USD; 2025-05-08 → confirmed",
    ),
    "Bitcoin ETFs, led by IBIT's $69 million, took in $117.4 million on Thursday.": (
        "ETF net flow of BTC about 69 million USD; 2025-05-08 → confirmed",
        "ETF net flow of BTC about 117.4 million USD; 2025-05-08 → confirmed",
    ),
    "Ether jumped 21.9% to $2,207, its biggest one-day gain since May 2021.": (
        "price return of ETH about +21.9 %, the highest since May 2021; 2025-05-08 → undecidable, mixed",
        "spot price of ETH about 2,207 USD; 2025-05-08 → confirmed, mixed",
    ),
    "Bitcoin's biggest daily gain since April 9 took it to $103,261.": (
        "spot price of BTC about 103,261 USD; 2025-05-08 → refuted, mixed",
        "price return of BTC, the highest since 2025-04-09; 2025-05-08 → refuted",
    ),
    "The move marks bitcoin's highest level since January 31.": (
        "spot price of BTC, the highest since 2025-01-31; 2025-05-08 → confirmed, mixed",
    ),
    "Bitcoin traded in a $96,900-$104,100 range on Thursday.": (
        "spot price of BTC about 96,900 USD; 2025-05-08 → confirmed, mixed",
        "spot price of BTC about 104,100 USD; 2025-05-08 → confirmed, mixed",
    ),
    "Bitcoin gained 6-7% on Thursday.": ("? 7%",),
    "Ether funds saw $16.1 million leave on Thursday after $21.8 million left the day before.": (
        "ETF net flow of ETH about -16.1 million USD; 2025-05-08 → confirmed",
        "ETF net flow of ETH about -21.8 million USD; 2025-05-07 → confirmed",
    ),
    "Bitcoin rose 6.4% on Thursday, a day after the Fed left rates unchanged.": (
        "price return of BTC about +6.4 %; 2025-05-08 → confirmed",
    ),
    "Bitcoin ETFs took in $117.4M vs. $142.3M a day earlier.": (
        "ETF net flow of BTC about 117.4 million USD; 2025-05-08 → confirmed, mixed",
        "ETF net flow of BTC about 142.3 million USD; 2025-05-07 → confirmed",
    ),
    "Bitcoin rose 6.4% vs 21.9% for ether on Thursday.": (
        "price return of BTC about +6.4 %; 2025-05-08 → confirmed, mixed",
        "price return of ETH about +21.9 %; 2025-05-08 → confirmed, mixed",
    ),
    "Ether outperformed bitcoin, rising 21.9%.": ("price return of ETH about +21.9 %; 2025-05-08 → confirmed, mixed",),
    "Bitcoin ETFs had inflows on both Wednesday and Thursday.": ("? inflows",),
    "Bitcoin started May at $94,172.": ("spot price of BTC about 94,172 USD; 2025-05-01 → confirmed, mixed",),
    "Bitcoin began the week at $94,277.": ("spot price of BTC about 94,277 USD; 2025-05-05 → confirmed, mixed",),
    "Bitcoin started the year at $93,576.": ("spot price of BTC about 93,576 USD; 2025-01-01 → confirmed, mixed",),
    "On Coinbase bitcoin closed at $103,253 and on Binance at $103,261.": (
        "spot price of BTC about 103,253 USD; 2025-05-08 → confirmed",
        "spot price of BTC about 103,261 USD; 2025-05-08 → confirmed",
    ),
    "Bitcoin closed at $103,253.49 on Coinbase and $103,261.60 on Binance.": (
        "spot price of BTC about 103,253.49 USD; 2025-05-08 → confirmed",
        "spot price of BTC about 103,261.60 USD; 2025-05-08 → confirmed",
    ),
    "Bitcoin shorts lost $57.8 million on Binance and OKX on Thursday.": ("? $57.8 million",),
    "Crypto market cap excluding bitcoin jumped by $109 billion to $1.18 trillion.": (
        "market capitalisation without Bitcoin of ALL about 1.18 trillion USD; 2025-05-08 → confirmed",
        "? $109 billion",
    ),
    "Inflows to bitcoin ETFs fell by $25 million to $117.4 million.": (
        "ETF net flow of BTC about 117.4 million USD; 2025-05-08 → confirmed, mixed",
        "? $25 million",
    ),
    "Ether's price in bitcoin rose 14%.": ("? 14%",),
    "Bitcoin was flat on Thursday.": ("? flat",),
    "Bitcoin has gained in eight of the past ten days.": ("? eight of the past ten days",),
    "Bitcoin lost less than 1% on Tuesday.": (
        "price return of BTC less than 0 %; 2025-05-06 → refuted",
        "price return of BTC more than -1 %; 2025-05-06 → confirmed",
    ),
    "Outflows from ether ETFs were less than $20 million on Thursday.": (
        "ETF net flow of ETH less than 0 USD; 2025-05-08 → confirmed",
        "ETF net flow of ETH more than -20 million USD; 2025-05-08 → confirmed",
    ),
    "Ethereum's Pectra upgrade went live on May 7, and ether gained 21.9% the next day.": (
        "price return of ETH about +21.9 %; 2025-05-08 → confirmed, mixed",
    ),
    "Two days after May 6, bitcoin ETFs took in $117.4 million.": (
        "ETF net flow of BTC about 117.4 million USD; 2025-05-08 → confirmed",
    ),
    "Two days after the Fed meeting, bitcoin closed at $103,261.": ("? $103,261",),
    "In the first week of May, bitcoin ETFs took in $1.8 billion.": ("? $1.8 billion",),
    "In the first eight days of May, bitcoin gained 9.7%.": (
        "price return of BTC about +9.7 %; 2025-05-01 to 2025-05-08 → confirmed, mixed",
    ),
    "In early May, bitcoin ETFs took in $1.7 billion.": ("? $1.7 billion",),
    "From May 5-8, bitcoin ETFs took in $599 million.": (
        "ETF net flow of BTC about 599 million USD; 2025-05-05 to 2025-05-08 → confirmed",
    ),
    "Monday through Thursday, bitcoin ETFs took in $599.5 million.": (
        "ETF net flow of BTC about 599.5 million USD; 2025-05-05 to 2025-05-08 → confirmed",
    ),
    "Bitcoin ETFs posted a weekly net inflow of $1.81 billion.": (
        "ETF net flow of BTC about 1.81 billion USD; 2025-04-28 to 2025-05-04 → confirmed, mixed",
    ),
    "Monthly inflows into bitcoin ETFs hit $2.97 billion.": (
        "ETF net flow of BTC about 2.97 billion USD; 2025-04-01 to 2025-04-30 → confirmed, mixed",
    ),
    "Bitcoin is on track for a weekly gain of 9%.": ("? 9%",),
    "On Thursday, Binance saw the largest short liquidations of bitcoin since May 1.": (
        "liquidated shorts of BTC, the highest since 2025-05-01; 2025-05-08 → refuted",
    ),
    "Thursday saw the biggest inflow into bitcoin ETFs since May 5.": (
        "ETF net flow of BTC, the highest since 2025-05-05; 2025-05-08 → refuted",
    ),
    "Bitcoin's highest close since January 30 came as ether rose 21.9%.": (
        "price return of ETH about +21.9 %; 2025-05-08 → confirmed, mixed",
        "spot price of BTC, the highest since 2025-01-30; 2025-05-08 → confirmed",
    ),
    "It was the largest daily percentage gain for ether since May 1.": (
        "price return of ETH, the highest since 2025-05-01; 2025-05-08 → refuted",
    ),
    "Bitcoin is trading just above $103,000, roughly 5% shy of its January record of $108,786.": (
        "spot price of BTC more than 103,000 USD; 2025-05-08 → confirmed, mixed",
        "? 5%",
        "? $108,786",
        "? record",
    ),
    "Bitcoin rose above $104,000, a level last seen on January 31.": (
        "spot price of BTC more than 104,000 USD, the highest since 2025-01-31; 2025-05-08 → confirmed, mixed",
    ),
    "Bitcoin's price fell from Thursday's high of $104,145 to $103,261.": (
        "spot price of BTC about 104,145 USD; 2025-05-08 → confirmed, mixed",
        "spot price of BTC about 103,261 USD; 2025-05-08 → confirmed, mixed",
    ),
    "Bitcoin closed at $103,261, above Wednesday's close of $97,030.": (
        "spot price of BTC about 103,261 USD; 2025-05-08 → confirmed, mixed",
        "spot price of BTC about 97,030 USD; 2025-05-07 → confirmed, mixed",
    ),
    "Last week Bitcoin traded at $97,000.": ("? $97,000",),
    "On its second good day Bitcoin closed at its highest since January 30.": (
        "spot price of BTC, the highest since 2025-01-30; 2025-05-08 → confirmed",
    ),
    "Both Bitcoin and Ether ETFs saw net inflows on May 2.": (
        "ETF net flow of BTC more than 0 USD; 2025-05-02 → confirmed",
        "ETF net flow of ETH more than 0 USD; 2025-05-02 → confirmed",
    ),
    "As events unfold, Bitcoin ETFs saw net inflows on Thursday.": (
        "ETF net flow of BTC more than 0 USD; 2025-05-08 → confirmed",
    ),
    "On Binance, Bitcoin shorts accounted for $57.8 million of the $64.5 million of liquidations on Thursday.": (
        "liquidated shorts of BTC about 57.8 million USD; 2025-05-08 → confirmed",
        "liquidations, longs and shorts of BTC about 64.5 million USD; 2025-05-08 → confirmed",
    ),
    "The largest single Bitcoin liquidation, worth $11.97 million, took place on Binance.": ("? $11.97 million",),
    "Bitcoin ETFs shed $85.7M on May 6 before pulling in $142.3M on May 7.": (
        "ETF net flow of BTC about -85.7 million USD; 2025-05-06 → confirmed",
        "ETF net flow of BTC about 142.3 million USD; 2025-05-07 → confirmed",
    ),
    "Tuesday's $85.7 million outflow from Bitcoin ETFs was the first in four sessions.": (
        "ETF net flow of BTC about -85.7 million USD; 2025-05-06 → confirmed",
        "? first in four sessions",
    ),
    "Spot Bitcoin ETFs attracted $599 million over four days.": (
        "ETF net flow of BTC about 599 million USD; 2025-05-05 to 2025-05-08 → confirmed",
    ),
    "Bitcoin ETFs drew $1.27 billion in the last five trading days.": (
        "ETF net flow of BTC about 1.27 billion USD; 2025-05-02 to 2025-05-08 → confirmed",
    ),
    "Bitcoin ETFs drew $1.27 billion over the past five days.": (
        "ETF net flow of BTC about 1.27 billion USD; 2025-05-02 to 2025-05-08 → confirmed, mixed",
    ),
    "Bitcoin ETFs have seen two straight days of inflows totaling $260 million.": (
        "ETF net flow of BTC about 260 million USD; 2025-05-07 to 2025-05-08 → confirmed",
        "positive ETF net flow of BTC, 2 in a row → confirmed",
    ),
    "Bitcoin ETFs took in $259.7 million over a two-day streak.": (
        "ETF net flow of BTC about 259.7 million USD; 2025-05-07 to 2025-05-08 → confirmed",
        "positive ETF net flow of BTC, 2 in a row → confirmed",
    ),
    "Bitcoin ETFs recorded $117.4 million of inflows, a second straight day of inflows.": (
        "ETF net flow of BTC about 117.4 million USD; 2025-05-08 → confirmed, mixed",
        "positive ETF net flow of BTC, 2 in a row → confirmed",
    ),
    "Bitcoin is up 35% in 30 days.": ("price return of BTC about +35 %; 2025-04-09 to 2025-05-08 → confirmed",),
    "Bitcoin gained 9% in the three days to Thursday.": (
        "price return of BTC about +9 %; 2025-05-06 to 2025-05-08 → confirmed",
    ),
    "Bitcoin's seven-day gain stands at 7%.": ("price return of BTC about +7 %; 2025-05-02 to 2025-05-08 → confirmed",),
    "Bitcoin lost 5% in the two days after the halving.": ("? 5%",),
    "Bitcoin has held above $90,000 for more than a week.": ("? $90,000",),
    "Bitcoin is up 3.5x in two years.": ("? 3.5x",),
    "Bitcoin's 24-hour low was $96,900 on Coinbase.": (
        "spot price of BTC about 96,900 USD; the 24 hours to 2025-05-09 00:00 UTC → undecidable, mixed",
    ),
    "Bitcoin's 24h high stood at $104,146.": ("spot price of BTC about 104,146 USD; 2025-05-08 → confirmed, mixed",),
    "It was Bitcoin's best week since January.": ("? best week since January",),
    "Bitcoin changed hands at $103,261 at 8 a.m. on Thursday.": ("? $103,261",),
    "Shorts on Binance lost $57.8 million on May 8 against $6.75 million for longs, all of it in Bitcoin.": (
        "liquidated shorts of BTC about 57.8 million USD; 2025-05-08 → confirmed",
        "liquidated longs of BTC about 6.75 million USD; 2025-05-08 → confirmed",
    ),
    "Ether's dominance fell to 7% on May 8.": ("? 7%",),
    "Ether's market dominance is at its lowest since January.": ("? its lowest since January",),
    "Bitcoin ETFs hold $110 billion in assets.": ("? $110 billion",),
    "The leading cryptocurrency rose as much as 7.3% on Thursday.": ("? 7.3%",),
    "Bitcoin is up 9.5% on the week.": ("price return of BTC about +9.5 %; 2025-05-05 to 2025-05-08 → confirmed",),
    "No outflows were recorded from IBIT on Thursday.": (
        "not: ETF net flow of BTC less than 0 USD; 2025-05-08 → confirmed",
    ),
    "Bitcoin never traded above $105,000 in May.": (
        "not: spot price of BTC more than 105,000 USD; 2025-05-01 to 2025-05-08 → confirmed",
    ),
    "Bitcoin never traded below $90,000 in May.": (
        "not: spot price of BTC less than 90,000 USD; 2025-05-01 to 2025-05-08 → confirmed",
    ),
    "Bitcoin has gained for three straight weeks.": ("? three straight weeks",),
    "Long liquidations outpaced shorts on Binance on May 8.": ("? outpaced",),
    "Bitcoin touched $104,100 on Thursday before easing to $103,261.": (
        "spot price of BTC at least 104,100 USD; 2025-05-08 → confirmed, mixed",
        "spot price of BTC about 103,261 USD; 2025-05-08 → confirmed, mixed",
    ),
    "The average price of Bitcoin in April was $86,000.": ("? $86,000",),
    "Bitcoin closed April at $94,172, up 14% for the month.": (
        "spot price of BTC about 94,172 USD; 2025-04-30 → confirmed, mixed",
        "price return of BTC about +14 %; 2025-04-01 to 2025-04-30 → confirmed",
    ),
    "Ether, at $2,207, remains 55% below its all-time high of $4,868.": (
        "spot price of ETH about 2,207 USD; 2025-05-08 → confirmed, mixed",
        "? 55%",
        "? $4,868",
        "? its all-time high",
    ),
    "Bitcoin dipped as low as $97,000 on May 8 but did not break $95,000.": (
        "spot price of BTC about 97,000 USD; 2025-05-08 → confirmed",
        "not: spot price of BTC less than 95,000 USD; 2025-05-08 → confirmed",
    ),
    "Bitcoin's trading volume on Binance doubled on Thursday.": ("? doubled",),
    "Bitcoin is above its 200-day moving average of $90,000.": ("? $90,000",),
    "Bitcoin slid 3% on Monday but did not break below $90,000.": (
        "price return of BTC about -3 %; 2025-05-05 → refuted",
        "not: spot price of BTC less than 90,000 USD; 2025-05-05 → confirmed",
    ),
    "Neither Bitcoin nor Ether closed above $110,000 on May 8.": (
        "not: spot price of BTC more than 110,000 USD; 2025-05-08 → confirmed",
        "not: spot price of ETH more than 110,000 USD; 2025-05-08 → confirmed",
    ),
    "Bitcoin opened the week at $94,280 and closed Thursday at $103,261.60.": (
        "spot price of BTC about 94,280 USD; 2025-05-05 → confirmed, mixed",
        "spot price of BTC about 103,261.60 USD; 2025-05-08 → confirmed, mixed",
    ),
    "Net outflows from GBTC amounted to $7 million on May 6.": (
        "ETF net flow of BTC about -7 million USD; 2025-05-06 → refuted",
    ),
    "BlackRock's Bitcoin fund has not had an outflow since April 9.": ("? outflow",),
    "Bitcoin's funding rate has been negative since May 6.": ("? negative",),
    "Bitcoin is up 10% year to date.": (
        "price return of BTC about +10 %; 2025-01-01 to 2025-05-08 → confirmed, mixed",
    ),
    "The crypto market added $150 billion on Thursday to reach $3.22 trillion.": (
        "total market capitalisation of ALL at least 3.22 trillion USD; 2025-05-08 → refuted",
        "? $150 billion",
    ),
    "Bitcoin lost about $1,000 on Friday.": ("? $1,000",),
    "Spot Bitcoin ETFs took in $117.4 million on Thursday, most of it into IBIT.": (
        "ETF net flow of BTC about 117.4 million USD; 2025-05-08 → confirmed",
    ),
    "Bitcoin's weekly close was its highest since January.": ("? its highest since January",),
    "Spot Bitcoin ETFs have not seen an outflow since May 1.": ("? outflow",),
    "In May, spot Bitcoin ETFs pulled in $1.7 billion through Thursday.": (
        "ETF net flow of BTC about 1.7 billion USD; 2025-05-01 to 2025-05-08 → confirmed",
    ),
    "Bitcoin's weekly gain was 9.5%.": (
        "price return of BTC about +9.5 %; 2025-05-05 to 2025-05-08 → confirmed, mixed",
    ),
    "Over the past 24 hours, Bitcoin fell 0.3%.": ("price return of BTC about -0.3 %; 2025-05-08 → refuted",),
    "BTC/USDT closed at 103,261.6 on 8 May.": (
        "spot price of BTC about 103,261.60 USD; 2025-05-08 → confirmed, mixed",
    ),
    "Bitcoin held steady near $103,000 on Friday.": ("spot price of BTC about 103,000 USD; 2025-05-09 → confirmed",),
    "TOTAL2 closed at $1.61 trillion on December 7.": (
        "market capitalisation without Bitcoin of ALL about 1.61 trillion USD; 2024-12-07 → confirmed",
    ),
    "Bitcoin could not hold $104,000 on Thursday.": (
        "not: spot price of BTC at least 104,000 USD; 2025-05-08 → confirmed",
    ),
    "Bitcoin hasn't been this high since January 31.": (
        "spot price of BTC, the highest since 2025-01-31; 2025-05-08 → confirmed, mixed",
    ),
    "ETH closed above $2,200 for the first time in two months.": (
        "spot price of ETH more than 2,200 USD; 2025-05-08 → confirmed",
        "? first time in two months",
    ),
    "Bitcoin's high on May 8 was $104,145.76, and its low was $96,876.29.": (
        "spot price of BTC about 104,145.76 USD; 2025-05-08 → confirmed, mixed",
        "spot price of BTC about 96,876.29 USD; 2025-05-08 → confirmed, mixed",
    ),
    "Bitcoin surged from below $98,000 to above $104,000 on Thursday.": (
        "spot price of BTC more than 104,000 USD; 2025-05-08 → confirmed, mixed",
        "? $98,000",
    ),
    "Bitcoin ended Thursday at $103,261.60, a level not seen since January 30.": (
        "spot price of BTC about 103,261.60 USD, the highest since 2025-01-30; 2025-05-08 → confirmed, mixed",
    ),
    "Spot Bitcoin ETFs attracted a net $117.4 million on May 8, down from $142.3 million on May 7.": (
        "ETF net flow of BTC about 117.4 million USD; 2025-05-08 → confirmed",
        "? $142.3 million",
    ),
    "Data from Coinglass shows $69.9 million in long liquidations for Bitcoin on Binance on February 3.": (
        "liquidated longs of BTC about 69.9 million USD; 2025-02-03 → confirmed",
    ),
    "Bitcoin was trading at $102,451 at 04:00 UTC.": (
        "spot price of BTC about 102,451 USD; 2025-05-09 04:00 UTC → confirmed, mixed",
    ),
    "Bulls lost $70 million and bears $30 million in Bitcoin liquidations on Binance on February 3.": (
        "liquidated longs of BTC about 70 million USD; 2025-02-03 → confirmed",
        "liquidated shorts of BTC about 30 million USD; 2025-02-03 → confirmed",
    ),
    "Longs made up 70% of the $99.8 million of Bitcoin bets liquidated on Binance on February 3.": (
        "longs' share of liquidations of BTC about 70 %; 2025-02-03 → confirmed",
        "liquidations, longs and shorts of BTC about 99.8 million USD; 2025-02-03 → confirmed",
    ),
    "Spot bitcoin ETFs ended a two-day streak of inflows on Tuesday.": ("? two-day streak",),
    "Bitcoin is trading 5.8% below its record of $109,588.": ("? 5.8%", "? $109,588", "? its record"),
    "Bitcoin now makes up 63.5% of the total crypto market value.": (
        "Bitcoin dominance of ALL about 63.5 %; 2025-05-08 → confirmed",
    ),
    "Bitcoin ended 2024 at $93,576.": ("spot price of BTC about 93,576 USD; 2024-12-31 → confirmed, mixed",),
    "Bitcoin ETFs now hold 1.2 million BTC.": ("? 1.2 million",),
    "There were no outflows from spot Bitcoin ETFs on May 8.": (
        "not: ETF net flow of BTC less than 0 USD; 2025-05-08 → confirmed",
    ),
    "Bitcoin closed at $103,261.60 on May 8.": (
        "spot price of BTC about 103,261.60 USD; 2025-05-08 → confirmed, mixed",
    ),
    "Bitcoin did not reach $105,000 on Thursday.": (
        "not: spot price of BTC at least 105,000 USD; 2025-05-08 → confirmed",
    ),
    "Bitcoin topped $104,000 yesterday.": ("spot price of BTC more than 104,000 USD; 2025-05-08 → confirmed, mixed",),
    "BTC hit $104K on 2025-05-08.": ("spot price of BTC at least 104,000 USD; 2025-05-08 → confirmed, mixed",),
    "Bitcoin climbed above $104,000 on Thursday, its highest since January 31.": (
        "spot price of BTC more than 104,000 USD, the highest since 2025-01-31; 2025-05-08 → confirmed, mixed",
    ),
    "Bitcoin's daily close of $103,261.60 was the highest since January 30.": (
        "spot price of BTC about 103,261.60 USD, the highest since 2025-01-30; 2025-05-08 → confirmed, mixed",
    ),
    "Bitcoin rose 6.4% to $103,261 on May 8, while Ether gained 21.9%.": (
        "price return of BTC about +6.4 %; 2025-05-08 → confirmed",
        "spot price of BTC about 103,261 USD; 2025-05-08 → confirmed, mixed",
        "price return of ETH about +21.9 %; 2025-05-08 → confirmed, mixed",
    ),
    "Bitcoin and Ether rose 6.4% and 21.9%, respectively, on Thursday.": (
        "price return of BTC about +6.4 %; 2025-05-08 → confirmed",
        "price return of ETH about +21.9 %; 2025-05-08 → confirmed, mixed",
    ),
    "Bitcoin rose over 20% on Thursday.": ("price return of BTC more than +20 %; 2025-05-08 → refuted",),
    "Ether jumped 21.9 % on Thursday, its biggest daily gain since November.": (
        "price return of ETH about +21.9 %, the highest since November 2024; 2025-05-08 → undecidable, mixed",
    ),
    "Ethereum traded at around $2,207 on May 8.": ("spot price of ETH about 2,207 USD; 2025-05-08 → confirmed",),
    "Ether rallied past $2,200 on Thursday and Bitcoin crossed $104,000.": (
        "spot price of ETH more than 2,200 USD; 2025-05-08 → confirmed",
        "spot price of BTC more than 104,000 USD; 2025-05-08 → confirmed, mixed",
    ),
    "On Coinbase, Bitcoin closed at $103,253.49 on May 8.": (
        "spot price of BTC about 103,253.49 USD; 2025-05-08 → confirmed",
    ),
    "Bitcoin slipped below $97,000 on Thursday before recovering.": (
        "spot price of BTC less than 97,000 USD; 2025-05-08 → confirmed, mixed",
    ),
    "Bitcoin fell as low as $96,876 on May 8.": ("spot price of BTC about 96,876 USD; 2025-05-08 → confirmed, mixed",),
    "Bitcoin held above $96,000 throughout Thursday.": (
        "spot price of BTC more than 96,000 USD; 2025-05-08 → confirmed",
    ),
    "Bitcoin stayed below $105,000 on May 8.": ("spot price of BTC less than 105,000 USD; 2025-05-08 → confirmed",),
    "Bitcoin closed below $100,000 on May 8.": ("spot price of BTC less than 100,000 USD; 2025-05-08 → refuted",),
    "Bitcoin did not close above $104,000 on May 8.": (
        "not: spot price of BTC more than 104,000 USD; 2025-05-08 → confirmed",
    ),
    "Bitcoin traded between $96,876 and $104,146 on May 8.": (
        "spot price of BTC about 96,876 USD; 2025-05-08 → confirmed, mixed",
        "spot price of BTC about 104,146 USD; 2025-05-08 → confirmed, mixed",
    ),
    "Bitcoin's price fell from $103,261 to $102,971 on May 9.": (
        "spot price of BTC about 102,971 USD; 2025-05-09 → confirmed, mixed",
        "? $103,261",
    ),
    "Bitcoin slid 0.3% on Friday to close at $102,972.": (
        "price return of BTC about -0.3 %; 2025-05-09 → confirmed",
        "spot price of BTC about 102,972 USD; 2025-05-09 → confirmed, mixed",
    ),
    "Bitcoin fell less than 1% on May 9.": (
        "price return of BTC less than 0 %; 2025-05-09 → confirmed",
        "price return of BTC more than -1 %; 2025-05-09 → confirmed",
    ),
    "Bitcoin lost 2.1% in March.": ("price return of BTC about -2.1 %; 2025-03-01 to 2025-03-31 → confirmed",),
    "Bitcoin has gained 35% since April 8.": ("price return of BTC about +35 %; 2025-04-09 to 2025-05-08 → confirmed",),
    "Bitcoin is up 10% year-to-date.": (
        "price return of BTC about +10 %; 2025-01-01 to 2025-05-08 → confirmed, mixed",
    ),
    "Bitcoin ended April at $94,172.": ("spot price of BTC about 94,172 USD; 2025-04-30 → confirmed, mixed",),
    "Bitcoin peaked at $109,588 on January 20.": (
        "spot price of BTC about 109,588 USD; 2025-01-20 → confirmed, mixed",
    ),
    "Bitcoin hit an all-time high of $109,588 on 20 January 2025.": (
        "spot price of BTC about 109,588 USD, the highest of all; 2025-01-20 → undecidable, mixed",
    ),
    "Bitcoin set a new all-time high on May 8.": ("spot price of BTC, the highest of all; 2025-05-08 → refuted",),
    "Bitcoin hit a three-month high on Thursday.": (
        "spot price of BTC, the highest since before 2025-02-08; 2025-05-08 → confirmed",
    ),
    "Bitcoin recorded its fourth consecutive daily gain on May 8.": (
        "positive price return of BTC, 4 in a row → confirmed",
    ),
    "Bitcoin surged past the $100,000 mark on May 8 for the first time since February.": (
        "spot price of BTC more than 100,000 USD; 2025-05-08 → confirmed",
        "? first time since February",
    ),
    "The world's largest cryptocurrency gained more than 6% on Thursday.": (
        "price return of BTC more than +6 %; 2025-05-08 → confirmed",
    ),
    "Spot Bitcoin ETFs took in $117.4 million on May 8 and $334.5 million on May 9.": (
        "ETF net flow of BTC about 117.4 million USD; 2025-05-08 → confirmed",
        "ETF net flow of BTC about 334.5 million USD; 2025-05-09 → confirmed",
    ),
    "Spot Bitcoin ETFs saw net inflows of $117.4 million on Thursday, after $142.3 million a day earlier.": (
        "ETF net flow of BTC about 117.4 million USD; 2025-05-08 → confirmed",
        "ETF net flow of BTC about 142.3 million USD; 2025-05-07 → confirmed",
    ),
    "Spot Ether ETFs posted outflows of $16.1 million on May 8.": (
        "ETF net flow of ETH about -16.1 million USD; 2025-05-08 → confirmed",
    ),
    "Spot Ether ETFs recorded net outflows on Thursday.": (
        "ETF net flow of ETH less than 0 USD; 2025-05-08 → confirmed",
    ),
    "Spot Bitcoin ETFs did not see outflows on Thursday.": (
        "not: ETF net flow of BTC less than 0 USD; 2025-05-08 → confirmed",
    ),
    "Investors pulled $85.7 million from spot Bitcoin ETFs on Tuesday.": (
        "ETF net flow of BTC about -85.7 million USD; 2025-05-06 → confirmed",
    ),
    "Spot Bitcoin ETFs have taken in more than $40 billion since launch.": (
        "ETF cumulative net flow of BTC more than 40 billion USD; 2025-05-08 → confirmed, mixed",
    ),
    "Bitcoin ETFs saw $40 billion of inflows on May 8.": (
        "ETF net flow of BTC about 40 billion USD; 2025-05-08 → refuted",
    ),
    "Spot Bitcoin ETFs lost $671.9 million on December 19, the largest outflow since launch.": (
        "ETF net flow of BTC about -671.9 million USD, the lowest of all; 2024-12-19 → confirmed",
    ),
    "Spot Bitcoin ETFs have seen inflows of $1.8 billion in the week to May 2.": (
        "ETF net flow of BTC about 1.8 billion USD; 2025-04-26 to 2025-05-02 → confirmed",
    ),
    "Bitcoin ETF inflows of $334.5 million on Friday were the most since May 5.": (
        "ETF net flow of BTC about 334.5 million USD, the highest since 2025-05-05; 2025-05-09 → confirmed",
    ),
    "Bitcoin ETFs notched a third straight day of inflows on May 9.": (
        "positive ETF net flow of BTC, 3 in a row → confirmed",
    ),
    "BlackRock's IBIT took in $69 million, while Fidelity's FBTC added $35.3 million on Thursday.": (
        "ETF net flow of BTC about 69 million USD; 2025-05-08 → confirmed",
        "ETF net flow of BTC about 35.3 million USD; 2025-05-08 → confirmed",
    ),
    "About $69.9 million of Bitcoin longs were liquidated on Binance on February 3.": (
        "liquidated longs of BTC about 69.9 million USD; 2025-02-03 → confirmed",
    ),
    "Bitcoin longs worth $69.9 million and shorts worth $29.9 million were liquidated on Binance on February 3.": (
        "liquidated longs of BTC about 69.9 million USD; 2025-02-03 → confirmed",
        "liquidated shorts of BTC about 29.9 million USD; 2025-02-03 → confirmed",
    ),
    "Of the $99.8 million in Bitcoin liquidations on Binance on February 3, 70% were longs.": (
        "liquidations, longs and shorts of BTC about 99.8 million USD; 2025-02-03 → confirmed",
        "longs' share of liquidations of BTC about 70 %; 2025-02-03 → confirmed",
    ),
    "Shorts made up more than half a billion of Bitcoin liquidations on Binance on February 3.": (
        "liquidated shorts of BTC more than 500 million USD; 2025-02-03 → refuted",
    ),
    "Nearly $400 million of Bitcoin shorts were liquidated on Thursday, according to CoinGlass.": (
        "liquidated shorts of BTC about 400 million USD; 2025-05-08 → undecidable, mixed",
    ),
    "Over $400 million in crypto shorts were liquidated across all exchanges in 24 hours.": (
        "liquidated shorts of ALL more than 400 million USD; 2025-05-08 → undecidable",
    ),
    "The total crypto market cap rose to $3.22 trillion on Thursday.": (
        "total market capitalisation of ALL about 3.22 trillion USD; 2025-05-08 → confirmed",
    ),
    "Excluding Bitcoin, the market was worth $1.175 trillion on May 8.": (
        "market capitalisation without Bitcoin of ALL about 1.175 trillion USD; 2025-05-08 → confirmed",
    ),
    "The crypto market excluding Bitcoin grew 9.4% over the past day.": (
        "change of the market capitalisation without Bitcoin of ALL about +9.4 %; "
        "the 24 hours to 2025-05-09 12:00 UTC → confirmed",
    ),
    "The crypto market lost 5% of its value on Thursday.": (
        "change of the total market capitalisation of ALL about -5 %; the 24 hours to 2025-05-09 12:00 UTC → refuted",
    ),
    "Bitcoin dominance stood at 63.5% on Thursday.": ("Bitcoin dominance of ALL about 63.5 %; 2025-05-08 → confirmed",),
    "Bitcoin's dominance was above 65% on May 8.": ("Bitcoin dominance of ALL more than 65 %; 2025-05-08 → refuted",),
    "Bitcoin open interest climbed 5% on Thursday.": (
        "change of open interest of BTC about +5 %; 2025-05-08 → undecidable",
    ),
    "Bitcoin's funding rate turned negative on Thursday.": (
        "funding rate per 8 hours of BTC less than 0 %; 2025-05-08 → undecidable",
    ),
    "Bitcoin spot trading volume on Binance topped $3 billion on Thursday.": (
        "spot volume of BTC more than 3 billion USD; 2025-05-08 → confirmed",
    ),
    "XRP climbed 8% on Thursday.": ("price return of XRP about +8 %; 2025-05-08 → undecidable",),
    "The S&P 500 rose 0.6% on Thursday, while Bitcoin gained 6.4%.": (
        "price return of BTC about +6.4 %; 2025-05-08 → confirmed",
        "? 0.6%",
    ),
    "The S&P 500 closed 0.6% higher at 5,663.94 on Thursday.": ("? 0.6%", "? 5,663.94"),
    "The Stoxx 600 closed 0.6% higher on Thursday.": ("? 0.6%",),
    "Gold fell 1.7% and Bitcoin added 6.4% on Thursday.": (
        "price return of BTC about +6.4 %; 2025-05-08 → confirmed",
        "? 1.7%",
    ),
    "Monero rose 5% on Thursday.": ("? 5%",),
    "Bitcoin could reach $120,000 by June.": ("? $120,000",),
    "Whales bought $200 million of Bitcoin on Thursday.": ("? $200 million",),
    "Bitcoin reached €92,000 on Thursday.": ("? €92,000",),
    "Bitcoin's market cap surpassed $2 trillion.": ("? $2 trillion",),
    "Bitcoin's 30-day volatility fell to 40%.": ("? 40%",),
    "Nearly 190,000 traders were liquidated.": ("? 190,000",),
    "According to CryptoQuant, Bitcoin's open interest rose 4% on Thursday.": (
        "change of open interest of BTC about +4 %; 2025-05-08 → undecidable",
        "? CryptoQuant",
    ),
    "Bitcoin has never traded above $110,000.": ("? $110,000",),
    "Bitcoin exchange netflows turned negative on Thursday, with 3,200 BTC leaving exchanges.": (
        "net exchange inflow of BTC about -3,200 coins; 2025-05-08 → undecidable",
        "net exchange inflow of BTC less than 0 USD; 2025-05-08 → undecidable",
    ),
    "Exchange inflows of Bitcoin rose to 25,000 BTC on May 8.": (
        "exchange inflow of BTC about 25,000 coins; 2025-05-08 → undecidable",
    ),
    "Net outflows of Bitcoin from exchanges reached $300 million on Thursday.": (
        "net exchange inflow of BTC about -300 million USD; 2025-05-08 → undecidable",
    ),
    "Holders withdrew 26,800 BTC from exchanges on May 8.": (
        "exchange outflow of BTC about 26,800 coins; 2025-05-08 → undecidable",
    ),
    "Leveraged funds held a net short position of 5,000 Bitcoin contracts at CME on May 6.": (
        "net position of leveraged funds at CME of BTC about -5,000 contracts; 2025-05-06 → undecidable",
    ),
    "Asset managers raised their net long position in Bitcoin futures to more than 2,000 contracts on May 6.": (
        "net position of asset managers at CME of BTC more than 2,000 contracts; 2025-05-06 → undecidable",
    ),
    "Dealers were not net short more than 5,000 contracts of Ether at CME.": (
        "not: net position of dealers and intermediaries at CME of ETH less than -5,000 contracts; "
        "2025-05-06 → undecidable",
    ),
    "CME Bitcoin futures open interest stood at 26,000 contracts on May 6.": (
        "open interest at CME of BTC about 26,000 contracts; 2025-05-06 → undecidable",
    ),
    "CME's Bitcoin open interest fell to $14 billion.": ("? $14 billion",),
    "Bitcoin perpetuals hit a high of $104,200 on Hyperliquid on Thursday.": (
        "perpetual price of BTC about 104,200 USD; 2025-05-08 → undecidable",
    ),
    "BTC futures rose to $104,500 on Thursday.": ("? $104,500",),
    "Perpetual futures volume reached $80 billion on Thursday.": ("? $80 billion",),
    "TOTAL3 rose to $850 billion on May 8.": (
        "market capitalisation without Bitcoin and Ether of ALL about 850 billion USD; 2025-05-08 → undecidable",
    ),
    "Excluding Bitcoin and Ethereum, the market is worth $900 billion.": (
        "market capitalisation without Bitcoin and Ether of ALL about 900 billion USD; 2025-05-08 → undecidable",
    ),
    "In the past hour, $30 million in shorts were liquidated.": ("? $30 million",),
    "Bitcoin gained 6% in the past 48 hours.": ("? 6%",),
    "Fidelity's FBTC saw no flows on May 8.": ("ETF net flow of BTC about 0 USD; 2025-05-08 → refuted",),
    "BlackRock's iShares Bitcoin Trust has attracted $44 billion since launch.": (
        "ETF net flow of BTC about 44 billion USD; 2024-01-11 to 2025-05-08 → undecidable",
    ),
    "BlackRock's Bitcoin fund took in $69 million on May 8.": (
        "ETF net flow of BTC about 69 million USD; 2025-05-08 → confirmed",
    ),
    "Grayscale's funds lost $10 million on Thursday.": ("? $10 million",),
    "Bitcoin ETF netflows totaled $117.4 million on May 8.": (
        "ETF net flow of BTC about 117.4 million USD; 2025-05-08 → confirmed",
    ),
    "Bitcoin's annualized funding rate climbed to 10% on Thursday.": ("? 10%",),
    "Cardano's ADA and Chainlink's LINK gained 10% and 8%, respectively.": (
        "price return of ADA about +10 %; 2025-05-08 → undecidable",
        "price return of LINK about +8 %; 2025-05-08 → undecidable",
    ),
    "Bitcoin closed the week at $94,300, its highest weekly close since January.": ("? $94,300",),
    "Bitcoin is up 38% from its April low of $74,500.": (
        "? 38%",
        "? $74,500",
    ),
    "60% of accounts on Binance were long Bitcoin on May 8.": ("? 60%",),
    "Bitcoin has traded above $100,000 for two days in a row.": (
        "spot price of BTC more than 100,000 USD; 2025-05-08 → confirmed",
        "? two days in a row",
    ),
    "ETH/BTC climbed to 0.022 on May 9.": ("? 0.022",),
    "Ether climbed 22% against the dollar and 14% against Bitcoin on Thursday.": (
        "price return of ETH about +22 %; 2025-05-08 → confirmed, mixed",
        "? 14%",
    ),
    "Bitcoin recorded its largest one-day gain since April 9 on Thursday.": (
        "price return of BTC, the highest since 2025-04-09; 2025-05-08 → refuted",
    ),
    "Bitcoin's lowest price in April was $74,508.": (
        "spot price of BTC about 74,508 USD; 2025-04-01 to 2025-04-30 → confirmed, mixed",
    ),
    "The highest close of Bitcoin in May was $103,261.60.": ("? $103,261.60",),
    "XRP traded at $2.31 and Bitcoin at 19.5 cents on Thursday.": (
        "spot price of XRP about 2.31 USD; 2025-05-08 → undecidable",
        "spot price of BTC about 0.195 USD; 2025-05-08 → refuted",
    ),
    "Of $99.8 million in Bitcoin liquidations on Binance on February 3, shorts made up 30%.": (
        "liquidations, longs and shorts of BTC about 99.8 million USD; 2025-02-03 → confirmed",
        "longs' share of liquidations of BTC about 70 %; 2025-02-03 → confirmed",
    ),
    "BTC.D stood at 63.5% on May 8.": ("Bitcoin dominance of ALL about 63.5 %; 2025-05-08 → undecidable, mixed",),
    "Bitcoin has gained 60% since the halving.": ("? 60%",),
    "Since the election, Bitcoin is up 45%.": ("? 45%",),
    "Bitcoin is up 300% since 2023.": ("price return of BTC about +300 %; 2023-01-01 to 2025-05-08 → undecidable",),
    "Bitcoin climbed 7% week over week.": ("price return of BTC about +7 %; 2025-05-02 to 2025-05-08 → confirmed",),
    "Open interest in Bitcoin futures rose 12% month-over-month.": ("? 12%",),
    "Bitcoin is up 7% from a week ago.": ("price return of BTC about +7 %; 2025-05-02 to 2025-05-08 → confirmed",),
    "A week ago, Bitcoin traded at $96,900.": ("spot price of BTC about 96,900 USD; 2025-05-02 → confirmed",),
    "From Monday to Thursday, spot Bitcoin ETFs took in $600 million.": (
        "ETF net flow of BTC about 600 million USD; 2025-05-05 to 2025-05-08 → confirmed",
    ),
    "Bitcoin rose 9% from Monday to Thursday.": ("? 9%",),
    "Bitcoin briefly dipped under $93,500 on May 5 and May 6 before recovering.": ("? $93,500",),
    "Bitcoin fell 2% overnight.": ("? 2%",),
    "Bitcoin traded at $103,000 on Friday morning.": (
        "spot price of BTC about 103,000 USD; 2025-05-09 → confirmed",
        "? morning",
    ),
    "Cumulative net inflows into spot Bitcoin ETFs have passed $40 billion.": (
        "ETF cumulative net flow of BTC more than 40 billion USD; 2025-05-08 → confirmed, mixed",
    ),
    "Ethereum funds took in three times as much as Bitcoin funds.": ("? three times as much",),
    "Bitcoin has recorded inflows into its ETFs in four of the past five sessions.": ("? inflows",),
    "Bitcoin rose 6.4%, Ether 21.9% on Thursday.": (
        "price return of BTC about +6.4 %; 2025-05-08 → confirmed",
        "price return of ETH about +21.9 %; 2025-05-08 → confirmed, mixed",
    ),
    "Longs were two thirds of the $99.8 million of Bitcoin liquidations on Binance on February 3.": (
        "longs' share of liquidations of BTC about 66.7 %; 2025-02-03 → refuted",
        "liquidations, longs and shorts of BTC about 99.8 million USD; 2025-02-03 → confirmed",
    ),
    "More than half of the $99.8 million of Bitcoin liquidations on Binance on February 3 were longs.": (
        "longs' share of liquidations of BTC more than 50 %; 2025-02-03 → confirmed",
        "liquidations, longs and shorts of BTC about 99.8 million USD; 2025-02-03 → confirmed",
    ),
    "Bitcoin lost a tenth of its value in April.": (
        "price return of BTC about -10 %; 2025-04-01 to 2025-04-30 → refuted",
    ),
    "Bitcoin's funding rate was negative 0.002% on Tuesday, up from negative 0.004% on Monday.": (
        "funding rate per 8 hours of BTC about -0.002 %; 2025-05-06 → undecidable",
        "? negative 0.004%",
    ),
    "Bitcoin climbed more than $6,000 on Thursday to $103,261.": (
        "spot price of BTC about 103,261 USD; 2025-05-08 → confirmed, mixed",
        "? $6,000",
    ),
    "Bitcoin failed to set a new record despite rising 6.4% on Thursday.": (
        "price return of BTC about +6.4 %; 2025-05-08 → confirmed",
        "? a new record",
    ),
    "Bitcoin's record close is $106,000.": ("? record close",),
    "Bitcoin is only 5% away from its all-time high.": (
        "? 5%",
        "? its all-time high",
    ),
    "Bitcoin is close to its all-time high.": ("? its all-time high",),
    "Invesco's BTCO and VanEck's HODL each drew $10 million on Thursday.": ("? $10 million",),
    "Bitcoin's daily trading range narrowed to $1,500.": ("? $1,500",),
    "Bitcoin spent all of Thursday above $96,000.": ("spot price of BTC more than 96,000 USD; 2025-05-08 → confirmed",),
    "Bitcoin closed at $103,261.60, its fourth gain in a row.": (
        "spot price of BTC about 103,261.60 USD; 2025-05-08 → confirmed, mixed",
        "positive price return of BTC, 4 in a row → confirmed",
    ),
    "Ether ETFs have had three outflow days in a row.": ("negative ETF net flow of ETH, 3 in a row → confirmed",),
    "Ether posted its fifth consecutive monthly loss.": ("? fifth consecutive monthly loss",),
    "Ether's market dominance climbed above 8%, while Bitcoin's fell under 64% on Thursday.": (
        "Bitcoin dominance of ALL less than 64 %; 2025-05-08 → confirmed",
        "? 8%",
    ),
    "Spot Ether ETFs drew no inflows on Thursday, while bitcoin funds added $117 million.": (
        "ETF net flow of BTC about 117 million USD; 2025-05-08 → confirmed",
        "not: ETF net flow of ETH more than 0 USD; 2025-05-08 → confirmed",
    ),
    "Not since January 31 has Bitcoin traded this high.": (
        "spot price of BTC, the highest since 2025-01-31; 2025-05-08 → confirmed, mixed",
    ),
    "Bitcoin recovered all of April's losses.": ("? recovered",),
    "GBTC saw no flow on May 7.": ("ETF net flow of BTC about 0 USD; 2025-05-07 → confirmed",),
    "Bitcoin surged past $100k on Thursday, liquidating $836 million in shorts.": (
        "spot price of BTC more than 100,000 USD; 2025-05-08 → confirmed",
        "liquidated shorts of BTC about 836 million USD; 2025-05-08 → refuted",
    ),
    "In April, Bitcoin ETFs had 13 days of inflows.": ("? inflows",),
    "From its April low, Bitcoin has rallied 39%.": ("? 39%",),
    "About 70% of Bitcoin liquidations on Binance on February 3 were longs, worth roughly $69.9 million.": (
        "longs' share of liquidations of BTC about 70 %; 2025-02-03 → confirmed",
        "liquidated longs of BTC about 69.9 million USD; 2025-02-03 → confirmed",
    ),
    "Spot Bitcoin ETFs took in more than the $85.7 million they lost on Tuesday.": ("? $85.7 million",),
    "Bitcoin traded between $96,000 and $105,000 on Thursday.": (
        "spot price of BTC about 96,000 USD; 2025-05-08 → refuted, mixed",
        "spot price of BTC about 105,000 USD; 2025-05-08 → refuted, mixed",
    ),
}


@pytest.fixture(scope="module")
def found(sample: Warehouse) -> dict[str, Sentence]:
    """Every sentence, checked in one text. None refers to the one before it."""
    verified = Market(sample.release_file).verify("\n".join(SENTENCES), date=WRITTEN)
    return {sentence.text: sentence for sentence in verified.sentences}


def iso(day: re.Match[str]) -> str:
    return datetime.strptime(day[0], "%d %B %Y").date().isoformat()


def told(sentence: Sentence) -> tuple[str, ...]:
    claims = [
        f"{DAY.sub(iso, one.read_as)} → {one.verdict}{', mixed' if one.is_mixed else ''}" for one in sentence.claims
    ]
    return (*claims, *(f"? {part.text}" for part in sentence.not_understood))


@pytest.mark.parametrize("text", SENTENCES)
def test_a_sentence_is_read_as_meant(found: dict[str, Sentence], text: str) -> None:
    assert told(found[text]) == SENTENCES[text]


INDICATORS: dict[str, tuple[str, ...]] = {
    "The crypto fear and greed index climbed to 67 on May 7, firmly in greed territory.": (
        "fear and greed index of ALL about 67; 2025-05-07 → confirmed, mixed",
    ),
    "The Fear & Greed Index was not above 60 on May 7.": (
        "not: fear and greed index of ALL more than 60; 2025-05-07 → refuted, mixed",
    ),
    "CoinMarketCap's Fear and Greed Index stood at 58 on May 7.": (
        "fear and greed index of ALL about 58; 2025-05-07 → confirmed, mixed",
    ),
    "The supply of stablecoins was $204 on May 7.": ("stablecoin supply of ALL about 204 USD; 2025-05-07 → confirmed",),
    "Tether's market cap topped $160 on May 7.": ("stablecoin supply of USDT more than 160 USD; 2025-05-07 → refuted",),
    "The stablecoin supply grew 2% this week.": ("? 2%",),
    "Bitcoin's implied volatility dropped below 50 on May 7.": (
        "implied volatility of BTC less than 50 %; 2025-05-07 → confirmed",
    ),
    "Deribit's DVOL index for bitcoin closed at 48% on May 7.": (
        "implied volatility of BTC about 48 %; 2025-05-07 → confirmed",
    ),
}


@pytest.mark.parametrize("text", INDICATORS)
def test_an_indicator_is_read_as_meant(made_up: Warehouse, text: str) -> None:
    (sentence,) = Market(made_up.release_file).verify(text, date=WRITTEN).sentences
    assert told(sentence) == INDICATORS[text]


def test_every_measured_interpretation_has_its_definition_source_and_instant(found: dict[str, Sentence]) -> None:
    interpretations = [one for sentence in found.values() for claim in sentence.claims for one in claim.interpretations]
    assert len(interpretations) > 100
    for interpretation in interpretations:
        figure = interpretation.measured
        assert figure.definition
        assert figure.example_sql
        if figure.value is not None:
            assert figure.source
            assert figure.observed_at
        else:
            assert interpretation.verdict == "undecidable"
            assert interpretation.note


def test_there_are_sixty_sentences_of_every_kind() -> None:
    everything = " ".join(one for expected in SENTENCES.values() for one in expected)
    assert len(SENTENCES) >= 60
    for part in ("→ confirmed", "→ refuted", "→ undecidable", "mixed", "not: ", "ETH", "? "):
        assert part in everything


CONTEXT = (
    ("Bitcoin closed at $103,261.60 on Thursday. It rose 6.4% that day.", "price return of BTC (named before)"),
    ("Spot Bitcoin ETFs took in $117.4 million on May 8. Inflows on the previous day were $142.3 million.", "142.3"),
    ("Shorts on Bitcoin worth $29.9 million were liquidated on Binance on February 3. Longs lost $69.9 million on "
     "Binance that day.", "liquidated longs of BTC (named before) about 69.9 million USD; 3 February 2025"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CONTEXT)
def test_a_sentence_may_refer_to_the_one_before(sample: Warehouse, text: str, expected: str) -> None:
    *_, last = Market(sample.release_file).verify(text, date=WRITTEN).sentences
    (claim,) = last.claims
    assert expected in claim.read_as
    assert claim.verdict == "confirmed"


def test_a_named_source_of_the_next_sentence_holds_for_the_one_before(sample: Warehouse) -> None:
    text = (
        "The crypto market without Bitcoin was worth $1.17 trillion on May 8. According to TradingView, this is a lot."
    )
    first, _ = Market(sample.release_file).verify(text, date=WRITTEN).sentences
    (claim,) = first.claims
    assert claim.verdict == "undecidable"
    assert [one.measured.scope for one in claim.interpretations] == ["tradingview_top125", "coinmarketcap_all"]


def test_the_next_day_is_the_one_after_the_day_of_the_sentence_before(sample: Warehouse) -> None:
    text = "On May 6 bitcoin ETFs lost $85.7 million. The next day they took in $142.3 million."
    _, next_day = Market(sample.release_file).verify(text, date=WRITTEN).sentences
    assert told(next_day) == ("ETF net flow of BTC (named before) about 142.3 million USD; 2025-05-07 → confirmed",)


def test_this_is_no_coin_where_the_sentence_before_was_about_the_market(sample: Warehouse) -> None:
    text = "Bitcoin rose. The crypto market gained 6.5% to $3.2 trillion. This is the strongest recovery in two months."
    *_, last = Market(sample.release_file).verify(text, date=WRITTEN).sentences
    assert not last.claims
    assert [part.text for part in last.not_understood] == ["the strongest recovery in two months"]


def test_with_an_instant_the_24_hours_end_there(sample: Warehouse) -> None:
    text = "Bitcoin is up over 3% in the past 24 hours."
    verified = Market(sample.release_file).verify(text, at="2025-05-09T04:00Z")
    (claim,) = verified.sentences[0].claims
    nearest = claim.interpretations[0].measured
    assert (nearest.time_window, str(nearest.as_of_at)) == ("rolling_24h", "2025-05-09 04:00:00")
    assert nearest.value == pytest.approx(0.0333, abs=5e-5)
    assert claim.verdict == "confirmed"


ON_A_MONDAY: dict[str, tuple[str, ...]] = {
    "Bitcoin ETF inflows came to $934 million for the week.": (
        "ETF net flow of BTC about 934 million USD; 2025-05-05 to 2025-05-11 → confirmed",
    ),
    "Bitcoin ETFs brought in $934 million last week, led by IBIT.": (
        "ETF net flow of BTC about 934 million USD; 2025-05-05 to 2025-05-11 → confirmed",
    ),
    "Bitcoin ETF inflows for the five sessions through Friday were $934 million.": (
        "ETF net flow of BTC about 934 million USD; 2025-05-05 to 2025-05-09 → confirmed",
    ),
    "Over the weekend, bitcoin gained 1.1%.": (
        "price return of BTC about +1.1 %; 2025-05-10 to 2025-05-11 → confirmed",
    ),
    "Bitcoin ended the weekend at $104,118.": ("spot price of BTC about 104,118 USD; 2025-05-11 → confirmed, mixed",),
    "Bitcoin ranged from $103,345 to $104,972 on Sunday.": (
        "spot price of BTC about 103,345 USD; 2025-05-11 → confirmed, mixed",
        "spot price of BTC about 104,972 USD; 2025-05-11 → confirmed, mixed",
    ),
    "The second-largest cryptocurrency gained 10% in seven days.": (
        "price return of ETH about +10 %; 2025-05-05 to 2025-05-11 → refuted",
    ),
    "The largest cryptocurrency gained 10.4% in seven days.": (
        "price return of BTC about +10.4 %; 2025-05-05 to 2025-05-11 → confirmed, mixed",
    ),
    "From its April 7 low of $74,508, bitcoin has rallied 40%.": ("? $74,508", "? 40%"),
    "Bitcoin closed Sunday at $104,118, its third-highest close of the month.": (
        "spot price of BTC about 104,118 USD; 2025-05-11 → confirmed, mixed",
        "? its third-highest",
    ),
    "No bitcoin ETF saw outflows on Friday.": ("? outflows",),
    "All of the Bitcoin funds saw inflows on Friday.": ("? inflows",),
}


@pytest.mark.parametrize("text", ON_A_MONDAY)
def test_a_text_of_a_monday_is_read_as_meant(sample: Warehouse, text: str) -> None:
    (sentence,) = Market(sample.release_file).verify(text, date=date(2025, 5, 12)).sentences
    assert told(sentence) == ON_A_MONDAY[text]


def test_without_an_hour_every_hour_of_the_day_is_a_reading(sample: Warehouse) -> None:
    verified = Market(sample.release_file).verify("Bitcoin is up over 3% in the past 24 hours.", date=WRITTEN)
    (claim,) = verified.sentences[0].claims
    rolling = {one.measured.as_of_at: one.verdict for one in claim.interpretations if one.measured.as_of_at}
    assert len(rolling) == 24
    assert set(rolling.values()) == {"confirmed", "refuted"}
    assert claim.is_mixed
