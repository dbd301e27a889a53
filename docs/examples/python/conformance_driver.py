"""Drives tierferry_router.py for the conformance runner: one JSON object per line, by docs/router-conformance.md.

Vectors run in a stepped world: the runner sets the clocks, and one thread runs at a time. The commands connect, put and get
use the real clocks, and the DynamoDB that the environment names.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from typing import Any, Callable, Dict, List, Optional

import tierferry_router
from tierferry_router import TenantRouter, World

Json = Dict[str, Any]


class Given(Exception):
    """An error that a command gives by its name, such as one of DynamoDB."""


class Abandoned(BaseException):
    """Ends a thread of a vector that is over."""


class Task:
    """A thread that runs only while the scheduler lets it."""

    def __init__(self, work: Callable[[], None]):
        self.work = work
        self.resume = threading.Semaphore(0)
        self.may_run: Callable[[], bool] = lambda: True


class SteppedWorld(World):
    """A world whose clocks show what the runner has sent, and whose threads run one after the other."""

    def __init__(self) -> None:
        self.lock = contextlib.nullcontext()  # type: ignore[assignment]
        self.monotonic = 0.0
        self.wall = 0.0
        self._tasks: List[Task] = []
        self._paused = threading.Semaphore(0)
        self._current: Optional[Task] = None
        self._is_closed = False

    def monotonic_ms(self) -> float:
        return self.monotonic

    def wall_ms(self) -> float:
        return self.wall

    def wait(self, is_over: Callable[[], bool], until_ms: float) -> None:
        self.block(lambda: is_over() or self.monotonic >= until_ms)

    def changed(self) -> None:
        """The scheduler checks every condition anyway."""

    def start(self, task: Callable[[], None]) -> None:
        made = Task(task)
        self._tasks.append(made)
        threading.Thread(target=self._work, args=(made,), daemon=True).start()

    def block(self, may_run: Callable[[], bool]) -> None:
        """Gives control to the scheduler until the condition holds."""
        if may_run():
            return
        task = self._current
        assert task
        task.may_run = may_run
        self._paused.release()
        task.resume.acquire()
        if self._is_closed:
            raise Abandoned

    def run(self) -> None:
        """Runs every thread that can run, until none can."""
        while True:
            task = next((one for one in self._tasks if one.may_run()), None)
            if not task:
                return
            self._current = task
            task.resume.release()
            self._paused.acquire()

    def close(self) -> None:
        """Ends every thread of this world."""
        self._is_closed = True
        for task in self._tasks:
            task.resume.release()

    def _work(self, task: Task) -> None:
        task.resume.acquire()
        with contextlib.suppress(Abandoned):
            if not self._is_closed:
                task.work()
        if not self._is_closed:
            self._tasks.remove(task)
            self._paused.release()


def error_facts(error: Exception) -> Json:
    """Returns an error as fields of the event `failed`."""
    if isinstance(error, Given):
        return {'error': str(error), 'message': str(error)}
    facts: Json = {'error': type(error).__name__, 'message': str(error)}
    response = getattr(error, 'response', None)
    if isinstance(response, dict):
        facts['error'] = response.get('Error', {}).get('Code', facts['error'])
    names = {
        'retryable': 'retryable',
        'succeeded': 'succeeded',
        'protocol': 'protocol',
        'retryAfterMs': 'retry_after_ms',
        'waitedMs': 'waited_ms',
    }
    for name, attribute in names.items():
        if hasattr(error, attribute):
            facts[name] = getattr(error, attribute)
    return facts


class Vector:
    """One vector's router, with its clocks, requests and calls. It is the router's client, too."""

    def __init__(self, begin: Json):
        self.world = SteppedWorld()
        self._set_clocks(begin)
        names = {
            'routesTable': 'routes_table',
            'maxWriteWaitMs': 'max_write_wait_ms',
            'routeTimeoutMs': 'route_timeout_ms',
            'maxCachedRoutes': 'max_cached_routes',
        }
        options = {names[name]: value for name, value in begin['options'].items()}
        self._router = TenantRouter(self, world=self.world, **options)
        self._events: List[Json] = []
        self._answers: Dict[int, Json] = {}
        self._requests = 0
        self._commands: Dict[int, List[Json]] = {}

    def apply(self, command: Json) -> List[Json]:
        self._events = []
        self._set_clocks(command)
        self.world.run()
        action = command['do']
        if action == 'call' and 'within' not in command:
            self.world.start(lambda: self._call(command))
        elif action == 'call':
            self._commands[command['within']].append(command)
        elif action in ('answer', 'fail'):
            self._answers[command['request']] = command
        elif action in ('check', 'end'):
            self._commands[command['call']].append(command)
        elif action != 'pass':
            raise ValueError(f'unknown command {action}')
        self.world.run()
        return self._events

    def get_item(self, TableName: str, Key: Json, ConsistentRead: bool = False) -> Json:
        """Answers the router's request for a route once the runner has."""
        self._requests += 1
        number = self._requests
        tenant = Key['tenantId']['S']
        self._note(event='ask', request=number, tenant=tenant, table=TableName, consistent=ConsistentRead)
        self.world.block(lambda: number in self._answers)
        command = self._answers[number]
        if command['do'] == 'fail':
            raise Given(command['error'])
        return {} if command['item'] is None else {'Item': command['item']}

    def _call(self, command: Json) -> None:
        call = command['call']
        run = self._router.read if command['operation'] == 'read' else self._router.write
        try:
            result = run(command['tenant'], lambda table: self._operate(call, table))
        except Exception as error:
            self._note(event='failed', call=call, **error_facts(error))
        else:
            self._note(event='done', call=call, result=result)

    def _operate(self, call: int, table: str) -> str:
        """An operation does what the runner says, until it ends."""
        self._note(event='start', call=call, table=table)
        commands = self._commands[call] = []
        while True:
            self.world.block(lambda: len(commands) > 0)
            command = commands.pop(0)
            if command['do'] == 'call':
                self._call(command)
            elif command['do'] == 'check':
                self._note(event='checked', call=call, maySend=tierferry_router.may_send())
            elif 'error' in command:
                raise Given(command['error'])
            else:
                return command['result']

    def _note(self, **event: Any) -> None:
        self._events.append(event)

    def _set_clocks(self, command: Json) -> None:
        self.world.monotonic, self.world.wall = command['monotonic'], command['wall']


class Live:
    """A router with real clocks and a real DynamoDB."""

    def __init__(self, connect: Json):
        import boto3
        from botocore.config import Config

        # boto3 does not read the first of these variables, and Debian's version not the second either
        where = {
            'region_name': os.environ.get('AWS_REGION'),
            'endpoint_url': os.environ.get('AWS_ENDPOINT_URL_DYNAMODB'),
        }
        self._client = tierferry_router.guarded(
            boto3.client('dynamodb', config=Config(connect_timeout=0.2), **where)
        )
        self._router = TenantRouter(
            boto3.client('dynamodb', config=Config(connect_timeout=1, read_timeout=2), **where),
            routes_table=connect['routesTable'],
            max_write_wait_ms=connect['maxWriteWaitMs'],
        )

    def apply(self, command: Json) -> List[Json]:
        try:
            result = self._put(command) if command['do'] == 'put' else self._get(command)
            return [{'event': 'done', 'result': result}]
        except Exception as error:
            return [{'event': 'failed', **error_facts(error)}]

    def _put(self, command: Json) -> str:
        item = {**self._key(command), 'n': {'N': str(command['n'])}}
        self._router.write(command['tenant'], lambda table: self._client.put_item(TableName=table, Item=item))
        return str(command['n'])

    def _get(self, command: Json) -> str:
        answer = self._router.read(
            command['tenant'],
            lambda table: self._client.get_item(TableName=table, Key=self._key(command), ConsistentRead=True),
        )
        return answer['Item']['n']['N'] if 'Item' in answer else '0'

    @staticmethod
    def _key(command: Json) -> Json:
        return {'tenantId': {'S': command['tenant']}, 'entityKey': {'S': command['key']}}


READY = {
    'event': 'ready',
    'router': 'tierferry_router.py',
    'protocol': tierferry_router.SUPPORTED_PROTOCOL,
    # boto3 has no way to abort a call, so neither has this router
    'features': ['concurrency', 'timeout', 'nested', 'cacheLimit'],
}


def main() -> None:
    vector: Optional[Vector] = None
    live: Optional[Live] = None
    for line in sys.stdin:
        command = json.loads(line)
        events: List[Json] = []
        if command['do'] == 'hello':
            events = [READY]
        elif command['do'] == 'begin':
            if vector:
                vector.world.close()
            vector = Vector(command)
        elif command['do'] == 'connect':
            live = Live(command)
        elif command['do'] in ('put', 'get'):
            assert live, 'the first live command is connect'
            events = live.apply(command)
        else:
            assert vector, 'the first command of a vector is begin'
            events = vector.apply(command)
        print(json.dumps({'events': events}), flush=True)


if __name__ == '__main__':
    main()
