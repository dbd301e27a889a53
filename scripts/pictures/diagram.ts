import { element, escaped, svg } from './svg.ts';

export type Tone = 'plain' | 'live' | 'waits' | 'ours' | 'fails';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly tone: Tone;
  readonly title?: string;
  readonly lines?: readonly string[];
}

export interface Arrow {
  /** Points from the arrow's beginning to its head. */
  readonly points: ReadonlyArray<readonly [x: number, y: number]>;
  /** True if the arrow applies only later, after the flip; it is dashed. */
  readonly isLater?: boolean;
}

export interface Label {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly isStrong?: boolean;
}

export interface Diagram {
  readonly width: number;
  readonly height: number;
  /** Describes the picture in words. */
  readonly title: string;
  /** In px; 13 if absent. */
  readonly textSize?: number;
  /** Boxes behind arrows and other boxes. */
  readonly panels?: readonly Box[];
  readonly boxes: readonly Box[];
  readonly arrows?: readonly Arrow[];
  readonly labels?: readonly Label[];
}

const INK = '#1f2933';
const QUIET = '#52606d';
const TONES: Readonly<Record<Tone, { readonly fill: string; readonly stroke: string }>> = {
  plain: { fill: '#f5f7fa', stroke: '#9aa5b1' },
  live: { fill: '#e3f9e5', stroke: '#3f9142' },
  waits: { fill: '#fff3c4', stroke: '#cb6e17' },
  ours: { fill: '#e6f6ff', stroke: '#2680c2' },
  fails: { fill: '#ffe3e3', stroke: '#cf1124' },
};
const FONT = 'ui-sans-serif, -apple-system, Segoe UI, Helvetica, Arial, sans-serif';
const TEXT_SIZE = 13;
/** Distance between two lines beyond the text's size, in px. */
const LEADING = 4;
/** Length and half the width of an arrow's head, in px. */
const HEAD = { length: 9, half: 5 };

/** Returns a diagram as an SVG file. The same data makes the same bytes. */
export const drawDiagram = ({
  width,
  height,
  title,
  textSize = TEXT_SIZE,
  panels = [],
  boxes,
  arrows = [],
  labels = [],
}: Diagram): string =>
  svg({
    width,
    height,
    title,
    background: '#ffffff',
    border: '#cbd2d9',
    font: FONT,
    content: [
      ...panels.flatMap((one) => box(one, textSize)),
      ...arrows.map(arrow),
      ...boxes.flatMap((one) => box(one, textSize)),
      ...labels.map((one) => label(one, textSize)),
    ],
  });

const box = ({ x, y, width, height, tone, title, lines = [] }: Box, textSize: number): string[] => {
  const lineHeight = textSize + LEADING;
  const rows = [...(title === undefined ? [] : [title]), ...lines];
  const first = y + height / 2 - ((rows.length - 1) * lineHeight) / 2 + textSize / 3;
  return [
    element('rect', { x, y, width, height, rx: 6, ...TONES[tone] }),
    ...rows.map((text, n) =>
      label(
        {
          x: x + width / 2,
          y: Math.round(first + n * lineHeight),
          text,
          anchor: 'middle',
          isStrong: n === 0 && title !== undefined,
        },
        textSize,
      ),
    ),
  ];
};

const label = ({ x, y, text, anchor = 'start', isStrong = false }: Label, textSize: number): string =>
  element(
    'text',
    {
      x,
      y,
      'font-size': textSize,
      'text-anchor': anchor,
      'font-weight': isStrong ? 600 : undefined,
      fill: isStrong ? INK : QUIET,
    },
    escaped(text),
  );

const arrow = ({ points, isLater = false }: Arrow): string => {
  const [before, tip] = points.slice(-2);
  if (!before || !tip) throw new RangeError('an arrow needs at least two points');
  const length = Math.hypot(tip[0] - before[0], tip[1] - before[1]);
  const [dx, dy] = [(tip[0] - before[0]) / length, (tip[1] - before[1]) / length];
  const neck = [tip[0] - dx * HEAD.length, tip[1] - dy * HEAD.length] as const;
  const bentPath = (side: 1 | -1) => `${neck[0] - side * dy * HEAD.half},${neck[1] + side * dx * HEAD.half}`;
  const line = [...points.slice(0, -1), neck].map((point) => point.join(',')).join(' ');
  return [
    element('polyline', {
      points: line,
      fill: 'none',
      stroke: QUIET,
      'stroke-width': 1.5,
      'stroke-dasharray': isLater ? '5 4' : undefined,
    }),
    element('polygon', { points: `${tip.join(',')} ${bentPath(1)} ${bentPath(-1)}`, fill: QUIET }),
  ].join('\n');
};
