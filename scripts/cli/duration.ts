import { InvalidRequest } from '../../functions/migration/errors.ts';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;

/**
 * Parses a duration: `0`, `500ms`, `90s`, `15m`, `24h`, `7d`, `1h30m`. @returns whole ms
 * @throws InvalidRequest if it is invalid. A number without a unit is invalid, since its unit would be a guess.
 */
export const parseDuration = (text: string): number => {
  if (text === '0') return 0;
  if (!WHOLE.test(text)) {
    throw new InvalidRequest(
      `'${text}' is not a duration. Nothing was changed. Write e.g. 0, 90s, 15m, 24h, 7d or 1h30m.`,
    );
  }
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(PART))
    ms += Number(amount) * UNITS[unit as keyof typeof UNITS];
  if (!Number.isSafeInteger(Math.round(ms)))
    throw new InvalidRequest(`the duration '${text}' is too long. Nothing was changed.`);
  return Math.round(ms);
};
