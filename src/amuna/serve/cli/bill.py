"""`amuna bill` and `amuna tariffs`: what a period will cost an account, and with which rates."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from amuna import wiring
from amuna.serve.cli.app import AsJson, open_store, open_workspace
from amuna.serve.cli.output import facts, print_json, rows_table, say

if TYPE_CHECKING:
    from amuna.billing.tariff import TariffClass
    from amuna.workflows.bill import BillOutlook

_CHARGES = {"sewerage": "sewerage", "fixed": "fixed charge"}
_DAYS = ["%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (bill, tariffs):
        app.command(rich_help_panel="Bills")(command)


def bill(
    account: Annotated[str, typer.Argument(help="Account whose bill to forecast.")],
    first: Annotated[
        datetime | None,
        typer.Option(
            "--from", formats=_DAYS, help="First day; that of the present billing period without it."
        ),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option(
            "--to", formats=_DAYS, help="Last day, included; the day before the next period without it."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The bill to come of an account for any period, with its range and the chance of each block."""
    from amuna.workflows.bill import bill_outlook
    from amuna.workflows.billing_period import billing_period, newest_day

    workspace = open_workspace()
    settings = workspace.settings
    with open_store(workspace, read_only=True) as store:
        begin = None if first is None else first.date()
        day = begin or newest_day(store)
        usual = billing_period(day, first_day_of_month=settings.billing_first_day)
        report = bill_outlook(
            account,
            store=store,
            tariffs=wiring.tariffs(settings),
            tariff=settings.billing_tariff,
            first_day=begin or usual.first_day,
            last_day=usual.last_day if last is None else last.date(),
        )
    if as_json:
        print_json(report)
    else:
        _print_bill(report)


def tariffs(as_json: AsJson = False) -> None:
    """The tariffs at hand, with their source and dates."""
    workspace = open_workspace()
    found = wiring.tariffs(workspace.settings).tariffs
    if as_json:
        print_json({"serving": workspace.settings.billing_tariff, "tariffs": list(found)})
        return
    for tariff in found:
        serving = " (serving)" if tariff.tariff == workspace.settings.billing_tariff else ""
        facts(
            f"{tariff.name}{serving}",
            {
                "utility": tariff.utility,
                "valid": _validity(tariff.valid_from, tariff.valid_until),
                "source": f"{tariff.source}, {tariff.source_date}",
                "address": tariff.source_url or None,
                "IGV": f"{100 * tariff.igv_rate:g} %",
                "not in its figures": ", ".join(_CHARGES[charge] for charge in tariff.not_included) or None,
            },
        )
        rows = [row for chosen in tariff.classes for row in _class_rows(chosen)]
        names = {
            "class": "class",
            "segments": "segments",
            "up_to": "up to m³/month",
            "water": "water S/ per m³",
            "sewerage": "sewerage",
        }
        rows_table("Before IGV", pl.DataFrame(rows), names)


def _class_rows(chosen: TariffClass) -> list[dict[str, object]]:
    """A row for each block; the first names the class."""
    return [
        {
            "class": "" if at else chosen.name,
            "segments": "" if at else ", ".join(chosen.segments),
            "up_to": block.up_to_m3,
            "water": f"{block.water_pen_per_m3:.2f}",
            "sewerage": f"{block.sewerage_pen_per_m3:.2f}",
        }
        for at, block in enumerate(chosen.blocks)
    ]


def _validity(first: date, last: date | None) -> str:
    return f"from {first}" if last is None else f"from {first} to {last}"


def _print_bill(report: BillOutlook) -> None:
    low, total, high = (report.total_pen[name] for name in ("low80_m3", "forecast_m3", "high80_m3"))
    parts = {"water": report.water_pen}
    parts |= {
        _CHARGES[charge]: amount
        for charge, amount in (("sewerage", report.sewerage_pen), ("fixed", report.fixed_pen))
        if charge not in report.not_included
    }
    parts |= {"IGV": report.igv_pen}
    volume = report.volume_m3
    facts(
        f"Account {report.account_id}: {report.period.first_day} to {report.period.last_day}, {report.period.days} days",
        {
            "expected bill": f"S/ {total:,.2f} (80 %: S/ {low:,.2f} to S/ {high:,.2f})",
            "expected volume": f"{volume['forecast_m3']:,.1f} m³ (80 %: {volume['low80_m3']:,.1f} to {volume['high80_m3']:,.1f} m³)",
            "so far": f"{report.observed_m3:,.1f} m³ in {report.observed_days} days"
            + (f", {report.missing_days} days missing" if report.missing_days else ""),
            "of which": ", ".join(f"{name} S/ {amount:,.2f}" for name, amount in parts.items()),
            "next m³": f"S/ {report.next_m3_pen:,.2f}",
            "usual": None if report.usual_m3 is None else f"{report.usual_m3:,.1f} m³",
            "chance of twice the usual": None
            if report.atypical_probability is None
            else _chance(report.atypical_probability),
        },
    )
    rows = report.blocks.with_columns(chance=pl.col("probability").map_elements(_chance, pl.String))
    names = {"starts_m3": "above [m³]", "price_pen_per_m3": "S/ per m³ with IGV", "chance": "chance"}
    rows_table("Blocks", rows, names)
    say(f"Tariff {report.tariff}, class {report.tariff_class}; amuna tariffs tells its source.")
    if not report.tariff_in_force:
        say("It is not in force in this period: the nearest in time is used.")
    if report.not_included:
        missing = " and ".join(_CHARGES[charge] for charge in report.not_included)
        say(f"Not in the figures at hand, so not in this bill: {missing}.")


def _chance(probability: float) -> str:
    return "<1 %" if probability < 0.01 else ">99 %" if probability > 0.99 else f"{100 * probability:.0f} %"
