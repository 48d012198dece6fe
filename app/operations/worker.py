"""The worker: a process that looks for jobs every second, runs them and keeps their heartbeat."""

from __future__ import annotations

import datetime
import logging
import os
import threading
from collections.abc import Callable
from functools import partial

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from flask_apscheduler import APScheduler
from sqlalchemy.exc import SQLAlchemyError

from app.core.database import db
from app.core.kernel import Kernel
from app.operations.errands import ErrandRunner
from app.operations.running import Runner
from app.operations.timekeeping import Timekeeper

# A long import must not keep a short export waiting.
LANES = 2
LOOK_SECONDS = 1.0
BEATS_IN_A_LEASE = 6
REST_AFTER_FAILURE_SECONDS = 10
log = logging.getLogger("kebu.jobs")


class Worker:
    """One worker: lanes that run jobs beside each other, and a pulse."""

    def __init__(self, app: Flask, lease_seconds: float, stopping: threading.Event) -> None:
        """Prepare to work for `app` until `stopping`; after `lease_seconds` of silence others take its jobs over."""
        self.app = app
        self.stopping = stopping
        self.runner = Runner(app, lease_seconds, self.stopping.is_set)
        self.timekeeper = Timekeeper(self.runner.holder, lease_seconds)
        kernel: Kernel = app.extensions["kebu"]
        self.errands = [
            ErrandRunner(errand, self.runner.holder, lease_seconds, self.stopping.is_set)
            for errand in kernel.errands
        ]
        self.beat_seconds = lease_seconds / BEATS_IN_A_LEASE

    def work(self) -> None:
        """Work until `stopping` is set; jobs in hand end at their next chunk and wait for another worker."""
        scheduler = self._scheduler()
        log.info("worker %s begins in process %d", self.runner.holder, os.getpid())
        scheduler.start()
        self.stopping.wait()
        scheduler.shutdown(wait=True)
        self._guarded(self.timekeeper.leave)
        for capability in self.app.extensions["kebu"].capabilities:
            if capability.stop is not None:
                self._guarded(capability.stop)
        log.info("worker %s has ended", self.runner.holder)

    def _scheduler(self) -> APScheduler:
        # It tells of every run, and each second that a lane is busy.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        scheduler = APScheduler(
            BackgroundScheduler(
                timezone=datetime.UTC,
                executors={"default": ThreadPoolExecutor(LANES + 2 + 2 * len(self.errands))},
                job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            )
        )
        scheduler.init_app(self.app)
        works: list[tuple[str, Callable[[], object], float]] = [
            ("pulse", self._pulse, self.beat_seconds),
            ("timekeeper", self._keep_time, self.beat_seconds),
            *((f"lane-{number}", self._run_waiting, LOOK_SECONDS) for number in range(LANES)),
        ]
        for errand in self.errands:
            works.append((f"{errand.name} pulse", partial(self._guarded, errand.beat), self.beat_seconds))
            works.append((errand.name, partial(self._guarded, errand.look), LOOK_SECONDS))
        now = datetime.datetime.now(datetime.UTC)
        for name, work, seconds in works:
            scheduler.add_job(name, work, trigger="interval", seconds=seconds, next_run_time=now)
        return scheduler

    def _run_waiting(self) -> None:
        while not self.stopping.is_set() and self._guarded(self.runner.run_next):
            continue

    def _pulse(self) -> None:
        self._guarded(self.runner.beat)

    def _keep_time(self) -> None:
        self._guarded(self.timekeeper.tick)

    def _guarded(self, work: Callable[[], object]) -> object:
        """Return what `work` returns; a database that does not answer is noted and asked again later."""
        try:
            with self.app.app_context():
                try:
                    return work()
                finally:
                    db.session.remove()
        except SQLAlchemyError as error:
            log.error("the worker meets a database that does not answer: %s", type(error).__name__)  # noqa: TRY400
            self.stopping.wait(REST_AFTER_FAILURE_SECONDS)
            return None
