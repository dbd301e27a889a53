import type { Box, Diagram, Label, Tone } from './diagram.ts';

const LEFT = 118;
const TOP = 52;
const ROW = 46;
const GAP = 6;

/** Columns of the picture with their width in px; times are not to scale. */
const PHASES = [
  { name: 'copy, catch up', width: 170 },
  { name: 'short lease', width: 140 },
  { name: 'leases run out', width: 120 },
  { name: 'drain, compare', width: 120 },
  { name: 'hold', width: 210 },
] as const;

/** Rows of the picture. A span covers a number of columns; one with an empty text is not drawn. */
const ROWS: ReadonlyArray<{
  readonly name: string;
  readonly spans: ReadonlyArray<readonly [columns: number, tone: Tone, text: string]>;
}> = [
  {
    name: 'Route',
    spans: [
      [1, 'live', 'source, lease 30 s'],
      [1, 'live', 'source, lease 1 s'],
      [2, 'waits', 'source, fenced'],
      [1, 'live', 'target'],
    ],
  },
  {
    name: 'Reads',
    spans: [
      [4, 'live', 'go to the source'],
      [1, 'live', 'go to the target'],
    ],
  },
  {
    name: 'Writes',
    spans: [
      [2, 'live', 'go to the source'],
      [2, 'waits', 'wait'],
      [1, 'live', 'go to the target'],
    ],
  },
  {
    name: 'Journal',
    spans: [
      [4, 'ours', 'keys changed on the source: applied to the target'],
      [1, 'ours', 'keys changed on the target'],
    ],
  },
  {
    name: 'Comparison',
    spans: [
      [1, 'ours', 'all keys'],
      [1, 'plain', ''],
      [2, 'ours', 'keys touched since'],
      [1, 'ours', 'all keys, with the source'],
    ],
  },
];

const startOf = (column: number): number =>
  LEFT + PHASES.slice(0, column).reduce((sum, { width }) => sum + width, 0);

const boxesOf = ({ spans }: (typeof ROWS)[number], row: number): Box[] => {
  let column = 0;
  const boxes = spans.map(([columns, tone, text]) => {
    const [from, to] = [startOf(column), startOf(column + columns)];
    column += columns;
    return {
      x: from + GAP / 2,
      y: TOP + row * ROW,
      width: to - from - GAP,
      height: ROW - GAP,
      tone,
      lines: [text],
    };
  });
  return boxes.filter(({ lines: [text] }) => text !== '');
};

const WIDTH = startOf(PHASES.length) + 20;
const HEIGHT = TOP + ROWS.length * ROW + 34;
const FENCE = startOf(2);
const FLIP = startOf(4);

const phases: Label[] = PHASES.map(({ name, width }, n) => ({
  x: startOf(n) + width / 2,
  y: 38,
  text: name,
  anchor: 'middle',
  isStrong: true,
}));

/** The cutover: route, reads, writes, journal and comparison before the fence, under it, and after the flip. */
export const cutover: Diagram = {
  width: WIDTH,
  height: HEIGHT,
  title:
    'Time from left to right. The route names the source with a long lease, then a short one; then it is fenced, and after the flip it names the target. Reads go to the source until the flip and to the target after it. Writes wait under the fence only. Keys changed on the source are journalled and applied until the flip. All keys are compared before the fence, touched keys under it, and all keys again after the flip.',
  boxes: ROWS.flatMap(boxesOf),
  arrows: [
    {
      points: [
        [FENCE, HEIGHT - 22],
        [FENCE, HEIGHT - 38],
      ],
    },
    {
      points: [
        [FLIP, HEIGHT - 22],
        [FLIP, HEIGHT - 38],
      ],
    },
  ],
  labels: [
    ...phases,
    ...ROWS.map(({ name }, row) => ({ x: 20, y: TOP + row * ROW + 25, text: name, isStrong: true })),
    { x: FENCE, y: HEIGHT - 8, text: 'fence', anchor: 'middle', isStrong: true },
    { x: FLIP, y: HEIGHT - 8, text: 'flip', anchor: 'middle', isStrong: true },
  ],
};
