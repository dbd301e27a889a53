import { expect, test } from 'vitest';
import { withConsoleHold } from '../../scripts/console/console-hold.ts';
import { fakePorts } from '../support/fake-ports.ts';

test("a local stack's console keeps the source for an hour unless the settings name a hold", () => {
  const holdOf = (given: unknown) => withConsoleHold(fakePorts({ holdMs: 0 }), given).settings.holdMs;
  expect(holdOf(undefined)).toBe(3_600_000);
  expect(holdOf({ leaseMs: 50 })).toBe(3_600_000);
  expect(holdOf({ holdMs: 0 })).toBe(0);
});
