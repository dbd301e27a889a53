import { definitionOf, type MachineName } from '../../state-machines/machines.ts';
import type { Arrow, Box, Diagram, Label, Tone } from './diagram.ts';
import { Machine, type Node, nodesOf, type State } from './machine-states.ts';

/* Draws a state machine from its ASL: stages one below the other, and the states of failures in a lane beside them. */

const WIDTH = 900;
const TEXT = 11.5;
const LINE = 16;
/** Mean width of a letter in a wide font, in px. */
const LETTER = { strong: 7, plain: 6.2 };
/** Letters of the longest line that is not broken before its arrow. */
const LONG_LINE = 23;
const LEFT = 16;
const LANE = { x: 728, width: 156 };
const PANEL_WIDTH = LANE.x - LEFT - 20;
const PAD = 10;
const GAP = { x: 14, y: 20, block: 22 };
const HEAD = 44;

const TONES: Readonly<Record<string, Tone>> = {
  Task: 'ours',
  Map: 'live',
  Parallel: 'ours',
  Choice: 'waits',
  Fail: 'fails',
};

/** Part of a picture from top to bottom: a stage with its states, or states between two stages. */
interface Block {
  readonly nodes: readonly Node[];
  /** Heading of a stage's panel; absent for states between two stages. */
  readonly heading?: { readonly name: string; readonly comment: string };
  /** States of the lane to which failures lead. */
  readonly caughtBy: ReadonlySet<string>;
}
interface PlacedBlock extends Block {
  readonly top: number;
  readonly bottom: number;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

/** Returns the picture of a state machine. @param title describes it in words. */
export const drawnMachine = (name: MachineName, title: string): Diagram => {
  const machine = Machine.parse(JSON.parse(definitionOf(name)));
  const path = mainPath(machine);
  const nodes = nodesOf(machine.States).map(broken);
  const lane = nodes.filter((node) => !path.has(node.name)).map(withFailures);
  const found = blocksOf(nodes.filter((node) => path.has(node.name)));
  const heading = { name, comment: machine.Comment ?? '' };
  const blocks = found.length === 1 ? found.map((block) => ({ ...block, heading })) : found;
  const width = boxWidth(blocks.flatMap((block) => block.nodes));
  const placed: PlacedBlock[] = [];
  for (const block of blocks) {
    const above = placed.at(-1);
    placed.push(placeBlock(block, above ? above.bottom + GAP.block : LEFT, width));
  }
  const states = placeLane(lane, placed);
  const bottom = Math.max(
    ...placed.map((block) => block.bottom),
    ...states.boxes.map(({ y, height }) => y + height),
  );
  return {
    width: WIDTH,
    height: bottom + LEGEND.length * LINE + 24,
    title,
    textSize: TEXT,
    panels: placed.flatMap(panelOf),
    boxes: [...placed.flatMap(({ boxes }) => boxes), ...states.boxes],
    arrows: [...placed.flatMap(({ arrows }) => arrows), ...between(placed, width), ...states.arrows],
    labels: [...placed.flatMap(headOf), ...legend(bottom + 26)],
  };
};

/** Returns the names of the states that a run without failures can enter. */
const mainPath = ({ StartAt, States }: Machine): ReadonlySet<string> => {
  const reached = new Set<string>([StartAt]);
  for (const name of reached) {
    const { Next, Default, Choices = [] } = States[name] ?? {};
    const next = Choices.map(({ Next: to }) => to);
    for (const to of [Next, Default, ...next]) if (to !== undefined && !isCaught(States, to)) reached.add(to);
  }
  return reached;
};

/** True if a Catch leads to the state, and the state is no wait. */
const isCaught = (states: Readonly<Record<string, State>>, name: string): boolean =>
  states[name]?.Type !== 'Wait' &&
  Object.values(states).some(({ Catch = [] }) => Catch.some(({ Next }) => Next === name));

/** Adds the states that can follow a failure of a state in the lane. */
const withFailures = (node: Node): Node => {
  const { Catch = [], Next } = node.state;
  const others = new Set(Catch.map(({ Next: to }) => to).filter((to) => to !== Next));
  return broken({ ...node, lines: [...node.lines, ...[...others].map((to) => `failure → ${to}`)] });
};

/** Breaks long lines before their arrow. */
const broken = (node: Node): Node => ({
  ...node,
  lines: node.lines.flatMap((line) => {
    const at = line.search(/ [→↺] /);
    return line.length > LONG_LINE && at > 0 ? [line.slice(0, at), line.slice(at + 1)] : [line];
  }),
});

const blocksOf = (nodes: readonly Node[]): Block[] => {
  const blocks: Block[] = [];
  for (const node of nodes) {
    const caughtBy = new Set((node.state.Catch ?? []).map(({ Next }) => Next));
    const [inner] = node.state.Branches ?? [];
    const { Comment: comment = '' } = node.state;
    const last = blocks.at(-1);
    if (inner || comment.startsWith('Stage '))
      blocks.push({
        heading: { name: node.name, comment },
        nodes: inner ? nodesOf(inner.States).map(broken) : [],
        caughtBy,
      });
    else if (last && !last.heading)
      blocks.splice(-1, 1, {
        nodes: [...last.nodes, node],
        caughtBy: new Set([...last.caughtBy, ...caughtBy]),
      });
    else blocks.push({ nodes: [node], caughtBy });
  }
  return blocks;
};

const columnsOf = (width: number): number => Math.floor((PANEL_WIDTH - 2 * PAD + GAP.x) / (width + GAP.x));

/** Returns a width in which the longest text fits, and with which boxes fill a row. */
const boxWidth = (nodes: readonly Node[]): number => {
  const needed = Math.max(
    ...nodes.map(({ name }) => name.length * LETTER.strong),
    ...nodes.flatMap(({ lines }) => lines.map((line) => line.length * LETTER.plain)),
  );
  const columns = columnsOf(needed + PAD);
  return Math.floor((PANEL_WIDTH - 2 * PAD - (columns - 1) * GAP.x) / columns);
};

const placeBlock = (block: Block, top: number, width: number): PlacedBlock => {
  const columns = columnsOf(width);
  const boxes: Box[] = [];
  let y = top + (block.heading ? HEAD : 0);
  for (let n = 0; n < block.nodes.length; n += columns) {
    const row = block.nodes.slice(n, n + columns);
    const height = LINE * Math.max(...row.map(({ lines }) => 1 + lines.length)) + 12;
    for (const [column, node] of row.entries())
      boxes.push({ ...boxOf(node), x: LEFT + PAD + column * (width + GAP.x), y, width, height });
    y += height + GAP.y;
  }
  const end = block.nodes.length > 0 ? y - GAP.y + (block.heading ? PAD : 0) : y;
  const arrows = block.nodes.flatMap(({ leadsOn }, n) => {
    const [from, to] = [boxes[n], boxes[n + 1]];
    return leadsOn && from && to ? [arrowBetween(from, to)] : [];
  });
  return { ...block, top, bottom: end, boxes, arrows };
};

const boxOf = ({ name, state: { Type }, lines }: Node): Pick<Box, 'tone' | 'title' | 'lines'> => ({
  tone: TONES[Type] ?? 'plain',
  title: name,
  lines,
});

const middle = ({ x, y, width, height }: Box) => ({ x: x + width / 2, y: y + height / 2 });

/** Returns an arrow to the box on the right, or to the first box of the next row. */
const arrowBetween = (from: Box, to: Box): Arrow => {
  if (from.y === to.y)
    return {
      points: [
        [from.x + from.width, middle(from).y],
        [to.x, middle(to).y],
      ],
    };
  const turn = from.y + from.height + GAP.y / 2 - 2;
  return {
    points: [
      [middle(from).x, from.y + from.height],
      [middle(from).x, turn],
      [middle(to).x, turn],
      [middle(to).x, to.y],
    ],
  };
};

const panelOf = ({ heading, top, bottom }: PlacedBlock): Box[] =>
  heading ? [{ x: LEFT, y: top, width: PANEL_WIDTH, height: bottom - top, tone: 'plain' }] : [];

const headOf = ({ heading, top }: PlacedBlock): Label[] =>
  heading
    ? [
        { x: LEFT + PAD, y: top + 18, text: heading.name, isStrong: true },
        { x: LEFT + PAD, y: top + 34, text: heading.comment },
      ]
    : [];

/** Returns an arrow from each block to the one below. */
const between = (blocks: readonly PlacedBlock[], width: number): Arrow[] => {
  const first = LEFT + PAD + width / 2;
  return blocks.slice(1).map((below, n) => {
    const above = blocks[n];
    const last = above?.heading ? undefined : above?.boxes.at(-1);
    const x = last ? middle(last).x : first;
    const y = above?.bottom ?? 0;
    const to = below.heading ? x : first;
    const turn = y + GAP.block / 2 - 2;
    return {
      points: [
        [x, y],
        [x, turn],
        [to, turn],
        [to, below.top],
      ],
    };
  });
};

/** Places the states of failures: each beside the blocks whose failures lead to it, or below the state before it. */
const placeLane = (nodes: readonly Node[], blocks: readonly PlacedBlock[]) => {
  const boxes: Box[] = [];
  const arrows: Arrow[] = [];
  for (const [n, node] of nodes.entries()) {
    const from = blocks.filter(({ caughtBy }) => caughtBy.has(node.name));
    const above = boxes.at(-1);
    const below = above ? above.y + above.height + GAP.block : LEFT;
    const y = Math.max(below, from[0]?.top ?? below);
    const least = LINE * (1 + node.lines.length) + 12;
    const height = Math.max(least, (from.at(-1)?.bottom ?? y) - y);
    const box: Box = { ...boxOf(node), tone: 'fails', x: LANE.x, width: LANE.width, y, height };
    if (above && nodes[n - 1]?.leadsOn) arrows.push(down(above, box));
    arrows.push(...from.map((block) => caught(block, box)));
    boxes.push(box);
  }
  return { boxes, arrows };
};

const down = (above: Box, below: Box): Arrow => ({
  points: [
    [middle(above).x, above.y + above.height],
    [middle(above).x, below.y],
  ],
});

/** Returns the arrow from a block's failures to the lane. */
const caught = ({ heading, top, bottom, boxes }: PlacedBlock, box: Box): Arrow => {
  const last = heading ? undefined : boxes.at(-1);
  const x = last ? last.x + last.width : LEFT + PANEL_WIDTH;
  const y = last ? (top + bottom) / 2 : top + HEAD / 2;
  return {
    points: [
      [x, y],
      [box.x, y],
    ],
    isLater: true,
  };
};

const LEGEND = [
  'Blue: a step. Green: a step for each segment. Yellow: a choice. Under a name: other states that can follow.',
  '↺: after a wait, back to that state. Dashed: after any failure.',
];

const legend = (y: number): Label[] => LEGEND.map((text, n) => ({ x: LEFT, y: y + n * LINE, text }));
