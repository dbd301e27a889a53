import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../../../functions/migration/apply/decide.ts';
import type { Item } from '../../../functions/migration/items/items.ts';

const item = (value: string, expiresAt?: number): Item => ({
  entityKey: { S: 'k' },
  value: { S: value },
  ...(expiresAt === undefined ? {} : { expiresAt: { N: String(expiresAt) } }),
});
/** Data F1: an item whose time has passed is applied like any other. */
describe('a journalled key', () => {
  test.each<[string, Item | undefined, Item | undefined, ReturnType<typeof decide>]>([
    ['is on neither side', undefined, undefined, { kind: 'same' }],
    ['is the same on both', item('a'), item('a'), { kind: 'same' }],
    ['is missing on the target', item('a'), undefined, { kind: 'put', item: item('a') }],
    ['has a different value there', item('b'), item('a'), { kind: 'put', item: item('b') }],
    ['was deleted', undefined, item('a'), { kind: 'delete' }],
    ['has expired on both sides with one value', item('a', 99), item('a', 99), { kind: 'same' }],
    ['was updated after it had expired', item('b', 99), item('a', 99), { kind: 'put', item: item('b', 99) }],
    ['was put with a past expiry', item('a', 99), undefined, { kind: 'put', item: item('a', 99) }],
    ['was deleted after it had expired', undefined, item('a', 99), { kind: 'delete' }],
    [
      'was renewed after it had been copied',
      item('a', 200),
      item('a', 99),
      { kind: 'put', item: item('a', 200) },
    ],
    ['was given an expiry that has passed', item('a', 99), item('a'), { kind: 'put', item: item('a', 99) }],
  ])('that %s', (_, from, to, decision) => {
    expect(decide(from, to)).toEqual(decision);
  });

  const side = fc.option(
    fc.record({ value: fc.constantFrom('a', 'b'), at: fc.option(fc.integer({ min: 98, max: 103 })) }),
  );
  test('is the same once the decision was carried out, for any earlier state', () => {
    fc.assert(
      fc.property(side, side, (a, b) => {
        const of = (one: typeof a) => (one ? item(one.value, one.at ?? undefined) : undefined);
        const [from, to] = [of(a), of(b)];
        const first = decide(from, to);
        const then = first.kind === 'same' ? to : first.kind === 'put' ? first.item : undefined;
        expect(decide(from, then)).toEqual({ kind: 'same' });
        // nothing comes back or is lost, whether or not it has expired
        expect(then).toEqual(from);
      }),
    );
  });
});
