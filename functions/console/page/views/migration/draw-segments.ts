import type { SegmentList } from '../../api/schema.ts';
import type { Grid, SegmentState } from './segment-cells.ts';

type Segments = SegmentList['segments'];

const COLOURS: Readonly<Record<SegmentState, string>> = {
  counted: '--seg-counted',
  surveyed: '--seg-surveyed',
  copying: '--seg-copying',
  copied: '--seg-copied',
  verified: '--seg-verified',
  cleaned: '--seg-cleaned',
  differs: '--seg-differs',
};
/** Cells that are smaller have no sign: only their colour tells their state, and the words beside the map. */
const SIGN_PX = 10;

/** Draws all segments at once, and a frame around the chosen one. */
export const drawSegments = (
  canvas: HTMLCanvasElement,
  segments: Segments,
  grid: Grid,
  chosen: number | undefined,
): void => {
  const context = canvas.getContext('2d');
  if (!context) return;
  const scale = devicePixelRatio;
  canvas.width = Math.round(grid.columns * grid.pitch * scale);
  canvas.height = Math.round(grid.rows * grid.pitch * scale);
  context.scale(scale, scale);
  const style = getComputedStyle(canvas);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const colours = new Map(Object.entries(COLOURS).map(([state, name]) => [state, colour(name)]));
  const [sign, edge] = [colour('--seg-sign'), colour('--seg-edge')];
  const length = grid.pitch - grid.gap;
  for (const [place, { state }] of segments.entries()) {
    const x = (place % grid.columns) * grid.pitch;
    const y = Math.floor(place / grid.columns) * grid.pitch;
    context.fillStyle = colours.get(state) ?? '';
    context.fillRect(x, y, length, length);
    context.strokeStyle = edge;
    context.lineWidth = 1;
    context.strokeRect(x + 0.5, y + 0.5, length - 1, length - 1);
    if (length >= SIGN_PX) drawSign(context, state, { x, y, length }, sign);
    if (place !== chosen) continue;
    context.strokeStyle = colour('--tf-focus');
    context.lineWidth = 2;
    context.strokeRect(x + 1, y + 1, length - 2, length - 2);
  }
};

interface Cell {
  readonly x: number;
  readonly y: number;
  readonly length: number;
}

/** Draws a sign by which a state is known without its colour. */
const drawSign = (
  context: CanvasRenderingContext2D,
  state: SegmentState,
  { x, y, length }: Cell,
  colour: string,
): void => {
  const [near, far, middle] = [length * 0.3, length * 0.7, length / 2];
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1.5;
  context.beginPath();
  switch (state) {
    case 'copying':
      context.moveTo(x + near, y + middle);
      context.lineTo(x + far, y + middle);
      break;
    case 'verified':
      context.moveTo(x + near, y + middle);
      context.lineTo(x + middle, y + far);
      context.lineTo(x + far, y + near);
      break;
    case 'cleaned':
      context.arc(x + middle, y + middle, length * 0.18, 0, Math.PI * 2);
      break;
    case 'differs':
      context.moveTo(x + near, y + near);
      context.lineTo(x + far, y + far);
      context.moveTo(x + far, y + near);
      context.lineTo(x + near, y + far);
      break;
    default:
      return;
  }
  context.stroke();
};
