"""A router for Tierferry in Python: it sends each read and write of a tenant to the table where the tenant lives.

It needs Python 3.9 or newer and boto3, and follows docs/router-protocol.md, protocol 1. The comments name its rules.

    router = TenantRouter(boto3.client('dynamodb'))
    client = guarded(boto3.client('dynamodb', config=Config(connect_timeout=0.2)))

    router.write(tenant_id, lambda table: client.put_item(TableName=table, Item=item))
    answer = router.read(tenant_id, lambda table: client.get_item(TableName=table, Key=key, ConsistentRead=True))

One router serves all threads of a process. Make one request, or read one page, per operation.
"""

from __future__ import annotations

import contextvars
import math
import random
import threading
import time
from dataclasses import dataclass
from typing import Any, Callable, Dict, Optional, Tuple, TypeVar

T = TypeVar('T')
Operation = Callable[[str], T]

# The newest protocol that this router supports (R2).
SUPPORTED_PROTOCOL = 1

# Least share of its lease with which an operation starts (L3), also after a failed request for the route (L4).
LEAST_SHARE = 1 / 2
LEAST_SHARE_AFTER_FAILURE = 1 / 4
# Number of consecutive late answers after which a call fails (L7).
MAX_LATE_ANSWERS = 10
# Bounds of the time between two polls of a fenced route, in ms (F2).
LEAST_POLL_MS, MOST_POLL_MS = 20, 50
# Bounds of the hint when to retry a fenced write, in ms (F3).
LEAST_RETRY_MS, MOST_RETRY_MS = 100, 60_000
# Longest time in which a guarded client may connect, in ms. A request is sent only if as much of its lease is left.
MOST_CONNECT_MS = 250


class TenantRouterError(Exception):
    """An error of the router. `retryable` is true if nothing was started, and a later try may succeed."""

    retryable = False

    def __init__(self, tenant_id: str, message: str):
        super().__init__(f'tenant {tenant_id}: {message}')
        self.tenant_id = tenant_id


class TenantRouteNotFound(TenantRouterError):
    """The routes table has no route for the tenant."""


class TenantRouteInvalid(TenantRouterError):
    """The tenant's record is not a valid route. The message names the attribute."""


class TenantRouteUnsupported(TenantRouterError):
    """The route has a newer protocol than this router supports. Install a newer version of the router."""

    def __init__(self, tenant_id: str, protocol: int):
        super().__init__(
            tenant_id,
            f'its route has protocol {protocol}, and this router supports {SUPPORTED_PROTOCOL}. '
            'The operation was not started. Install a newer version of the router.',
        )
        self.protocol = protocol


class TenantRouteUnavailable(TenantRouterError):
    """No route was read in time to use it. The operation was not started."""

    retryable = True


class TenantWriteFenced(TenantRouterError):
    """A write has waited for a fence for too long. Nothing was written. Try again after `retry_after_ms`."""

    retryable = True

    def __init__(self, tenant_id: str, because: str, waited_ms: float, retry_after_ms: float):
        super().__init__(
            tenant_id, f'{because}; waited {waited_ms:.0f} ms. Nothing was written. Try again later.'
        )
        self.waited_ms = waited_ms
        self.retry_after_ms = retry_after_ms


class TenantLeaseExpired(TenantRouterError):
    """The operation ended after its lease. It is unknown whether a write took effect: read before you repeat it."""

    def __init__(self, tenant_id: str, succeeded: bool):
        super().__init__(
            tenant_id,
            f'the operation {"succeeded" if succeeded else "failed"} after its lease had ended. '
            'It is unknown whether it took effect. Read before you repeat a write.',
        )
        self.succeeded = succeeded


class RequestRefused(Exception):
    """A guarded client has not sent a request: no operation of a router is running, or its lease ends too soon."""


class World:
    """The clocks, waits and threads of the process. The conformance driver replaces it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._changed = threading.Condition(self.lock)

    def monotonic_ms(self) -> float:
        return time.monotonic() * 1000

    def wall_ms(self) -> float:
        return time.time() * 1000

    def wait(self, is_over: Callable[[], bool], until_ms: float) -> None:
        """Waits until `is_over`, or until the monotonic clock shows `until_ms`. The caller holds the lock."""
        while not is_over():
            left_ms = until_ms - self.monotonic_ms()
            if left_ms <= 0:
                return
            self._changed.wait(min(left_ms, 60_000) / 1000)

    def changed(self) -> None:
        """Has every waiting thread check its condition. The caller holds the lock."""
        self._changed.notify_all()

    def start(self, task: Callable[[], None]) -> None:
        threading.Thread(target=task, daemon=True).start()


@dataclass(frozen=True)
class Route:
    """The attributes of a route record that a router reads."""

    table: str
    is_fenced: bool
    lease_ms: float
    fence_deadline: float

    @property
    def grants_lease(self) -> bool:
        """True if the route may be kept, and a write may start (L2, F2, F4)."""
        return not self.is_fenced and self.lease_ms > 0


def parse_route(tenant_id: str, item: Dict[str, Dict[str, Any]]) -> Route:
    """Parses a record of the routes table (R2, R3)."""

    def invalid(attribute: str, expected: str) -> TenantRouteInvalid:
        return TenantRouteInvalid(
            tenant_id, f'{attribute} of its route is not {expected}. The operation was not started.'
        )

    def text(attribute: str) -> str:
        value = item.get(attribute, {}).get('S')
        if not value:
            raise invalid(attribute, 'a string')
        return value

    def amount(attribute: str, value: Optional[Dict[str, Any]]) -> float:
        try:
            number = float((value or {})['N'])
        except (KeyError, TypeError, ValueError):
            raise invalid(attribute, 'a number of at least 0') from None
        if not math.isfinite(number) or number < 0:
            raise invalid(attribute, 'a number of at least 0')
        return number

    # first: another protocol may give every other attribute another meaning
    protocol = amount('protocol', item['protocol']) if 'protocol' in item else 1
    if protocol < 1 or protocol != int(protocol):
        raise invalid('protocol', 'a whole number of at least 1')
    if protocol > SUPPORTED_PROTOCOL:
        raise TenantRouteUnsupported(tenant_id, int(protocol))
    writes = text('writes')
    if writes not in ('open', 'fenced'):
        raise invalid('writes', 'open or fenced')
    table = text('table')
    amount('epoch', item.get('epoch'))
    deadline = 0.0
    if 'fence' in item:
        deadline = amount('fence.deadline', item['fence'].get('M', {}).get('deadline'))
    return Route(table, writes == 'fenced', amount('leaseMs', item.get('leaseMs')), deadline)


class Lease:
    """The time for which a route may be used. It begins before the route is requested (L1)."""

    def __init__(self, world: World):
        self._world = world
        self._monotonic_ms = world.monotonic_ms()
        self._wall_ms = world.wall_ms()
        self.ms = 0.0

    def left_ms(self) -> float:
        """Returns the time left, by whichever clock shows less. A lease of 0 ms never ends (F4)."""
        if self.ms == 0:
            return math.inf
        passed = max(self._world.monotonic_ms() - self._monotonic_ms, self._world.wall_ms() - self._wall_ms)
        return self.ms - passed

    def has_left(self, share: float) -> bool:
        return self.left_ms() >= share * self.ms


class _Call:
    """An operation under its lease. Once the lease has ended for it, it stays ended (L5)."""

    def __init__(self, lease: Lease):
        self._lease = lease
        self._has_ended = False

    def may_send(self, connect_ms: float = 0) -> bool:
        """True if a request that takes up to `connect_ms` to be sent is sent within the lease (L5)."""
        left_ms = self._lease.left_ms()
        if left_ms <= 0 or left_ms < connect_ms:
            self._has_ended = True
        return not self._has_ended


# The operations that the current thread is in: more than one if it writes two tenants in one transaction (T1).
_calls: contextvars.ContextVar[Tuple[_Call, ...]] = contextvars.ContextVar('tierferry_calls', default=())


def may_send(connect_ms: float = 0) -> bool:
    """True if the current operation may send a request now: every lease that it has lasts long enough."""
    calls = _calls.get()
    return len(calls) > 0 and all([call.may_send(connect_ms) for call in calls])


def guarded(client: Any) -> Any:
    """Makes a boto3 client send requests only within the leases of the operation that it is called in (L5).

    boto3 cannot abort a call that is under way. So the client checks the clocks before it sends each attempt of a
    request, and the time to connect is bounded.
    """
    connect_ms = client.meta.config.connect_timeout * 1000
    if connect_ms > MOST_CONNECT_MS:
        raise ValueError(
            f'connect_timeout is {connect_ms:.0f} ms, and a guarded client may take {MOST_CONNECT_MS} ms at most. '
            'Create it with Config(connect_timeout=0.2).'
        )

    def check(**_: Any) -> None:
        if not may_send(connect_ms):
            raise RequestRefused('no lease lasts long enough to send this request. Nothing was sent.')

    client.meta.events.register('before-send.dynamodb', check)
    return client


@dataclass
class _Request:
    """A request for a route, which all callers of the tenant share."""

    number: int
    lease: Lease
    deadline_ms: float
    route: Optional[Route] = None
    error: Optional[Exception] = None

    @property
    def is_over(self) -> bool:
        return self.route is not None or self.error is not None


@dataclass
class _Usable:
    """A route for one operation, which may start while at least `least_share` of the lease is left."""

    route: Route
    lease: Lease
    number: int
    least_share: float = LEAST_SHARE


@dataclass
class _Poll:
    """A wait under a fence, and the request after it, which all waiting writes of the tenant share (C3)."""

    usable: Optional[_Usable] = None
    error: Optional[BaseException] = None
    is_over: bool = False


class TenantRouter:
    """Reads and writes a tenant in its live table. Create one per process, and send everything through it."""

    def __init__(
        self,
        client: Any,
        *,
        routes_table: str = 'saas-tenant-routes',
        max_write_wait_ms: float = 10_000,
        route_timeout_ms: float = 5_000,
        max_cached_routes: int = 10_000,
        world: Optional[World] = None,
    ):
        self._client = client
        self._routes_table = routes_table
        self._max_write_wait_ms = max_write_wait_ms
        self._route_timeout_ms = route_timeout_ms
        self._max_cached_routes = max_cached_routes
        self._world = world or World()
        self._cached: Dict[str, _Usable] = {}
        self._requests: Dict[str, _Request] = {}
        self._polls: Dict[str, _Poll] = {}
        self._sent = 0

    def read(self, tenant_id: str, operation: Operation[T]) -> T:
        """Runs an operation that only reads, on the tenant's live table. A fence does not block it (F1)."""
        with self._world.lock:
            late = 0
            usable = self._route_for(tenant_id, is_read=True)
            while not usable.lease.has_left(usable.least_share):
                late = self._count_late(tenant_id, late)
                usable = self._route_for(tenant_id, is_read=True)
        return self._run(tenant_id, usable, operation)

    def write(self, tenant_id: str, operation: Operation[T]) -> T:
        """Runs an operation on the tenant's live table once the table accepts writes (F2)."""
        with self._world.lock:
            called_at = self._world.monotonic_ms()
            late = 0
            is_waiting = tenant_id in self._polls
            usable = self._poll(tenant_id) if is_waiting else self._route_for(tenant_id, is_read=False)
            while True:
                if not usable.route.grants_lease:
                    self._assert_may_wait(tenant_id, usable.route, called_at)
                    usable = self._poll(tenant_id)
                elif not usable.lease.has_left(usable.least_share):
                    late = self._count_late(tenant_id, late)
                    usable = self._route_for(tenant_id, is_read=False)
                else:
                    break
        return self._run(tenant_id, usable, operation)

    def _run(self, tenant_id: str, usable: _Usable, operation: Operation[T]) -> T:
        """Runs the operation. A result that comes after the lease does not count (L6)."""
        call = _Call(usable.lease)
        token = _calls.set((*_calls.get(), call))
        try:
            result = operation(usable.route.table)
        except Exception as cause:
            if call.may_send():
                raise
            raise TenantLeaseExpired(tenant_id, succeeded=False) from cause
        finally:
            _calls.reset(token)
        if not call.may_send():
            raise TenantLeaseExpired(tenant_id, succeeded=True)
        return result

    def _route_for(self, tenant_id: str, is_read: bool) -> _Usable:
        """Returns the route in hand (L3), or requests it. If that fails, the route in hand may still do (L4)."""
        in_hand = self._cached.get(tenant_id)
        if in_hand and in_hand.lease.has_left(LEAST_SHARE):
            return in_hand
        try:
            return self._ask(tenant_id, is_read)
        except Exception:
            in_hand = self._cached.get(tenant_id)
            if in_hand and in_hand.lease.has_left(LEAST_SHARE_AFTER_FAILURE):
                return _Usable(in_hand.route, in_hand.lease, in_hand.number, LEAST_SHARE_AFTER_FAILURE)
            raise

    def _ask(self, tenant_id: str, is_read: bool) -> _Usable:
        """Requests the route, or joins the request that is under way (C1).

        An answer without a lease may be older than the caller: the route may have flipped since DynamoDB gave it. So it
        serves only reads that were called before its request was sent (C2). A write only waits, and may use any answer.
        """
        sent_before = self._sent
        while True:
            request = self._requests.get(tenant_id) or self._send(tenant_id)
            self._world.wait(lambda: request.is_over, request.deadline_ms)
            if not request.is_over:
                text = f'{self._routes_table} gave no route within {self._route_timeout_ms:.0f} ms. '
                text += 'The operation was not started. Try again.'
                self._finish(tenant_id, request, error=TenantRouteUnavailable(tenant_id, text))
            if request.error:
                raise request.error
            assert request.route
            usable = _Usable(request.route, request.lease, request.number)
            if not is_read or request.route.grants_lease or request.number > sent_before:
                return usable

    def _send(self, tenant_id: str) -> _Request:
        self._sent += 1
        # the clocks are read before the request is sent (L1)
        lease = Lease(self._world)
        request = _Request(self._sent, lease, self._world.monotonic_ms() + self._route_timeout_ms)
        self._requests[tenant_id] = request

        def get_route() -> None:
            try:
                answer = self._client.get_item(
                    TableName=self._routes_table,
                    Key={'tenantId': {'S': tenant_id}},
                    # a stale route may name a table that is no longer live (R1)
                    ConsistentRead=True,
                )
                if 'Item' not in answer:
                    text = f'there is no route in {self._routes_table}. The operation was not started.'
                    raise TenantRouteNotFound(tenant_id, text)
                route = parse_route(tenant_id, answer['Item'])
            except Exception as error:
                self._finish(tenant_id, request, error=error)
            else:
                self._finish(tenant_id, request, route=route)

        self._world.start(get_route)
        return request

    def _finish(
        self,
        tenant_id: str,
        request: _Request,
        route: Optional[Route] = None,
        error: Optional[Exception] = None,
    ) -> None:
        with self._world.lock:
            # an answer after the time-out is not used (L9)
            if request.is_over:
                return
            request.route, request.error = route, error
            del self._requests[tenant_id]
            if route:
                request.lease.ms = route.lease_ms
                self._keep(tenant_id, _Usable(route, request.lease, request.number))
            elif isinstance(error, (TenantRouteNotFound, TenantRouteInvalid, TenantRouteUnsupported)):
                # the routes table has answered; any other error says nothing about the route in hand (L8)
                self._cached.pop(tenant_id, None)
            self._world.changed()

    def _keep(self, tenant_id: str, usable: _Usable) -> None:
        """Keeps a route that grants a lease (L2), and drops the one that was requested longest ago (L10)."""
        self._cached.pop(tenant_id, None)
        if not usable.route.grants_lease:
            return
        self._cached[tenant_id] = usable
        if len(self._cached) > self._max_cached_routes:
            del self._cached[next(iter(self._cached))]

    def _poll(self, tenant_id: str) -> _Usable:
        """Waits a little and requests the route again. Writes that wait already share the poll (C3)."""
        poll = self._polls.get(tenant_id)
        if poll:
            shared = poll
            self._world.wait(lambda: shared.is_over, math.inf)
        else:
            poll = self._polls[tenant_id] = _Poll()
            pause_ms = random.uniform(LEAST_POLL_MS, MOST_POLL_MS)
            try:
                self._world.wait(lambda: False, self._world.monotonic_ms() + pause_ms)
                poll.usable = self._route_for(tenant_id, is_read=False)
            except BaseException as error:
                poll.error = error
            poll.is_over = True
            del self._polls[tenant_id]
            self._world.changed()
        if poll.error:
            raise poll.error
        assert poll.usable
        return poll.usable

    def _assert_may_wait(self, tenant_id: str, route: Route, called_at: float) -> None:
        """Raises an error once a write has waited for too long (F3)."""
        waited_ms = self._world.monotonic_ms() - called_at
        if waited_ms < self._max_write_wait_ms:
            return
        left_ms = route.fence_deadline - self._world.wall_ms()
        because = 'writes are fenced' if route.is_fenced else 'leaseMs of its route is 0'
        raise TenantWriteFenced(tenant_id, because, waited_ms, min(max(left_ms, LEAST_RETRY_MS), MOST_RETRY_MS))

    @staticmethod
    def _count_late(tenant_id: str, late: int) -> int:
        """Counts an answer that came too late to use (L7)."""
        if late + 1 < MAX_LATE_ANSWERS:
            return late + 1
        raise TenantRouteUnavailable(
            tenant_id,
            f'{MAX_LATE_ANSWERS} consecutive answers left less than half of the lease. '
            'The operation was not started. Try again.',
        )
