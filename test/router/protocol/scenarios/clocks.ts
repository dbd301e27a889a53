import { advanced, fenced, open, type Scenario, vector } from '../scenario.ts';

const DAY_MS = 86_400_000;

/** Changes of the clocks that take a lease of 1 s away, and those that do not. */
const ENDING: readonly (readonly [what: string, change: (s: Scenario) => Scenario])[] = [
  ['the process was busy for 1 s', (s) => s.pass(1_000)],
  ['the machine was suspended for 1 s', (s) => s.suspend(1_000)],
  ['the machine was suspended for an hour', (s) => s.suspend(3_600_000)],
  ['the machine was suspended for 600 ms and then busy for 400 ms', (s) => s.suspend(600).pass(400)],
  ['the wall clock was set ahead by a day', (s) => s.setWall(DAY_MS)],
  ['the wall clock was set ahead by 1 s', (s) => s.setWall(1_000)],
  ['the wall clock was set back by a day, and 1 s passed', (s) => s.setWall(-DAY_MS).pass(1_000)],
];
const HARMLESS: readonly (readonly [what: string, change: (s: Scenario) => Scenario])[] = [
  ['the wall clock was set back by a day', (s) => s.setWall(-DAY_MS)],
  ['the wall clock was set back by 1 ms', (s) => s.setWall(-1)],
  ['the wall clock was set ahead by 400 ms', (s) => s.setWall(400)],
  ['the machine was suspended for 400 ms', (s) => s.suspend(400)],
];

/** L1, L5, L6 with a clock that is wrong, or that stood still. */
export const clocks = [
  ...ENDING.flatMap(([what, change]) => [
    vector(`a route in hand is not used: ${what}`, 'L1 L3', (s) =>
      change(s.leases(1)).write(2).asks().answer(advanced).starts(2, 'advanced').ends(2),
    ),
    vector(`an operation sends nothing more, and its result is unknown: ${what}`, 'L1 L5 L6', (s) =>
      change(s.write(1).asks().answer(open()).starts(1, 'basic').maySend(1, true))
        .maySend(1, false)
        .endsLate(1),
    ),
    vector(`an answer is too old: ${what} before it arrived`, 'L1 L3', (s) =>
      change(s.write(1).asks()).answer(open()).asks().answer(advanced).starts(1, 'advanced').ends(1),
    ),
  ]),
  ...HARMLESS.flatMap(([what, change]) => [
    vector(`a route in hand is used: ${what}`, 'L1 L3', (s) =>
      change(s.leases(1)).write(2).starts(2, 'basic').maySend(2, true).ends(2),
    ),
    vector(`an operation's result counts: ${what}`, 'L1 L5 L6', (s) =>
      change(s.write(1).asks().answer(open()).starts(1, 'basic')).maySend(1, true).ends(1),
    ),
  ]),
  vector('a wall clock that was set back does not lengthen a lease', 'L1', (s) =>
    s
      .write(1)
      .asks()
      .answer(open())
      .starts(1, 'basic')
      .pass(400)
      .setWall(-DAY_MS)
      .maySend(1, true)
      .pass(599)
      .maySend(1, true)
      .pass(1)
      .maySend(1, false)
      .endsLate(1),
  ),
  vector(
    'a lease that a jump of the wall clock has ended stays ended once the clock is set right',
    'L5 L6',
    (s) =>
      s
        .write(1)
        .asks()
        .answer(open())
        .starts(1, 'basic')
        .setWall(DAY_MS)
        .maySend(1, false)
        .setWall(-DAY_MS)
        .maySend(1, false)
        .endsLate(1),
  ),
  vector('after a jump of the wall clock a new lease lasts as long as any', 'L1 L3', (s) =>
    s
      .leases(1)
      .setWall(DAY_MS)
      .write(2)
      .asks()
      .answer(open())
      .starts(2, 'basic')
      .ends(2)
      .pass(500)
      .write(3)
      .starts(3, 'basic')
      .ends(3)
      .pass(1)
      .write(4)
      .asks(),
  ),
  vector('the clocks differ by a suspension at first, and later do not count it again', 'L1 L3', (s) =>
    s
      .suspend(3_600_000)
      .leases(1)
      .pass(500)
      .read(2)
      .starts(2, 'basic')
      .ends(2)
      .suspend(1)
      .read(3)
      .asks()
      .answer(open())
      .starts(3, 'basic')
      .ends(3),
  ),
  vector(
    'a failure after a suspension is unknown, because its condition may have been checked too late',
    'L6',
    (s) =>
      s
        .write(1)
        .asks()
        .answer(open())
        .starts(1, 'basic')
        .suspend(1_000)
        .endWith(1, 'ConditionalCheckFailedException')
        .fails(1, 'TenantLeaseExpired', { succeeded: false }),
  ),
  vector('a suspended process has no route to fall back on when the routes table fails', 'L1 L4', (s) =>
    s.leases(1).suspend(751).write(2).asks().fail('InternalServerError').fails(2, 'InternalServerError'),
  ),
  vector('a suspended process falls back on a quarter of its lease by the wall clock', 'L1 L4', (s) =>
    s.leases(1).suspend(750).write(2).asks().fail('InternalServerError').starts(2, 'basic').ends(2),
  ),
  vector('a read under a fence that was suspended is unknown', 'L6 F1', (s) =>
    s
      .read(1)
      .asks()
      .answer(fenced({ leaseMs: 1_000 }))
      .starts(1, 'basic')
      .suspend(1_000)
      .maySend(1, false)
      .endsLate(1),
  ),
  vector('a wait for a fence is measured by the monotonic clock: a suspension does not end it', 'F3', (s) =>
    s
      .write(1)
      .asks()
      .answer(fenced())
      .suspend(3_600_000)
      .pass(50)
      .tick()
      .asks()
      .answer(fenced())
      .pass(50)
      .tick()
      .asks()
      .answer(advanced)
      .starts(1, 'advanced')
      .ends(1),
  ),
];
