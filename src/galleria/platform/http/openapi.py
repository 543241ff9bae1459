"""The API description: what Litestar derives from the routes, plus what holds for all of them.

Refusals are problem details on every route; who may call comes from `access`; unsafe methods take an Idempotency-Key.
"""

import re
from typing import Any

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from galleria.platform.http.access import PUBLIC
from galleria.platform.http.problems import Problem

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes a retry safe: the same key and body again return the stored result. "
    "Required where value moves.",
    "schema": {"type": "string", "minLength": 8, "maxLength": 200},
}
REFUSAL = {
    "description": "A refusal, as problem details (RFC 9457), in the language of Accept-Language",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
PAGE_OF = re.compile(rb"\bPage_(?:\w+\.)+(\w+)_")
"""What Litestar calls a page of shops, module and all; the description says `PageOfShop`."""


def description(app: Litestar) -> bytes:
    """Return the API description as indented JSON with sorted keys, so that a change shows as a small difference."""
    schema = app.openapi_schema.to_schema()
    _, components = msgspec.json.schema_components([Problem], ref_template="#/components/schemas/{name}")
    schema["components"]["schemas"].update(components)
    for method, template, handler in _routes(app):
        operation = schema["paths"].get(template, {}).get(method.lower())
        if operation is not None:
            _complete(operation, method, handler)
    plain = msgspec.json.decode(PAGE_OF.sub(rb"PageOf\1", msgspec.json.encode(schema)))
    return msgspec.json.format(msgspec.json.encode(plain, order="deterministic"), indent=1)


def _complete(operation: dict[str, Any], method: str, handler: HTTPRouteHandler) -> None:
    operation["responses"].pop("400", None)
    operation["responses"]["default"] = REFUSAL
    if handler.opt["access"] is not PUBLIC:
        operation["security"] = [{"bearer": []}]
    if method in UNSAFE:
        operation["parameters"] = [*operation.get("parameters", []), KEY]


def _routes(app: Litestar) -> list[tuple[str, str, HTTPRouteHandler]]:
    return [
        (method, _template(route), handler)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
    ]


def _template(route: HTTPRoute) -> str:
    """Return a route's path as OpenAPI writes it: `/v1/malls/{mall_id}`."""
    parts = [part if isinstance(part, str) else "{" + part.name + "}" for part in route.path_components]
    return "/" + "/".join(parts)
