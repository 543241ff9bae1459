"""Our numbers at other companies: mall and thing in one, 64 hexadecimal digits, so that a notice names both. Pure."""

from uuid import UUID

from galleria.kernel.ids import MallId


def joined(mall_id: MallId, number: UUID) -> str:
    """Return a mall and a thing's id as one number."""
    return mall_id.hex + number.hex


def parted(text: str) -> tuple[MallId, UUID] | None:
    """Return the mall and the id in a number, None when it is none of ours."""
    mall, number = parsed(text[:32]), parsed(text[32:])
    return None if mall is None or number is None else (MallId(mall), number)


def parsed(text: str) -> UUID | None:
    """Return the id in 32 hexadecimal digits, or None."""
    try:
        return UUID(hex=text) if len(text) == 32 else None
    except ValueError:
        return None
