"""The page of data: what it tells of the store, and a file's way from preview to the store or to the bin."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from flask.testing import FlaskClient
from tests.integration.conftest import CUTOFF
from tests.integration.dashing import ask, words_of

from amuna.access.roles import Permission, Principal, Role
from amuna.domain.errors import NotAllowed
from amuna.domain.tables import CONSUMPTION, QUARANTINE, TABLES
from amuna.serve import uploads
from amuna.serve.dashboard import data, data_changes, data_gaps
from amuna.serve.dashboard.page import Visit
from amuna.serve.desk import Desk

PAGE = "/app/data/upload"
ClientAs = Callable[[Role | None], FlaskClient]
NEW = f"account_id,day,consumption_m3\nA,{CUTOFF},1.5\nB,{CUTOFF},-1\nC,{CUTOFF},2.5\n"


def _visit(desk: Desk, *rest: str, role: Role = Role.ADMIN, language: str = "es", **query: str) -> Visit:
    return Visit(desk, Principal("a@example.org", "A", role, None), language, rest, query)


def _counts(desk: Desk) -> dict[str, int]:
    return {
        table.name: desk.store.count(table)
        for table in TABLES
        if table.name not in ("sessions", "users", "audit")
    }


def _waiting(desk: Desk) -> list[str]:
    return sorted(path.name for path in (desk.workspace.folder / uploads.FOLDER).glob("*"))


def _upload(client: FlaskClient, content: bytes, name: str = "mayo.csv", **more: Any) -> tuple[str, Any]:
    """What the page says of a file, and the token it gives."""
    ready = {"name": name, "content": base64.b64encode(content).decode(), "large": False, "at": 1} | more
    found = ask(client, {"upload-ready.data": ready}, state={"upload-map.value": ""}, page=PAGE)
    assert found.status_code == 200, found.text
    assert found.json is not None
    answer = found.json["response"]
    return words_of(answer["upload-found"]["children"]), answer["upload-token"]["data"]


def _press(client: FlaskClient, button: str, token: Any) -> str:
    found = ask(client, {f"{button}.n_clicks": 1}, state={"upload-token.data": token}, page=PAGE)
    assert found.status_code == 200, found.text
    assert found.json is not None
    return words_of(found.json["response"]["upload-found"]["children"])


def test_a_previewed_file_writes_nothing_until_it_is_confirmed(client_as: ClientAs, desk: Desk) -> None:
    client, before = client_as(Role.OPERATOR), _counts(desk)
    told, token = _upload(client, NEW.encode())
    assert _counts(desk) == before
    for part in (
        "Nuevas 2",
        "A cuarentena 1",
        "metros cúbicos",
        "America/Lima",
        "consumo negativo",
        "account_id = cuenta",
    ):
        assert part in told
    assert _waiting(desk) == [token["file"]]
    told = _press(client, "upload-take", token)
    assert "2 filas nuevas" in told
    assert _waiting(desk) == []
    after = _counts(desk)
    changed = {name: after[name] - n for name, n in before.items() if after[name] != n}
    assert changed == {"consumption": 2, "quarantine": 1, "batches": 1}
    found = desk.store.read(CONSUMPTION, where={"account_id": ["A", "C"], "day": CUTOFF})
    assert sorted(found["consumption_m3"]) == [1.5, 2.5]
    told, token = _upload(client, NEW.encode())
    assert "ya se ingresó" in told
    assert token is None
    assert _waiting(desk) == []


def test_a_discarded_file_leaves_nothing(client_as: ClientAs, desk: Desk) -> None:
    client, before = client_as(Role.OPERATOR), _counts(desk)
    _, token = _upload(client, NEW.encode())
    assert "se descartó" in _press(client, "upload-drop", token)
    assert _waiting(desk) == []
    assert "ya no está" in _press(client, "upload-take", token)
    assert _counts(desk) == before


def test_only_the_file_that_was_previewed_can_be_taken_in(client_as: ClientAs, desk: Desk) -> None:
    client = client_as(Role.OPERATOR)
    _, token = _upload(client, NEW.encode())
    waiting = desk.workspace.folder / uploads.FOLDER / token["file"]
    waiting.write_text(NEW + f"D,{CUTOFF},9\n")
    assert "ya no está" in _press(client, "upload-take", token)
    for name in ("../trained.duckdb", "/etc/passwd", ""):
        assert "ya no está" in _press(client, "upload-take", {"file": name, "feed": ""})
    assert desk.store.count(QUARANTINE) == 0


def test_those_who_may_not_hand_in_readings_cannot(client_as: ClientAs, desk: Desk) -> None:
    ready = {"name": "x.csv", "content": base64.b64encode(NEW.encode()).decode(), "large": False}
    found = ask(client_as(Role.ANALYST), {"upload-ready.data": ready}, page=PAGE)
    assert "Nuevas" not in found.text
    assert _waiting(desk) == []
    told = words_of(data.layout(_visit(desk, "upload", role=Role.ANALYST)))
    assert "Subir" not in told


def _excel(tmp_path: Path) -> bytes:
    path = tmp_path / "made.xlsx"
    book = openpyxl.Workbook()
    sheet = book.create_sheet("datos", 0)
    for row in (["suministro", "fecha", "consumo_m3"], ["A", CUTOFF, 1.5], ["B", CUTOFF, 2]):
        sheet.append(row)
    book.save(path)
    return path.read_bytes()


def test_excel_is_previewed_too(client_as: ClientAs, tmp_path: Path) -> None:
    told, token = _upload(client_as(Role.OPERATOR), _excel(tmp_path), "mayo.xlsx")
    assert "Nuevas 2" in told
    assert token["file"].endswith("-mayo.xlsx")


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"", "empty.csv", "no tiene filas"),
        (b"account_id,day,consumption_m3\n", "header.csv", "no tiene filas"),
        (b"a,b,c\n1,2,3\n", "others.csv", "No se reconoce"),
        (b"account_id,day,consumption_m3\nA,never,1\nB,nor,2\n", "days.csv", "Fila 2, columna “day”"),
        (b"PK\x03\x04zzzzzzzz", "broken.xlsx", "no se puede leer"),
        (b"\x89PNG\0\0\0\0" * 9, "picture.png", "no se puede leer"),
        (b"PAR1xxxx", "cut.parquet", "no se puede leer"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_plainly_and_kept_nowhere(
    content: bytes, name: str, told: str, client_as: ClientAs, desk: Desk
) -> None:
    before = _counts(desk)
    found, token = _upload(client_as(Role.OPERATOR), content, name)
    assert told in found
    assert name in found
    assert token is None
    assert _waiting(desk) == []
    assert _counts(desk) == before


def test_a_file_over_the_limit_is_refused_by_browser_and_server(client_as: ClientAs, desk: Desk) -> None:
    client = client_as(Role.OPERATOR)
    for content, large in ((b"", True), (b"x" * (51 * 2**20), False)):
        found, token = _upload(client, content, large=large)
        assert "pasa de 50 MB" in found
        assert token is None
    assert _waiting(desk) == []


def test_a_unit_that_cannot_be_and_strange_accounts_are_warned_of(client_as: ClientAs) -> None:
    rows = "".join(f"Z{n},{CUTOFF},{500 + n}\n" for n in range(5))
    told, _ = _upload(client_as(Role.OPERATOR), f"account_id,day,consumption_m3\n{rows}".encode())
    assert "Revise la unidad" in told
    assert "5 de 5 cuentas no se conocían" in told


def test_files_that_nobody_decided_about_go_after_a_day(tmp_path: Path) -> None:
    old = uploads.keep(tmp_path, "old.csv", b"old")
    os.utime(old, (old.stat().st_mtime - uploads.KEPT_S - 1,) * 2)
    kept = uploads.keep(tmp_path, "C:\\folder\\año nuevo.csv", b"new")
    assert not old.exists()
    assert kept.name.endswith("-a_o_nuevo.csv")
    assert uploads.waiting(tmp_path, kept.name) == kept
    assert uploads.keep(tmp_path, "C:\\folder\\año nuevo.csv", b"new") == kept


@pytest.mark.parametrize("part", ["", "quarantine", "gaps", "changes", "upload", "no such part"])
def test_every_part_says_its_words_in_both_languages(part: str, desk: Desk) -> None:
    es, en = (words_of(data.layout(_visit(desk, part, language=language))) for language in ("es", "en"))
    assert "Fuentes" in es
    assert "Feeds" in en
    assert es != en


def test_the_quarantine_is_worded_and_paged_by_reason(client_as: ClientAs, desk: Desk) -> None:
    client = client_as(Role.OPERATOR)
    _, token = _upload(client, NEW.encode())
    _press(client, "upload-take", token)
    told = words_of(data.layout(_visit(desk, "quarantine")))
    assert "consumo negativo 1" in told
    for reason, expected in (("negative", 1), ("future", 0)):
        found = ask(
            client,
            {"refused-grid.getRowsRequest": {"startRow": 0, "endRow": 100}},
            page=f"/app/data/quarantine?reason={reason}",
        )
        assert found.json is not None
        rows = found.json["response"]["refused-grid"]["getRowsResponse"]
        assert rows["rowCount"] == expected
    row = ask(
        client, {"refused-grid.getRowsRequest": {"startRow": 0, "endRow": 100}}, page="/app/data/quarantine"
    ).json["response"]["refused-grid"]["getRowsResponse"]["rowData"][0]  # type: ignore[index]
    assert (row["found"], row["row"], row["field"]) == ("-1", "3", "consumption_m3")
    assert row["source"].startswith("uploads/")
    assert "envíe ese día de nuevo" in row["remedy"]


def test_corrections_are_kept_to_accounts_within_sight(
    desk: Desk, own_account: str, foreign_account: str
) -> None:
    for account in (own_account, foreign_account):
        rows = desk.store.read(CONSUMPTION, where={"account_id": account}).sort("day").tail(1)
        later = pl.col("recorded_at") + timedelta(days=5)
        desk.store.upsert(CONSUMPTION, rows.with_columns(pl.col("consumption_m3") + 1, recorded_at=later))
    whole = data_changes.corrections(_visit(desk))
    assert set(whole["account_id"]) == {own_account, foreign_account}
    assert (whole["consumption_m3"] - whole["was_m3"]).to_list() == pytest.approx([1, 1])
    held = Principal("t", "T", Role.ANALYST, frozenset({own_account}))
    assert set(data_changes.corrections(Visit(desk, held, "es"))["account_id"]) == {own_account}
    without = Principal("t", "T", Role.ANALYST, None, frozenset({Permission.ACCOUNTS}))
    with pytest.raises(NotAllowed):
        data_changes.corrections(Visit(desk, without, "es"))


def test_a_strip_of_days_has_an_edge_where_the_class_changes() -> None:
    found = data_gaps.strip_colours([1.0, 0.999, 0.97, None])
    assert found == (
        "linear-gradient(to right, var(--gap-0) 0.00% 50.00%, var(--gap-1) 50.00% 75.00%,"
        " var(--gap-none) 75.00% 100.00%)"
    )
