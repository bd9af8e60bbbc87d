"""Plans: how soon sliders are answered, one scenario and the four that come with Amuna, ten years, 10,000 draws.

python benchmarks/plan.py [--zones 12] [--json]
"""

from __future__ import annotations

from datetime import date

import numpy as np

from _common import finish, median_seconds, parser
from amuna.forecasting.longterm.base_year import BaseYear
from amuna.forecasting.longterm.population import inei
from amuna.forecasting.longterm.scenarios import STANDARD
from amuna.workflows.plan_demand import plan_demand
from amuna.workflows.views.planning_record import PlanningRecord

REPEATS = 9


def main() -> None:
    """Print the figures."""
    arguments = parser(__doc__.splitlines()[0])
    arguments.add_argument("--zones", type=int, default=12)
    options = arguments.parse_args()
    record = record_of(options.zones)
    figures = {
        name: median_seconds(lambda asked=asked: plan_demand(record, asked, population=inei()), runs=REPEATS)
        for name, asked in (("one_scenario_s", STANDARD[:1]), ("four_scenarios_s", STANDARD))
    }
    for name, value in figures.items():
        print(f"{name:24} {value:.3f}")
    finish(figures, as_json=options.json)


def record_of(zones: int) -> PlanningRecord:
    """A record of one year, a third of it lost."""
    base = BaseYear(
        2025,
        date(2025, 1, 1),
        date(2025, 12, 31),
        tuple(f"Z{at}" for at in range(zones)),
        np.full(zones, 1e6),
        np.full(zones, 3e5),
        np.full(zones, 1 / 3),
        1 / 3,
        True,
    )
    return PlanningRecord((base,), (1000.0,), None, (None,), None)


if __name__ == "__main__":
    main()
