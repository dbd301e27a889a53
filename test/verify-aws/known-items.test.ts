import { expect, test } from 'vitest';
import { KnownItems } from '../../scripts/verify-aws/known-items.ts';

const item = (key: string, version: number) => ({
  tenantId: { S: 'made-up' },
  entityKey: { S: key },
  version: { N: String(version) },
});

const written = (): KnownItems => {
  const known = new KnownItems();
  for (const key of ['A', 'B', 'C']) known.acknowledged(item(key, 1));
  known.acknowledged(item('A', 2));
  known.unknown(item('B', 2));
  return known;
};

test('a write without an answer may have taken effect or not', () => {
  for (const version of [1, 2])
    expect(written().differences([item('A', 2), item('B', version), item('C', 1)])).toEqual({
      missing: [],
      unexpected: [],
      different: [],
    });
});

test('an older value, a lost item and one that was never written are found', () => {
  expect(written().differences([item('A', 1), item('B', 3), item('D', 1)])).toEqual({
    missing: ['C'],
    unexpected: ['D'],
    different: ['A', 'B'],
  });
});
