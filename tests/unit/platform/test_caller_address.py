"""Limits on attempts count the caller, not the proxy in front, and cannot be dodged by writing the header oneself."""

import pytest

from galleria.platform.http.call import behind


@pytest.mark.parametrize(
    ("forwarded", "proxies", "address"),
    [
        (None, 0, "10.0.0.9"),
        ("203.0.113.7", 0, "10.0.0.9"),  # nobody in front: the header is the caller's own writing
        ("203.0.113.7", 1, "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", 1, "203.0.113.7"),  # the caller pretended to be somebody else
        ("203.0.113.7, 10.0.0.1", 2, "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7, 10.0.0.1", 2, "203.0.113.7"),
        ("203.0.113.7", 2, "10.0.0.9"),  # it did not come through both
        ("", 1, "10.0.0.9"),
        (" , ", 1, "10.0.0.9"),
        (None, 1, "10.0.0.9"),
    ],
)
def test_the_address_is_the_one_our_outermost_proxy_heard_from(
    forwarded: str | None, proxies: int, address: str
) -> None:
    assert behind("10.0.0.9", forwarded, proxies) == address
