"""Field types: one class answers for a field's form input, text, export, JSON and schema."""

from app.core.fields.base import Field, FieldProblem, clean_line, spellings
from app.core.fields.choice import Choice, YesNo
from app.core.fields.dates import Date, Moment
from app.core.fields.files import File, Image
from app.core.fields.links import Link, Links
from app.core.fields.numbers import Money, Quantity, WholeNumber
from app.core.fields.options import Answer, ManyChoices, OneChoice
from app.core.fields.text import Email, LongText, Phone, Text, plain_number

__all__ = [
    "Answer",
    "Choice",
    "Date",
    "Email",
    "Field",
    "FieldProblem",
    "File",
    "Image",
    "Link",
    "Links",
    "LongText",
    "ManyChoices",
    "Moment",
    "Money",
    "OneChoice",
    "Phone",
    "Quantity",
    "Text",
    "WholeNumber",
    "YesNo",
    "clean_line",
    "plain_number",
    "spellings",
]
