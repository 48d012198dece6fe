"""Pets and vaccinations as tables."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from app.core.choices import Choices, choice_column
from app.core.database import Line
from app.core.quantity import Quantity
from app.core.record import Record, Trashable
from app.core.upload import Upload
from app.people.models import Customer
from app.people.names import search_key


class Species(Choices):
    """What kind of animal a pet is."""

    DOG = "dog", _l("Dog")
    CAT = "cat", _l("Cat")
    RABBIT = "rabbit", _l("Rabbit")
    BIRD = "bird", _l("Bird")
    REPTILE = "reptile", _l("Reptile")
    OTHER = "other", _l("Other")


class PetSex(Choices):
    """A pet's sex."""

    FEMALE = "female", _l("♀ Female")
    MALE = "male", _l("♂ Male")


class Temperament(Choices):
    """How a pet behaves on the table."""

    CALM = "calm", _l("Calm"), "good"
    LIVELY = "lively", _l("Lively"), "info"
    SHY = "shy", _l("Shy"), "neutral"
    NERVOUS = "nervous", _l("Nervous"), "warning"
    BITES = "bites", _l("Bites"), "bad"


class Pet(Record, Trashable):
    """A customer's animal and what one must know before touching it."""

    __tablename__ = "pets_pet"
    __about__ = "owner_id"
    __table_args__ = (
        Index(None, "owner_id", "id"),
        Index(None, "name", "id"),
        Index(None, "species", "name", "id"),
        Index(None, "name_key", "id"),
        Index(None, "birth_date", "id"),
        Index(None, "chip_number", "id"),
        Index(None, "created_at", "id"),
        Index(None, "photo_id"),
        CheckConstraint("weight > 0", name="weight_positive"),
    )

    name: Mapped[str] = mapped_column(Line(60), nullable=False)
    name_key: Mapped[str] = mapped_column(Line(200), nullable=False)
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people_customer.id"), nullable=False)
    species: Mapped[Species] = mapped_column(choice_column(Species, "species"), nullable=False)
    breed: Mapped[str | None] = mapped_column(Line(60))
    sex: Mapped[PetSex | None] = mapped_column(choice_column(PetSex, "sex"))
    neutered: Mapped[bool] = mapped_column(default=False, nullable=False)
    birth_date: Mapped[datetime.date | None] = mapped_column(Date)
    weight: Mapped[Decimal | None] = mapped_column(Quantity(2))
    colour: Mapped[str | None] = mapped_column(Line(40))
    temperament: Mapped[Temperament | None] = mapped_column(choice_column(Temperament, "temperament"))
    diet: Mapped[str | None] = mapped_column(Text)
    allergies: Mapped[str | None] = mapped_column(Text)
    chip_number: Mapped[str | None] = mapped_column(Line(30))
    notes: Mapped[str | None] = mapped_column(Text)
    photo_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_upload.id"))

    owner: Mapped[Customer] = relationship(Customer)
    photo: Mapped[Upload | None] = relationship(Upload)

    @validates("name")
    def _keep_name_key(self, _attribute: str, name: str) -> str:
        self.name_key = search_key(name or "")
        return name


class Vaccination(Record, Trashable):
    """A vaccine that a pet was given, out of which batch, and when the next one is due."""

    __tablename__ = "pets_vaccination"
    __about__ = "pet.owner_id"
    __table_args__ = (
        Index(None, "pet_id", "id"),
        Index(None, "due_on", "id"),
        Index(None, "due_on", "vaccine", "id"),
        Index(None, "given_on", "id"),
        Index(None, "vaccine", "id"),
        Index(None, "vaccine", "due_on", "id"),
        Index(None, "batch", "id"),
        CheckConstraint("due_on >= given_on", name="due_after_given"),
    )

    pet_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("pets_pet.id"), nullable=False)
    vaccine: Mapped[str] = mapped_column(Line(80), nullable=False)
    given_on: Mapped[datetime.date] = mapped_column(Date, nullable=False)
    due_on: Mapped[datetime.date | None] = mapped_column(Date)
    batch: Mapped[str | None] = mapped_column(Line(40))
    notes: Mapped[str | None] = mapped_column(Text)

    pet: Mapped[Pet] = relationship(Pet)
