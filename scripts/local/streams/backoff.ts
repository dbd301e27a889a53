const FIRST_MS = 20;
const MOST_MS = 1_000;

/** How long to wait after so many failures in a row, in ms. */
export const backoffMs = (failures: number): number => Math.min(MOST_MS, FIRST_MS * 2 ** (failures - 1));

export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');
