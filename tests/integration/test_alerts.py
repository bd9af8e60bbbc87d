"""The alert rules: accepted by Prometheus' own checker, over metrics that exist."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from amuna.serve import metrics

RULES = Path(__file__).parents[2] / "deploy/prometheus/alerts.yml"


def test_promtool_accepts_the_rules() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed: apt-get install prometheus")
    done = subprocess.run([promtool, "check", "rules", RULES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "9 rules found" in done.stdout


def test_every_metric_in_the_rules_is_exported() -> None:
    exported = set(re.findall(r'"(?:amuna_)?(\w+)"', Path(metrics.__file__).read_text(encoding="utf-8")))
    named = set(re.findall(r"amuna_(\w+)", RULES.read_text(encoding="utf-8")))
    assert len(named) == 9
    assert {name.removesuffix("_total") for name in named} <= exported
