"""Binance's archive of coin-margined futures: its files are served by `wire_binance_archive.py`."""

from orchestration.sample.wire import Wire, not_found

WIRE = Wire("binance_archive_coinm", lambda request: not_found(), lambda url: {}, bundled=False)
