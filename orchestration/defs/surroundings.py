"""What every asset needs: the settings, one HTTP client, one instant that is "now", and the days asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

import dagster as dg
from pydantic import PrivateAttr

from orchestration.home import occupied
from orchestration.http import HttpClient
from orchestration.settings import ORIGINS, Settings
from orchestration.sources.contract import Window


class Surroundings(dg.ConfigurableResource):
    """Shared by all assets of a run, so that they agree on "now" and share the rate limiters.

    `source` is 'sample', 'sample-full', 'live', or empty for what the home was filled with before. `start` and `end`
    are UTC dates, end included; empty means each dataset's own look-back.
    """

    source: str = ""
    start: str = ""
    end: str = ""
    _settings: Settings = PrivateAttr()
    _client: HttpClient = PrivateAttr()
    _now: datetime = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Surroundings"]:
        """Has the home to itself for the whole run: runs from the command line and from the UI take turns."""
        origin = next((origin for origin in ORIGINS if origin == self.source), None)
        with occupied(origin) as settings, HttpClient(settings) as client:
            self._settings = settings
            self._client = client
            self._now = settings.now()
            yield self

    @property
    def settings(self) -> Settings:
        return self._settings

    @property
    def client(self) -> HttpClient:
        return self._client

    @property
    def now(self) -> datetime:
        return self._now

    @property
    def window(self) -> Window | None:
        """The days asked for, or None for each dataset's own look-back."""
        if not self.start:
            return None
        last = date.fromisoformat(self.end) if self.end else self._now.date()
        return Window.of_days(date.fromisoformat(self.start), last)
