/**
 * CPU time that `npm test` may use, including all its processes and the engine, as a multiple of the calibration loop's.
 * Measured with `node scripts/ci/within-budget.ts -- npm test`. Raise it only in a commit that says what that buys.
 */
export const NPM_TEST_BUDGET = 350;

/** Share by which a run may exceed its budget: CPU time differs by a tenth or so between runs and machines. */
const MARGIN = 0.25;
/** Number of files that are named if the budget is exceeded. */
const LISTED_FILES = 10;

export interface CpuMeasurement {
  /** CPU time of the run, in s. */
  readonly cpuSeconds: number;
  /** CPU time of one calibration loop in the same job, in s. */
  readonly calibrationSeconds: number;
  /** Test files with their durations, in ms. */
  readonly files: readonly { readonly name: string; readonly ms: number }[];
}

export interface Verdict {
  readonly isWithin: boolean;
  readonly lines: readonly string[];
}

/** Compares the CPU time of a run with its budget. If it is exceeded, names the most expensive files. */
export const judgeBudget = (
  { cpuSeconds, calibrationSeconds, files }: CpuMeasurement,
  budget: number,
): Verdict => {
  const measurement = cpuSeconds / calibrationSeconds;
  const limit = budget * (1 + MARGIN);
  const measured = `${cpuSeconds.toFixed(1)} CPU-seconds, ${measurement.toFixed(1)} calibration loops of ${calibrationSeconds.toFixed(2)} s`;
  const allowed = `budget ${budget} loops, ${limit.toFixed(1)} with the margin of ${MARGIN * 100} %`;
  if (measurement <= limit)
    return { isWithin: true, lines: [`within the CPU budget: ${measured}; ${allowed}`] };
  const slowest = [...files].sort((a, b) => b.ms - a.ms).slice(0, LISTED_FILES);
  return {
    isWithin: false,
    lines: [
      `CPU budget exceeded: ${measured}; ${allowed}.`,
      `The ${slowest.length} most expensive files, by duration:`,
      ...slowest.map(({ name, ms }) => `  ${(ms / 1_000).toFixed(1).padStart(6)} s  ${name}`),
      'Make them cheaper, or raise NPM_TEST_BUDGET in scripts/ci/cpu-budget.ts in a commit that says what that buys.',
    ],
  };
};
