"""A zoo of table shapes as they live in the wild, for each of the three databases, with the verdict each deserves."""

from __future__ import annotations

from tests.adoption.zoo import keys, names, odd, relations, types, types_more
from tests.adoption.zoo.building import build, name_limit
from tests.adoption.zoo.shapes import Shape

SHAPES: tuple[Shape, ...] = (
    *keys.SHAPES,
    *relations.SHAPES,
    *types.SHAPES,
    *types_more.SHAPES,
    *names.SHAPES,
    *odd.SHAPES,
)

__all__ = ["SHAPES", "Shape", "build", "name_limit", "shapes_of"]


def shapes_of(backend: str) -> tuple[Shape, ...]:
    """Return the shapes that exist on `sqlite`, `postgresql` or `mariadb`."""
    return tuple(shape for shape in SHAPES if backend in shape.backends)
