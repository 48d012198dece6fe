"""Courses: the manifest that makes the slice known."""

from __future__ import annotations

from app.courses.screens import COURSE, COURSES_OF_CUSTOMER

from app.core.capability import Capability

CAPABILITY = Capability(
    "courses", "Courses", needs=("people",), screens=(COURSE,), panels=(COURSES_OF_CUSTOMER,), order=70
)
