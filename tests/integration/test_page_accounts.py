"""The page of accounts: who sees which rows, what the grid and the file hold, and one account's page."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from flask.testing import FlaskClient
from tests.integration.conftest import CUTOFF
from tests.integration.dashing import ask, words_of

from amuna.access.roles import Permission, Principal, Role
from amuna.domain.alarm_tables import ALARMS
from amuna.domain.errors import NotAllowed
from amuna.domain.tables import CONSUMPTION, DECISIONS
from amuna.serve.dashboard import account, accounts
from amuna.serve.dashboard.account_model import mix_words, order_words
from amuna.serve.dashboard.page import Visit
from amuna.serve.desk import Desk
from amuna.workflows.forecast import forecast

PAGE = "/app/accounts"
ClientAs = Callable[[Role | None], FlaskClient]


def _visit(desk: Desk, role: Role = Role.ADMIN, *held: str, language: str = "es") -> Visit:
    who = Principal(f"{role}@example.org", "Someone", role, frozenset(held) if held else None)
    return Visit(desk, who, language)


def _rows(client: FlaskClient, search: str = "", **request: object) -> tuple[list[dict[str, str]], int, str]:
    asked = {"startRow": 0, "endRow": 100, "sortModel": [], "filterModel": {}} | request
    inputs = {"accounts-grid.getRowsRequest": asked}
    found = ask(client, inputs, state={"accounts-search.value": search}, page=PAGE)
    assert found.status_code == 200, found.text
    assert found.json is not None
    answer = found.json["response"]
    rows = answer["accounts-grid"]["getRowsResponse"]
    return rows["rowData"], rows["rowCount"], answer["accounts-grid-count"]["children"]


def test_a_customer_gets_only_their_row_whatever_they_search(client_as: ClientAs, own_account: str) -> None:
    rows, count, told = _rows(client_as(Role.CUSTOMER))
    assert [row["account_id"] for row in rows] == [own_account]
    assert (count, told) == (1, "1 fila")
    rows, count, _ = _rows(client_as(Role.CUSTOMER), search="A")
    assert count <= 1


def test_staff_get_all_in_blocks_sorted_and_filtered(client_as: ClientAs, desk: Desk) -> None:
    client = client_as(Role.ANALYST)
    seen = _visit(desk)
    whole = accounts.shown_rows(seen)
    assert len(whole) > 40
    sort = [{"colId": "mean_m3", "sort": "desc"}]
    rows, count, _ = _rows(client, startRow=10, endRow=20, sortModel=sort)
    best = whole.sort("mean_m3", descending=True, nulls_last=True)["account_id"]
    assert [row["account_id"] for row in rows] == best[10:20].to_list()
    assert count == len(whole)
    wanted = {"mean_m3": {"filterType": "number", "type": "greaterThanOrEqual", "filter": 0.5}}
    _, count, told = _rows(client, filterModel=wanted)
    assert count == whole.filter(pl.col("mean_m3") >= 0.5).height
    assert told == f"{count} de {len(whole)} filas"


def test_the_grid_needs_the_permission(desk: Desk) -> None:
    who = Principal("t", "Token", Role.ANALYST, None, frozenset({Permission.DATA}))
    with pytest.raises(NotAllowed):
        accounts.shown_rows(Visit(desk, who, "es"))


def test_words_and_per_cents_are_what_is_shown(desk: Desk, own_account: str) -> None:
    forecast(store=desk.store, horizon=7, billing_days=14)
    es, en = (accounts.shown_rows(_visit(desk, language=language)) for language in ("es", "en"))
    assert "ajuste correcto" in set(es["status"])
    assert "fitted well" in set(en["status"])
    mine = es.row(by_predicate=pl.col("account_id") == own_account, named=True)
    assert 0 <= mine["quality"] <= 100
    assert mine["interval"]["low80_m3"] <= mine["expected_m3"] <= mine["interval"]["high80_m3"]


def test_the_file_holds_the_filtered_rows_in_their_order(client_as: ClientAs, desk: Desk) -> None:
    request = {
        "sortModel": [{"colId": "mase", "sort": "desc"}],
        "filterModel": {"account_id": {"filterType": "text", "type": "contains", "filter": "1"}},
    }
    found = ask(
        client_as(Role.ANALYST),
        {"accounts-export.n_clicks": 1},
        state={"accounts-grid.getRowsRequest": request, "accounts-search.value": ""},
        page=PAGE,
    )
    assert found.json is not None
    file = found.json["response"]["accounts-file"]["data"]
    content = base64.b64decode(file["content"])
    assert content.startswith(b"\xef\xbb\xbf"), "Excel reads UTF-8 by its mark"
    rows = pl.read_csv(io.BytesIO(content), infer_schema_length=None)
    whole = accounts.shown_rows(_visit(desk)).filter(pl.col("account_id").str.contains("1"))
    expected = whole.sort("mase", descending=True, nulls_last=True, maintain_order=True)
    assert rows["Cuenta"].cast(pl.String).to_list() == expected["account_id"].to_list()
    assert "Media de 28 días (m³/día)" in rows.columns
    assert file["filename"] == "amuna-cuentas.csv"


def test_one_account_tells_why_and_what_was_decided(desk: Desk, own_account: str) -> None:
    forecast(store=desk.store, horizon=7, billing_days=14)
    decision = {
        "run_id": "r",
        "account_id": own_account,
        "day": CUTOFF,
        "decision": "refit",
        "rival_run": "",
        "reason": "bias",
        "decided_by": "amuna",
        "decided_at": datetime(2024, 8, 9, tzinfo=UTC),
        "evidence": "{}",
    }
    desk.store.upsert(DECISIONS, DECISIONS.frame([decision]))
    told = words_of(account.layout(_visit(desk), own_account))
    for part in ("Pondera", "En la prueba", "pronósticos sesgados", "amuna explain", "14 días desde"):
        assert part in told
    told = words_of(account.layout(_visit(desk, language="en"), own_account))
    assert "It weighs" in told
    assert "Pondera" not in told


def test_flagged_days_stand_apart_from_good_ones(desk: Desk, own_account: str) -> None:
    rows = desk.store.read(CONSUMPTION, where={"account_id": own_account}).sort("day").tail(3)
    desk.store.upsert(
        CONSUMPTION,
        rows.with_columns(flag=pl.lit("estimated"), recorded_at=pl.col("recorded_at") + timedelta(days=9)),
    )
    told = words_of(account.layout(_visit(desk), own_account))
    assert "estimado 3" in told


def test_an_unknown_account_and_a_foreign_one_are_told_alike(
    desk: Desk, own_account: str, foreign_account: str
) -> None:
    customer = _visit(desk, Role.CUSTOMER, own_account)
    foreign = words_of(account.layout(customer, foreign_account))
    unknown = words_of(account.layout(customer, "nobody"))
    assert foreign.replace(foreign_account, "X") == unknown.replace("nobody", "X")
    assert "No existe una cuenta" in unknown
    mine = words_of(account.layout(customer, own_account))
    assert "No existe" not in mine
    for part in ("Alarmas", "amuna explain", "Decisiones"):
        assert part not in mine, "alarms, files and decisions are the utility's"


def _alarm(account_id: str) -> pl.DataFrame:
    row = {
        "alarm_id": f"high_use-{account_id}",
        "account_id": account_id,
        "kind": "high_use",
        "first_day": date(2024, 8, 1),
        "last_day": date(2024, 8, 3),
        "observed_m3": 9.0,
        "expected_m3": 3.0,
        "money_pen": 66.0,
        "evidence": "{}",
        "state": "open",
        "handled_by": "",
        "raised_at": datetime(2024, 8, 4, tzinfo=UTC),
        "changed_at": datetime(2024, 8, 4, tzinfo=UTC),
    }
    return ALARMS.frame([row])


@pytest.mark.parametrize(("role", "handled"), [(Role.CREW, True), (Role.ANALYST, False)])
def test_an_alarm_is_handled_by_those_who_may(
    role: Role, handled: bool, client_as: ClientAs, desk: Desk, own_account: str
) -> None:
    desk.store.upsert(ALARMS, _alarm(own_account))
    button = f'{{"alarm":"high_use-{own_account}","state":"seen","type":"alarm-say"}}'
    body = {
        "output": "account-alarms.children",
        "outputs": {"id": "account-alarms", "property": "children"},
        "inputs": [
            [
                {
                    "id": {"type": "alarm-say", "alarm": f"high_use-{own_account}", "state": "seen"},
                    "property": "n_clicks",
                    "value": 1,
                }
            ]
        ],
        "changedPropIds": [f"{button}.n_clicks"],
    }
    found = client_as(role).post(
        "/app/_dash-update-component",
        json=body,
        headers={"Referer": f"http://localhost{PAGE}/{own_account}"},
    )
    row = desk.store.read(ALARMS).row(0, named=True)
    assert (row["state"], row["handled_by"]) == (
        ("seen", f"{role.value}@example.org") if handled else ("open", "")
    )
    assert ("en revisión" in found.text) is handled


def test_weights_and_orders_are_told_in_words() -> None:
    mix = mix_words({"arima": 0.8, "weekday_median": 0.2, "tsb": 0.0})
    assert mix.es.startswith("Pondera 80")
    assert "tsb" not in mix.en.lower()
    assert mix_words({"tsb": 1.0}).en.startswith("It uses only")
    order = order_words("(2,1,1)(1,1,0)7")
    assert "same 7 days before" in order.en
    assert "last 9 days" in order.en
    assert "recent errors" in order.en
    assert "repeats the mean" in order_words("(0,0,0)(0,0,0)7").en
