import type { Figures } from '../../api/schema.ts';

/** One reading of a migration's figures. Counters only grow, except when a pass begins again. */
export interface Sample {
  /** By the server's clock, in ms since 1970. */
  readonly at: number;
  readonly surveyed: number;
  readonly copied: number;
  readonly compared: number;
  readonly cleaned: number;
  readonly discarded: number;
  readonly bytes: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly throttles: number;
  /** Keys left to apply; null while a cutover could take them all. */
  readonly backlog: number | null;
  /** Keys that the application changes a second, and keys that are applied a second; null like the backlog. */
  readonly journalled: number | null;
  readonly applied: number | null;
}

/** Fields of a sample that count something. */
export type Counter = Exclude<keyof Sample, 'at' | (typeof NULLABLE)[number]>;
const NULLABLE = ['backlog', 'journalled', 'applied'] as const;

/** Samples that are kept. At one every two seconds this is 20 minutes; older ones become sparse. */
export const MAX_SAMPLES = 600;
/** Shortest time over which a rate is given, in ms. */
const MIN_SPAN_MS = 1_000;
const MS = 1_000;

/** Makes a sample of a document of figures. */
export const sampleOf = ({
  at,
  items,
  itemsCopied,
  itemsDiscarded,
  bytesCopied,
  units,
  throttles,
  backlog,
  applying,
}: Figures): Sample => {
  const used = Object.values(units);
  return {
    at: Date.parse(at),
    surveyed: items.surveyed,
    copied: itemsCopied,
    compared: items.compared + items.verified,
    cleaned: items.cleaned,
    discarded: itemsDiscarded,
    bytes: bytesCopied,
    readUnits: used.reduce((sum, { read }) => sum + read, 0),
    writeUnits: used.reduce((sum, { write }) => sum + write, 0),
    ...{ throttles, backlog },
    journalled: applying?.journalledPerSecond ?? null,
    applied: applying?.appliedPerSecond ?? null,
  };
};

/** Adds a sample. One that is not newer than the last changes nothing; of too many, every second old one is dropped. */
export const withSample = (samples: readonly Sample[], sample: Sample): readonly Sample[] => {
  const last = samples.at(-1);
  if (last && sample.at <= last.at) return samples;
  const all = [...samples, sample];
  if (all.length <= MAX_SAMPLES) return all;
  const half = Math.floor(MAX_SAMPLES / 2);
  return [...all.slice(0, half).filter((_, n) => n % 2 === 0), ...all.slice(half)];
};

/** Returns what a counter gained a second between each sample and the one before; null for the first. */
export const ratesOf = (samples: readonly Sample[], counter: Counter): readonly (number | null)[] =>
  samples.map((sample, n) => {
    const before = samples[n - 1];
    if (!before) return null;
    return gained(before, sample, counter);
  });

/** Returns what a counter gained a second within the last samples; undefined while there are too few. */
export const rateOver = (
  samples: readonly Sample[],
  counter: Counter,
  windowMs: number,
): number | undefined => {
  const last = samples.at(-1);
  if (!last) return undefined;
  const window = samples.filter(({ at }) => at >= last.at - windowMs);
  // the time before the first gain says nothing about the speed
  const first = window.findLast((sample) => sample[counter] === 0 && last[counter] > 0) ?? window[0];
  if (!first || last.at - first.at < MIN_SPAN_MS) return undefined;
  return gained(first, last, counter);
};

const gained = (from: Sample, to: Sample, counter: Counter): number =>
  Math.max(0, to[counter] - from[counter]) / ((to.at - from.at) / MS);

/** Reads samples that were kept as text; none if the text is damaged. */
export const samplesIn = (text: string | null): readonly Sample[] => {
  try {
    const found: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(found) ? found.filter(isSample) : [];
  } catch {
    return [];
  }
};

const COUNTERS: readonly Counter[] = [
  ...(['surveyed', 'copied', 'compared', 'cleaned', 'discarded', 'bytes'] as const),
  ...(['readUnits', 'writeUnits', 'throttles'] as const),
];

const isSample = (found: unknown): found is Sample => {
  if (typeof found !== 'object' || found === null) return false;
  const fields = new Map<string, unknown>(Object.entries(found));
  return (
    ['at', ...COUNTERS].every((name) => Number.isFinite(fields.get(name))) &&
    NULLABLE.every((name) => fields.get(name) === null || Number.isFinite(fields.get(name)))
  );
};
