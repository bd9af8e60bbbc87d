"""The page of today: the utility's situation in ten seconds."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
from dash import dcc, html

from amuna.access.roles import Permission
from amuna.domain.text import Text
from amuna.serve.dashboard import today_words as words
from amuna.serve.dashboard.charts import fan
from amuna.serve.dashboard.data_feeds import ago, short_place
from amuna.serve.dashboard.demand_facts import whole
from amuna.serve.dashboard.page import Component, Page, Visit
from amuna.serve.dashboard.parts import Column, Words, between, card, empty, grid, link, number, stack, table
from amuna.serve.dashboard.visits import ROOT, account_page
from amuna.serve.report.drift_strings import MEASURES
from amuna.serve.report.numbers import NONE, change, count, rounded, share, short_day, volume
from amuna.serve.report.words import word
from amuna.workflows.views.alarms import alarm_rows
from amuna.workflows.views.today import AlarmsNow, Expected, ModelHealth, Today, Water, alarms_now, today

DEMAND, ALARMS, DATA, MODELS = (f"{ROOT}{name}" for name in ("demand", "alarms", "data", "models"))
_LATE_FEED_S = 36 * 3600
_CHART_HEIGHT = 220


def layout(visit: Visit) -> Component:
    """The whole page."""
    found = situation(visit)
    if found.water.last_day is None:
        return empty(visit, words.NOTHING)
    alarms = _alarms(visit)
    return stack(
        grid(*_headline(visit, found, alarms), columns=4, phone=2),
        grid(
            card(visit, words.CHART, _chart(visit, found.water), href=DEMAND, span=2),
            card(visit, words.CHANGED, _changes(visit, found, alarms)),
        ),
        grid(
            card(
                visit,
                words.TOP,
                _top(visit, alarms),
                help=words.ALARMS_HELP,
                href=ALARMS,
                more=words.ALL_ALARMS,
                span=2,
            ),
            stack(
                card(visit, words.FEEDS, _feeds(visit, found.feeds), href=DATA),
                card(visit, words.HEALTH, _health(visit, found.models), href=MODELS),
            ),
        ),
    )


def situation(visit: Visit) -> Today:
    """The situation, found once for each state of the data and each day."""
    desk = visit.desk
    name = f"today {desk.now().astimezone(desk.zone).date()}"
    return desk.memo.kept(name, lambda: today(store=desk.store, now=desk.now(), found=whole(visit)))


def _alarms(visit: Visit) -> AlarmsNow:
    desk = visit.desk
    rows = visit.principal.only(desk.memo.kept("alarms", lambda: alarm_rows(store=desk.store)))
    return alarms_now(rows, since=desk.now() - timedelta(days=1))


def _headline(visit: Visit, found: Today, alarms: AlarmsNow) -> list[Component]:
    water = found.water
    numbers = (
        _last_day(visit, water),
        _next_week(visit, water.next_week),
        number(
            visit,
            words.ALARMS,
            count(alarms.count),
            note=_money_note(alarms),
            href=ALARMS,
        ),
        number(
            visit,
            words.MODELS,
            share(found.models.inside80),
            note=words.JUDGED if found.models.forecasts else words.NOT_JUDGED,
            href=MODELS,
        ),
    )
    return [html.Section(each, className="card") for each in numbers]


def _last_day(visit: Visit, water: Water) -> Component:
    assert water.last_day is not None
    label = words.LAST_DAY.fill(day=short_day(water.last_day))
    note: Words = words.SHORT
    if water.last_expected is not None and water.last_m3 is not None:
        expected, used = water.last_expected, water.last_m3
        inside, more = expected.holds(used), used > expected.m3
        text = words.AS_EXPECTED if inside else words.ABOVE if more else words.BELOW
        note = text.fill(interval=_ends(expected))
    return number(visit, label, volume(water.last_m3), unit="m³", note=note, href=DEMAND)


def _next_week(visit: Visit, expected: Expected | None) -> Component:
    if expected is None:
        return number(visit, words.NEXT_WEEK, NONE, note=words.SHORT, href=DEMAND)
    ends = between(visit, rounded(expected.low_m3), rounded(expected.high_m3))
    return number(visit, words.NEXT_WEEK, rounded(expected.m3), unit="m³", interval=ends, href=DEMAND)


def _ends(expected: Expected) -> str:
    return f"{rounded(expected.low_m3)}–{rounded(expected.high_m3)}"


def _money_note(alarms: AlarmsNow) -> Text:
    if alarms.count == 0:
        return words.NO_ALARMS
    if alarms.money_pen is None:
        return words.NO_MONEY
    return words.A_MONTH.fill(money=rounded(alarms.money_pen))


def _chart(visit: Visit, water: Water) -> Component:
    return fan(visit, water.history, water.ahead, title=words.CHART_HEARD, height=_CHART_HEIGHT)


def _changes(visit: Visit, found: Today, alarms: AlarmsNow) -> Component:
    """What is other than a day ago, each line leading to where it is explained."""
    water, arrived = found.water, found.arrived
    lines: list[tuple[Text, str, str]] = []
    if water.last_expected is not None and water.last_day is not None:
        label = words.CHANGED_DEMAND.fill(day=short_day(water.last_day))
        lines.append((label, change(water.last_m3, water.last_expected.m3), DEMAND))
    if water.next_week is not None and water.past_week_m3 is not None:
        lines.append((words.CHANGED_WEEK, change(water.next_week.m3, water.past_week_m3), DEMAND))
    lines.append((words.CHANGED_ALARMS, count(alarms.new), ALARMS))
    lines.append((words.CHANGED_ROWS, count(arrived.rows), DATA))
    told: list[tuple[Text, int | None, str]] = [
        (words.CHANGED_LATE, arrived.late, DATA),
        (words.CHANGED_REFUSED, arrived.refused, DATA),
        (words.CHANGED_PROMOTED, arrived.decisions.get("promoted"), MODELS),
        (words.CHANGED_BACK, arrived.decisions.get("rolled_back"), MODELS),
        (words.CHANGED_ADOPTED, arrived.decisions.get("adopted"), MODELS),
    ]
    lines += [(text, count(number), href) for text, number, href in told if number]
    return html.Ul([_change(visit, *line) for line in lines], className="changes")


def _change(visit: Visit, text: Text, value: str, href: str) -> Component:
    return html.Li(dcc.Link([html.Span(visit.say(text)), html.Strong(value)], href=href))


def _top(visit: Visit, alarms: AlarmsNow) -> Component:
    length = (pl.col("last_day") - pl.col("first_day")).dt.total_days() + 1
    rows = alarms.top.with_columns(
        a_day=pl.struct(pl.col("observed_m3") / length, pl.col("expected_m3") / length)
    )
    columns = [
        Column("account_id", words.ACCOUNT, show=lambda name: link(visit, name, account_page(name))),
        Column("kind", words.WHAT, show=lambda code: word("alarm", code)),
        Column("first_day", words.SINCE, show=short_day, minor=True),
        Column("a_day", words.A_DAY, show=lambda row: _a_day(visit, row), right=True),
        Column("money_pen", words.MONTH, show=lambda pen: NONE if pen is None else rounded(pen), right=True),
    ]
    return table(visit, rows, columns, caption=words.TOP, empty_text=words.NO_TOP)


def _a_day(visit: Visit, row: dict[str, float]) -> Component:
    usual = f" ({visit.say(words.USUAL)} {volume(row['expected_m3'])})"
    return html.Span([volume(row["observed_m3"]), html.Span(usual, className="quiet minor")])


def _feeds(visit: Visit, feeds: pl.DataFrame) -> Component:
    now = visit.desk.now()
    rows = feeds.head(3).with_columns(age_s=(pl.lit(now) - pl.col("last")).dt.total_seconds())
    columns = [
        Column("feed", words.FEED, show=lambda feed: short_place(feed, visit.desk.workspace.folder)),
        Column("age_s", words.AGO, show=lambda age: _age(visit, age), right=True),
    ]
    return table(visit, rows, columns, caption=words.FEEDS, empty_text=words.NO_FEEDS)


def _age(visit: Visit, age_s: float) -> Component:
    return html.Span(visit.say(ago(age_s)), className="warn" if age_s > _LATE_FEED_S else None)


def _health(visit: Visit, models: ModelHealth) -> Component:
    ratio = models.against_last_week
    error = visit.say(words.NOT_JUDGED) if ratio is None else change(ratio, 1.0)
    return html.Dl(
        [
            html.Dt(visit.say(words.ERROR)),
            html.Dd(error),
            html.Dt(visit.say(words.DRIFT)),
            html.Dd(_drift(visit, models)),
        ],
        className="facts",
    )


def _drift(visit: Visit, models: ModelHealth) -> str:
    if models.looked_at == 0:
        return visit.say(words.NOT_LOOKED)
    if models.drifted.is_empty():
        return visit.say(words.NO_DRIFT, count=count(models.looked_at))
    names = models.drifted["measure"].unique(maintain_order=True).head(2).to_list()
    said = "; ".join(visit.say(MEASURES.get(name, Text(name, name))) for name in names)
    return visit.say(words.DRIFTED, names=said)


PAGE = Page(
    name="today",
    title=words.TITLE,
    permission=Permission.DEMAND,
    layout=layout,
    icon='<path d="M12 3.500s6.500 6.300 6.500 10.700a6.500 6.500 0 0 1-13 0C5.500 9.800 12 3.500 12 3.500Z"/>',
)
