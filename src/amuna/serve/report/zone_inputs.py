"""Words for what the models of zones look at."""

from __future__ import annotations

from amuna.domain.text import Text

ZONE_INPUTS = {
    "zone": Text("Zona", "Zone"),
    "hour": Text("Hora del día", "Hour of the day"),
    "lead": Text("Días por delante", "Days ahead"),
    "profile": Text("Consumo usual de la hora", "Usual use of the hour"),
    "shape": Text("Forma usual del día", "Usual shape of the day"),
    "spread": Text("Variación usual de la hora", "Usual variation of the hour"),
    "quick": Text("Costumbre de las últimas semanas", "Habit of the last weeks"),
    "steady": Text("Costumbre de los últimos meses", "Habit of the last months"),
    "yesterday": Text("La misma hora de ayer", "Same hour of yesterday"),
    "yesterday_next": Text("Ayer, una hora después", "Yesterday, an hour later"),
    "last_hour": Text("Última hora de ayer", "Last hour of yesterday"),
    "last_3h": Text("Últimas 3 horas de ayer", "Last 3 hours of yesterday"),
    "last_6h": Text("Últimas 6 horas de ayer", "Last 6 hours of yesterday"),
    "last_24h": Text("Todo el día de ayer", "All of yesterday"),
    "night": Text("Madrugada de ayer (2 a 5 h)", "Yesterday's night (2 to 5 h)"),
    "evening": Text("Noche de ayer (desde las 18 h)", "Yesterday's evening (from 18 h)"),
    "week_before": Text("La misma hora, una semana antes", "Same hour, a week before"),
    "mean_3d": Text("La misma hora, media de 3 días", "Same hour, mean of 3 days"),
    "mean_7d": Text("La misma hora, media de 7 días", "Same hour, mean of 7 days"),
    "level_1": Text("Nivel del último día", "Level of the last day"),
    "level_3": Text("Nivel de los últimos 3 días", "Level of the last 3 days"),
    "level_10": Text("Nivel de los últimos 10 días", "Level of the last 10 days"),
    "city_level": Text("Nivel de todas las zonas", "Level of all zones"),
    "city_hour": Text("Todas las zonas, misma hora de ayer", "All zones, same hour of yesterday"),
    "trend": Text("Tendencia de los últimos días", "Trend of the last days"),
    "day_type": Text("Tipo de día", "Kind of day"),
    "weekday": Text("Día de la semana", "Day of the week"),
    "holiday": Text("Feriado", "Holiday"),
    "bridge": Text("Día puente", "Bridge day"),
    "festive": Text("Temporada de fiestas", "Festive season"),
    "distance": Text("Días hasta el feriado más cercano", "Days to the nearest holiday"),
    "season_sin": Text("Época del año, primera onda", "Time of year, first wave"),
    "season_cos": Text("Época del año, segunda onda", "Time of year, second wave"),
    "holiday_before": Text("Feriado la víspera", "Holiday the day before"),
    "type_before": Text("Tipo de día de la víspera", "Kind of the day before"),
    "school_shift": Text("Vacaciones escolares", "School holidays"),
    "august_shift": Text("Plenas vacaciones largas", "Heart of the long holidays"),
    "christmas_shift": Text("Navidad", "Christmas"),
    "temp": Text("Temperatura de la hora", "Temperature of the hour"),
    "temp_day": Text("Temperatura media del día", "Mean temperature of the day"),
    "temp_max": Text("Temperatura máxima del día", "Highest temperature of the day"),
    "temp_anomaly": Text("Temperatura frente a las últimas semanas", "Temperature against the last weeks"),
    "temp_step": Text("Temperatura frente a ayer", "Temperature against yesterday"),
    "rain_hour": Text("Lluvia de la hora", "Rain of the hour"),
    "rain_day": Text("Lluvia del día", "Rain of the day"),
    "rain_before": Text("Lluvia de los dos días previos", "Rain of the two days before"),
    "dry_days": Text("Días sin lluvia", "Days without rain"),
    "humidity": Text("Humedad del día", "Humidity of the day"),
    "wind": Text("Viento del día", "Wind of the day"),
    "heat_18": Text("Calor por encima de 18 °C", "Heat above 18 °C"),
    "heat_23": Text("Calor por encima de 23 °C", "Heat above 23 °C"),
    "heat_27": Text("Calor por encima de 27 °C", "Heat above 27 °C"),
    "humidity_anomaly": Text("Humedad frente a las últimas semanas", "Humidity against the last weeks"),
    "wind_anomaly": Text("Viento frente a las últimas semanas", "Wind against the last weeks"),
}


def input_words(name: str) -> Text:
    """What an input of the models is called."""
    return ZONE_INPUTS[name]
