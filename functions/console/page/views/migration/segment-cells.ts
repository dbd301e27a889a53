import type { SegmentList } from '../../api/schema.ts';
import { count, counted } from '../../parts/formats.ts';

export type SegmentState = SegmentList['segments'][number]['state'];
type Segments = SegmentList['segments'];

/** The words for each state, in the order in which a segment comes through them. */
export const SEGMENT_LABELS: Readonly<Record<SegmentState, string>> = {
  counted: 'Counted',
  surveyed: 'Surveyed',
  copying: 'Copying',
  copied: 'Copied',
  verified: 'Verified',
  cleaned: 'Cleaned up',
  differs: 'Differs',
};
export const SEGMENT_STATES: readonly SegmentState[] = [
  ...(['counted', 'surveyed', 'copying', 'copied', 'verified', 'cleaned', 'differs'] as const),
];

/** Returns how many segments are in each state. */
export const countStates = (segments: Segments): Readonly<Record<SegmentState, number>> => {
  const counts = { counted: 0, surveyed: 0, copying: 0, copied: 0, verified: 0, cleaned: 0, differs: 0 };
  for (const { state } of segments) counts[state] += 1;
  return counts;
};

/** Says in one line what the map shows. */
export const mapWords = (segments: Segments): string => {
  const counts = countStates(segments);
  const parts = SEGMENT_STATES.flatMap((state) =>
    counts[state] > 0 ? [`${count(counts[state])} ${SEGMENT_LABELS[state].toLowerCase()}`] : [],
  );
  return `${counted(segments.length, 'segment')}: ${parts.join(', ')}`;
};

/** Says what one segment is: `Segment 12: Copied, 1,284 items`. */
export const segmentWords = ({ number, items, state }: Segments[number]): string =>
  `Segment ${number}: ${SEGMENT_LABELS[state]}, ${counted(items, 'item')}`;

/** A grid of square cells that fills a width. */
export interface Grid {
  readonly columns: number;
  readonly rows: number;
  /** Length of a cell with its gap, in CSS pixels. */
  readonly pitch: number;
  readonly gap: number;
}

const PITCH = { most: 26, least: 8 };
/** Height that a map has at most, in CSS pixels: it must not push the rest out of sight. */
const MAX_HEIGHT = 260;

/** Returns the grid for so many cells: large cells while they fit, small ones for a thousand. */
export const gridFor = (cells: number, width: number): Grid => {
  const grid = (pitch: number): Grid => {
    const columns = Math.max(1, Math.floor(width / pitch));
    return { columns, rows: Math.ceil(cells / columns), pitch, gap: pitch >= 14 ? 3 : 2 };
  };
  for (let pitch = PITCH.most; pitch > PITCH.least; pitch -= 1)
    if (grid(pitch).rows * pitch <= MAX_HEIGHT) return grid(pitch);
  return grid(PITCH.least);
};

/** Returns the place in the list of the cell under a point; undefined if there is none. */
export const cellAt = ({ columns, pitch }: Grid, cells: number, x: number, y: number): number | undefined => {
  const column = Math.floor(x / pitch);
  const place = Math.floor(y / pitch) * columns + column;
  return x >= 0 && y >= 0 && column < columns && place < cells ? place : undefined;
};
