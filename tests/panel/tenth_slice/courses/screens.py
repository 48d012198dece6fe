"""What people see of courses."""

from __future__ import annotations

from app.courses.models import Course, Level

from app.core import fields
from app.core.declaration import Group, RelatedPanel, Screen, Search

COURSE = Screen(
    "courses",
    "course",
    Course,
    "Course",
    "Courses",
    (
        Group(
            "Course",
            (
                fields.Text("name", "Name", required=True, max_length=80),
                fields.LongText("outline", "Outline"),
                fields.Phone("phone", "Phone"),
                fields.Email("email", "E-mail"),
                fields.WholeNumber("seats", "Seats", most=100),
                fields.Quantity("hours", "Hours", scale=2),
                fields.Money("price", "Price"),
                fields.Date("starts_on", "Starts on"),
                fields.Moment("begins_at", "Begins at"),
                fields.Choice("level", "Level", choices=Level),
                fields.YesNo("is_online", "Online"),
                fields.Link("teacher", "Teacher", to="people:customer"),
            ),
        ),
    ),
    ("name", "seats", "hours", "price", "starts_on", "begins_at", "level", "is_online", "teacher"),
    facts=("starts_on",),
    sorts=("name", "seats", "hours", "price", "starts_on", "begins_at"),
    search=(Search("name"),),
    filters=(
        "name",
        "phone",
        "seats",
        "hours",
        "price",
        "starts_on",
        "begins_at",
        "level",
        "is_online",
        "teacher",
    ),
)

COURSES_OF_CUSTOMER = RelatedPanel("people:customer", "Courses", screen="courses:course", via="teacher")
