"""Tether at Coinbase. It shares its address with the venue, whose wire sets it and answers."""

from orchestration.sample import wire_coinbase
from orchestration.sample.wire import Wire

WIRE = Wire("coinbase_quotes", wire_coinbase.respond, lambda url: {}, bundled=False)
