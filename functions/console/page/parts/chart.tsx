import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import { useIsDark } from '../shell/theme.ts';
import { once } from './once.ts';

export interface Series {
  readonly label: string;
  /** A value for each time; null where there is none. */
  readonly values: readonly (number | null)[];
}

interface ChartProps {
  /** Says what the chart shows, for those who do not see it; the numbers belong into the text beside it, too. */
  readonly label: string;
  /** Times in ms since 1970, ascending. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
  readonly height?: number;
}

const COLOURS = [
  '--tf-series-1',
  '--tf-series-2',
  '--tf-series-3',
  '--tf-series-4',
  '--tf-series-5',
] as const;
const DASHES: readonly (readonly number[])[] = [[], [6, 4], [2, 3], [10, 4, 2, 4], [1, 2]];

/** A time in the viewer's zone, as the page writes times. */
const clockFormat = once(
  () => new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' }),
);
const clockTime = (seconds: number): string => clockFormat().format(new Date(seconds * 1_000));
/** Least distance of two times on the axis, the axis's height, and room for half of the last time, in px. */
const TIME_AXIS = { space: 100, size: 34 } as const;
const RIGHT_PX = 42;

const dataOf = (times: readonly number[], series: readonly Series[]): UPlot.AlignedData => [
  times.map((ms) => ms / 1_000),
  ...series.map(({ values }) => [...values]),
];

/** Has the legend show the latest values while the pointer is elsewhere. */
const showLatest = ({ cursor, data, setLegend }: UPlot): void => {
  const last = data[0].length - 1;
  if (typeof cursor.idx !== 'number' && last >= 0) setLegend({ idx: last }, false);
};

const optionsOf = (
  { series, format, height = 160 }: Pick<ChartProps, 'series' | 'format' | 'height'>,
  width: number,
): UPlot.Options => {
  const style = getComputedStyle(document.body);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis: UPlot.Axis = {
    stroke: colour('--tf-muted'),
    grid: { stroke: colour('--tf-line'), width: 1 },
    ticks: { stroke: colour('--tf-line'), width: 1 },
    font: `12px ${style.fontFamily}`,
  };
  return {
    width,
    height,
    padding: [null, RIGHT_PX, null, null],
    cursor: { drag: { x: false, y: false } },
    hooks: { setLegend: [showLatest] },
    scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [
      { ...axis, ...TIME_AXIS, values: (_, ticks) => ticks.map(clockTime) },
      { ...axis, size: 76, values: (_, ticks) => ticks.map(format) },
    ],
    series: [
      { value: (_, seconds) => (seconds === null ? '–' : clockTime(seconds)) },
      ...series.map(
        ({ label }, n): UPlot.Series => ({
          label,
          stroke: colour(COLOURS[n % COLOURS.length] ?? COLOURS[0]),
          width: 2,
          // told apart without colour
          dash: [...(DASHES[n % DASHES.length] ?? [])],
          points: { show: false },
          value: (_, value) => (value === null ? '–' : format(value)),
        }),
      ),
    ],
  };
};

/** Values over time. New values are added without the chart being built again. */
export const Chart = ({ label, times, series, format, height }: ChartProps) => {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(undefined);
  const isDark = useIsDark();
  const names = series.map((one) => one.label).join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: only other colours or other series make another chart
  useEffect(() => {
    const { current } = place;
    if (!current) return undefined;
    const options = optionsOf(
      { series, format, ...(height === undefined ? {} : { height }) },
      current.clientWidth,
    );
    const drawn = new UPlot(options, dataOf(times, series), current);
    plot.current = drawn;
    const resized = new ResizeObserver(() =>
      drawn.setSize({ width: current.clientWidth, height: options.height }),
    );
    resized.observe(current);
    return () => {
      resized.disconnect();
      drawn.destroy();
    };
  }, [isDark, names, height]);
  useEffect(() => plot.current?.setData(dataOf(times, series)), [times, series]);
  return <div ref={place} className="chart" role="img" aria-label={label} />;
};
