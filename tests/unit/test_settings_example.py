"""`.env.example`: its generated part is current, and an option says what it takes."""

import pytest

from orchestration.docs.providers import providers
from orchestration.docs.settings_example import FILE, MARK, written
from orchestration.sources.shared.provider import Provider


def test_the_generated_part_is_current() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert written(text) == text, "run `make docs` and commit what it changed"


def test_what_a_person_writes_stays() -> None:
    changed = written(f"MINE=1\n{MARK}\nOLD_BASE_URL=\n")
    assert changed.startswith(f"MINE=1\n{MARK}\n")
    assert "\nBINANCE_BASE_URL=\n" in changed
    assert "OLD_BASE_URL" not in changed


def test_a_missing_mark_is_reported() -> None:
    with pytest.raises(ValueError, match="put it back"):
        written("MINE=1\n")


@pytest.mark.parametrize("provider", [one for one in providers() if one.options], ids=lambda one: one.name)
def test_every_option_says_what_it_takes(provider: Provider) -> None:
    assert provider.option_help.keys() == provider.options.keys()
    assert all(sentence.endswith(".") for sentence in provider.option_help.values())
