"""What changed between two versions, field by field."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec

from galleria.engagement.launch.model import FieldChange, SubjectKind
from galleria.kernel.errors import NotFound


def differences(before: Any, after: Any) -> list[FieldChange]:
    """Return the fields in which two versions differ, by path such as `benefit.price_minor`; lists are told whole."""
    return list(_walk("", before, after))


def _walk(path: str, before: Any, after: Any) -> Iterator[FieldChange]:
    if isinstance(before, dict) and isinstance(after, dict) and before.get("kind") == after.get("kind"):
        for name in dict.fromkeys((*before, *after)):
            yield from _walk(f"{path}.{name}" if path else name, before.get(name), after.get(name))
    elif before != after:
        yield FieldChange(path, before, after)


def builtins(terms: msgspec.Struct | None) -> dict[str, Any] | None:
    """Return terms as JSON knows them."""
    if terms is None:
        return None
    plain: dict[str, Any] = msgspec.to_builtins(terms)
    return plain


def change_id(kind: SubjectKind, subject_id: UUID, version: int) -> str:
    """Return how a change is called: `offer.<id>.<version>`."""
    return f"{kind.value}.{subject_id}.{version}"


def parse_change_id(text: str) -> tuple[SubjectKind, UUID, int]:
    """Return what a change's name says; raises NotFound for one that names none."""
    kind, _, rest = text.partition(".")
    subject, _, version = rest.partition(".")
    try:
        return SubjectKind(kind), UUID(subject), int(version)
    except ValueError as error:
        raise NotFound from error
