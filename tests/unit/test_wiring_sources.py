"""What a workspace says of its feeds, and what is wrong with it, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from amuna import wiring
from amuna.domain.errors import UnknownSetting


def refused(folder: Path, text: str, *sources: str, feed: str | None = None) -> UnknownSetting:
    (folder / "amuna.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UnknownSetting) as found:
        wiring.feeds(wiring.open_workspace(folder), list(sources), feed=feed, query=None)
    return found.value


def test_no_feed_says_its_source(tmp_path: Path) -> None:
    found = refused(tmp_path, "")
    assert found.problem == (
        "Ningún origen de datos de amuna.toml indica su source.",
        "No feed of amuna.toml says its source.",
    )
    assert 'source = "URL" bajo [feeds.NOMBRE]' in found.remedy.es
    assert 'source = "URL" under [feeds.NAME]' in found.remedy.en


def test_the_feed_that_is_named_does_not_say_its_source(tmp_path: Path) -> None:
    found = refused(tmp_path, '[feeds.lecturas]\naccount = "A"\n', feed="lecturas")
    assert found.problem.es == "[feeds.lecturas] no indica su source."
    assert found.facts["setting"] == "feeds.lecturas.source"


def test_keys_of_a_source_without_a_source(tmp_path: Path) -> None:
    found = refused(tmp_path, '[feeds.a]\ntable = "t"\nquery = "q"\n')
    assert found.problem == (
        "[feeds.a] tiene table, query, pero no source.",
        "[feeds.a] has table, query but no source.",
    )


@pytest.mark.parametrize(
    ("text", "known"), [("", ("ninguno", "none")), ("[feeds.a]\n[feeds.b]\n", ("a, b", "a, b"))]
)
def test_a_feed_that_is_not_there_is_told_with_those_that_are(
    tmp_path: Path, text: str, known: tuple[str, str]
) -> None:
    found = refused(tmp_path, text, "postgresql://h/d", feed="c")
    assert found.problem == (
        f"No hay un origen de datos 'c'; amuna.toml tiene: {known[0]}.",
        f"There is no feed map 'c'; amuna.toml has: {known[1]}.",
    )


def test_a_database_needs_a_feed_map(tmp_path: Path) -> None:
    found = refused(tmp_path, "", "postgresql://h/d")
    assert "[feeds.NOMBRE]" in found.remedy.es
