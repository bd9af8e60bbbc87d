"""The headline: whose page it is, the main result in a sentence, four numbers, and the demand to come."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from amuna.domain.text import Text
from amuna.serve.report.fan import Fan, fan_chart
from amuna.serve.report.numbers import change, count, day, rounded, scaled, share, volume
from amuna.serve.report.parts import figure, legend, names_of, tile
from amuna.serve.report.strings import say
from amuna.serve.report.svg import Size
from amuna.serve.report.text import html, rich
from amuna.workflows.evaluate import EvaluateReport
from amuna.workflows.report import ReportData
from amuna.workflows.report_fleet import FleetOutlook

_WIDE, _NARROW = Size(1060, 280, top=18), Size(350, 230, top=18)


def headline(data: ReportData, title: str) -> str:
    """The opening of the page."""
    return (
        f'<header class="hero"><p class="kicker">{html(title)} <span class="dim">{html(say("page.report"))}'
        f"{_state(data)}</span></p><h1>{_main_result(data)}</h1>{_basis(data)}"
        f'<dl class="tiles">{_tiles(data)}</dl></header>{_demand(data.fleet, data)}'
    )


def _state(data: ReportData) -> str:
    last = data.check.last_day
    return "" if last is None else f" · {html(say('page.state', day=day(last)))}"


def _main_result(data: ReportData) -> str:
    if data.accuracy is None:
        return rich(say("hero.none", accounts=count(data.check.accounts)))
    errors = mean_errors(data.accuracy)
    if errors is None:
        return rich(say("hero.none", accounts=count(data.check.accounts)))
    mase, baseline = errors
    key = "hero.less" if mase <= baseline else "hero.more"
    opening = rich(say(key, change=share(abs(1 - mase / baseline))))
    held = stored_means(data.accuracy)
    ending = say("hero.end") if held is None else say("hero.held", held=share(held["coverage80"]))
    return opening + rich(ending)


def mean_errors(accuracy: EvaluateReport) -> tuple[float, float] | None:
    """Mean MASE of the chosen models and of last week."""
    found = dict(accuracy.models.select("model", "mase").iter_rows())
    if "champion" not in found or not found.get("last_week", 0) > 0:
        return None
    return found["champion"], found["last_week"]


def stored_means(accuracy: EvaluateReport) -> dict[str, float] | None:
    """Stored forecasts judged since, over all leads: forecasts, mae_m3, baseline_mae_m3, coverage80, coverage95."""
    stored = accuracy.stored
    if stored.is_empty():
        return None
    weight = pl.col("forecasts")
    names = ("mae_m3", "baseline_mae_m3", "coverage80", "coverage95")
    means = [
        ((pl.col(name) * weight).sum() / weight.filter(pl.col(name).is_not_null()).sum()) for name in names
    ]
    return stored.select(
        weight.sum().cast(pl.Float64), *(mean.alias(name) for name, mean in zip(names, means, strict=True))
    ).row(0, named=True)


def _basis(data: ReportData) -> str:
    """What the main sentence rests on."""
    accuracy = data.accuracy
    if accuracy is None or (errors := mean_errors(accuracy)) is None:
        return ""
    judged = accuracy.models.filter(pl.col("model") == "champion")["accounts"][0]
    lines = [
        say(
            "hero.backtest",
            accounts=count(judged),
            folds=str(data.folds),
            leads=str(len(accuracy.leads)),
            mase=scaled(errors[0]),
            baseline=scaled(errors[1]),
        )
    ]
    return "".join(
        f'<p class="basis">{html(line)}</p>' for line in [*lines, *_stored_basis(accuracy, data.judged_days)]
    )


def _stored_basis(accuracy: EvaluateReport, days: int) -> list[Text]:
    stored = stored_means(accuracy)
    if stored is None:
        return []
    return [
        say(
            "hero.stored",
            days=say("hero.day") if days == 1 else say("hero.days", days=str(days)),
            forecasts=count(stored["forecasts"]),
            mae=volume(stored["mae_m3"]),
            baseline=volume(stored["baseline_mae_m3"]),
            change=change(stored["mae_m3"], stored["baseline_mae_m3"]),
            held=share(stored["coverage80"]),
        )
    ]


def _tiles(data: ReportData) -> str:
    check, total = data.check, data.fleet.horizon_m3
    trained = int(data.champions["accounts"].sum())
    tiles = [tile(count(check.accounts), say("key.clients"), say("key.clients.note", trained=count(trained)))]
    if check.first_day is not None and check.last_day is not None:
        span = say("key.rows.note", first=day(check.first_day), last=day(check.last_day))
        tiles.append(tile(count(check.rows), say("key.rows"), span))
    if total:
        note = say("key.total.note", low=rounded(total[0.1]), high=rounded(total[0.9]))
        days = str(data.fleet.forecast["day"].n_unique())
        tiles.append(tile(rounded(total[0.5]), say("key.total", days=days), note))
    judged = int(data.ratios["accounts"].sum())
    if judged:
        note = say("key.better.note", accounts=count(judged))
        tiles.append(tile(share(better_share(data.ratios)), say("key.better"), note))
    return "".join(tiles)


def better_share(ratios: pl.DataFrame) -> float | None:
    """Share of the clients whose ratio lies below one; None where there is none to compare."""
    total = int(ratios["accounts"].sum())
    better = int(ratios.filter(pl.col("high") <= 1 + 1e-9)["accounts"].sum())
    return better / total if total else None


def _demand(fleet: FleetOutlook, data: ReportData) -> str:
    fan = _fan(fleet, data)
    if fan is None:
        return f'<p class="note">{html(say("fleet.none"))}</p>'
    joint = not fleet.forecast.is_empty()
    shown = ["observed", *(["median", "band50", "band80"] if joint else []), "sum"]
    notes = [*_how(fleet), say("fleet.known", share=_known_share(fleet, data))]
    after = f'{legend(*shown)}<p class="note">{" ".join(html(note) for note in notes)}</p>'
    ahead = str(len(fleet.medians))
    return figure(
        "fleet",
        lambda size: fan_chart(fan, size, labelled_by=names_of("fleet")),
        wide=_WIDE,
        narrow=_NARROW,
        unit=say("fleet.unit", days=ahead, start=count(fan.axis[0])),
        after=after,
    )


def _fan(fleet: FleetOutlook, data: ReportData) -> Fan | None:
    if fleet.days.is_empty() or fleet.medians.is_empty():
        return None
    forecast = fleet.forecast.filter(pl.col("quantile").is_between(0.05, 0.95))
    return Fan(
        first=fleet.days["day"][0],
        last=data.cutoff + timedelta(days=len(fleet.medians) - 1),
        cutoff=data.cutoff,
        observed=dict(fleet.days.drop_nulls("total_m3").select("day", "total_m3").iter_rows()),
        quantiles={
            part["quantile"][0]: dict(part.select("day", "total_m3").iter_rows())
            for part in forecast.partition_by("quantile")
        },
        reference=dict(fleet.medians.iter_rows()),
        from_zero=False,
    )


def _how(fleet: FleetOutlook) -> list[Text]:
    if fleet.forecast.is_empty():
        return [say("fleet.only_sum")]
    total = float(fleet.medians["total_m3"].sum())
    tested = [say("fleet.held", days=str(fleet.tested_days), held=share(fleet.held80))]
    return [
        say("fleet.how", origins=str(fleet.origins)),
        *(tested if fleet.held80 is not None else []),
        say(
            "fleet.sum",
            sum=rounded(total),
            days=str(len(fleet.medians)),
            change=change(total, fleet.horizon_m3[0.5]),
        ),
    ]


def _known_share(fleet: FleetOutlook, data: ReportData) -> str:
    usual = fleet.days["accounts"].median()
    return share(float(usual) / data.check.accounts, decimals=1)  # type: ignore[arg-type]
