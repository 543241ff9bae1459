"""How a list is asked for: `limit` rows a page, the rest by `cursor`."""

from typing import Annotated

from litestar.params import QueryParameter

from galleria.kernel.paging import PAGE_LIMIT_MAX

Limit = Annotated[int, QueryParameter(ge=1, le=PAGE_LIMIT_MAX)]
"""Rows of a page. Litestar checks bounds of a query parameter here, not in a nested `msgspec.Meta`."""
