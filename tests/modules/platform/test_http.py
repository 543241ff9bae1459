import httpx


async def test_it_answers_when_ready(client: httpx.AsyncClient) -> None:
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


async def test_an_unknown_address_is_a_translated_problem(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/nothing", headers={"accept-language": "en"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"
    assert answer.json()["title"] == "We could not find that."
