import { expect, test } from 'vitest';
import { judgeBudget } from '../../scripts/ci/cpu-budget.ts';

const files = Array.from({ length: 12 }, (_, n) => ({ name: `test/file-${n}.test.ts`, ms: n * 1_000 }));

test('a run may use its budget and a quarter more, on a fast machine and on a slow one', () => {
  for (const calibrationSeconds of [0.5, 2]) {
    const spent = (loops: number) => ({ cpuSeconds: loops * calibrationSeconds, calibrationSeconds, files });
    expect(judgeBudget(spent(124), 100).isWithin).toBe(true);
    expect(judgeBudget(spent(126), 100).isWithin).toBe(false);
  }
});

test('a run over its budget is reported with its ten most expensive files, most expensive first', () => {
  const { lines } = judgeBudget({ cpuSeconds: 300, calibrationSeconds: 1, files }, 100);
  expect(lines[0]).toMatch(/^CPU budget exceeded: 300\.0 CPU-seconds, 300\.0 calibration loops/);
  expect(lines.slice(2, -1)).toEqual(
    [11, 10, 9, 8, 7, 6, 5, 4, 3, 2].map((n) => `${n.toFixed(1).padStart(8)} s  test/file-${n}.test.ts`),
  );
});
