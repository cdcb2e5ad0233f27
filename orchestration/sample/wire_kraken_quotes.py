"""Tether at Kraken, served by the venue's wire, which also sets the URL."""

from orchestration.sample import wire_kraken
from orchestration.sample.wire import Wire

WIRE = Wire("kraken_quotes", wire_kraken.respond, lambda url: {}, bundled=False)
