"""An account to show to someone who comes for the first time."""

from __future__ import annotations

from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS, MODELS, PERIOD_FORECASTS, RUNS
from amuna.domain.text import Text

_USUAL_M3 = 18.0


def example_account(store: Store) -> str:
    """A household of usual use whose model is fitted well.

    Raises
    ------
    NotEnoughData
        If no household has a forecast.
    """
    found = store.query(
        f"SELECT p.account_id FROM {PERIOD_FORECASTS.name} AS p"
        f" JOIN {ACCOUNTS.name} AS a ON a.account_id = p.account_id AND a.segment = 'household'"
        f" JOIN {RUNS.name} AS r ON r.run_id = p.run_id AND r.alias = 'champion'"
        f" JOIN {MODELS.name} AS m ON m.run_id = p.run_id AND m.account_id = p.account_id AND m.status = 'ok'"
        " ORDER BY p.cutoff DESC, ABS(p.forecast_m3 - ?), p.account_id LIMIT 1",
        [_USUAL_M3],
    )
    if found.is_empty():
        raise NotEnoughData(
            Text("Todavía ningún hogar tiene pronóstico.", "No household has a forecast yet."),
            remedy=Text(
                "Primero ingrese lecturas y entrene: docs/howto.md.", "Ingest and train first: docs/howto.md."
            ),
        )
    return str(found.item())
