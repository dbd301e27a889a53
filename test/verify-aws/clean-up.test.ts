import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { isRunTimeTable } from '../../scripts/verify-aws/account.ts';
import { Interrupted, type Removal, Removals, withTeardown } from '../../scripts/verify-aws/clean-up.ts';
import { checkedPrefix, newPrefix, verificationConfig } from '../../scripts/verify-aws/deployment-name.ts';

/** An account with a table that cannot be deleted while its backup is being made, and a stack that waits for both. */
const anAccount = () => {
  const there = new Set(['execution', 'backup', 'table', 'stack']);
  const removed: string[] = [];
  const remove = (what: string, ...first: string[]): Removal => ({
    what,
    remove: async () => {
      const blocking = first.filter((one) => there.has(one));
      if (blocking.length > 0) throw new Error(`${what} is in use by ${blocking.join()}`);
      if (there.delete(what)) removed.push(what);
    },
  });
  return {
    there,
    removed,
    // in the order of creation
    removals: [
      remove('stack', 'table', 'execution'),
      remove('backup', 'execution'),
      remove('table', 'backup'),
      remove('execution'),
    ],
  };
};
const pace = { rounds: 5, pauseMs: 1, sleep: async () => undefined };
const noSignals = { signals: new EventEmitter(), onAgain: () => undefined };

const cleanUpOf = (removals: readonly Removal[], rounds = pace.rounds): Removals => {
  const cleanUp = new Removals({ ...pace, rounds });
  for (const removal of removals) cleanUp.add(removal);
  return cleanUp;
};

test('resources are removed in reverse order of registration, and those in use in a later round', async () => {
  const { there, removed, removals } = anAccount();
  expect(await cleanUpOf(removals).run()).toEqual([]);
  expect([...there]).toEqual([]);
  expect(removed).toEqual(['execution', 'backup', 'table', 'stack']);
});

test('a resource that cannot be removed is named with its reason, and does not prevent other removals', async () => {
  const { there, removals } = anAccount();
  const stuck: Removal = { what: 'key', remove: async () => Promise.reject(new Error('access denied')) };
  expect(await cleanUpOf([stuck, ...removals, stuck]).run()).toEqual([
    { what: 'key', reason: 'access denied' },
    { what: 'key', reason: 'access denied' },
  ]);
  expect([...there]).toEqual([]);
});

test('everything is removed after a failed run, and its error is kept', async () => {
  const { there, removals } = anAccount();
  const failure = new Error('a migration failed');
  const outcome = await withTeardown(cleanUpOf(removals), noSignals, async () => Promise.reject(failure));
  expect(outcome).toEqual({ result: undefined, error: failure, left: [] });
  expect([...there]).toEqual([]);
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends the work, and a second one does not end the removal',
  async (signal) => {
    const { there, removals } = anAccount();
    const signals = new EventEmitter();
    let again = 0;
    const cleanUp = cleanUpOf([
      ...removals,
      {
        what: 'nothing',
        remove: async () => {
          signals.emit(signal);
        },
      },
    ]);
    const { error, left } = await withTeardown(
      cleanUp,
      {
        signals,
        onAgain: () => {
          again += 1;
        },
      },
      async (aborted) => {
        signals.emit(signal);
        aborted.throwIfAborted();
      },
    );
    expect(error).toBeInstanceOf(Interrupted);
    expect(left).toEqual([]);
    expect([...there]).toEqual([]);
    expect(again).toBe(1);
    expect(signals.listenerCount(signal)).toBe(0);
  },
);

test('a removal registered before its resource exists succeeds', async () => {
  const { there, removals } = anAccount();
  there.clear();
  expect(await cleanUpOf(removals, 1).run()).toEqual([]);
});

test('only names under a prefix of the verification are removed', () => {
  const prefix = newPrefix();
  expect(checkedPrefix(prefix)).toBe(prefix);
  expect(verificationConfig(prefix, { reservedConcurrency: false }).prefix).toBe(prefix);
  for (const real of ['saas', 'tfv-', 'tfv-abc', 'tfv-abcdef-2', 'TFV-ABCDEF', 'tfv-abc.*f'])
    expect(() => checkedPrefix(real), real).toThrow(/Nothing was changed/);
  const name = (rest: string) => isRunTimeTable(prefix, `${prefix}-${rest}`);
  expect(['tenant-data-own-made-up', 'tenant-data-first.2', 'probe-0'].filter(name)).toHaveLength(3);
  // the stacks' own, and tables of other deployments
  expect(['tenant-data-first', 'tenant-data-second', 'tenant-routes'].filter(name)).toEqual([]);
  expect(isRunTimeTable(prefix, 'saas-tenant-data-enterprise-abc')).toBe(false);
});
