"""A dozen clients: the best, the worst and the typical, each with its fan and its bill to come."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from amuna.domain.text import Text
from amuna.serve.report.fan import Fan, fan_chart
from amuna.serve.report.numbers import change, scaled, volume
from amuna.serve.report.parts import legend, section
from amuna.serve.report.strings import say
from amuna.serve.report.svg import Size
from amuna.serve.report.text import html
from amuna.serve.report.words import word
from amuna.workflows.report import ReportData
from amuna.workflows.report_clients import Client
from amuna.workflows.report_fleet import HISTORY_DAYS

_SIZE = Size(350, 190, top=18)
_FLAGS_SHOWN = ("partial", "estimated")


def clients(data: ReportData) -> str:
    """The section."""
    ranked = any(client.role for client in data.clients)
    cards = "".join(_card(client, data, place) for place, client in enumerate(data.clients))
    shown = ["observed", "median", "band50", "band80", "band95", "inside", "outside", "gap"]
    after = f'<p class="note">{html(say("clients.rule"))}</p>' if ranked else ""
    return section(
        "clients",
        [legend(*shown), f'<div class="cards">{cards}</div>', after],
        lead=html(say("clients.lead" if ranked else "clients.some")),
    )


def _card(client: Client, data: ReportData, place: int) -> str:
    kind = word("segment", client.segment) if client.segment else word("group", client.group)
    role = word("role", client.role) if client.role else kind
    name = f"client-{place}"
    badge = html(role) if client.role != "typical" else f"{html(role)}: {html(kind)}"
    spoken = say("client.says", role=role, kind=kind)
    chart = fan_chart(client_fan(client, data), _SIZE, labelled_by=f"{name}-title {name}-says")
    return (
        f'<figure class="card {client.role}"><figcaption><h3 id="{name}-title">{html(client.account_id)}</h3>'
        f'<span class="badge">{badge}</span><p class="spoken" id="{name}-says">{html(spoken)}</p></figcaption>'
        f"{chart}<dl>{_facts(client, kind)}</dl></figure>"
    )


def client_fan(client: Client, data: ReportData) -> Fan:
    """The last weeks of an account and its forecast; days judged since keep the forecast made before them."""
    whole = client.days.filter(pl.col("flag") == "ok")
    part = client.days.filter(pl.col("flag").is_in(_FLAGS_SHOWN))
    observed = dict(whole.select("day", "consumption_m3").iter_rows())
    ahead = client.forecast["day"].max() or data.cutoff
    return Fan(
        first=data.cutoff - timedelta(days=HISTORY_DAYS),
        last=ahead,  # type: ignore[arg-type]
        cutoff=data.cutoff,
        observed=observed,
        flagged=dict(part.select("day", "consumption_m3").iter_rows()),
        quantiles={
            group["quantile"][0]: dict(group.select("day", "forecast_m3").iter_rows())
            for group in client.forecast.partition_by("quantile")
        },
        judged={
            day: inside
            for day, inside in client.judged.select("day", "inside80").iter_rows()
            if day in observed
        },
    )


def _facts(client: Client, kind: Text) -> str:
    facts = [] if client.role == "typical" else [(say("client.kind"), html(kind))]
    facts += [
        (say("client.model"), html(word("model", client.champion))),
        (say("client.order"), html(client.order)),
        (say("client.status"), html(word("status", client.status))),
    ]
    if client.mase is not None:
        against = say(
            "client.against",
            mase=scaled(client.mase),
            baseline=scaled(client.baseline_mase),
            change=change(client.mase, client.baseline_mase),
        )
        facts.append((say("client.error"), html(against)))
    if client.period_days is not None:
        total = say(
            "client.total",
            middle=volume(client.period_m3.get(0.5)),
            low=volume(client.period_m3.get(0.1)),
            high=volume(client.period_m3.get(0.9)),
        )
        facts.append((say("client.period", days=str(client.period_days)), f"<strong>{html(total)}</strong>"))
    return "".join(f"<div><dt>{html(name)}</dt><dd>{value}</dd></div>" for name, value in facts)
