"""Counters of tries in Redis, for shops that have one; while it does not answer, the database counts."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sequence
from typing import Any

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.access.signing.tries import FORGOTTEN_AFTER, Limit, Locked, MustWait, TryStore
from app.core.clock import utc_now
from app.core.kernel import kernel
from app.core.transaction import transaction

ANSWERS_WITHIN_SECONDS = 1
ASKED_AGAIN_AFTER_SECONDS = 10
log = logging.getLogger(__name__)

# Redis runs a script whole before anything else: looks at all counters first, then counts them all or none.
_TAKE = """
local now, forgotten = tonumber(ARGV[1]), tonumber(ARGV[2])
for _, key in ipairs(KEYS) do
  local till = tonumber(redis.call('HGET', key, 'until') or '0')
  if till > now then return {till - now} end
end
local blocked = {0}
for place, key in ipairs(KEYS) do
  local free, first, longest = tonumber(ARGV[3 * place]), tonumber(ARGV[3 * place + 1]), tonumber(ARGV[3 * place + 2])
  local tries = tonumber(redis.call('HGET', key, 'tries') or '0')
  if tonumber(redis.call('HGET', key, 'last') or '0') < now - forgotten then tries = 0 end
  tries = tries + 1
  local over, wait = tries - free, 0
  if over >= 0 then wait = math.min(longest, first * 2 ^ math.min(over, 20)) end
  local till = 0
  if wait > 0 then till = now + wait * 1000 end
  redis.call('HSET', key, 'tries', tries, 'last', string.format('%.0f', now), 'until', string.format('%.0f', till))
  redis.call('PEXPIRE', key, forgotten + wait * 1000)
  table.insert(blocked, wait)
end
return blocked
"""
_LESS = """
for _, key in ipairs(KEYS) do
  local tries = tonumber(redis.call('HGET', key, 'tries') or '0')
  if tries > 0 then redis.call('HSET', key, 'tries', tries - 1, 'until', 0) end
end
"""


class RedisTries:
    """The counters in one Redis, under names that begin with this instance's own; raises `RedisError`."""

    def __init__(self, url: str) -> None:
        # Without a pause between: somebody is waiting at the counter.
        retry = Retry(NoBackoff(), 1)
        seconds = ANSWERS_WITHIN_SECONDS
        self.client: Any = Redis.from_url(
            url, socket_timeout=seconds, socket_connect_timeout=seconds, retry=retry, decode_responses=True
        )
        self._take, self._less = self.client.register_script(_TAKE), self.client.register_script(_LESS)

    def take(self, counted: Sequence[tuple[str, Limit]], locked: Locked) -> None:
        """Count a try for each key, all or none; raise `MustWait`. `locked` is called in a transaction of its own."""
        now = int(utc_now().timestamp() * 1000)
        numbers = [number for _key, limit in counted for number in (limit.free, limit.first, limit.longest)]
        arguments = [now, int(FORGOTTEN_AFTER.total_seconds() * 1000), *numbers]
        left, *waits = self._take(keys=[self.name(key) for key, _limit in counted], args=arguments)
        if left:
            raise MustWait(int(left) // 1000 + 1)
        blocking = [(limit, int(wait)) for (_key, limit), wait in zip(counted, waits, strict=True) if wait]
        if blocking:
            with transaction():
                for limit, wait in blocking:
                    locked(limit, wait)

    def forgive(self, gone: Collection[str], less: Collection[str]) -> None:
        """Forget the counters of `gone`, and take one try back from those of `less`; at once, whatever comes after."""
        if gone:
            self.client.delete(*[self.name(key) for key in gone])
        if less:
            self._less(keys=[self.name(key) for key in less])

    def name(self, key: str) -> str:
        """Return the name of a counter: the part in braces keeps an instance's counters on one node of a cluster."""
        return f"kebu:{{{kernel().keys.name.hex()}}}:{key}"

    def answers(self) -> bool:
        """Say whether Redis answers at this moment."""
        try:
            return bool(self.client.ping())
        except RedisError:
            return False


class SharedTries:
    """Redis first, else the database: where neither counts a try, none is allowed."""

    def __init__(self, first: RedisTries, second: TryStore) -> None:
        self.first, self._second = first, second
        self._down_until = 0.0

    def take(self, counted: Sequence[tuple[str, Limit]], locked: Locked) -> None:
        """Count a try for each key, all or none; raise `MustWait`."""
        if time.monotonic() >= self._down_until:
            try:
                self.first.take(counted, locked)
            except RedisError as error:
                self._note(error)
            else:
                return
        self._second.take(counted, locked)

    def forgive(self, gone: Collection[str], less: Collection[str]) -> None:
        """Forgive in both, because either may have counted."""
        if time.monotonic() >= self._down_until:
            try:
                self.first.forgive(gone, less)
            except RedisError as error:
                self._note(error)
        self._second.forgive(gone, less)

    def _note(self, error: RedisError) -> None:
        self._down_until = time.monotonic() + ASKED_AGAIN_AFTER_SECONDS
        # Not what it says: that may name the server and who signs in there.
        log.warning("Redis does not answer (%s); tries are counted in the database.", type(error).__name__)
