"""Settings: every one documented, typed, ranged, and read from file and environment alike."""

from __future__ import annotations

import math
import re
import subprocess
import sys
import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest

from amuna import wiring
from amuna.config.explained import EXPLAINED
from amuna.config.reading import filled, load_settings
from amuna.config.settings import (
    FILE_NAME,
    SECTIONS,
    Settings,
    environment_name,
    setting_rows,
    settings_in_force,
    toml_name,
)
from amuna.config.template import template
from amuna.domain.errors import SourceUnreadable, UnknownSetting
from amuna.domain.text import Text

ROOT = Path(__file__).parents[2]
NAMES = [field.name for field in fields(Settings) if field.name not in SECTIONS]


def written(folder: Path, text: str) -> Settings:
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    return load_settings(folder, environment={})


def toml_text(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def another(name: str) -> object:
    """A value of the setting that is not its default and that it can take."""
    value = getattr(Settings(), name)
    if name == "store_memory":
        return "512MB"
    if name == "registry_enabled":
        return "off"
    if isinstance(value, str):
        return f"{value}x"
    return value + 1 if isinstance(value, int) else value / 2


@pytest.mark.parametrize(("name", "default", "explanation"), setting_rows())
def test_every_setting_is_documented(name: str, default: object, explanation: Text) -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert f"| `{name}` | `{toml_text(default)}` | {explanation.en} |" in page


def test_the_page_names_no_setting_that_is_not_there() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z0-9_.]+)` ", page, flags=re.MULTILINE) == [
        name for name, _, _ in setting_rows()
    ]


def test_every_explanation_is_a_sentence() -> None:
    for _, _, explanation in setting_rows():
        for words in explanation:
            assert words[0].isupper()
            assert words.endswith(".")
        assert explanation.es != explanation.en


def test_only_settings_and_sections_are_explained() -> None:
    assert set(EXPLAINED) == {name for name, _, _ in setting_rows()} | set(SECTIONS)


@pytest.mark.parametrize(("language", "words"), [("es", "valor usual"), ("en", "shows a default")])
def test_the_template_speaks_one_language(language: str, words: str) -> None:
    comments = [line[2:] for line in template(language).splitlines() if line.startswith("# ")]
    assert words in comments[0]
    for explanation in EXPLAINED.values():
        assert (explanation.es in comments, explanation.en in comments) == (
            language == "es",
            language == "en",
        )


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_template_as_it_is_gives_the_defaults(tmp_path: Path, language: str) -> None:
    assert written(tmp_path, template(language)) == Settings()


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_template_with_every_line_uncommented_gives_the_defaults(tmp_path: Path, language: str) -> None:
    settings_part = template(language).split("# [feeds.billing]")[0]
    open_lines = re.sub(r"^# ([a-z_0-9]+ = )", r"\1", settings_part, flags=re.MULTILINE)

    assert written(tmp_path, open_lines) == Settings()
    named = [f"{section}.{key}" for section, keys in tomllib.loads(open_lines).items() for key in keys]
    assert named == [name for name, _, _ in setting_rows()]


def test_the_feed_map_of_the_template_is_one(tmp_path: Path) -> None:
    from amuna.feeds.feed_map import feed_map_from_settings

    text = template("es")
    example = text[text.index("# [feeds.billing]") :].replace("# ", "")
    section = written(tmp_path, example).feeds["billing"]
    assert feed_map_from_settings(section).account == "AccountOID"


@pytest.mark.parametrize("name", NAMES)
def test_file_and_environment_say_the_same(tmp_path: Path, name: str) -> None:
    value = another(name)
    section, key = toml_name(name).split(".", 1)
    from_file = written(tmp_path, f"[{section}]\n{key} = {toml_text(value)}\n")
    from_environment = load_settings(tmp_path / "empty", environment={environment_name(name): str(value)})

    assert from_file == from_environment == replace(Settings(), **{name: value})
    assert type(getattr(from_file, name)) is type(getattr(Settings(), name))


def test_the_environment_wins_and_other_variables_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("[forecast]\nhorizon = 3\n", encoding="utf-8")
    environment = {"AMUNA_FORECAST_HORIZON": "5", "AMUNA_WORKSPACE": "x", "PATH": "y", "_AMUNA_COMPLETE": "z"}
    assert load_settings(tmp_path, environment=environment).forecast_horizon == 5


def test_a_password_may_be_named_like_a_setting(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(
        '[store]\nurl = "postgresql://a:${AMUNA_DB_PASSWORD}@h/d"\n', encoding="utf-8"
    )
    assert load_settings(tmp_path, environment={"AMUNA_DB_PASSWORD": "s3creto"}).store_url.endswith("@h/d")
    with pytest.raises(UnknownSetting, match="no setting 'AMUNA_DB_PASSWORT'"):
        load_settings(tmp_path, environment={"AMUNA_DB_PASSWORT": "s3creto"})


def test_a_whole_number_serves_where_a_fraction_may_stand(tmp_path: Path) -> None:
    found = written(tmp_path, "[ingest]\njump_ratio = 500\n").ingest_jump_ratio
    assert (found, type(found)) == (500.0, float)


FITTING = {str: '"x"', float: "1.5", int: "7"}
WRONG_TYPES = [
    (name, value)
    for name in NAMES
    for value in ('"x"', "true", "1.5", "[1]", "2024-01-01")
    if value != FITTING[type(getattr(Settings(), name))]
]


@pytest.mark.parametrize(("name", "value"), WRONG_TYPES)
def test_a_value_of_another_type_is_refused(tmp_path: Path, name: str, value: str) -> None:
    section, key = toml_name(name).split(".", 1)
    with pytest.raises(UnknownSetting, match=re.escape(toml_name(name))):
        written(tmp_path, f"[{section}]\n{key} = {value}\n")


@pytest.mark.parametrize("name", [name for name in NAMES if not isinstance(getattr(Settings(), name), str)])
def test_every_number_has_a_range(tmp_path: Path, name: str) -> None:
    default = getattr(Settings(), name)
    for value in (-1, 10**15) if isinstance(default, int) else (-1.0, 1e15, math.inf, math.nan):
        with pytest.raises(UnknownSetting, match=re.escape(toml_name(name))) as refused:
            replace(Settings(), **{name: value})
        assert environment_name(name) in refused.value.remedy.en
    section, key = toml_name(name).split(".", 1)
    with pytest.raises(UnknownSetting, match=re.escape(toml_name(name))):
        written(tmp_path, f"[{section}]\n{key} = -1\n")


@pytest.mark.parametrize("memory", ["512MB", "2GB", "1.5GB", "8 GiB", "1TB"])
def test_memory_is_what_the_store_takes(tmp_path: Path, memory: str) -> None:
    workspace = wiring.Workspace(tmp_path, replace(Settings(), store_memory=memory))
    wiring.store(workspace).close()
    assert workspace.store_path.is_file()


@pytest.mark.parametrize("memory", ["", "much", "2", "0GB", "-2GB", "2 apples", "GB"])
def test_memory_that_is_none_is_refused(memory: str) -> None:
    with pytest.raises(UnknownSetting, match=r"store\.memory"):
        replace(Settings(), store_memory=memory)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("[forecast]\nhorizn = 3\n", "forecast.horizon"),
        ("[train]\nfold = 3\n", "train.folds"),
        ("[utility]\ntimezone = 3\n", "utility.time_zone"),
    ],
)
def test_an_unknown_setting_names_the_nearest(tmp_path: Path, text: str, nearest: str) -> None:
    with pytest.raises(UnknownSetting) as refused:
        written(tmp_path, text)
    assert refused.value.facts["nearest"] == nearest


def problem(folder: Path, text: str) -> Text:
    with pytest.raises(UnknownSetting) as refused:
        written(folder, text)
    return refused.value.problem


def test_what_is_wrong_is_said_in_both_languages(tmp_path: Path) -> None:
    file = tmp_path / FILE_NAME
    assert problem(tmp_path, '[train]\nfold = "{x}"\n') == (
        f"{file}: no existe el ajuste 'train.fold'; el más parecido es 'train.folds'.",
        f"{file}: there is no setting 'train.fold'; the nearest is 'train.folds'.",
    )
    assert problem(tmp_path, '[train]\nfolds = "{x}"\n') == (
        f"{file}: train.folds vale '{{x}}'; debe ser un número entero, como 3.",
        f"{file}: train.folds is '{{x}}', expected a whole number such as 3.",
    )
    assert problem(tmp_path, '[zones]\nmodels = ["ridge"]\n') == (
        f"{file}: zones.models vale ['ridge']; debe ser un texto.",
        f"{file}: zones.models is ['ridge'], expected a text.",
    )
    assert problem(tmp_path, "feeds = [1]\n").es == (
        f"{file}: feeds vale [1]; debe tener una sección [feeds.NOMBRE] por cada uno."
    )
    assert problem(tmp_path, "[train]\nfolds = 99\n").es == (
        "El ajuste train.folds vale 99; debe estar entre 1 y 26."
    )


def test_a_variable_that_is_not_set_is_asked_for_in_both_languages() -> None:
    with pytest.raises(UnknownSetting) as refused:
        filled("postgresql://a:${CLAVE}@h/d", setting="store.url", environment={})
    assert refused.value.remedy == (
        "Defínala antes del comando: export CLAVE=…",
        "Set it before the command: export CLAVE=…",
    )


@pytest.mark.parametrize("content", [b"[forecast\n", b"\xff\xfe\x00", b"a = 1\na = 2\n"])
def test_a_file_that_is_no_toml(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(SourceUnreadable, match=r"amuna\.toml"):
        load_settings(tmp_path, environment={})


def test_settings_reach_the_parts() -> None:
    settings = replace(
        Settings(),
        ingest_max_daily_m3=5.0,
        ingest_jump_ratio=6.0,
        ingest_future_hours=7.0,
        forecast_horizon=8,
        forecast_billing_days=9,
        train_folds=2,
        train_origins=11,
        train_margin=0.12,
        train_window=130,
        train_slab=14,
        train_workers=15,
    )
    rules, fleet, engine = wiring.rules(settings), wiring.fleet_settings(settings), wiring.engine(settings)

    assert (rules.max_daily_m3, rules.jump_ratio, rules.future_tolerance.total_seconds()) == (5, 6, 7 * 3600)
    assert (fleet.horizon, fleet.billing_days, fleet.folds, fleet.origins, fleet.margin) == (
        8,
        9,
        2,
        11,
        0.12,
    )
    assert fleet.arima.window == 130
    assert (vars(engine)["slab"], vars(engine)["workers"]) == (14, 15)


def test_importing_amuna_brings_no_library_along() -> None:
    script = (
        "import sys; before = set(sys.modules); import amuna;"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before};"
        "print(sorted(new - set(sys.stdlib_module_names) - {'amuna'}))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT / 'src')!r}); {script}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_a_choice_that_does_not_exist_is_refused() -> None:
    with pytest.raises(
        UnknownSetting, match=r"registry\.enabled is 'maybe'; it must be one of: auto, on, off"
    ):
        Settings(registry_enabled="maybe")


def test_settings_in_force_tell_no_password() -> None:
    settings = replace(
        Settings(),
        store_url="postgresql://amuna:hunter2@db/water",
        registry_url="postgresql://amuna:hunter2@db/models",
        serve_oidc_secret="hunter2",
        forecast_horizon=9,
    )
    rows = {name: (value, default) for name, value, default, _ in settings_in_force(settings)}
    assert "hunter2" not in str(rows)
    assert rows["store.url"] == ("•••", "")
    assert rows["registry.url"] == ("postgresql://amuna:•••@db/models", "sqlite:///mlflow.db")
    assert rows["forecast.horizon"] == ("9", "14")
