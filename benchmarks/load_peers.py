"""Load the rows for Django admin and the bare view: `load_peers.py postgresql|sqlite`."""

from __future__ import annotations

import sys
import time

import bulk
import databases
import places
import rows
from sqlalchemy import Column, DateTime, ForeignKey, Index, Integer, MetaData, String, Table

METADATA = MetaData()
STORE = Table(
    "store",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String(60), nullable=False),
    Column("city", String(40)),
)
CUSTOMER = Table(
    "customer",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String(80), nullable=False),
    Column("phone", String(20), nullable=False),
    Column("email", String(120)),
    Column("city", String(40)),
    Column("tier", String(10), nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("store_id", ForeignKey("store.id"), nullable=False, index=True),
)
# The operator class is what Django itself adds to an indexed text field on PostgreSQL: LIKE 'x%' needs it.
Index("ix_customer_name", CUSTOMER.c.name, postgresql_ops={"name": "varchar_pattern_ops"})
Index("ix_customer_phone", CUSTOMER.c.phone, postgresql_ops={"phone": "varchar_pattern_ops"})
Index("ix_customer_created_at", CUSTOMER.c.created_at)


def main() -> None:
    """Rebuild the peers' database on the named engine."""
    engine_name = sys.argv[1]
    here = places.from_environment()
    url = here.peers_url(engine_name)
    started = time.perf_counter()
    databases.make_empty(here, url)
    engine = databases.engine_for_loading(url)
    METADATA.create_all(engine)
    bulk.load(engine, STORE, (store._asdict() for store in rows.stores(here)))
    count = bulk.load(engine, CUSTOMER, (customer._asdict() for customer in rows.customers(here)))
    engine.dispose()
    databases.settle(url)
    print(f"{engine_name}: {count} customers for the peers in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
