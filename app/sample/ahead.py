"""Making batches in a second process while this one writes them: a large sample uses both cores."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Iterator
from multiprocessing.connection import Connection

from sqlalchemy.engine import make_url

from app.sample.batches import batches
from app.sample.bulk import BoundBatch, bind, without_collector
from app.sample.plan import Plan

# Below this, starting a process takes longer than it saves.
WORTH_A_PROCESS = 20_000


class SampleInterrupted(RuntimeError):
    """The process that makes the rows has ended before its work was done."""


def bound_batches(plan: Plan, driver: str) -> Iterator[BoundBatch]:
    """Yield the plan's batches for `driver` (`sqlite+pysqlite`), made by another process when it pays."""
    if plan.customers < WORTH_A_PROCESS:
        yield from bound_here(plan, driver)
        return
    # A fresh process, not a copy of this one: a copied connection to a database is a broken one.
    context = multiprocessing.get_context("spawn")
    reader, writer = context.Pipe(duplex=False)
    maker = context.Process(target=_make, args=(plan, driver, writer), daemon=True)
    maker.start()
    writer.close()
    try:
        yield from _received(reader)
    finally:
        reader.close()
        maker.terminate()
        maker.join()


def bound_here(plan: Plan, driver: str) -> Iterator[BoundBatch]:
    """Yield the plan's batches bound for `driver`, made by this process."""
    dialect = make_url(f"{driver}://").get_dialect()()
    for batch in batches(plan):
        yield bind(batch, dialect)


def _make(plan: Plan, driver: str, writer: Connection) -> None:
    """Send every batch, then None; wait while the pipe is full (memory stays flat), end when it closes."""
    with without_collector(), contextlib.suppress(BrokenPipeError):
        for batch in bound_here(plan, driver):
            writer.send(batch)
        writer.send(None)


def _received(reader: Connection) -> Iterator[BoundBatch]:
    while True:
        try:
            batch: BoundBatch | None = reader.recv()
        except EOFError as error:
            raise SampleInterrupted("the sample's rows ended too early") from error
        if batch is None:
            return
        yield batch
