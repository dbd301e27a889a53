import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { smallPng } from './small-png.ts';

/** Returns the content of a chunk. */
const chunkOf = (png: Buffer, type: string): Buffer => {
  const at = png.indexOf(type, 0, 'latin1');
  return png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4));
};

test('a picture of more colours than a palette has keeps a rare colour that is unlike all others', () => {
  const size = 100;
  const green = [0, 128, 47, 255];
  const bytes = new Uint8Array(size * size * 4);
  for (let n = 0; n < size * size; n += 1) {
    const shade = n % 300;
    bytes.set(n < 2 ? green : [shade & 0xff, shade & 0xff, shade >> 8, 255], n * 4);
  }
  const png = smallPng({ width: size, height: size, bytes });
  // after the filter of the first row
  const [, place = 0] = inflateSync(chunkOf(png, 'IDAT'));
  const palette = chunkOf(png, 'PLTE');
  expect(palette).toHaveLength(256 * 3);
  expect([...palette.subarray(place * 3, place * 3 + 3)]).toEqual(green.slice(0, 3));
});
