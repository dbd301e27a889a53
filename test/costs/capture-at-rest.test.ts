import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mappingChanges } from '../../functions/aws/mapping-changes.ts';
import { STREAM_MAPPING } from '../../functions/aws/stream-mappings.ts';
import { parseSettings } from '../../functions/migration/settings/settings.ts';
import { permissionsOf } from '../../infra/step-permissions.ts';
import { formatCount, formatUsd } from '../../scripts/cli/render/figures.ts';
import { captureCostAtRest, LOG_PRICES } from '../../scripts/costs/capture-at-rest.ts';

const DOC = readFileSync(new URL('../../docs/cost.md', import.meta.url), 'utf8');
const settings = parseSettings({});
const TENANTS = 100;
const LOADS = [
  { writesPerSecond: 1, shards: 1 },
  { writesPerSecond: 30, shards: 4 },
  { writesPerSecond: 300, shards: 4 },
];
const costOf = (load: (typeof LOADS)[number], windowSeconds: number) =>
  captureCostAtRest(settings, { ...load, tenants: TENANTS, windowSeconds });

test('docs/cost.md shows the cost of capture at rest, with and without a batching window', () => {
  const rows = [0, 60].flatMap((windowSeconds) =>
    LOADS.map((load) => {
      const { invocations, lambda, reads, logs, total } = costOf(load, windowSeconds);
      const cells = [
        load.writesPerSecond,
        load.shards,
        formatCount(invocations),
        ...[lambda, reads, logs, total].map(formatUsd),
      ];
      return `| ${cells.join(' | ')} |`;
    }),
  );
  for (const row of rows) expect(DOC, `it should have: ${row}`).toContain(row);
  expect(DOC).toContain(`prices of us-east-1, ${settings.prices.asOf}`);
  expect(LOG_PRICES.asOf).toBe(settings.prices.asOf);
  expect(DOC).toContain(`at ${permissionsOf('CaptureChanges').memory} MB`);
});

test('a shard is polled at most four times a second, and a full batch does not wait for its window', () => {
  const busy = costOf({ writesPerSecond: 400, shards: 1 }, 0);
  expect(busy.invocations / (730 * 3_600)).toBeCloseTo(4, 3);
  // 2,000 writes a second fill four batches of 500
  const full = costOf({ writesPerSecond: 2_000, shards: 1 }, 60);
  expect(full.invocations / (730 * 3_600)).toBe(4);
});

test('a migration removes the window of capture', () => {
  const { StartingPosition = 'TRIM_HORIZON', ...found } = STREAM_MAPPING;
  const seen = { ...found, StartingPosition, MaximumBatchingWindowInSeconds: 60 };
  expect(mappingChanges(seen, STREAM_MAPPING)).toEqual({
    changes: { MaximumBatchingWindowInSeconds: 0 },
    fixed: [],
  });
});

test.each(LOADS)('a window costs less at $writesPerSecond writes a second', (load) => {
  expect(costOf(load, 60).total).toBeLessThan(costOf(load, 0).total / 5);
});
