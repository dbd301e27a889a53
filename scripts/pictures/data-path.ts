import type { Diagram } from './diagram.ts';

/** The path of a tenant's items from the source to the target, and of the application's reads and writes to them. */
export const dataPath: Diagram = {
  width: 860,
  height: 380,
  title:
    'The application reads and writes through the router, which asks the route for the live table: the source until the flip, the target after it. Tierferry copies the source to the target in segments. Changes of the source come through its stream to the journal, which holds keys only; each journalled key is read on the source again and applied to the target. Both tables are compared before the flip.',
  boxes: [
    {
      x: 20,
      y: 140,
      width: 150,
      height: 100,
      tone: 'plain',
      title: 'Your application',
      lines: ['reads and writes', 'through TenantRouter'],
    },
    {
      x: 232,
      y: 150,
      width: 118,
      height: 80,
      tone: 'ours',
      title: 'Route',
      lines: ['names the', 'live table'],
    },
    {
      x: 380,
      y: 20,
      width: 200,
      height: 76,
      tone: 'live',
      title: 'Source',
      lines: ['table of tier basic', 'shared by many tenants'],
    },
    {
      x: 380,
      y: 284,
      width: 200,
      height: 76,
      tone: 'live',
      title: 'Target',
      lines: ['table of tier advanced,', 'or one of the tenant’s own'],
    },
    {
      x: 652,
      y: 150,
      width: 188,
      height: 80,
      tone: 'ours',
      title: 'Journal',
      lines: ['keys that changed,', 'no values'],
    },
  ],
  arrows: [
    {
      points: [
        [170, 190],
        [232, 190],
      ],
    },
    {
      points: [
        [95, 140],
        [95, 58],
        [380, 58],
      ],
    },
    {
      points: [
        [95, 240],
        [95, 322],
        [380, 322],
      ],
      isLater: true,
    },
    {
      points: [
        [430, 96],
        [430, 284],
      ],
    },
    {
      points: [
        [540, 190],
        [540, 96],
      ],
    },
    {
      points: [
        [540, 190],
        [540, 284],
      ],
    },
    {
      points: [
        [580, 58],
        [746, 58],
        [746, 150],
      ],
    },
    {
      points: [
        [746, 230],
        [746, 322],
        [580, 322],
      ],
    },
  ],
  labels: [
    { x: 201, y: 182, text: 'asks', anchor: 'middle' },
    { x: 106, y: 48, text: 'reads and writes, until the flip' },
    { x: 106, y: 342, text: 'reads and writes, after the flip' },
    { x: 438, y: 180, text: 'copy, in', isStrong: true },
    { x: 438, y: 197, text: 'segments', isStrong: true },
    { x: 548, y: 180, text: 'compare,', isStrong: true },
    { x: 548, y: 197, text: 'then flip', isStrong: true },
    { x: 592, y: 48, text: 'capture, from the stream', isStrong: true },
    { x: 592, y: 342, text: 'apply: read the source again', isStrong: true },
  ],
};
