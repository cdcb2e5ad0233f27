"""Tether at Kraken. It shares its address with the venue, whose wire sets it and answers."""

from orchestration.sample import wire_kraken
from orchestration.sample.wire import Wire

WIRE = Wire("kraken_quotes", wire_kraken.respond, lambda url: {}, bundled=False)
