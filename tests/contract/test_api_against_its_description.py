"""Schemathesis throws generated requests at every operation of a running installation, as each kind of caller.

No request may crash the server, and every answer must be one the description promises.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop
from bench import seed
from bench.stage import Stage, database, stage

from galleria.kernel.ids import new_id
from galleria.platform.actors import ActorKind
from galleria.platform.auth.tokens import Claims

pytestmark = pytest.mark.timeout(400)

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


class Installation:
    def __init__(self, made: Stage, mall: seed.Mall, tokens: dict[str, str]) -> None:
        self.made, self.mall, self.tokens = made, mall, tokens


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """A running server with a mall, a member and an operator, in a loop of its own."""
    runner = uvloop.new_event_loop()
    manager = stage()
    made = runner.run_until_complete(manager.__aenter__())
    try:
        yield runner.run_until_complete(_furnish(made))
    finally:
        runner.run_until_complete(manager.__aexit__(None, None, None))
        runner.close()


async def _furnish(made: Stage) -> Installation:
    async with database(made.dsn) as connection:
        mall = await seed.mall(connection)
        (member,) = await seed.members(connection, mall, 1)
        operator = new_id()
        await connection.execute(
            """INSERT INTO staff.account (group_id, id, login, name, password_hash, created_at)
               VALUES ($1, $2, 'operator', 'Operator', 'x', now())""",
            mall.group_id,
            operator,
        )
        await connection.execute(
            "INSERT INTO platform.staff_grant (staff_id, id, role, group_id) VALUES ($1, $2, 'operator', $3)",
            operator,
            new_id(),
            mall.group_id,
        )
        session = new_id()
        await connection.execute(
            """INSERT INTO platform.session (id, actor_kind, actor_id, refresh_hash, created_at, used_at, expires_at,
                                             device)
               VALUES ($1, 'staff', $2, 'x', now(), now(), now() + interval '1 day', 'test')""",
            session,
            operator,
        )
    await made.serve()
    staff = made.signer.token(Claims(ActorKind.STAFF, operator, session, 4_000_000_000))
    return Installation(made, mall, {"member": made.token(member, mall.group_id), "operator": staff})


@pytest.mark.parametrize(
    ("caller", "phases", "examples"), [("nobody", "fuzzing", 2), ("member", "fuzzing", 8), ("operator", "coverage", 1)]
)
def test_every_answer_is_one_the_description_promises(
    caller: str, phases: str, examples: int, installation: Installation, tmp_path: Path
) -> None:
    hooks = tmp_path / "hooks.py"
    hooks.write_text(HOOKS.format(mall=installation.mall.id, group=installation.mall.group_id))
    header = ["--header", f"Authorization: Bearer {installation.tokens[caller]}"] if caller != "nobody" else []
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "run",
        f"http://127.0.0.1:{installation.made.port}/openapi.json",
        "--checks", CHECKS, "--phases", phases, "--max-examples", str(examples), "--workers", "2",
        "--generation-deterministic", "--exclude-path", "/v1/auth/sign-out", "--suppress-health-check", "all",
        "--request-timeout", "20", *header,
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=380, env={"SCHEMATHESIS_HOOKS": str(hooks)}, check=False
    )
    assert done.returncode == 0, _failures(done.stdout) + done.stderr[-2000:]


def _failures(output: str) -> str:
    """Return what schemathesis says of failures, without its hints."""
    return output.partition("= FAILURES =")[2].partition("= WARNINGS =")[0][:8000] or output[-6000:]


HOOKS = '''
import schemathesis


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Let most generated paths name a mall that exists, so that requests get past the door."""
    if path_parameters and "mall_id" in path_parameters:
        path_parameters["mall_id"] = "{mall}"
    if path_parameters and "group_id" in path_parameters:
        path_parameters["group_id"] = "{group}"
    return path_parameters
'''
