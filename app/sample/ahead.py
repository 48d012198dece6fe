"""Making batches in a second process while this one writes them: a large sample uses both cores."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import sys
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection

from sqlalchemy import Dialect, Engine

from app.sample.batches import BATCH_SIZE, batches
from app.sample.bulk import BoundBatch, bind, without_collector
from app.sample.plan import Plan


class SampleInterrupted(RuntimeError):
    """The process that makes the rows has ended before its work was done."""


@contextlib.contextmanager
def bound_batches(plan: Plan, engine: Engine) -> Iterator[Iterator[BoundBatch]]:
    """Give the plan's batches for the engine's driver, made by another process where that pays.

    Call it while no connection of the engine is in use.
    """
    if plan.customers <= BATCH_SIZE or not can_be_copied():
        yield bound_here(plan, engine.dialect)
        return
    # A copied connection to a database is a broken one: the copy is taken while there is none.
    engine.dispose()
    with made_by_a_copy(plan, engine.dialect) as made:
        yield made


def can_be_copied() -> bool:
    """Say whether this process can safely be copied.

    Where it cannot, a new process would import the whole program, which takes longer than it would save.
    """
    return sys.platform == "linux" and threading.active_count() == 1


def bound_here(plan: Plan, dialect: Dialect) -> Iterator[BoundBatch]:
    """Yield the plan's batches bound for the driver of `dialect`, made by this process."""
    for batch in batches(plan):
        yield bind(batch, dialect)


@contextlib.contextmanager
def made_by_a_copy(plan: Plan, dialect: Dialect) -> Iterator[Iterator[BoundBatch]]:
    """Give the same batches, made by a copy of this process, which ends with the block."""
    context = multiprocessing.get_context("fork")
    reader, writer = context.Pipe(duplex=False)
    maker = context.Process(target=_make, args=(plan, dialect, reader, writer), daemon=True)
    maker.start()
    writer.close()
    try:
        yield _received(reader)
    finally:
        reader.close()
        maker.terminate()
        maker.join()


def _make(plan: Plan, dialect: Dialect, reader: Connection, writer: Connection) -> None:
    """Send every batch, then None; wait while the pipe is full (memory stays flat), end when it closes."""
    # Ctrl-C is the first process's business; this one is ended by it, or by the end of its pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    reader.close()
    with without_collector(), contextlib.suppress(BrokenPipeError):
        for batch in bound_here(plan, dialect):
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
