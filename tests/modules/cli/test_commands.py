"""The command line on the test database: what it makes, what it says, and that a refusal leaves nothing behind."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.factories.imports import line, mall_lines
from tests.factories.malls import MadeMall, make_mall

from galleria.cli import main
from galleria.foundation import malls
from galleria.platform.actors import Role
from galleria.platform.auth import grants
from galleria.platform.runtime import Runtime

Run = Callable[..., Awaitable[Result]]
GOODS = (
    "code,kind,name_zh,name_en,text_zh,text_en,category,state,sku,price,stock\n"
    "tea,physical,红茶,Black Tea,热,Hot,coffee,published,T-1,18.50,6\n"
)


@pytest.fixture
def run(dsn: str, tmp_path: Path) -> Run:
    """Run a command on the test database, as a terminal of a given language would."""

    async def run(*words: str | Path, language: str = "en_GB.UTF-8", stdin: str | None = None) -> Result:
        told = {"GALLERIA_DATABASE_URL": dsn, "GALLERIA_DATA_DIR": str(tmp_path / "var"), "LC_ALL": language}
        return await asyncio.to_thread(CliRunner().invoke, main, [str(word) for word in words], env=told, input=stdin)

    return run


@pytest.fixture
async def made(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


async def test_a_group_and_a_mall_are_made_together_or_not_at_all(run: Run, runtime: Runtime, tmp_path: Path) -> None:
    tag = tmp_path.name.replace("_", "-")[-20:].strip("-").lower()
    group, mall = f"cli-{tag}", f"cm-{tag}"
    lines = mall_lines(mall, "shiguang")
    wrong = [
        *lines,
        line("shop", "N2", name_zh="店", name_en="Shop", merchant="nobody", category="food"),
        line("shop", "N3", name_zh="店", name_en="Shop", merchant="shiguang", category="food", hours="late"),
    ]
    refused = await run("import", "mall", "--group", group, written(tmp_path / "mall.csv", "\n".join(wrong)))
    assert refused.exit_code == 1
    assert "mall.csv:10:merchant" in refused.output
    assert "mall.csv:11:hours" in refused.output
    path = written(tmp_path / "mall.csv", "\n".join(lines))
    tried = await run("import", "mall", "--group", group, "--dry-run", path)
    assert (tried.exit_code, f"would make the group {group}" in tried.output) == (0, True)
    async with runtime.db.read() as tx:
        assert await malls.find_group(tx, group) is None
        assert await malls.find_mall(tx, mall) is None
    first = await run("import", "mall", "--group", group, path)
    assert (first.exit_code, f"made the group {group}" in first.output) == (0, True), first.output
    again = await run("import", "mall", "--group", group, path)
    assert (again.exit_code, "made the group" in again.output) == (0, False)
    assert ["shop", "0", "0", "1"] in [row.split() for row in again.output.splitlines()]


async def test_a_refusal_speaks_the_language_of_the_terminal(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path / "mall.csv", "kind,code\nnothing,x\n")
    chinese = await run("import", "mall", "--group", "cli-zh", path, language="zh_CN.UTF-8")
    assert (chinese.exit_code, "导入未执行" in chinese.output) == (1, True)


async def test_several_groups_ask_for_one(run: Run, runtime: Runtime, tmp_path: Path) -> None:
    await make_mall(runtime)
    await make_mall(runtime)
    answer = await run("import", "mall", written(tmp_path / "mall.csv", "kind,code\n"))
    assert (answer.exit_code, "--group" in answer.output) == (2, True)


async def test_goods_go_in_and_come_out(run: Run, made: MadeMall, tmp_path: Path) -> None:
    place = ("--mall", made.code, "--shop", "shop-1")
    done = await run("import", "goods", *place, written(tmp_path / "goods.csv", GOODS))
    assert (done.exit_code, "1 products created" in done.output) == (0, True), done.output
    out = tmp_path / "out.csv"
    assert (await run("export", "goods", *place, "-o", out)).exit_code == 0
    assert "T-1" in out.read_text(encoding="utf-8-sig")
    again = await run("import", "goods", *place, out)
    assert (again.exit_code, "0 products created, 0 changed" in again.output) == (0, True)


async def test_bad_goods_are_told_by_line_and_change_nothing(run: Run, made: MadeMall, tmp_path: Path) -> None:
    place = ("--mall", made.code, "--shop", "shop-1")
    bad = GOODS + "bad,physical,坏,Bad,x,x,unknown,published,B-1,zero,1\n"
    refused = await run("import", "goods", *place, written(tmp_path / "goods.csv", bad))
    assert refused.exit_code == 1
    assert "nothing was imported" in refused.output
    assert "goods.csv:3:price" in refused.output
    assert "goods.csv:3:category" in refused.output
    out = await run("export", "goods", *place)
    assert "T-1" not in out.output
    for wrong in (("--mall", "no-mall", "--shop", "shop-1"), ("--mall", made.code, "--shop", "no-shop")):
        assert (await run("export", "goods", *wrong)).exit_code == 1


async def test_the_first_operator_may_sign_in(run: Run, runtime: Runtime, made: MadeMall) -> None:
    async with runtime.db.read() as tx:
        group = (await malls.get_group(tx, made.group_id)).code
    login = f"Op-{made.code}"
    words = ("staff", "create", "--login", login, "--name", "沈知远", "--role", "operator", "--group", group)
    weak = await run(*words, stdin="aaaaaaaaaaaa\n")
    assert (weak.exit_code, "password" in weak.output) == (1, True)
    done = await run(*words, stdin="correct horse 9\n")
    assert (done.exit_code, done.output) == (0, f"{login.lower()} may sign in as operator\n")
    taken = await run(*words, stdin="correct horse 9\n")
    assert taken.exit_code == 1
    async with runtime.db.read() as tx:
        staff_id = await tx.value("SELECT id FROM staff.account WHERE login = $1", login.lower())
        [grant] = await grants.grants_of(tx, staff_id)
        kept = await tx.value("SELECT detail::text FROM platform.journal WHERE subject = $1", str(staff_id))
    assert (grant.role, grant.group_id, grant.mall_id) == (Role.OPERATOR, made.group_id, None)
    assert "correct horse" not in (kept or "")


async def test_a_clerk_works_in_one_shop(run: Run, runtime: Runtime, made: MadeMall) -> None:
    async with runtime.db.read() as tx:
        group = (await malls.get_group(tx, made.group_id)).code
    login = f"clerk-{made.code}"
    words = ("staff", "create", "--login", login, "--name", "Clerk", "--role", "clerk", "--group", group)
    done = await run(*words, "--mall", made.code, "--shop", "shop-3", stdin="correct horse 9\n")
    assert done.exit_code == 0, done.output
    async with runtime.db.read() as tx:
        [grant] = await grants.grants_of(tx, await tx.value("SELECT id FROM staff.account WHERE login = $1", login))
    assert (grant.shop_id, grant.merchant_id) == (made.shop_ids[2], made.merchant_ids[1])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--role", "clerk", "--group", "no-such"), "--merchant or --shop"),
        (("--role", "clerk", "--group", "no-such", "--shop", "x"), "--mall"),
        (("--role", "operator", "--group", "no-such", "--merchant", "x"), "leave out"),
        (("--role", "operator", "--group", "no-such"), "--new-group"),
        (("--role", "operator", "--group", "No Such"), "small letters"),
        (("--role", "king", "--group", "no-such"), "king"),
    ],
)
async def test_what_makes_no_sense_is_refused(run: Run, words: tuple[str, ...], said: str) -> None:
    answer = await run("staff", "create", "--login", "some-one", "--name", "X", *words, stdin="correct horse 9\n")
    assert answer.exit_code in {1, 2}
    assert said in answer.output


async def test_the_doctor_runs_on_the_same_database(run: Run) -> None:
    answer = await run("doctor")
    assert "migrations are applied" in answer.output
