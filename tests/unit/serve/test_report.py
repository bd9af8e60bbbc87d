"""The report page: right numbers in the drawings, every word in both languages, nothing from outside."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest

from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.table import Table
from amuna.domain.tables import (
    ACCOUNTS,
    BATCHES,
    CONSUMPTION,
    EVIDENCE,
    FORECASTS,
    LEAD_EVIDENCE,
    MODELS,
    PERIOD_FORECASTS,
    QUANTILE_COLUMNS,
    QUARANTINE,
    RUNS,
    SCORES,
    STATES,
    UPDATES,
)
from amuna.domain.text import Text
from amuna.forecasting import champion
from amuna.forecasting.arima.model import STATUS
from amuna.forecasting.intervals import GROUPS
from amuna.serve.report import numbers
from amuna.serve.report.fan import Fan, fan_chart
from amuna.serve.report.headline import better_share, stored_means
from amuna.serve.report.page import render, write_report
from amuna.serve.report.spread import histogram
from amuna.serve.report.strings import STRINGS
from amuna.serve.report.svg import Size, ticks
from amuna.serve.report.text import html
from amuna.serve.report.timings import timing_rows
from amuna.serve.report.words import WORDS
from amuna.store.duckdb_session import MEMORY
from amuna.store.duckdb_store import open_store
from amuna.workflows.evaluate import evaluate
from amuna.workflows.report import ratio_counts, report
from amuna.workflows.report_fleet import HISTORY_DAYS

CUTOFF = date(2025, 3, 4)
NOON = datetime(2025, 3, 4, 12, tzinfo=UTC)
RUN = "run-1"
EVIL = '<b onclick="x">&'
NAMES_ALIKE = {"ARIMA", "MASE", "variable", "industrial", "m³"}
VOID = {"meta", "link", "br", "img", "input", "hr"}


def put(store: Store, table: Table, *rows: dict[str, object]) -> None:
    store.upsert(table, table.frame(list(rows)))


def put_run(store: Store, accounts: list[str]) -> None:
    """A trained run that serves, whose states have seen all days before CUTOFF; two accounts a model each."""
    put(
        store,
        RUNS,
        {
            "run_id": RUN,
            "started_at": NOON,
            "finished_at": NOON + timedelta(seconds=50),
            "cutoff": CUTOFF - timedelta(days=1),
            "settings": '{"folds": 3}',
            "code_version": "9.9",
            "accounts": len(accounts),
            "alias": "champion",
        },
    )
    put(store, UPDATES, *[update_row(1, rows=0, seconds=0.0), update_row(0, rows=3, seconds=1.5)])
    put(store, MODELS, *[model_row(account) for account in accounts])
    state = {"run_id": RUN, "cutoff": CUTOFF, "state": [0.0], "known_at": NOON}
    put(store, STATES, *[state | {"account_id": account} for account in accounts])


def update_row(back: int, *, rows: int, seconds: float) -> dict[str, object]:
    when = NOON - timedelta(days=back)
    counts = {"restated": 0, "adopted": 0, "scored": 0}
    cutoff = CUTOFF - timedelta(days=back)
    return counts | {
        "run_id": RUN,
        "cutoff": cutoff,
        "accounts": "",
        "updated_at": when,
        "known_at": when,
        "rows": rows,
        "seconds": seconds,
    }


def model_row(account: str) -> dict[str, object]:
    return {
        "run_id": RUN,
        "account_id": account,
        "champion": "combination",
        "status": "ok",
        "order": "(1,0,1)(0,1,1)7",
        "transform": "none",
        "parameters": [0.1],
        "standard_errors": [0.1],
        "sigma2": 1.0,
        "aicc": 1.0,
        "group": "usual",
        "scale": 0.5,
        "level": 1.0,
        "zero_share": 0.0,
        "days": 300,
        "weights": [1.0],
    }


def put_days(store: Store, account: str, *, missing: int | None = None) -> None:
    """Sixty days of 1 to 7 m³ by weekday, one of them missing."""
    rows = [
        {
            "account_id": account,
            "day": CUTOFF - timedelta(days=back),
            "consumption_m3": 1.0 + (CUTOFF - timedelta(days=back)).weekday(),
            "flag": "ok",
            "recorded_at": NOON - timedelta(days=back),
            "batch_id": "b0",
        }
        for back in range(1, 61)
        if back != missing
    ]
    put(store, CONSUMPTION, *rows)


def quantiles(middle: float) -> dict[str, object]:
    return {column: middle * 2 * q for q, column in QUANTILE_COLUMNS.items()}


def put_forecasts(store: Store, account: str, *, middle: float) -> None:
    """Forecasts of two cutoffs for 14 days; each quantile is the middle times 2 × its probability."""
    for back in (1, 0):
        cutoff = CUTOFF - timedelta(days=back)
        key = {"run_id": RUN, "account_id": account, "cutoff": cutoff}
        put(
            store,
            FORECASTS,
            *[key | {"day": cutoff + timedelta(days=lead)} | quantiles(middle) for lead in range(14)],
        )
        put(store, PERIOD_FORECASTS, key | {"days": 30} | quantiles(30 * middle))


def put_evidence(store: Store, account: str, *, mase: float, baseline: float) -> None:
    for model, value in (("champion", mase), ("last_week", baseline), ("tsb", 1.0)):
        row = {"run_id": RUN, "account_id": account, "model": model, "cutoff": CUTOFF - timedelta(days=14)}
        put(store, EVIDENCE, row | {"days": 14, "mae": value, "mase": value})


def put_leads(store: Store) -> None:
    rows = [
        {"run_id": RUN, "slab": "a", "model": model, "lead": lead, "days": 10, "scaled": each * 10}
        for model, each in (("champion", 0.6), ("last_week", 0.8))
        for lead in (1, 2)
    ]
    put(store, LEAD_EVIDENCE, *rows)


def put_score(store: Store, account: str, *, forecast: float, inside: bool) -> None:
    day = CUTOFF - timedelta(days=1)
    observed = 1.0 + day.weekday()
    row = {"run_id": RUN, "account_id": account, "cutoff": day, "day": day, "observed_m3": observed}
    row |= {"forecast_m3": forecast, "baseline_m3": observed - 1.0, "inside80": inside, "inside95": True}
    put(store, SCORES, row)


def put_refused(store: Store) -> None:
    row = {
        "source": "/secret/folder/feed.csv",
        "row": 7,
        "field": "Consumption",
        "detail": "Found '-5' L; expected zero or more.",
        "recorded_at": NOON,
        "batch_id": "b0",
    }
    put(
        store,
        QUARANTINE,
        row | {"reason": "negative", "original": json.dumps({"AccountOID": EVIL, "Consumption": -5})},
        row | {"reason": "unheard_of", "original": "no json"},
    )


def put_batches(store: Store) -> None:
    rows = [
        {
            "batch_id": f"b{number}",
            "feed": "feed.csv",
            "number": number,
            "source": "feed.csv",
            "watermark": str(number),
            "rows_read": 100,
            "rows_accepted": 99,
            "rows_quarantined": 1,
            "rows_duplicate": 0,
            "committed_at": NOON + timedelta(seconds=2 * number),
        }
        for number in range(3)
    ]
    put(store, BATCHES, *rows)


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty store in memory."""
    opened = open_store(MEMORY, threads=1)
    yield opened
    opened.close()


@pytest.fixture
def full(store: Store) -> Store:
    """Three accounts with everything: backtest 0.6 against 0.8 on average, one of three judged inside."""
    accounts = {"a": (0.3, 0.6), "b": (0.6, 0.8), EVIL: (0.9, 1.0)}
    put_run(store, list(accounts))
    for account, (mase, baseline) in accounts.items():
        put_days(store, account, missing=10 if account == "b" else None)
        put_forecasts(store, account, middle=2.0)
        put_evidence(store, account, mase=mase, baseline=baseline)
        put_score(store, account, forecast=2.0, inside=account == "a")
    put_leads(store)
    put_refused(store)
    put_batches(store)
    return store


class Page(HTMLParser):
    """What a reader meets: the text outside scripts with whether a language is said for it, and the elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.loose: list[str] = []
        self.words: list[str] = []
        self.tags: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == [], "elements left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            said = dict(attrs)
            spoken = (tag != "html" and "lang" in said) or said.get("translate") == "no"
            self.open.append((tag, spoken or tag in {"script", "style", "title"}))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        name, _ = self.open.pop()
        assert name == tag, f"<{name}> closed by </{tag}>"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1][0] in {"script", "style"}:
            return
        self.words.append(data)
        if re.search(r"[^\W\d_]{2}", data) and not any(spoken for _, spoken in self.open):
            self.loose.append(data)


def entries() -> list[tuple[str, Text]]:
    words = [(f"{kind}.{code}", text) for kind, codes in WORDS.items() for code, text in codes.items()]
    return [*STRINGS.items(), *words]


def places(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize(("key", "text"), entries())
def test_every_string_is_in_both_languages(key: str, text: Text) -> None:
    assert text.es.strip()
    assert text.en.strip()
    assert places(text.es) == places(text.en), "the same places in both"
    assert text.es.count("*") == text.en.count("*")
    if text.es == text.en:
        letters = re.findall(r"[^\W\d_]+[³]?", re.sub(r"\{\w+\}", "", text.en))
        assert set(letters) <= NAMES_ALIKE, f"{key} is not translated"


@pytest.mark.parametrize(
    ("kind", "codes"),
    [("model", ("champion", *champion.NAMES)), ("group", GROUPS), ("status", tuple(STATUS))],
)
def test_every_code_that_the_program_writes_has_words(kind: str, codes: tuple[str, ...]) -> None:
    assert set(map(str, codes)) <= set(WORDS[kind])


def test_every_reason_has_a_remedy() -> None:
    assert WORDS["reason"].keys() == WORDS["remedy"].keys()


def test_no_word_on_the_page_lacks_its_other_language(full: Store) -> None:
    page = Page(render(report(store=full), title="Aguas", timings={"ingest": 2.0, "a step": 3.0}))
    assert page.loose == []
    assert "Data quality" in page.words
    assert "Calidad de los datos" in page.words


def test_an_untranslated_word_would_be_found() -> None:
    assert Page("<p>Hello there</p>").loose == ["Hello there"]
    assert Page(f"<p>{html(Text('Hola', 'Hello'))}{html('A-1')} 12 %</p>").loose == []


def test_page_stands_alone_and_is_small(full: Store, tmp_path: Path) -> None:
    out = write_report(full, tmp_path / "new" / "report.html", title="Aguas")
    text = out.read_text(encoding="utf-8")
    assert not re.search(r"https?:|//[a-z]|@import|url\(", text, re.IGNORECASE)
    assert not {"img", "iframe", "object", "embed"} & set(Page(text).tags)
    assert "src=" not in text
    assert out.stat().st_size < 1_500_000
    assert [file.name for file in out.parent.iterdir()] == ["report.html"]


def test_data_from_outside_cannot_become_markup(full: Store) -> None:
    page = render(report(store=full), title="<script>alert(1)</script>")
    assert Page(page).tags.count("script") == 2
    assert "onclick" not in re.sub(r"&lt;.*?&amp;", "", page)
    assert "&lt;b onclick" in page
    assert "/secret/folder" not in page, "folders of the machine are nobody's business"


def test_main_sentence_says_what_the_tables_say(full: Store) -> None:
    words = "".join(Page(render(report(store=full), title="Aguas")).words)
    assert "miss by 25\u202f% less than repeating last week" in words
    assert "held the truth 33\u202f% of the time" in words
    assert "Checked since, on a single day: 3 forecasts" in words
    assert "fallan 25\u202f% menos" in words
    assert "Aguas" in words
    assert "datos hasta el 3 mar 2025" in words


def test_forecasts_that_are_worse_are_called_worse(store: Store) -> None:
    put_run(store, ["a"])
    put_days(store, "a")
    put_evidence(store, "a", mase=1.2, baseline=1.0)
    put_leads(store)
    words = "".join(Page(render(report(store=store), title="Aguas")).words)
    assert "miss by 20\u202f% more than repeating last week." in words


def test_stored_forecasts_are_averaged_over_forecasts_not_over_leads(full: Store) -> None:
    found = stored_means(evaluate(store=full))
    observed = 1.0 + (CUTOFF - timedelta(days=1)).weekday()
    assert found is not None
    assert found["mae_m3"] == pytest.approx(abs(observed - 2.0))
    assert found["baseline_mae_m3"] == pytest.approx(1.0)
    accuracy = evaluate(store=full)
    leads = pl.DataFrame(
        {
            "lead": [1, 2],
            "forecasts": [30, 10],
            "mae_m3": [1.0, 3.0],
            "baseline_mae_m3": [2.0, None],
            "coverage80": [0.8, 0.4],
            "coverage95": [1.0, 1.0],
        }
    )
    mixed = stored_means(type(accuracy)(**{**vars(accuracy), "stored": leads}))
    assert mixed == pytest.approx(
        {
            "forecasts": 40,
            "mae_m3": 1.5,
            "baseline_mae_m3": 2.0,
            "coverage80": 0.7,
            "coverage95": 1.0,
        }
    )


def test_sum_of_medians_is_shown_without_an_interval_where_history_is_short(full: Store) -> None:
    data = report(store=full)
    assert data.fleet.medians["total_m3"].to_list() == pytest.approx([6.0] * 14)
    assert data.fleet.forecast.is_empty()
    assert data.fleet.held80 is None
    words = "".join(Page(render(data, title="Aguas")).words)
    assert "History is too short for an interval of the total" in words


def test_day_with_few_accounts_does_not_count_as_a_total(full: Store) -> None:
    put(
        full,
        CONSUMPTION,
        {
            "account_id": "d",
            "day": CUTOFF - timedelta(days=58),
            "consumption_m3": 5.0,
            "flag": "ok",
            "recorded_at": NOON,
            "batch_id": "b0",
        },
    )
    days = report(store=full).fleet.days
    gap = CUTOFF - timedelta(days=10)
    assert days.filter(pl.col("day") == gap)["total_m3"].to_list() == [None], "two of three accounts known"
    assert days["total_m3"].null_count() == 1
    assert len(days) == HISTORY_DAYS


def test_clients_show_the_gap_the_newest_forecast_and_what_happened_since(full: Store) -> None:
    clients = {client.account_id: client for client in report(store=full).clients}
    gap = CUTOFF - timedelta(days=10)
    assert gap not in clients["b"].days["day"].to_list()
    assert gap in clients["a"].days["day"].to_list()
    forecast = clients["a"].forecast
    since = CUTOFF - timedelta(days=1)
    assert forecast["day"].min() == since, "what was said of the day judged since"
    assert forecast.filter(pl.col("day") >= CUTOFF)["cutoff"].unique().to_list() == [CUTOFF]
    assert clients["a"].judged.select("day", "inside80").rows() == [(since, True)]
    assert clients["a"].period_m3[0.9] == pytest.approx(108.0)


def test_dozen_holds_best_and_worst_and_the_middle_of_each_segment(store: Store) -> None:
    names = [f"a{i:02d}" for i in range(20)]
    put_run(store, names)
    put_leads(store)
    for i, name in enumerate(names):
        put_days(store, name)
        put_evidence(store, name, mase=0.1 * (i + 1), baseline=1.0)
    closed = model_row(names[0]) | {"zero_share": 0.9}
    put(store, MODELS, closed)
    segments = ["household"] * 15 + ["public"] * 5
    put(
        store,
        ACCOUNTS,
        *[
            {"account_id": name, "segment": segment, "zone_id": None, "longitude": None, "latitude": None}
            for name, segment in zip(names, segments, strict=True)
        ],
    )
    clients = report(store=store).clients
    roles: dict[str, list[str]] = {}
    for client in clients:
        roles.setdefault(client.role, []).append(client.account_id)
    assert len(clients) == 12
    assert roles["best"] == names[1:4], "not the one whose tap is shut"
    assert roles["worst"] == names[:-4:-1]
    typical = [client for client in clients if client.role == "typical"]
    assert {client.segment for client in typical[:2]} == {"household", "public"}
    words = "".join(Page(render(report(store=store), title="Aguas")).words)
    assert "household" in words
    assert "doméstico" in words


def test_ratios_are_counted_in_the_right_bin(full: Store) -> None:
    counts = {
        round(low, 1): n
        for low, n in ratio_counts(evaluate(store=full)).select("low", "accounts").iter_rows()
    }
    assert {low: n for low, n in counts.items() if n} == {0.5: 1, 0.7: 1, 0.9: 1}


@pytest.mark.parametrize(
    ("ratio", "low"), [(0.0, 0.0), (0.999, 0.9), (0.3 / 0.3, 1.0), (1.9, 1.9), (50.0, 2.0)]
)
def test_edge_ratios(store: Store, ratio: float, low: float) -> None:
    put_run(store, ["a"])
    put_days(store, "a")
    put_evidence(store, "a", mase=ratio, baseline=1.0)
    put_leads(store)
    found = ratio_counts(evaluate(store=store)).filter(pl.col("accounts") > 0)["low"].to_list()
    assert found == [pytest.approx(low)]


def test_share_better_counts_only_ratios_below_one() -> None:
    ratios = ratio_counts(None).with_columns(
        accounts=pl.when(pl.col("low").round(1).is_in([0.9, 1.0])).then(2).otherwise(0)
    )
    assert better_share(ratios) == 0.5
    assert better_share(ratio_counts(None)) is None


def test_timings_of_the_caller_come_before_those_of_the_store(full: Store) -> None:
    data = report(store=full)
    found = {step: (amount, took) for step, amount, _, took in timing_rows(data, {})}
    assert found == {"ingest": (200, 4.0), "train": (3, 50.0), "update": (3, 1.5)}
    given = [(step, amount, took) for step, amount, _, took in timing_rows(data, {"x": 1.0, "train": 9.0})]
    assert given == [("ingest", 200, 4.0), ("train", 3, 9.0), ("update", 3, 1.5), ("x", None, 1.0)]


def test_refused_rows_show_the_cell_at_fault_and_the_remedy(full: Store) -> None:
    page = render(report(store=full), title="Aguas")
    assert "<mark>Consumption: -5</mark>" in page
    words = "".join(Page(page).words)
    assert "send that day again" in words
    assert "envíe ese día de nuevo" in words
    assert "unheard_of" in words
    assert "row 7 of feed.csv" in words


def test_nothing_trained_is_refused_with_a_remedy(store: Store, tmp_path: Path) -> None:
    put_days(store, "a")
    with pytest.raises(NotEnoughData, match="amuna train"):
        write_report(store, tmp_path / "report.html", title="Aguas")
    assert list(tmp_path.iterdir()) == []


def test_page_of_a_young_store_says_what_is_missing(store: Store) -> None:
    put_run(store, ["a", "b", "c"])
    for account in "abc":
        put_days(store, account)
    page = Page(render(report(store=store), title="Aguas"))
    words = "".join(page.words)
    assert page.loose == []
    assert "too short to measure accuracy" in words
    assert "No forecasts are stored yet" in words
    assert "The backtest could judge no client" in words
    assert "No row was refused" in words
    assert page.tags.count("figure") == 3, "a card for each account, and no empty chart"


def fan(**changes: object) -> Fan:
    days = [date(2025, 1, 6) + timedelta(days=i) for i in range(6)]
    usual = {
        "first": days[0],
        "last": days[5],
        "cutoff": days[4],
        "observed": {days[0]: 0.0, days[1]: 10.0, days[3]: 5.0},
        "quantiles": {q: dict.fromkeys(days[4:], 8 * q) for q in (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)},
        "judged": {days[3]: False},
    }
    return Fan(**(usual | changes))  # type: ignore[arg-type]


SIZE = Size(200, 120, left=40, right=10, top=10, bottom=20)


def path_of(chart: str, style: str) -> str:
    found = re.search(rf'<path class="{style}" d="([^"]+)"', chart)
    assert found
    return found.group(1)


def heights(path: str) -> list[float]:
    return [float(pair.split()[1]) for pair in re.split("[MLZ]", path) if pair]


def test_fan_draws_each_value_at_its_height() -> None:
    chart = fan_chart(fan(), SIZE, labelled_by="x")
    assert heights(path_of(chart, "observed")) == [100.0, 10.0], "0 at the foot, 10 at the top"
    assert heights(path_of(chart, "median")) == [pytest.approx(100 - 90 * 0.4)] * 2
    band = heights(path_of(chart, "band80"))
    assert band == pytest.approx([100 - 9 * 0.8] * 2 + [100 - 9 * 7.2] * 2, abs=0.06)


def test_fan_leaves_gaps_open_and_marks_what_happened_since() -> None:
    chart = fan_chart(fan(), SIZE, labelled_by="x")
    assert chart.count('class="gap"') == 1
    assert chart.count('class="observed alone"') == 1, "a day alone between a gap and the forecast"
    assert 'class="outside"' in chart
    inside = fan_chart(fan(judged={date(2025, 1, 9): True}), SIZE, labelled_by="x")
    assert 'class="outside"' not in inside
    assert 'class="inside"' in inside


def test_fan_says_its_numbers_to_the_reader_who_points() -> None:
    chart = fan_chart(fan(), SIZE, labelled_by="x")
    found = re.search(r'data-readout="([^"]+)"', chart)
    assert found
    data = json.loads(found.group(1).replace("&quot;", '"'))
    rows = {row["k"]: row["v"] for row in data["s"]}
    assert data["d"][0] == "2025-01-06"
    assert rows["observed"] == ["0", "10.0", "", "5.00", "", ""]
    assert rows["band80"][4] == "0.800 – 7.20"
    assert len(data["x"]) == 6
    for row in rows:
        assert f"read.{row}" in STRINGS


def test_fan_survives_an_account_without_water_or_forecast() -> None:
    empty = fan(observed={}, quantiles={}, judged={})
    assert "<svg" in fan_chart(empty, SIZE, labelled_by="x")
    dry = fan(observed={date(2025, 1, 6): 0.0, date(2025, 1, 7): 0.0}, quantiles={}, judged={})
    assert heights(path_of(fan_chart(dry, SIZE, labelled_by="x"), "observed")) == [100.0, 100.0]


def test_histogram_bars_are_as_high_as_their_counts() -> None:
    counts = [0] * 21
    counts[5], counts[10] = 100, 50
    chart = histogram(ratio_counts(None).with_columns(accounts=pl.Series(counts)), SIZE)
    bars = re.findall(r'class="column (\w+)"[^>]* height="([\d.]+)"', chart)
    drawn = [(style, float(height)) for style, height in bars if float(height)]
    assert drawn == [("better", 90.0), ("worse", 45.0)]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 10, [0, 2.5, 5, 7.5, 10]), (0, 0.3, [0, 0.1, 0.2, 0.3]), (17_000, 25_000, [16e3, 18e3])],
)
def test_ticks_are_round_and_cover_the_data(low: float, high: float, expected: list[float]) -> None:
    found = ticks(low, high)
    assert found[: len(expected)] == pytest.approx(expected)
    assert found[0] <= low < high <= found[-1]


@pytest.mark.parametrize(
    ("function", "value", "text"),
    [
        (numbers.count, 19_213_228, "19\u202f213\u202f228"),
        (numbers.volume, 0.0, "0"),
        (numbers.volume, 0.0001, "<0.001"),
        (numbers.volume, 0.2786, "0.279"),
        (numbers.volume, 9.996, "10.0"),
        (numbers.volume, 1234.5, "1\u202f234"),
        (numbers.volume, None, "–"),
        (numbers.rounded, 308_889.3, "309\u202f000"),
        (numbers.rounded, 12.34, "12.3"),
        (numbers.share, 0.794, "79\u202f%"),
        (numbers.share, 0.0001, "<1\u202f%"),
        (numbers.scaled, float("nan"), "–"),
        (numbers.seconds, 288.0, "4\u202fmin 48\u202fs"),
        (numbers.seconds, 0.5, "0.50\u202fs"),
        (numbers.seconds, 7300.0, "2\u202fh 1\u202fmin"),
    ],
)
def test_numbers_read_well(function: object, value: object, text: str) -> None:
    assert function(value) == text  # type: ignore[operator]


@pytest.mark.parametrize(
    ("value", "base", "text"),
    [
        (0.806, 1.087, "−26\u202f%"),
        (1.1, 1.0, "+10\u202f%"),
        (24.0, 1.0, "×24"),
        (1.0, 1.0, "0\u202f%"),
        (1.0, 0.0, "–"),
        (None, 1.0, "–"),
    ],
)
def test_changes_read_well(value: float | None, base: float, text: str) -> None:
    assert numbers.change(value, base) == text


def test_days_are_named_in_both_languages() -> None:
    assert numbers.day(date(2025, 1, 9)) == Text("9 ene 2025", "9 Jan 2025")


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("text", ["ink", "soft", "blue-text", "orange", "red"])
@pytest.mark.parametrize("ground", ["paper", "panel"])
def test_text_stands_out_from_its_ground(theme: str, text: str, ground: str) -> None:
    style = files("amuna.serve.report").joinpath("page.css").read_text(encoding="utf-8")
    block = re.findall(r":root \{([^}]+)\}", style)[theme == "dark"]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    light, dark = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5, "WCAG 2.2, level AA"
