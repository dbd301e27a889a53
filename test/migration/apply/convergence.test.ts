import { expect, test } from 'vitest';
import { convergenceOf } from '../../../functions/migration/apply/convergence.ts';
import { epochMs } from '../../../functions/migration/names.ts';

const settings = { convergenceMs: 60_000 };
const at = (seconds: number) => epochMs(seconds * 1_000);

test('both rates are those of the last rounds', () => {
  const first = convergenceOf(settings, undefined, { left: 500, applied: 1_000, ms: 2_000 }, at(0));
  expect(first).toMatchObject({ backlog: 500, appliedPerSecond: 500, journalledPerSecond: 500 });
  const next = convergenceOf(settings, first, { left: 900, applied: 1_000, ms: 2_000 }, at(2));
  // 1,000 were removed and 400 have been added to what is left
  expect(next).toMatchObject({ since: at(0), backlog: 900, appliedPerSecond: 500, journalledPerSecond: 700 });
});

test('applying does not converge only if the backlog has not shrunk for too long', () => {
  const first = convergenceOf(settings, undefined, { left: 500, applied: 1, ms: 1_000 }, at(0));
  expect(first.notConverging).toBe(false);
  expect(convergenceOf(settings, first, { left: 600, applied: 1, ms: 1_000 }, at(59)).notConverging).toBe(
    false,
  );
  expect(convergenceOf(settings, first, { left: 499, applied: 1, ms: 1_000 }, at(61)).notConverging).toBe(
    false,
  );
  expect(convergenceOf(settings, first, { left: 500, applied: 1, ms: 1_000 }, at(61)).notConverging).toBe(
    true,
  );
});
