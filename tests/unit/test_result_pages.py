"""The page of the data checks over HTTP: the newest one, nothing beside it, and a sentence while there is none."""

import socket
from pathlib import Path

import pytest
import requests

from orchestration.release.check_pages import NOTHING_YET, ResultPages, served_at
from orchestration.settings import Settings


def test_the_newest_page_is_served_and_nothing_beside_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "checks"
    (tmp_path / "secret").write_text("secret")
    with ResultPages(folder, port=0) as pages:
        address = f"http://127.0.0.1:{pages.port}"
        before_the_first_run = requests.get(f"{address}/")
        (folder / "inner").mkdir(parents=True)
        before_the_first_checks = requests.get(f"{address}/")
        for nothing in (before_the_first_run, before_the_first_checks):
            assert nothing.status_code == 404
            assert NOTHING_YET in nothing.text
        for text in ("first", "second"):
            (folder / "index.html").write_text(text)
            response = requests.get(f"{address}/#of_this_check")
            assert (response.text, response.headers["Cache-Control"]) == (text, "no-cache")
        assert requests.get(f"{address}/inner/").status_code == 404, "no list of files"
        with socket.create_connection(("127.0.0.1", pages.port)) as raw:
            raw.sendall(b"GET /../secret HTTP/1.0\r\n\r\n")
            assert b" 404 " in raw.makefile("rb").readline()


def test_a_port_in_use_is_reported_at_once(tmp_path: Path) -> None:
    with ResultPages(tmp_path, port=0) as pages, pytest.raises(OSError, match="in use"):
        ResultPages(tmp_path, pages.port)


def test_where_the_port_is_in_use_the_page_is_served_at_another(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("the page")
    with ResultPages(tmp_path / "another", port=0) as taken, served_at(taken.port, tmp_path) as pages:
        assert pages.port != taken.port
        assert requests.get(f"http://127.0.0.1:{pages.port}/").text == "the page"
    with served_at(taken.port, tmp_path) as pages:
        assert pages.port == taken.port


@pytest.mark.parametrize(
    ("served_at", "address"),
    [
        ({}, "http://127.0.0.1:3001/#fresh"),
        ({"WAREHOUSE_RESULTS_URL": "https://checks.example/wh/"}, "https://checks.example/wh/#fresh"),
    ],
    ids=["by the UI", "elsewhere"],
)
def test_a_check_leads_to_its_place_on_the_page(served_at: dict[str, str], address: str) -> None:
    assert Settings.load(served_at).result_page("fresh") == address
