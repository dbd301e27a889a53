import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Migration } from '../../../functions/migration/migration.ts';
import { epochMs, type TierName, tableName } from '../../../functions/migration/names.ts';
import {
  type AdmissionSlot,
  couldBeAdmitted,
  pickAdmissions,
  slotOf,
} from '../../../functions/migration/queue/pick-admissions.ts';
import { parseSettings } from '../../../functions/migration/settings/settings.ts';
import { aMigration } from '../../support/records.ts';

const NOW = epochMs(1_000);
const settingsOf = (admission: object) => parseSettings({ admission });

const asked = (from: string, to: string, more: Partial<Migration> = {}): Migration =>
  aMigration({
    source: { tier: 'basic' as TierName, placement: 'shared', table: tableName(from) },
    target: { tier: to as TierName, placement: 'shared' },
    ...more,
  });
const ids = (all: readonly { migrationId: string }[]) => all.map(({ migrationId }) => migrationId);

test('the oldest request goes first, after tenants near a hard limit', () => {
  const [first, second, third] = [3, 1, 2].map((at) => asked('a', 'advanced', { requestedAt: epochMs(at) }));
  const hurried = asked('a', 'advanced', { requestedAt: epochMs(4), urgent: true });
  const waiting = [first, second, third, hurried].filter((one) => one !== undefined);
  const next = pickAdmissions(settingsOf({ total: 3 }), [], waiting, NOW);
  expect(ids(next)).toEqual([hurried.migrationId, second?.migrationId, third?.migrationId]);
});

test('a request that waits for its tables does not delay requests for other tables', () => {
  const settings = settingsOf({ total: 10, perSource: 1, perTarget: 1 });
  const busy = slotOf(asked('a', 'advanced'), NOW);
  const sameSource = asked('a', 'premium');
  const sameTarget = asked('b', 'advanced');
  const free = asked('b', 'premium');
  const own = asked('c', 'premium', { target: { tier: 'premium' as TierName, placement: 'dedicated' } });
  const waiting = [sameSource, sameTarget, free, own];
  expect(ids(pickAdmissions(settings, [busy], waiting, NOW))).toEqual(ids([free, own]));
  expect(waiting.map((one) => couldBeAdmitted(settings, [busy], one))).toEqual([false, false, true, true]);
});

test('for any queue and running migrations, no limit is exceeded and no usable slot stays free', () => {
  const word = (words: string[]) => fc.constantFrom(...words);
  const migration = fc
    .record({
      from: word(['a', 'b', 'c']),
      to: word(['advanced', 'premium', 'own']),
      at: fc.integer({ min: 0, max: 9 }),
      urgent: fc.boolean(),
    })
    .map(({ from, to, at, urgent }) =>
      asked(from, 'advanced', {
        target:
          to === 'own'
            ? { tier: 'enterprise' as TierName, placement: 'dedicated' }
            : { tier: to as TierName, placement: 'shared' },
        requestedAt: epochMs(at),
        ...(urgent ? { urgent } : {}),
      }),
    );
  const limit = fc.integer({ min: 1, max: 5 });
  fc.assert(
    fc.property(
      fc.array(migration, { maxLength: 30 }),
      fc.array(migration, { maxLength: 30 }),
      fc.record({ total: limit, perSource: limit, perTarget: limit }),
      (before, waiting, admission) => {
        const settings = settingsOf(admission);
        // the running migrations were admitted by the same rules
        const running = pickAdmissions(settings, [], before, NOW);
        const next = pickAdmissions(settings, running, waiting, NOW);
        const all = [...running, ...next];
        expect(all.length).toBeLessThanOrEqual(admission.total);
        for (const count of countsOf(all, ({ source }) => source))
          expect(count).toBeLessThanOrEqual(admission.perSource);
        for (const count of countsOf(all, ({ target }) => target))
          expect(count).toBeLessThanOrEqual(admission.perTarget);
        const left = waiting.filter(({ migrationId }) => !ids(next).includes(migrationId));
        expect(left.filter((one) => couldBeAdmitted(settings, all, one))).toEqual([]);
        expect(pickAdmissions(settings, all, left, NOW)).toEqual([]);
      },
    ),
  );
});

const countsOf = (
  all: readonly AdmissionSlot[],
  group: (one: AdmissionSlot) => string | undefined,
): number[] =>
  [...Map.groupBy(all, group)].flatMap(([name, some]) => (name === undefined ? [] : some.length));
