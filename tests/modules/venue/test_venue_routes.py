"""Floors, plans and imports over HTTP."""

import httpx
import pytest
from tests.factories.imports import csv_file, line, mall_lines
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, as_staff, make_member, make_staff

from galleria.kernel.ids import new_id
from galleria.platform.actors import Grant, Role
from galleria.platform.runtime import Runtime


@pytest.fixture
async def made(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


async def headers(runtime: Runtime, made: MadeMall, **grant: object) -> dict[str, str]:
    told = Grant(**{"role": Role.OPERATOR, "group_id": made.group_id, **grant})  # type: ignore[arg-type]
    return await as_staff(runtime, await make_staff(runtime, made.group_id, [told]))


def form(lines: list[str]) -> list[tuple[str, tuple[str, bytes]]]:
    file = csv_file(lines)
    return [("files", (file.name, file.content))]


async def test_an_operator_of_the_group_imports_and_everyone_sees_it(
    runtime: Runtime, client: httpx.AsyncClient, made: MadeMall
) -> None:
    code, url = f"p-{made.code[2:]}", f"/v1/groups/{made.group_id}/imports/mall"
    operator = await headers(runtime, made)
    files = form(mall_lines(code, f"m-{made.code}"))
    told = await client.post(url, headers=operator, files=files, data={"dry_run": "true"})
    assert (told.status_code, told.json()["dry_run"]) == (200, True)
    assert (await client.get(f"/v1/malls/by-code/{code}")).status_code == 404
    told = await client.post(url, headers=operator, files=files)
    assert told.json()["counts"]["shop"] == {"created": 1, "changed": 0, "unchanged": 0}
    mall = (await client.get(f"/v1/malls/by-code/{code}")).json()
    (building,) = (await client.get(f"/v1/malls/{mall['id']}/floors")).json()
    plan = (await client.get(f"/v1/malls/{mall['id']}/floors/{building['floors'][0]['id']}/plan")).json()
    assert plan["type"] == "FeatureCollection"
    assert [f["properties"]["kind"] for f in plan["features"]] == ["facility", "shop"]


async def test_a_second_file_and_the_mall_option_come_through(
    runtime: Runtime, client: httpx.AsyncClient, made: MadeMall
) -> None:
    header = mall_lines("x", "m")[0]
    files = form([header, line("building", "b1", name_zh="东楼", name_en="East")])
    files += [("files", ("b.csv", "\n".join([header, line("floor", "F1", building="b1", name_zh="一层", name_en="One",
                                                          ordinal="0")]).encode()))]  # fmt: skip
    url, operator = f"/v1/groups/{made.group_id}/imports/mall", await headers(runtime, made)
    told = await client.post(url, headers=operator, files=files, data={"mall": made.code})
    assert told.json()["malls"] == [made.code]
    (building,) = (await client.get(f"/v1/malls/{made.mall_id}/floors")).json()
    assert (building["code"], building["floors"][0]["code"]) == ("b1", "F1")


@pytest.mark.parametrize(
    ("language", "message"), [("zh-CN", "“never”不是营业时间"), ("en", '"never" is not a time of')]
)
async def test_bad_rows_are_told_in_the_callers_language(
    runtime: Runtime, client: httpx.AsyncClient, made: MadeMall, language: str, message: str
) -> None:
    bad = [*mall_lines(f"p-{made.code[2:]}", "m"), line("shop", "x", hours="never")]
    url = f"/v1/groups/{made.group_id}/imports/mall"
    signed = {**await headers(runtime, made), "accept-language": language}
    told = await client.post(url, headers=signed, files=form(bad))
    assert (told.status_code, told.json()["code"], told.json()["params"]) == (422, "import_refused", {"count": 1})
    (error,) = told.json()["errors"]
    assert error["field"] == "mall.csv:10:hours"
    assert error["message"].startswith(message)
    assert (await client.get(f"/v1/malls/by-code/p-{made.code[2:]}")).status_code == 404


async def test_only_operators_of_the_whole_group_import(
    runtime: Runtime, client: httpx.AsyncClient, made: MadeMall
) -> None:
    url, files = f"/v1/groups/{made.group_id}/imports/mall", form(mall_lines(f"p-{made.code[2:]}", "m"))
    other = await make_mall(runtime)
    assert (await client.post(url, files=files)).status_code == 401
    wrong = [
        await as_member(runtime, await make_member(runtime, made.group_id)),
        await headers(runtime, other),
        await headers(runtime, made, mall_id=made.mall_id),
        await headers(runtime, made, role=Role.MERCHANT_MANAGER, merchant_id=made.merchant_ids[0]),
    ]
    for signed in wrong:
        assert (await client.post(url, headers=signed, files=files)).status_code == 403
    assert (await client.get(f"/v1/malls/by-code/p-{made.code[2:]}")).status_code == 404


async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, made: MadeMall) -> None:
    assert (await client.get(f"/v1/malls/{new_id()}/floors")).status_code == 404
    assert (await client.get(f"/v1/malls/{made.mall_id}/floors/{new_id()}/plan")).status_code == 404
    assert (await client.get(f"/v1/malls/{made.mall_id}/floors")).json() == []
