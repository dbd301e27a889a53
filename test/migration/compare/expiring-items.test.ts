import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExpiringItems, expiringItemsCheck } from '../../../functions/migration/compare/expiring-items.ts';
import type { Item } from '../../../functions/migration/items/items.ts';
import { epochMs } from '../../../functions/migration/names.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aMigration, aSegment } from '../../support/records.ts';

/** Data F1: the flipped items that may expire, and what the kept source has of them later. */

const at = epochMs(Date.UTC(2026, 0, 1));
const now = at / 1_000;
const DAY = 86_400;

interface KeptItem {
  readonly value: string;
  readonly expiresAt: number;
}
const itemOf = (key: string, { value, expiresAt }: KeptItem): Item => ({
  entityKey: { S: key },
  value: { S: value },
  expiresAt: { N: String(expiresAt) },
});
const changedBetween = async (flipped: Record<string, KeptItem>, later: Record<string, KeptItem>) => {
  const ports = fakePorts();
  const { migrationId } = aMigration();
  const noted = new ExpiringItems(ports.settings);
  for (const [key, held] of Object.entries(flipped)) noted.add(itemOf(key, held));
  const segment = aSegment(0, { keptExpiring: noted.items });
  await ports.segments.saveExpiring(migrationId, segment.number, noted.value());
  const check = await expiringItemsCheck(ports, migrationId, segment);
  check?.see({ entityKey: { S: 'without a time' } });
  for (const [key, held] of Object.entries(later)) check?.see(itemOf(key, held));
  return check?.changed(at);
};

const held = fc.record({
  value: fc.constantFrom('a', 'b'),
  expiresAt: fc.constantFrom(0, now - 6 * 366 * DAY, now - DAY, now, now + 1, now + DAY, 2 ** 40),
});
const side = fc.dictionary(fc.constantFrom('1', '2', '3', '4'), held);

test('every item that was added, changed or lost before its time is counted, and no expiry', async () => {
  await fc.assert(
    fc.asyncProperty(side, side, async (flipped, later) => {
      const isKept = (key: string) =>
        flipped[key]?.value === later[key]?.value && flipped[key]?.expiresAt === later[key]?.expiresAt;
      const mayBeGone = ({ expiresAt }: KeptItem) => expiresAt <= now && expiresAt > now - 5 * 365 * DAY;
      const added = Object.keys(later).filter((key) => !isKept(key)).length;
      const lost = Object.entries(flipped).filter(([key, one]) => !isKept(key) && !mayBeGone(one)).length;
      expect(await changedBetween(flipped, later)).toBe(added + lost);
    }),
  );
});

test('nothing is known of a segment that an earlier version compared', async () => {
  const ports = fakePorts();
  expect(await expiringItemsCheck(ports, aMigration().migrationId, aSegment(0))).toBeUndefined();
});
