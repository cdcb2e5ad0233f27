"""The words that the grammar knows, by what they mean. Patterns are matched on whole words, case is ignored.

Belongs here: vocabulary alone. A word that is not here is not understood, and is shown as such. The names of
assets and of funds come from the release (`dim_assets`, `dim_etf_funds`) and are added by `lexer`.
"""

ASSET_ALIASES = {
    "BTC": (
        r"bitcoins?|btc|xbt|(?:the )?(?:world's )?"
        r"(?<!second[- ])(?<!third[- ])(?<!fourth[- ])(?<!fifth[- ])(?:largest|biggest|leading|flagship|larger) "
        r"(?:crypto(?:currency)?|digital asset|coin)"
    ),
    "ETH": r"ether|ethereum|eth|(?:the )?second[- ](?:largest|biggest) (?:crypto(?:currency)?|digital asset|coin)",
    "SOL": r"solana",
    "XRP": r"xrp|ripple",
    "BNB": r"bnb|binance coin",
    "DOGE": r"dogecoin|doge",
    "ADA": r"cardano",
    "LINK": r"chainlink",
    "AVAX": r"avalanche|avax",
    "LTC": r"litecoin|ltc",
    "USDT": r"tether|usdt",
    "USDC": r"usd coin|usdc",
    "DOT": r"polkadot",
    "S": r"sonic \(s\)|fantom",
    "RENDER": r"render (?:network|token)|rndr",
    "SHIB": r"shiba inu|shib",
    "PEPE": r"pepe coin",
    "POL": r"polygon|matic",
}
TICKERS_IN_CAPITALS = ("SOL", "ADA", "LINK", "DOT", "S", "RENDER", "PEPE", "POL", "HYPE")
"""Tickers that are words too: only in capitals are they assets."""

STABLECOINS = ("USDT", "USDC")
"""Coins whose capitalisation is their supply."""
EX_BTC = (
    r"(?:excluding|without|ex(?:cept)?|minus|other than|less|outside(?: of)?|stripping out|net of)[ -](?:bitcoin|btc)"
    r"|ex-(?:bitcoin|btc)|total2|altcoins?(?: market)?"
)
EX_ETH = (
    r"(?:excluding|without|ex(?:cept)?|minus|other than|less|outside(?: of)?|stripping out|net of)[ -]"
    r"(?:bitcoin|btc)(?:,? (?:and|or|nor) |/| & )(?:ether|ethereum|eth)|total3"
)
"""Words for the market without Bitcoin and without Ether."""
NOUNS = {
    "stablecoin": (
        r"(?:total |combined |aggregate |overall )*(?:supply|market cap(?:itali[sz]ation)?|value) of (?:all )?(?:the )?"
        r"(?:us )?(?:dollar )?stablecoins|(?:total )?stablecoins?(?:['’]s?)? (?:total |combined |overall )?"
        r"(?:supply|market cap(?:itali[sz]ation)?|capitali[sz]ation)"
        r"|stablecoins? (?:market|sector)|(?:circulating |total )*supply(?= of (?:tether|usdt|usdc|usd coin)\b)"
    ),
    "sentiment": r"(?:crypto )?fear (?:and|&) greed(?: index)?",
    "volatility": r"(?:dvol|implied volatility)(?: index)?|deribit(?:['’]s)? volatility index",
    "funding": r"funding rates?|funding costs?|funding",
    "open_interest": r"open interest",
    "long_short": r"long[/-](?:to-)?short (?:account )?ratio",
    "dominance": (
        r"btc\.d|(?:market )?dominance|share of the (?:total |overall |whole )?(?:crypto(?:currency)? "
        r")?market(?: cap(?:itali[sz]ation)?| value)?"
    ),
    "cap": (
        r"(?:(?:total|overall|global|combined|aggregate|entire) )*(?:crypto(?:currency)? |digital asset )?"
        r"market (?:cap(?:itali[sz]ation)?|value|valuation)|capitali[sz]ation|market caps?"
    ),
    "etf": r"(?:spot )?(?:exchange[- ]traded (?:funds?|products?)|etfs?|etps?)|funds",
    "liquidation": r"liquidat(?:ed|ions?|e|es|ing)|force[d-]+ ?(?:closed|out|closures?)|wiped out|forced out|rekt",
    "volume": r"(?:spot |trading )*(?:volumes?|turnover)",
    "price": r"(?:spot )?prices?",
    "market": (
        r"(?:the )?(?:(?:whole|broader|wider|entire|overall|total|global) )?(?:crypto(?:currency)?"
        r"|digital[- ]asset) markets?(?: (?:in general|as a whole|overall))?|total crypto"
    ),
}
SIDES = {
    "long": r"bulls|longs?(?: positions?| bets?| traders?| holders?)?|bullish (?:bets|positions|wagers)",
    "short": (
        r"bears|shorts?(?: positions?| bets?| sellers?| traders?)?|bearish (?:bets|positions|wagers)"
        r"|(?:traders |those |bettors )?(?:betting|bet) against"
    ),
}
NO_SIDES = (
    r"by market (?:value|cap(?:itali[sz]ation)?)|short[- ]term|long[- ]term|short of|falls? short|"
    r"fell short|short[- ]lived|long[- ](?:awaited|running|standing)|(?:no|as) longer?(?: than)?|"
    r"before long|in short(?=,)|short squeeze|as long as"
)
EXCHANGES = {
    "": r"exchanges?(?= (?:net ?)?(?:in|out)?flows?\b)",
    "out": (
        r"(?:from|off|out of|leaving|left|leave|exit(?:ed|ing)?) (?:all |major |the |centrali[sz]ed "
        r"|crypto(?:currency)? |trading )*exchanges(?!-)"
    ),
    "in": (
        r"(?:to|into|onto|entering|entered) (?:all |major |the |centrali[sz]ed |crypto(?:currency)? |trading )*"
        r"exchanges(?!-)"
    ),
}
"""Flows of coins into and out of exchanges, by the direction that the words before the exchanges have."""
TRADERS = {
    "asset_manager": r"asset managers?(?: and institutions?)?",
    "leveraged_fund": r"leveraged (?:funds?|money|traders?)(?:['’]s?)?",
    "dealer": r"(?:swap )?dealers?(?: and intermediar(?:y|ies))?|intermediaries",
}
"""The classes of traders in the reports on positions at CME."""
PERPETUAL = r"perp(?:etual)?s?(?:['’]s)?(?:[ -](?:futures?|swaps?|contracts?|prices?))*"
PAIRS = (
    r"(?-i:[A-Z]{2,6}[/-](?:BTC|ETH))(?: (?:ratio|pair))?(?! etf)|ether(?:eum)?[/-]bitcoin(?: ratio)?"
    r"|(?:price |priced |valued |measured |denominated )in (?:bitcoin|btc|ether|eth)\b(?! terms)"
    r"|in (?:bitcoin|btc|ether|eth) terms"
)
"""One coin in another: no price in dollars."""
OTHER_VOLUMES = (
    r"(?:futures|perp(?:etual)?s?(?: futures)?|derivatives?|options|dex|on-?chain) (?:trading )?(?:volumes?|turnover)"
)
RANGES = r"(?:daily |weekly |intraday )?trading range"
OTHER_FUNDING = (
    "annualized",
    "annualised",
    "annual",
    "annually",
    "yearly",
    "apr",
    "hourly",
    "daily",
    "year",
    "hour",
    "day",
)
"""Words for rates of funding over another time than 8 hours."""
PERIOD = r"(?:(?:day|week|month|quarter|year)\b|(?-i:[A-Z][a-z]+day|[A-Z][a-z]{2,8}|20\d\d)\b)"
"""What a price opens: a period, a month, a weekday or a year."""
FLOWS = {
    "net": r"(?:net[- ]flows?|netflows?)",
    "in": (
        r"(?:net )?inflows?|took in|taken in|take in|pulled in|brought in|bring in|lured|drew(?: in)?|drawn|draw"
        r"|attracted|attract|gathered|(?:taking|pulling|bringing|drawing) in|drawing|attracting"
        r"|raked in|hauled in|(?:pour|flow)(?:ed|ing) in(?:to)?|went into|came into|coming in"
        r"|(?<=illion )(?:pour|flow|come) in(?:to)?|(?<=illion )enter|enter(?:ed|ing)(?! (?:the )?"
        + PERIOD
        + r")|absorbed|net buying"
        r"|net (?:creations?|subscriptions?)"
    ),
    "out": (
        r"(?:net )?outflows?|pulled (?:from|out of)|withdrawn|withdrew|redemptions?|redeemed|bled|"
        r"bleeding|flow(?:ed|ing) out(?: of)?"
        r"|(?<=illion )(?:left|leave|exit|flow out(?: of)?)"
        r"|(?:left|leaving)(?= (?:\w+ ){0,3}(?:etfs?|funds?|products?)\b)"
        r"|exit(?:ed|ing)|net selling|pulled out|pulled|yanked"
    ),
}
UP = (
    r"rose|rises?|rising|risen|gain(?:ed|s|ing)?|climb(?:ed|s|ing)?|jump(?:ed|s|ing)?|surg(?:ed|es?|ing)"
    r"|soar(?:ed|s|ing)?|rall(?:y|ied|ies|ying)|advanc(?:ed?|es|ing)|increas(?:ed?|es|ing)|added|adds|up|higher"
    r"|grew|grow(?:n|s|ing)?|growth|recover(?:ed|s|ing|y)?|rebound(?:ed|s|ing)?|leap(?:t|ed)?"
    r"|spik(?:ed?|es|ing)|expand(?:ed|s|ing)?|bounced?|appreciated|push(?:ed|es|ing)|lift(?:ed|s|ing)|boost(?:ed|s|ing)"
)
DOWN = (
    r"fell|falls?|falling|fallen|drop(?:ped|s|ping)?|declin(?:ed?|es|ing)|lost|los(?:es?|ing)|"
    r"slid(?:es?|ing)?|slip(?:ped|s|ping)?"
    r"|dip(?:ped|s|ping)?|plung(?:ed?|es|ing)|tumbl(?:ed?|es|ing)|sank|sinks?|sunk|shed(?:s|ding)?|"
    r"down|lower|decreas(?:ed?|es|ing)"
    r"|shrank|shrunk|shrinks?|crash(?:ed|es|ing)?|plummet(?:ed|s|ing)?|retreat(?:ed|s|ing)?|eas(?:ed?|es|ing)|weaken(?:ed|s|ing)?"
    r"|slump(?:ed|s|ing)?|contract(?:ed|ion)|cooled|loss(?:es)?"
)
MOVES = (
    r"gains?|rally|jump|rise|surge|climb|advance|increase|rebound|recovery|leap|spike|growth|bounce"
    r"|drop|fall|decline|loss(?:es)?|slide|dip|plunge|tumble|slump|retreat|decrease|crash|contraction"
)
"""Moves as nouns: behind a figure they say which way it is, whatever the verb before."""
HINTS = {
    "close": (
        r"clos(?:ed?|es|ing)(?: price| out)?|settl(?:ed?|es|ing)|finish(?:ed|es|ing)?|end(?:ed|s|"
        r"ing)?(?=\s+(?:the\s|up\s|at\s|(?-i:[A-Z\d])))|daily close"
    ),
    "open": (
        r"open(?:ed|s|ing)(?: price)?(?! interest)|(?:start|enter)(?:ed|s|ing)(?= (?:the )?"
        + PERIOD
        + r")|(?:beg[aiu]n|begins|beginning|kick(?:ed|s|ing) off)(?= (?:the )?"
        + PERIOD
        + ")"
    ),
    "peak": (
        r"peak(?:ed|s|ing)?(?: at)?|(?:intraday |session |day's |daily )?highs? of|high(?=\s+(?:on|was|for)\b)|"
        r"(?<=\b24h )high|(?<=\b24[- ]hour )high|highest(?= (?:price|level|point)\b)|as high as|traded up "
        r"to|intraday high"
    ),
    "trough": (
        r"bottom(?:ed|s|ing)?(?: out)?(?: at)?|(?:intraday |session |day's |daily )?lows? of|low(?=\s+(?:on"
        r"|was|for)\b)|"
        r"(?<=\b24h )low|(?<=\b24[- ]hour )low|lowest(?= (?:price|level|point)\b)|as low as|"
        r"traded down to|intraday low"
    ),
    "reach": r"reach(?:ed|es|ing)?|hit(?:s|ting)?|touch(?:ed|es|ing)?|tested|tagged|printed",
    "cross": (
        r"top(?:ped|s|ping)|pass(?:ed|es|ing)|cross(?:ed|es|ing)?|surpass(?:ed|es|ing)?|exceed(?:ed|s|ing)?|breach(?:ed|es|"
        r"ing)?|clear(?:ed|s|ing)"
        r"|reclaim(?:ed|s|ing)?|through(?= (?:the |its |a )?(?:[a-z]+ ){0,2}\$\d)"
        r"|br(?:oke|eaks?|eaking|oken)(?: through| past| out)?|eclips(?:ed?|es|ing)"
    ),
    "hold": r"held|hold(?:s|ing)?|stay(?:ed|s|ing)?|remain(?:ed|s|ing)?|kept|defended|spent",
    "at": (
        r"trad(?:ed|es|ing)|trade(?= (?:at|near|around|above|below)\b)"
        r"|stood|stands?|standing|hover(?:ed|s|ing)?|changing hands|changed hands|priced|quoted"
        r"|sat|sits|fetch(?:ed|es)|was worth|is worth|amounted|came to|came in at|total(?:l?ed|s|ing|l?ing)"
        r"|was|were|is|are"
    ),
    "turn": r"turn(?:ed|s|ing)?|flipp(?:ed|ing)|flips|swung|swings|went|dipped into|moved into",
}
SHARE = (
    r"account(?:ed|s|ing) for|made? up|making up|makes up|represent(?:ed|s|ing)|compris(?:ed?|es|"
    r"ing)|constitut(?:ed?|es|ing)"
)
AVERAGES = r"(?:(?:moving|daily|weekly|monthly) )?averag(?:e|es|ed|ing)|means?|medians?"
CANDLES = r"(?:weekly|monthly|quarterly|yearly|annual) (?:clos(?:e|ing)(?: price)?|candle|opening|high|low)"
"""Prices of longer periods than a day, which no series of the warehouse has."""
EXTREME_CLOSES = r"(?:highest|lowest)(?: daily)? clos(?:e|es|ing price)"
"""The extreme of the closes of a period; as a record since a day it is read as one."""
TAKES = r"add(?:s|ed|ing)?|gain(?:s|ed|ing)?|los(?:t|e|es|ing)|shed(?:s|ding)?|wiped (?:out|off)"
"""Verbs whose object is the size of a move: 'lost 1,000 dollars'."""
OUTWEIGHS = (
    r"(?:out|under)perform(?:ed|s|ing)?|trail(?:ed|s)|lag(?:ged|s|ging)(?: behind)?|beat(?:s|ing)?"
    r"|outpac(?:ed?|es|ing)|outweigh(?:ed|s|ing)?|outnumber(?:ed|s|ing)?"
    r"|(?:twice|half|(?:\w+|[\d.]+) times) (?:as (?:much|many|large|big|high)|more|larger|bigger|the)|double the"
)
"""One figure against another."""
MULTIPLES = (
    r"\d+(?:\.\d+)?x(?! leverage)|\d+(?:\.\d+)? times(?= (?:higher|lower|above|its|the))"
    r"|(?:\d+|two|three|four|five|six|seven|eight|nine|ten|hundred|many)-?fold"
)
"""How many times an earlier level: whether the level itself is counted is left open."""
STEADY = r"little changed|(?:mostly |largely |almost )?unchanged|flat(?! fee)|sideways"
"""Words for no move: how little of one they mean is not said."""
SIGNS = {"below": r"negative|in the red", "above": r"positive|in the green"}
COMPARATORS = {
    "at_least": r"at least|no less than|not less than|a minimum of|or more|or higher|or above|as much as or more than",
    "at_most": r"at most|no more than|not more than|up to|as much as|a maximum of|or less|or lower|or below|as many as",
    "about": (
        r"about|around|roughly|approximately|approx\.?|some|circa|near(?:ly|ing)?|almost|close to|just "
        r"under|just shy of|shy of|or so"
        r"|~|in the region of|an estimated"
    ),
    "above": (
        r"more than|over|above|greater than|upwards? of|north of|in excess of|past|beyond|higher than|"
        r"just over|well over|>"
    ),
    "below": r"less than|below|under|fewer than|short of|beneath|south of|lower than|shy|<",
}
NEGATIONS = (
    r"(?:did|does|do|was|were|is|are|has|have|had|could|would)(?: not|n't|n’t)(?! (?:only|just))|"
    r"not(?! (?:only|just|seen))|never"
    r"|no(?= (?:net )?(?:in|out)flows?)|fail(?:ed|s|ing) to|unable to|without ever|no longer|neither|nor|avoided"
)
FORECASTS = (
    r"could|might|may|would|will|should|expect(?:s|ed|ing)?|predict(?:s|ed|ing)?|forecast(?:s|ed)?|"
    r"target(?:s|ed|ing)?|likely"
    r"|potential(?:ly)?|if|on (?:track|pace|course) (?:for|to)"
    r"|aims? to|set to|poised to|eyes|eyeing|projected|hopes?|bets? that|odds|probability|chances?"
)
OUTLOOKS = (
    r"by (?:year[- ]end|the end of (?:the |this )?(?:year|month|quarter))|(?:base|bull|bear) case|in the coming \w+"
    r"|next (?:week|month|quarter|year)|(?:must|needs? to|ha(?:s|ve) to)(?= (?!date)\w)|to avoid|as soon as"
)
"""Words of what is to come, before or behind its figure."""
SOURCES = {
    "coinglass": r"coin ?glass",
    "coinmarketcap": r"coin ?market ?cap|cmc",
    "coingecko": r"coin ?gecko",
    "coinpaprika": r"coin ?paprika",
    "tradingview": r"trading ?view",
    "farside": r"farside(?: investors)?",
    "sosovalue": r"sosovalue",
    "theblock": r"the block(?:'s)?",
    "coinalyze": r"coinalyze",
    "defillama": r"defi ?llama",
    "binance": r"binance(?!\s+coin)",
    "coinbase": r"coinbase(?: exchange)?",
    "kraken": r"kraken",
    "bitstamp": r"bitstamp",
    "okx": r"okx",
    "bybit": r"bybit",
    "gate": r"gate(?:\.io)",
    "htx": r"htx|huobi",
    "bitfinex": r"bitfinex",
    "hyperliquid": r"(?:on|at|across) hyperliquid",
    "bitget": r"bitget",
    "dydx": r"dydx",
    "aster": r"(?:on|at) aster",
    "lighter": r"(?:on|at) lighter",
    "cme": r"(?:the )?(?:cme(?: group)?|chicago mercantile exchange)(?:['’]s)?",
}
VENUES = (
    *("binance", "coinbase", "kraken", "bitstamp", "okx", "bybit", "gate", "htx", "bitfinex"),
    *("hyperliquid", "bitget", "dydx", "aster", "lighter", "cme"),
)
"""Those of the sources that are venues."""
SCOPES = {
    ("coinglass", "liquidations"): "coinglass_all",
    ("coinglass", "liquidation_share"): "coinglass_all",
    ("theblock", "liquidations"): "theblock_all",
    **{
        ("coinalyze", family): "coinalyze_all"
        for family in (
            "liquidations",
            "liquidation_share",
            "open_interest",
            "open_interest_change",
            "funding",
            "long_short_accounts",
        )
    },
    ("coinmarketcap", "fear_greed"): "coinmarketcap",
    ("coinmarketcap", "market_cap"): "coinmarketcap_all",
    ("coingecko", "market_cap"): "coingecko_all",
    ("coinpaprika", "market_cap"): "coinpaprika_all",
    ("tradingview", "market_cap"): "tradingview_top125",
}
"""(a named source, the family of metrics) → the scope that the source measures."""
FLOW_SOURCES = ("farside", "sosovalue", "theblock", "coinglass", "defillama")
ATTRIBUTION = (
    r"(?:according to|data (?:from|by|compiled by|of)|figures (?:from|by)|as reported by|reported by|"
    r"per)\s+(?:the |data (?:from|by) )?((?-i:[A-Z])[\w.&’']*(?:\s+(?-i:[A-Z])[\w.&]*)*)"
)
WHOLE_MARKET = (
    r"crypto(?:currency)?(?= (?:shorts?|longs?|liquidations?|positions|bets)\b)|across (?:all |the "
    r")?(?:crypto(?:currency)?|market|coins?|tokens?|cryptocurrenc(?:y|ies)|digital assets)(?: "
    r"markets?)?|all (?:coins|tokens|cryptocurrencies)|crypto(?:-| )?wide|market[- ]?wide"
)
EVERY_VENUE = r"(?:across |on )?(?:all|major|every) (?:exchanges?|venues?)"
FOREIGN = (
    r"s&p|nasdaq|dow(?: jones)?|gold|silver|oil|crude|dollar index|dxy|"
    r"treasur(?:y|ies)|yields?|stocks?|equit(?:y|ies)|shares"
    r"|cpi|inflation|gdp|interest rates?|the fed|federal reserve|hash ?rate|difficulty|miners?|"
    r"mining|addresses|wallets?|holders"
    r"|supply|reserves|stablecoins?|tvl|total value locked|fees|revenues?|profits?|microstrategy|"
    r"strategy|tesla|staking|transactions?|nfts?|options?"
    r"|assets under management|aum|net assets|tariffs?|jobs|unemployment|premium|basis|whales?|"
    r"treasury|donations?|hacks?|hackers?"
    r"|exploit|theft|fine|penalty|venture|funding round|raised|euros?|realized|unrealized|market "
    r"makers?|traders|investors|users|accounts|"
    r"earnings|euro|yen|pound|bonds?|index|sentiment|volatility|correlation|fear (?:and|&) greed|"
    r"nikkei|ftse|leverage ratio|etf assets"
)
PRONOUNS = r"it|its|it's|this|the (?:coin|token|cryptocurrency|asset|currency|price)|prices|they|these|those|both"
BREAKS = r"while|whereas|but|though|although|;|however|meanwhile|despite"
SUPERLATIVES = {
    "highest": r"highest|biggest|largest|most|strongest|greatest|best|steepest|sharpest|heaviest|priciest",
    "lowest": r"lowest|weakest|smallest|least|worst|fewest|cheapest|deepest",
}
EVER = (
    r"ever|on record|of all time|in history|in its history|in their history|to date|so far|since (?:the )?records began"
)
LAUNCH = (
    r"since (?:their |its |the )?(?:launch(?:ed|ing)?|inception|debut(?:ed)?|start(?:ed)? trading|funds? launched"
    r"|products? launched|began trading)(?: in (?:january |july )?20\d\d)?|since they (?:launched|began trading)"
    r"|cumulative(?:ly)?|lifetime|all told|(?<!year )(?<!month )(?<!week )to date"
)
FIRST_DAY = r"(?:on )?(?:their|its|the) (?:first|debut|launch|opening) day(?: of trading)?|on debut"
