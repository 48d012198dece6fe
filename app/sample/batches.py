"""The stream of a sample shop's rows: never more than one batch in memory, however large the shop."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from app.profiles import PROFILES
from app.sample.contacts import ContactMaker
from app.sample.customers import CustomerMaker
from app.sample.pets import PetMaker
from app.sample.plan import Batch, Plan, Row

BATCH_SIZE = 2_000


def batches(plan: Plan, size: int = BATCH_SIZE) -> Iterator[Batch]:
    """Yield the plan's rows, `size` customers at a time; the same seed and day give the same people."""
    random = Random(f"{plan.seed} {plan.profile} {plan.tongue}")  # noqa: S311 - a sample wants to be repeatable
    customers, contacts = CustomerMaker(plan, random), ContactMaker(plan, random)
    pets = PetMaker(plan, random) if "pets" in PROFILES[plan.profile].capabilities else None
    batch = Batch()
    for index, arrived in enumerate(customers.arrivals()):
        customer = customers.customer(index, arrived)
        batch.customers.append(customer)
        if random.random() < plan.regulars:
            own = _pets(batch, customer, pets) if pets is not None else 0
            batch.customer_tags.extend(customers.tags(customer, own))
            batch.contacts.extend(contacts.contacts(customer))
        if len(batch.customers) >= size:
            yield batch
            batch = Batch()
    if batch.customers:
        yield batch


def _pets(batch: Batch, owner: Row, maker: PetMaker) -> int:
    """Add an owner's pets with their vaccinations to the batch and return how many there are."""
    own = maker.pets(owner)
    batch.pets.extend(own)
    for pet in own:
        batch.vaccinations.extend(maker.vaccinations(pet))
    return len(own)
