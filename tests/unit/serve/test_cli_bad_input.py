"""Every wrong input ends in a message with what was found and what to do, a documented exit code, and nothing written."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from tests.unit.serve.conftest import Cli

from amuna.serve.cli.output import EXIT_CODES

GOOD = "ConsumptionDate,AccountOID,Consumption\n2024-01-01,a,100\n2024-01-02,a,120\n"


def assert_refused(cli: Cli, *words: object, code: int, found: tuple[str, ...], remedy: str) -> None:
    """As text and as JSON: the same code, the facts, the remedy."""
    assert code in EXIT_CODES
    said = cli(*words, code=code)
    assert said.out == ""
    for text in found:
        assert text in said.err
    assert remedy in said.err
    error = cli(*words, "--json", code=code).json()["error"]
    assert remedy in error["remedy"]
    for text in found:
        assert text in error["problem"]


def assert_nothing_written(cli: Cli) -> None:
    found = cli("status", "--json").json()
    assert (found["rows"], found["quarantined"], found["feeds"]) == (0, 0, [])


def bad_files(folder: Path) -> dict[str, tuple[Path, int, tuple[str, ...], str]]:
    """Name → file, exit code, what the message names, what the remedy names."""

    def text(name: str, content: str) -> Path:
        (folder / name).write_text(content, encoding="utf-8")
        return folder / name

    def binary(name: str, content: bytes) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    many = GOOD + "".join(f"2024-01-{n % 28 + 1:02d},b{n},{n}\n" for n in range(5_000))
    parquet = folder / "whole.parquet"
    pl.DataFrame(
        {"ConsumptionDate": [date(2024, 1, 1)], "AccountOID": ["a"], "Consumption": [1]}
    ).write_parquet(parquet)
    wrong_type = folder / "wrong_type.parquet"
    pl.DataFrame(
        {"ConsumptionDate": [date(2024, 1, 1)], "AccountOID": ["a"], "Consumption": [True]}
    ).write_parquet(wrong_type)
    packed = gzip.compress(many.encode())
    return {
        "missing column": (
            text("missing.csv", "ConsumptionDate,AccountOID,Litros\n2024-01-01,a,1\n"),
            65,
            ("missing.csv", "row 1", "Litros"),
            "[feeds.NAME]",
        ),
        "wrong type": (wrong_type, 65, ("wrong_type.parquet", "Consumption", "Boolean"), "value"),
        "no number": (
            text(
                "words.csv", "ConsumptionDate,AccountOID,Consumption\n2024-01-01,a,many\n2024-01-02,a,lots\n"
            ),
            65,
            ("words.csv", "Consumption", "many"),
            "decimal",
        ),
        "no date": (
            text("dates.csv", "ConsumptionDate,AccountOID,Consumption\nMonday,a,1\nTuesday,a,2\n"),
            65,
            ("dates.csv", "ConsumptionDate", "Monday"),
            "date_format",
        ),
        "empty": (text("empty.csv", ""), 66, ("empty.csv", "empty"), "Export it again"),
        "header alone": (
            text("header.csv", GOOD.splitlines()[0] + "\n"),
            66,
            ("header.csv", "header without rows"),
            "Export it again",
        ),
        "no rows": (
            _empty_parquet(folder / "none.parquet"),
            66,
            ("none.parquet", "no rows"),
            "Export it again",
        ),
        "truncated gzip": (
            binary("cut.csv.gz", packed[: len(packed) // 2]),
            66,
            ("cut.csv.gz", "truncated"),
            "Copy it again",
        ),
        "truncated parquet": (
            binary("cut.parquet", parquet.read_bytes()[:200]),
            66,
            ("cut.parquet", "truncated"),
            "Copy it again",
        ),
        "not a table": (
            binary("photo.csv", b"\x89PNG\0\0\0\0" * 50),
            66,
            ("photo.csv", "not text"),
            "formats",
        ),
        "absent": (folder / "absent.csv", 66, ("absent.csv", "no such file"), "Check the path"),
        "no file in the folder": (_folder(folder / "nothing"), 66, ("nothing", "holds no file"), ".parquet"),
    }


def _empty_parquet(path: Path) -> Path:
    pl.DataFrame(
        schema={"ConsumptionDate": pl.Date, "AccountOID": pl.String, "Consumption": pl.Int64}
    ).write_parquet(path)
    return path


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.mark.parametrize(
    "kind",
    [
        "missing column",
        "wrong type",
        "no number",
        "no date",
        "empty",
        "header alone",
        "no rows",
        "truncated gzip",
        "truncated parquet",
        "not a table",
        "absent",
        "no file in the folder",
    ],
)
def test_a_source_that_cannot_be_read(cli: Cli, here: Path, kind: str) -> None:
    file, code, found, remedy = bad_files(here)[kind]
    assert_refused(cli, "ingest", file, code=code, found=found, remedy=remedy)
    assert_nothing_written(cli)


def test_a_folder_with_one_bad_file_gives_nothing_of_the_others(cli: Cli, here: Path) -> None:
    folder = _folder(here / "feed")
    (folder / "a.csv").write_text(GOOD, encoding="utf-8")
    (folder / "b.csv.gz").write_bytes(gzip.compress(GOOD.encode() * 500)[:60])
    assert_refused(cli, "ingest", folder, code=66, found=("b.csv.gz", "truncated"), remedy="Copy it again")
    assert_nothing_written(cli)


@pytest.mark.parametrize(
    ("text", "code", "found", "remedy"),
    [
        ('[utility]\nunit = "barrel"\n', 65, ("barrel",), "m3, L"),
        ('[utility]\nunit = "L/s"\n', 65, ("L/s", "flow"), "volume"),
        ('[utility]\ntime_zone = "Mars/Olympus"\n', 65, ("Mars/Olympus",), "America/Lima"),
        ("[forecast]\nhorizont = 3\n", 78, ("forecast.horizont", "forecast.horizon"), "docs/settings.md"),
        ("[forcast]\nhorizon = 3\n", 78, ("forcast.horizon", "forecast.horizon"), "docs/settings.md"),
        ("horizon = 3\n", 78, ("horizon",), "docs/settings.md"),
        ('[forecast]\nhorizon = "3"\n', 78, ("forecast.horizon", "'3'"), "Correct"),
        ("[forecast]\nhorizon = 3.5\n", 78, ("forecast.horizon", "3.5"), "Correct"),
        ("[forecast]\nhorizon = true\n", 78, ("forecast.horizon", "True"), "Correct"),
        ("[forecast]\nhorizon = 0\n", 78, ("forecast.horizon", "0", "365"), "AMUNA_FORECAST_HORIZON"),
        ("[ingest]\nmin_coverage = nan\n", 78, ("ingest.min_coverage", "nan"), "amuna.toml"),
        ("[ingest]\nmin_coverage = 1.5\n", 78, ("ingest.min_coverage", "1.5"), "amuna.toml"),
        ('[store]\nmemory = "much"\n', 78, ("store.memory", "much"), "2GB"),
        ("[store]\nmemory = 2\n", 78, ("store.memory", "2"), "Correct"),
        ("feeds = 3\n", 78, ("feeds", "3"), "[feeds.NAME]"),
        ("[feeds]\nbilling = 3\n", 78, ("feeds",), "[feeds.NAME]"),
        ("[forecast\nhorizon = 3\n", 66, ("amuna.toml", "line 1"), "Correct"),
    ],
)
def test_a_wrong_setting(
    cli: Cli, here: Path, text: str, code: int, found: tuple[str, ...], remedy: str
) -> None:
    (here / "good.csv").write_text(GOOD, encoding="utf-8")
    (here / "amuna.toml").write_text(text, encoding="utf-8")
    assert_refused(cli, "ingest", "good.csv", code=code, found=found, remedy=remedy)
    (here / "amuna.toml").write_text("", encoding="utf-8")
    assert_nothing_written(cli)


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("AMUNA_FORECAST_HORIZONT", "3", ("AMUNA_FORECAST_HORIZONT", "AMUNA_FORECAST_HORIZON'")),
        ("AMUNA_FORECAST_HORIZON", "soon", ("AMUNA_FORECAST_HORIZON", "soon")),
        ("AMUNA_FORECAST_HORIZON", "", ("AMUNA_FORECAST_HORIZON", "''")),
        ("AMUNA_FORECAST_HORIZON", "900", ("forecast.horizon", "900")),
        ("AMUNA_TRAIN_MARGIN", "nan", ("train.margin", "nan")),
    ],
)
def test_a_wrong_environment(
    cli: Cli, here: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, found: tuple[str, ...]
) -> None:
    monkeypatch.setenv(name, value)
    remedy = "docs/settings.md" if name.endswith("HORIZONT") else "Correct"
    assert_refused(cli, "status", code=78, found=found, remedy=remedy)


@pytest.mark.parametrize(
    ("section", "code", "found", "remedy"),
    [
        ('account = "AccountOID"\ntime = "ConsumptionDate"\n', 78, ("[feeds.mine]", "value"), "value ="),
        (
            'account = "Suministro"\ntime = "ConsumptionDate"\nvalue = "Consumption"\n',
            65,
            ("good.csv", "Suministro", "AccountOID"),
            'account = "AccountOID"',
        ),
        ('acount = "AccountOID"\n', 78, ("acount", "'account'"), "Settings of a feed"),
        (
            'account = "AccountOID"\ntime = "ConsumptionDate"\nvalue = "Consumption"\nunit = "barrel"\n',
            65,
            ("[feeds.mine]", "barrel"),
            "m3, L",
        ),
        (
            'account = "AccountOID"\ntime = "ConsumptionDate"\nvalue = "Consumption"\ntime_zone = "Lima"\n',
            65,
            ("[feeds.mine]", "Lima"),
            "America/Lima",
        ),
    ],
)
def test_a_wrong_feed_map(
    cli: Cli, here: Path, section: str, code: int, found: tuple[str, ...], remedy: str
) -> None:
    (here / "good.csv").write_text(GOOD, encoding="utf-8")
    (here / "amuna.toml").write_text("[feeds.mine]\n" + section, encoding="utf-8")
    assert_refused(cli, "ingest", "good.csv", "--feed", "mine", code=code, found=found, remedy=remedy)
    assert_nothing_written(cli)


def test_an_unknown_feed_map(cli: Cli, here: Path) -> None:
    (here / "good.csv").write_text(GOOD, encoding="utf-8")
    assert_refused(
        cli, "ingest", "good.csv", "--feed", "mine", code=78, found=("mine", "none"), remedy="[feeds.mine]"
    )


def test_a_database_without_a_query(cli: Cli, here: Path) -> None:
    assert_refused(cli, "ingest", "sqlite:///x.db", code=78, found=("needs a query",), remedy="--query")


def test_an_ingest_of_nothing(cli: Cli, here: Path) -> None:
    assert_refused(cli, "ingest", code=78, found=("No feed", "source"), remedy="amuna ingest SOURCE")
    section = '[feeds.mine]\naccount = "a"\ntime = "t"\nvalue = "v"\n'
    (here / "amuna.toml").write_text(section, encoding="utf-8")
    words = ("ingest", "--feed", "mine")
    assert_refused(cli, *words, code=78, found=("[feeds.mine]", "source"), remedy='source = "URL"')


def test_a_database_that_refuses_the_query(cli: Cli, here: Path) -> None:
    section = '[feeds.mine]\naccount = "a"\ntime = "t"\nvalue = "v"\n'
    (here / "amuna.toml").write_text(section, encoding="utf-8")
    words = ("ingest", "sqlite:///x.db", "--query", "SELECT * FROM nowhere", "--feed", "mine")
    assert_refused(cli, *words, code=66, found=("nowhere",), remedy="Check the query")
    words = ("ingest", "oracle+nothing://u:secret@h/d", "--query", "SELECT 1", "--feed", "mine")
    assert_refused(cli, *words, code=66, found=("no driver",), remedy="pip")
    assert "secret" not in cli(*words, code=66).err


@pytest.mark.parametrize(
    "words",
    [
        *[("train",), ("forecast",), ("update",), ("evaluate",), ("status",), ("check",), ("quarantine",)],
        *[("ingest", "x.csv"), ("export", "consumption", "x.csv"), ("report",)],
    ],
    ids=lambda words: words[0],
)
def test_no_workspace(cli: Cli, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert_refused(cli, *words, code=66, found=(str(tmp_path), "amuna.toml"), remedy="amuna init")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [("forecast",), ("update",), ("evaluate",), ("forecast", "--account", "a")])
def test_nothing_trained(cli: Cli, here: Path, words: tuple[str, ...]) -> None:
    assert_refused(cli, *words, code=69, found=("No model serves",), remedy="amuna train")


def test_nothing_ingested(cli: Cli, here: Path) -> None:
    assert_refused(cli, "train", code=69, found=("no consumption",), remedy="amuna ingest")


def test_an_unknown_table(cli: Cli, here: Path) -> None:
    words = ("export", "consumptions", "x.csv")
    assert_refused(cli, *words, code=1, found=("consumptions",), remedy="consumption")
    assert_refused(cli, "export", "consumptions", code=1, found=("consumptions",), remedy="consumption")


@pytest.mark.parametrize("name", ["x.xml", "x", "x.csv.gz"])
def test_an_unknown_format(cli: Cli, here: Path, name: str) -> None:
    assert_refused(cli, "export", "consumption", name, code=1, found=(name,), remedy=".parquet")
    assert_refused(cli, "forecast", "--out", name, code=1, found=(name,), remedy=".parquet")


def test_a_file_where_a_folder_is_needed(cli: Cli, here: Path) -> None:
    (here / "taken").write_text("", encoding="utf-8")
    words = ("export", "consumption", "taken/x.csv")
    assert_refused(cli, *words, code=1, found=("taken",), remedy="Check the path")
    assert_refused(cli, "init", "taken", code=1, found=("taken",), remedy="Check the path")
    assert_refused(
        cli, "simulate", "taken", "--accounts", 5, "--days", 60, code=1, found=("taken",), remedy="path"
    )


def test_a_workspace_that_is_there_already(cli: Cli, here: Path) -> None:
    assert_refused(cli, "init", code=1, found=("amuna.toml", "exists"), remedy="amuna init DIR")


def test_a_store_that_is_no_database(cli: Cli, here: Path) -> None:
    (here / "amuna.duckdb").write_bytes(b"not a database at all" * 1_000)
    assert_refused(cli, "status", code=74, found=("amuna.duckdb", "not a valid DuckDB"), remedy="restore")


def test_a_store_in_a_folder_that_is_not_there(cli: Cli, here: Path) -> None:
    (here / "amuna.toml").write_text('[store]\npath = "no/such/folder/a.duckdb"\n', encoding="utf-8")
    assert_refused(cli, "status", code=74, found=("no/such/folder",), remedy="folder")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("simulate", "x", "--start", "2024-02-31"), "2024-02-31"),
        (("simulate", "x", "--start", "yesterday"), "2024-01-31"),
        (("simulate", "x", "--accounts", "0"), "--accounts"),
        (("simulate", "x", "--format", "xml"), "csv"),
        (("forecast", "--horizon", "0"), "--horizon"),
        (("forecast", "--horizon", "9999"), "--horizon"),
        (("quarantine", "--limit", "-1"), "--limit"),
        (("export", "consumption"), "consumption.csv"),
        (("predict",), "predict"),
        (("train", "--jsn"), "--jsn"),
    ],
)
def test_a_command_line_that_cannot_be_understood(
    cli: Cli, here: Path, words: tuple[str, ...], found: str
) -> None:
    said = cli(*words, code=2)
    assert found in said.err
    assert not (here / "x").exists()


def test_a_simulation_beyond_its_range(cli: Cli, here: Path) -> None:
    assert_refused(cli, "simulate", "x", "--days", "1", code=78, found=("days", "1"), remedy="")
    said = cli("simulate", "x", "--accounts", 5, "--days", 30, "--new-days", 30, code=78)
    assert "new_days" in said.err


def test_an_interrupt_says_how_to_go_on(cli: Cli, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("amuna.workflows.status.status", interrupted)
    assert "run the same command again" in cli("status", code=130).err


def test_the_exit_codes_are_the_documented_ones() -> None:
    from amuna.domain import errors

    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert {kind.exit_code for kind in kinds if issubclass(kind, errors.AmunaError)} <= set(EXIT_CODES)
    howto = (Path(__file__).parents[3] / "docs" / "howto.md").read_text(encoding="utf-8")
    for code in EXIT_CODES:
        assert f"| {code} |" in howto
