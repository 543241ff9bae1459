"""Requests that fit the API description: the least a body may hold, with real ids where a name is known."""

import re
from typing import Any

TEXTS = (
    "x", "text", "a-code", "123456", "12345678", "123456789012", "CNY", "10:00-22:00", "10:00", "2026-01-01", "zh-CN",
    "correct horse battery", "+8613800138000", "0" * 64 + ".webp", "x" * 43, "13800138000", "a" * 20,
)  # fmt: skip


class Bodies:
    """Makes requests for the operations of one API description."""

    def __init__(self, description: dict[str, Any], ids: dict[str, Any]) -> None:
        self.description = description
        self.ids = ids
        self.used: set[str] = set()

    def request(self, method: str, path: str) -> dict[str, Any]:
        """Return the arguments of an httpx request for an operation; notes the names of real ids in `used`."""
        self.used = set()
        operation = self.description["paths"].get(path, {}).get(method.lower(), {})
        query = {
            p["name"]: self.value(p["schema"], p["name"])
            for p in operation.get("parameters", [])
            if p["in"] == "query" and (p.get("required") or p["name"] == "shop")
        }
        return {"params": query, **self._body(operation.get("requestBody", {}).get("content", {}))}

    def _body(self, content: dict[str, Any]) -> dict[str, Any]:
        if "application/json" in content:
            return {"json": self.value(content["application/json"]["schema"], "body")}
        if "multipart/form-data" in content:
            schema = self.resolve(content["multipart/form-data"]["schema"])
            names = schema.get("required") or list(schema.get("properties", {"data": {}}))
            return {"files": [(name, ("file.csv", b"code\nx\n", "text/csv")) for name in names]}
        if content:
            return {"content": b"x", "headers": {"content-type": next(iter(content))}}
        return {}

    def resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return a schema with its reference followed."""
        while "$ref" in schema:
            schema = self.description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema

    def value(self, schema: dict[str, Any], name: str) -> Any:
        """Return the least value that fits a schema."""
        schema = self.resolve(schema)
        if name in self.ids and schema.get("format") == "uuid":
            self.used.add(name)
            return str(self.ids[name])
        for key in ("oneOf", "anyOf", "allOf"):
            if key in schema:
                return self.value(next(s for s in schema[key] if s.get("type") != "null"), name)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return next(value for value in schema["enum"] if value is not None)
        kind = schema.get("type", "object")
        if isinstance(kind, list):
            kind = next(k for k in kind if k != "null")
        return getattr(self, f"_{kind}")(schema, name)

    def _object(self, schema: dict[str, Any], _name: str) -> Any:
        properties = schema.get("properties", {})
        return {name: self.value(properties[name], name) for name in schema.get("required", [])}

    def _array(self, schema: dict[str, Any], name: str) -> Any:
        singular = name.removesuffix("s")
        return [self.value(schema.get("items", {}), singular) for _ in range(schema.get("minItems", 0))]

    def _string(self, schema: dict[str, Any], name: str) -> str:
        shape = schema.get("format")
        if shape == "uuid":
            return str(self.ids.get(name, "00000000-0000-7000-8000-000000000000"))
        if shape == "date-time":
            return "2027-01-01T00:00:00Z" if not name.endswith(("until", "ends_at")) else "2027-02-01T00:00:00Z"
        if shape == "date":
            return "2026-01-01"
        for text in TEXTS:
            fits = schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text))
            if fits and re.search(schema.get("pattern", ""), text):
                return text
        raise AssertionError(f"{name}: no text in TEXTS fits {schema}; add one")

    def _integer(self, schema: dict[str, Any], _name: str) -> int:
        return int(schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1))

    _number = _integer

    def _boolean(self, _schema: dict[str, Any], _name: str) -> bool:
        return False

    def _null(self, _schema: dict[str, Any], _name: str) -> None:
        return None
