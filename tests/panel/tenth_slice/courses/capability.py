"""Courses: the manifest that makes the slice known."""

from __future__ import annotations

from app.core.capability import Capability
from app.courses.screens import COURSE, COURSES_OF_CUSTOMER

CAPABILITY = Capability(
    "courses", "Courses", needs=("people",), screens=(COURSE,), panels=(COURSES_OF_CUSTOMER,), order=70
)
