import { InvalidRequest } from '../../functions/migration/errors.ts';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;

/**
 * A duration as people write it: `0`, `500ms`, `90s`, `15m`, `24h`, `7d`, `1h30m`. @returns whole ms
 * @throws InvalidRequest where it is none. A number without a unit is none, so that nobody's 30 means another's 30.
 */
export const parseDuration = (text: string): number => {
  if (text === '0') return 0;
  if (!WHOLE.test(text)) {
    throw new InvalidRequest(`'${text}' is no duration; write e.g. 0, 90s, 15m, 24h, 7d or 1h30m`);
  }
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(PART))
    ms += Number(amount) * UNITS[unit as keyof typeof UNITS];
  if (!Number.isSafeInteger(Math.round(ms))) throw new InvalidRequest(`'${text}' is too long`);
  return Math.round(ms);
};
