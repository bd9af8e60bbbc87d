"""`amuna bill` and `amuna tariffs`: what a period will cost an account, and with which rates."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from amuna import wiring
from amuna.domain.text import Text
from amuna.serve.cli.app import AsJson, open_store, open_workspace
from amuna.serve.cli.language import BILLS, told
from amuna.serve.cli.output import facts, print_json, rows_table, say

if TYPE_CHECKING:
    from amuna.billing.tariff import Tariff, TariffClass
    from amuna.workflows.bill import BillOutlook

_BILL_HELP = Text(
    "El próximo recibo de una cuenta, o el de cualquier periodo, con su intervalo y la probabilidad de llegar a cada tramo.",
    "The bill to come of an account for any period, with its range and the chance of each block.",
)
_TARIFFS_HELP = Text(
    "Las tarifas disponibles, con su fuente y sus fechas.",
    "The tariffs at hand, with their source and dates.",
)
_ACCOUNT = Text("Cuenta cuyo recibo se pronostica.", "Account whose bill to forecast.")
_FROM = Text(
    "Primer día; sin la opción, el del periodo de facturación actual.",
    "First day; that of the present billing period without it.",
)
_TO = Text(
    "Último día, incluido; sin la opción, el anterior al siguiente periodo.",
    "Last day, included; the day before the next period without it.",
)
_WATER = Text("agua", "water")
_CHARGES = {"sewerage": Text("alcantarillado", "sewerage"), "fixed": Text("cargo fijo", "fixed charge")}
_RATES = {
    "class": Text("clase", "class"),
    "segments": Text("segmentos", "segments"),
    "up_to": Text("hasta m³/mes", "up to m³/month"),
    "water": Text("agua S/ por m³", "water S/ per m³"),
    "sewerage": Text("alcantarillado", "sewerage"),
}
_BLOCKS = {
    "starts_m3": Text("más de [m³]", "above [m³]"),
    "price_pen_per_m3": Text("S/ por m³ con IGV", "S/ per m³ with IGV"),
    "chance": Text("probabilidad", "chance"),
}
_DAYS = ["%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(help=told(_BILL_HELP), rich_help_panel=told(BILLS))(bill)
    app.command(help=told(_TARIFFS_HELP), rich_help_panel=told(BILLS))(tariffs)


def bill(
    account: Annotated[str, typer.Argument(help=told(_ACCOUNT))],
    first: Annotated[datetime | None, typer.Option("--from", formats=_DAYS, help=told(_FROM))] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=_DAYS, help=told(_TO))] = None,
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
    serving = workspace.settings.billing_tariff
    found = wiring.tariffs(workspace.settings).tariffs
    if as_json:
        print_json({"serving": serving, "tariffs": list(found)})
        return
    for tariff in found:
        _print_tariff(tariff, serves=tariff.tariff == serving)


def _print_tariff(tariff: Tariff, *, serves: bool) -> None:
    serving = Text("{name} (en uso)", "{name} (serving)").fill(name=tariff.name)
    facts(
        serving if serves else Text.both(tariff.name),
        {
            Text("empresa", "utility"): tariff.utility,
            Text("vigencia", "valid"): _validity(tariff.valid_from, tariff.valid_until),
            Text("fuente", "source"): f"{tariff.source}, {tariff.source_date}",
            Text("dirección", "address"): tariff.source_url or None,
            Text.both("IGV"): f"{100 * tariff.igv_rate:g} %",
            Text("no figura en sus datos", "not in its figures"): [
                _CHARGES[charge] for charge in tariff.not_included
            ]
            or None,
        },
    )
    rows = [row for chosen in tariff.classes for row in _class_rows(chosen)]
    rows_table(Text("Antes del IGV", "Before IGV"), pl.DataFrame(rows), _RATES)


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


def _validity(first: date, last: date | None) -> Text:
    if last is None:
        return Text("desde el {first}", "from {first}").fill(first=first)
    return Text("del {first} al {last}", "from {first} to {last}").fill(first=first, last=last)


def _print_bill(report: BillOutlook) -> None:
    facts(
        Text(
            "Cuenta {account}: del {first} al {last}, {days} días",
            "Account {account}: {first} to {last}, {days} days",
        ).fill(
            account=report.account_id,
            first=report.period.first_day,
            last=report.period.last_day,
            days=report.period.days,
        ),
        {
            Text("recibo esperado", "expected bill"): _money(report),
            Text("volumen esperado", "expected volume"): _volume(report),
            Text("hasta ahora", "so far"): _so_far(report),
            Text("se compone de", "of which"): _parts(report),
            Text("siguiente m³", "next m³"): f"S/ {report.next_m3_pen:,.2f}",
            Text("lo usual", "usual"): None if report.usual_m3 is None else f"{report.usual_m3:,.1f} m³",
            Text("probabilidad de pasar el doble de lo usual", "chance of twice the usual"): None
            if report.atypical_probability is None
            else _chance(report.atypical_probability),
        },
    )
    rows = report.blocks.with_columns(chance=pl.col("probability").map_elements(_chance, pl.String))
    rows_table(Text("Tramos", "Blocks"), rows, _BLOCKS)
    _print_tariff_notes(report)


def _print_tariff_notes(report: BillOutlook) -> None:
    say(
        Text(
            "Tarifa {tariff}, clase {name}; amuna tariffs dice su fuente.",
            "Tariff {tariff}, class {name}; amuna tariffs tells its source.",
        ).fill(tariff=report.tariff, name=report.tariff_class)
    )
    if not report.tariff_in_force:
        say(
            Text(
                "No rige en este periodo: se usa la más cercana en el tiempo.",
                "It is not in force in this period: the nearest in time is used.",
            )
        )
    if report.not_included:
        say(
            Text(
                "No figura en los datos disponibles, y por eso tampoco en este recibo: {charges}.",
                "Not in the figures at hand, so not in this bill: {charges}.",
            ).fill(charges=_joined([_CHARGES[charge] for charge in report.not_included]))
        )


def _joined(words: list[Text]) -> Text:
    return Text(" y ".join(each.es for each in words), " and ".join(each.en for each in words))


def _money(report: BillOutlook) -> Text:
    low, total, high = (report.total_pen[name] for name in ("low80_m3", "forecast_m3", "high80_m3"))
    return Text(
        "S/ {total:,.2f} (80 %: de S/ {low:,.2f} a S/ {high:,.2f})",
        "S/ {total:,.2f} (80 %: S/ {low:,.2f} to S/ {high:,.2f})",
    ).fill(low=low, total=total, high=high)


def _volume(report: BillOutlook) -> Text:
    low, middle, high = (report.volume_m3[name] for name in ("low80_m3", "forecast_m3", "high80_m3"))
    return Text(
        "{middle:,.1f} m³ (80 %: de {low:,.1f} a {high:,.1f} m³)",
        "{middle:,.1f} m³ (80 %: {low:,.1f} to {high:,.1f} m³)",
    ).fill(low=low, middle=middle, high=high)


def _so_far(report: BillOutlook) -> Text:
    whole = Text("{m3:,.1f} m³ en {days} días", "{m3:,.1f} m³ in {days} days")
    gaps = Text(
        "{m3:,.1f} m³ en {days} días, faltan {missing} días",
        "{m3:,.1f} m³ in {days} days, {missing} days missing",
    )
    words = gaps if report.missing_days else whole
    return words.fill(m3=report.observed_m3, days=report.observed_days, missing=report.missing_days)


def _parts(report: BillOutlook) -> list[Text]:
    charged = {"sewerage": report.sewerage_pen, "fixed": report.fixed_pen}
    parts = {_WATER: report.water_pen}
    parts |= {
        _CHARGES[charge]: amount for charge, amount in charged.items() if charge not in report.not_included
    }
    parts |= {Text.both("IGV"): report.igv_pen}
    amount_of = Text.both("{name} S/ {amount:,.2f}")
    return [amount_of.fill(name=name, amount=amount) for name, amount in parts.items()]


def _chance(probability: float) -> str:
    return "<1 %" if probability < 0.01 else ">99 %" if probability > 0.99 else f"{100 * probability:.0f} %"
