"""Every shape of the API has one plain name, which clients call it by."""

import json
import re
from pathlib import Path

DESCRIPTION = Path(__file__).parents[2] / "openapi.json"


def test_every_schema_has_a_plain_name() -> None:
    """Two classes of one name would get the names of their modules; rename one of them."""
    schemas = json.loads(DESCRIPTION.read_text(encoding="utf-8"))["components"]["schemas"]
    assert [name for name in schemas if not re.fullmatch("[A-Z][A-Za-z0-9]*", name)] == []
