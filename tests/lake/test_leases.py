"""Who may work on what: on one PostgreSQL, with lives short enough to see them end."""

import threading
import time

import pytest

from orchestration.file_errors import WarehouseBusy
from orchestration.home import WrongHome, occupied
from orchestration.lake.leases import LeaseLost, Leases
from orchestration.lake.origin import claim
from orchestration.lake.upkeep import leases_of
from tests.lake.conftest import Shared

SHORT = 1.5


@pytest.mark.lake_short
def test_another_holder_waits_for_one_of_several_leases(shared: Shared) -> None:
    leases = Leases(shared.lake)
    sentences: list[str] = []
    order: list[str] = []

    def second() -> None:
        with Leases(shared.lake).held(["b", "c"], sentences.append):
            order.append("second")

    with leases.held(["a", "b"]):
        with Leases(shared.lake).held(["c"]):
            pass
        with pytest.raises(WarehouseBusy, match=r"works on b in the lake at .*: wait"):
            leases.held(["b", "c"], wait=False).__enter__()
        waiting = threading.Thread(target=second)
        waiting.start()
        while not sentences:
            time.sleep(0.05)
        assert [lease.name for lease in leases_of(shared.lake)] == ["a", "b"]
        order.append("first")
    waiting.join(30)
    assert order == ["first", "second"]
    assert len(sentences) == 1
    assert leases_of(shared.lake) == []


@pytest.mark.lake_short
def test_a_dead_machines_lease_ends(shared: Shared) -> None:
    dead = Leases(shared.lake).held(["a"])
    held = dead.__enter__()
    # As for a machine that lost its power: nobody renews it or gives it back.
    Leases(shared.lake).execute("update warehouse.leases set expires_at = clock_timestamp() + interval '1 second'")
    with Leases(shared.lake).held(["a"]), pytest.raises(LeaseLost, match="nothing was written"):
        held.verify()
    dead.__exit__(None, None, None)


def test_a_lease_that_ended_and_nobody_took_is_still_its_holders(shared: Shared) -> None:
    leases = Leases(shared.lake)
    with leases.held(["a"]) as held:
        leases.execute("update warehouse.leases set expires_at = clock_timestamp() - interval '1 second'")
        held.verify()
        assert [lease.name for lease in leases_of(shared.lake)] == ["a"]


def test_leases_that_an_outage_kept_are_taken_over_with_their_token(shared: Shared) -> None:
    kept = Leases(shared.lake).held(["a"])
    held = kept.__enter__()
    with Leases(shared.lake).held(["a", "b"], wait=False, token=held.token) as again:
        again.verify()
    kept.__exit__(None, None, None)
    assert leases_of(shared.lake) == []


def test_a_holder_renews_its_lease_while_it_works(shared: Shared) -> None:
    with Leases(shared.lake, seconds=SHORT).held(["a"]):
        time.sleep(2 * SHORT)
        with pytest.raises(WarehouseBusy):
            Leases(shared.lake).held(["a"], wait=False).__enter__()


def test_a_lake_has_figures_of_one_origin(shared: Shared) -> None:
    assert claim(shared.lake, "live") == "live"
    with pytest.raises(WrongHome, match="holds live figures"), occupied("sample"):
        pass
    assert not (shared.home / "origin").exists()
