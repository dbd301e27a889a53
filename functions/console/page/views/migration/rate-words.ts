import { count } from '../../parts/formats.ts';

/** `361 items/s`, `0.4 calls/s`; a dash while the rate is not known. */
export const rateWords = (rate: number | undefined, unit: string): string =>
  rate === undefined ? '–' : `${rateNumber(rate)} ${unit}/s`;

/** `361`, `0.4`: one decimal while it matters. */
export const rateNumber = (rate: number): string => (rate > 0 && rate < 9.95 ? rate.toFixed(1) : count(rate));
