"""The stream of a sample shop's rows: never more than one batch in memory, however large the shop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress, islice

from app.profiles import PROFILES
from app.sample.chance import Chance
from app.sample.contacts import ContactMaker
from app.sample.customers import CustomerMaker
from app.sample.pets import PetMaker
from app.sample.plan import Batch, Columns, Plan

BATCH_SIZE = 2_000


def batches(plan: Plan) -> Iterator[Batch]:
    """Yield the plan's rows, `BATCH_SIZE` customers at a time; the same seed and day give the same people."""
    chance = Chance(f"{plan.seed} {plan.profile} {plan.tongue}")
    customers, contacts = CustomerMaker(plan, chance), ContactMaker(plan, chance)
    pets = PetMaker(plan, chance) if "pets" in PROFILES[plan.profile].capabilities else None
    arrivals, first = customers.arrivals(), 0
    while arrived := list(islice(arrivals, BATCH_SIZE)):
        people = customers.customers(first, arrived)
        first += len(arrived)
        regulars = _only(people, chance.flags(plan.regulars, len(arrived)))
        batch = Batch(people, contacts.contacts(regulars))
        counts = [0] * len(regulars["id"])
        if pets is not None:
            counts = pets.counts(len(counts))
            batch.pets = pets.pets(regulars, counts)
            batch.vaccinations = pets.vaccinations(batch.pets)
        batch.customer_tags = customers.tags(regulars, counts)
        yield batch


def _only(customers: Columns, chosen: Sequence[bool]) -> Columns:
    """Return what the other makers ask about customers, of the chosen ones."""
    return {name: list(compress(customers[name], chosen)) for name in ("id", "created_at")}
