"""The stream of a sample shop's rows: never more than one batch in memory, however large the shop."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from app.sample.contacts import ContactMaker
from app.sample.customers import CustomerMaker
from app.sample.pets import PetMaker
from app.sample.plan import Batch, Plan
from app.profiles import PROFILES

BATCH_SIZE = 2_000


def batches(plan: Plan, size: int = BATCH_SIZE) -> Iterator[Batch]:
    """Yield the plan's rows, `size` customers at a time; the same seed and day give the same people."""
    random = Random(f"{plan.seed} {plan.profile} {plan.tongue}")
    customers, contacts = CustomerMaker(plan, random), ContactMaker(plan, random)
    pets = PetMaker(plan, random) if "pets" in PROFILES[plan.profile].capabilities else None
    batch = Batch()
    for index, arrived in enumerate(customers.arrivals()):
        customer = customers.customer(index, arrived)
        own = pets.pets(customer) if pets is not None else []
        batch.customers.append(customer)
        batch.customer_tags.extend(customers.tags(customer, len(own)))
        batch.contacts.extend(contacts.contacts(customer))
        batch.pets.extend(own)
        if pets is not None:
            for pet in own:
                batch.vaccinations.extend(pets.vaccinations(pet))
        if len(batch.customers) >= size:
            yield batch
            batch = Batch()
    if batch.customers:
        yield batch
