"""Tether at Coinbase, served by the venue's wire, which also sets the URL."""

from orchestration.sample import wire_coinbase
from orchestration.sample.wire import Wire

WIRE = Wire("coinbase_quotes", wire_coinbase.respond, lambda url: {}, bundled=False)
