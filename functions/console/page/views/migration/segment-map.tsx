import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { SegmentList } from '../../api/schema.ts';
import { count } from '../../parts/formats.ts';
import { useIsDark } from '../../shell/theme.ts';
import { drawSegments } from './draw-segments.ts';
import {
  cellAt,
  countStates,
  type Grid,
  gridFor,
  mapWords,
  SEGMENT_LABELS,
  SEGMENT_STATES,
  segmentWords,
} from './segment-cells.ts';

type Segments = SegmentList['segments'];

/** Returns where a key leads to from a cell; undefined for a key that does not move. */
const moved = (key: string, from: number, cells: number, { columns }: Grid): number | undefined => {
  const steps: Readonly<Record<string, number>> = {
    ...{ ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns },
    ...{ Home: -cells, End: cells },
  };
  const step = steps[key];
  return step === undefined ? undefined : Math.min(cells - 1, Math.max(0, from + step));
};

/**
 * The segments as a map coloured by state: one canvas, however many there are. The pointer or the arrow keys choose a
 * segment, which is described in words.
 */
export const SegmentMap = ({ segments }: { readonly segments: Segments }) => {
  const place = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [chosen, setChosen] = useState<number>();
  const isDark = useIsDark();
  const grid = gridFor(segments.length, width);
  useEffect(() => {
    const { current } = place;
    if (!current) return undefined;
    const resized = new ResizeObserver(() => setWidth(current.clientWidth));
    resized.observe(current);
    return () => resized.disconnect();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the canvas takes its colours from the theme
  useEffect(() => {
    const { current } = canvas;
    if (current && width > 0) drawSegments(current, segments, gridFor(segments.length, width), chosen);
  }, [segments, width, chosen, isDark]);
  const at = segments[chosen ?? -1];
  const onKeyDown = (event: KeyboardEvent) => {
    const next = moved(event.key, chosen ?? 0, segments.length, grid);
    if (next === undefined) return;
    event.preventDefault();
    setChosen(chosen === undefined ? 0 : next);
  };
  return (
    <div className="mig-map">
      <div
        ref={place}
        className="mig-map-place"
        role="slider"
        tabIndex={0}
        aria-label="Segment of the map"
        aria-valuemin={0}
        aria-valuemax={Math.max(0, segments.length - 1)}
        aria-valuenow={chosen ?? 0}
        aria-valuetext={at ? segmentWords(at) : mapWords(segments)}
        onKeyDown={onKeyDown}
        onPointerMove={({ nativeEvent: { offsetX, offsetY } }) =>
          setChosen(cellAt(grid, segments.length, offsetX, offsetY))
        }
        onPointerLeave={() => setChosen(undefined)}
      >
        <canvas
          ref={canvas}
          style={{ inlineSize: grid.columns * grid.pitch, blockSize: grid.rows * grid.pitch }}
        />
      </div>
      <p className="mig-map-words">{at ? segmentWords(at) : mapWords(segments)}</p>
      <Legend segments={segments} />
    </div>
  );
};

const Legend = ({ segments }: { readonly segments: Segments }) => {
  const counts = countStates(segments);
  return (
    <ul className="mig-legend">
      {SEGMENT_STATES.map((state) => (
        <li key={state} className={counts[state] === 0 ? 'mig-legend-none' : undefined}>
          <span className={`mig-swatch mig-swatch-${state}`} aria-hidden="true" />
          {SEGMENT_LABELS[state]} {count(counts[state])}
        </li>
      ))}
    </ul>
  );
};
