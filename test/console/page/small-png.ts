import { crc32, deflateSync } from 'node:zlib';

/** Pixels of a picture, four bytes each: red, green, blue, alpha. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Colours that a byte distinguishes. */
const MAX_COLOURS = 256;
/** Places among these for rare colours that are unlike all others, such as that of the only dot of a page. */
const RARE_COLOURS = 16;
const BYTES_A_PIXEL = 4;

const chunk = (type: string, content: Uint8Array): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const named = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
};

const channels = (colour: number): readonly [number, number, number] => [
  colour >> 16,
  (colour >> 8) & 0xff,
  colour & 0xff,
];

const distance = (one: number, other: number): number => {
  const [left, right] = [channels(one), channels(other)];
  return left.reduce((sum, value, n) => sum + (value - (right[n] ?? 0)) ** 2, 0);
};

/** Returns the most frequent colours, and those whose pixels would change most without them. */
const chosenColours = (counts: ReadonlyMap<number, number>): readonly number[] => {
  const sorted = [...counts].sort(([, a], [, b]) => b - a).map(([colour]) => colour);
  const chosen = sorted.slice(0, MAX_COLOURS - RARE_COLOURS);
  const away = new Map(
    sorted
      .slice(chosen.length)
      .map((colour) => [colour, Math.min(...chosen.map((one) => distance(colour, one)))]),
  );
  while (chosen.length < MAX_COLOURS && away.size > 0) {
    const lossOf = (colour: number): number => (counts.get(colour) ?? 0) * (away.get(colour) ?? 0);
    const next = [...away.keys()].reduce((best, colour) => (lossOf(colour) > lossOf(best) ? colour : best));
    chosen.push(next);
    away.delete(next);
    for (const [colour, nearest] of away) away.set(colour, Math.min(nearest, distance(colour, next)));
  }
  return chosen;
};

/** Returns the chosen colours, and each colour's place among them, or that of the nearest one. */
const paletteOf = (colours: Uint32Array): { palette: readonly number[]; places: Map<number, number> } => {
  const counts = new Map<number, number>();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const palette = chosenColours(counts);
  const places = new Map(palette.map((colour, n) => [colour, n]));
  for (const colour of counts.keys()) {
    if (places.has(colour)) continue;
    const nearest = palette.reduce(
      (best, other, n) => (distance(colour, other) < best.away ? { n, away: distance(colour, other) } : best),
      { n: 0, away: Number.POSITIVE_INFINITY },
    );
    places.set(colour, nearest.n);
  }
  return { palette, places };
};

/**
 * Encodes an opaque picture with at most 256 colours, a byte a pixel. A page has few colours apart from the edges of its
 * letters. Such a file is a third of what a browser writes.
 */
export const smallPng = ({ width, height, bytes }: Pixels): Buffer => {
  const colours = new Uint32Array(width * height);
  for (let n = 0; n < colours.length; n += 1) {
    const [red = 0, green = 0, blue = 0] = bytes.subarray(n * BYTES_A_PIXEL, n * BYTES_A_PIXEL + 3);
    colours[n] = (red << 16) | (green << 8) | blue;
  }
  const { palette, places } = paletteOf(colours);
  // each row begins with its filter: none
  const rows = Buffer.alloc((width + 1) * height);
  for (const [n, colour] of colours.entries())
    rows[Math.floor(n / width) * (width + 1) + 1 + (n % width)] = places.get(colour) ?? 0;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits, colours of a palette
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Uint8Array.from(palette.flatMap(channels))),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', new Uint8Array()),
  ]);
};
