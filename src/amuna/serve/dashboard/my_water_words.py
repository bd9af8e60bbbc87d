"""Words of My water: money, litres, chances, and every piece of advice with its evidence."""

from __future__ import annotations

from amuna.billing.advice import Advice
from amuna.domain.text import Text
from amuna.serve.report.numbers import count, share, volume

_NARROW = "\u202f"
_WHOLE_FROM = 100.0  # soles from which on cents only pretend

TITLES: dict[str, Text] = {
    "floor_rose": Text("Su consumo mínimo subió", "Your lowest use has risen"),
    "unusual_days": Text("Días de consumo muy alto", "Days of very high use"),
    "more_than_last_year": Text("Más que el año pasado", "More than last year"),
    "weekends": Text("Fines de semana altos", "High weekends"),
    "near_block": Text("Cerca del siguiente tramo", "Close to the next block"),
    "similar_homes": Text("Más que conexiones parecidas", "More than similar connections"),
}
_EVIDENCE: dict[str, Text] = {
    "floor_rose": Text(
        "En las últimas dos semanas ningún día bajó de {floor}; antes, un día común era de {usual}.",
        "In the last two weeks no day was below {floor}; before, a usual day was {usual}.",
    ),
    "unusual_days": Text(
        "En {days} días del último mes usó en total {excess} más de lo esperado.",
        "On {days} days of the last month you used {excess} more than expected in all.",
    ),
    "more_than_last_year": Text(
        "El último mes usó {mean} al día; en las mismas semanas del año pasado, {before}.",
        "In the last month you used {mean} a day; in the same weeks of last year, {before}.",
    ),
    "weekends": Text(
        "Los sábados y domingos usa {mean} al día; los demás días, {before}.",
        "On Saturdays and Sundays you use {mean} a day; on other days, {before}.",
    ),
    "near_block": Text(
        "Hay {chance} de probabilidad de que el próximo periodo pase de {block}. Desde ahí cada m³ cuesta {dear} en vez de {cheap}.",
        "There is a {chance} chance that the next period goes beyond {block}. From there each m³ costs {dear} instead of {cheap}.",
    ),
    "similar_homes": Text(
        "Usa {mean} al día. La mitad de {accounts} conexiones parecidas usa menos de {peers}.",
        "You use {mean} a day. Half of {accounts} similar connections use less than {peers}.",
    ),
}
_DO: dict[str, Text] = {
    "floor_rose": Text(
        "Puede ser más gente en casa, o una fuga: cierre todos los caños y mire el medidor una hora. Si avanza, revise el inodoro y el tanque. Se cuenta lo que costaría una fuga así.",
        "It may be more people at home, or a leak: close every tap and watch the meter for an hour. If it moves, check the toilet and the tank. What such a leak would cost is counted.",
    ),
    "unusual_days": Text(
        "Piense qué pasó esos días: riego, lavado, un tanque que rebosó, visitas.",
        "Think of what happened on those days: watering, washing, a tank that overflowed, visitors.",
    ),
    "more_than_last_year": Text(
        "Si en casa no hay más personas, revise inodoros y caños: media diferencia ya se nota en el recibo.",
        "If no more people live there, check toilets and taps: half the difference already shows on the bill.",
    ),
    "weekends": Text(
        "Lave con carga completa y riegue temprano o de noche: basta con reducir la mitad de la diferencia.",
        "Wash full loads and water early or at night: half of the difference is enough.",
    ),
    "near_block": Text(
        "Con un poco menos se queda en el tramo más barato.",
        "With a little less you stay in the cheaper block.",
    ),
    "similar_homes": Text(
        "Una ducha cinco minutos más corta ahorra unos 50 litros. Aquí se cuenta llegar a medio camino.",
        "A shower five minutes shorter saves about 50 litres. Getting half the way there is counted here.",
    ),
}


def soles(amount_pen: float) -> str:
    """An amount of money [PEN]."""
    if amount_pen >= _WHOLE_FROM:
        return f"S/{_NARROW}{count(amount_pen)}"
    return f"S/{_NARROW}{amount_pen:.2f}"


def litres(volume_m3: float) -> str:
    """A small volume [m³] in litres, to two digits or so."""
    size = 1000 * volume_m3
    step = 10 if size >= 200 else 5 if size >= 50 else 1
    return f"{count(step * round(size / step))}{_NARROW}L"


def cubic(volume_m3: float) -> str:
    """A volume with its unit."""
    return f"{volume(volume_m3)}{_NARROW}m³"


def edge(volume_m3: float) -> str:
    """Where a block begins, with its unit."""
    return f"{count(volume_m3) if volume_m3 >= 100 else f'{volume_m3:.3g}'}{_NARROW}m³"


def chance(probability: float) -> str:
    """A probability; nothing is sure."""
    if probability < 0.01:
        return f"<1{_NARROW}%"
    return f">99{_NARROW}%" if probability > 0.99 else share(probability)


def evidence(advice: Advice) -> Text:
    """What was seen."""
    found = advice.evidence
    say = {
        "floor": ("floor_m3", litres),
        "usual": ("usual_day_m3", litres),
        "peers": ("peers_m3", litres),
        "days": ("days", count),
        "excess": ("excess_m3", cubic),
        "mean": ("mean_m3", litres),
        "before": ("before_m3", litres),
        "chance": ("probability", chance),
        "block": ("block_m3", edge),
        "dear": ("next_price_pen_per_m3", soles),
        "cheap": ("price_pen_per_m3", soles),
        "accounts": ("accounts", count),
    }
    return _EVIDENCE[advice.kind].fill(
        **{name: show(found[key]) for name, (key, show) in say.items() if key in found}
    )


def what_to_do(advice: Advice) -> Text:
    """What may help."""
    return _DO[advice.kind]
