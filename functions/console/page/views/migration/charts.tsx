import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { lazy, type ReactNode, Suspense, useMemo } from 'react';
import { Empty } from '../../parts/empty.tsx';
import { bytes, count, counted, ticking } from '../../parts/formats.ts';
import { isClosed, isUndone, type Status } from '../../parts/migration-status.tsx';
import { backlogWords } from './backlog-words.ts';
import { RATE_MS } from './pass.ts';
import { rateNumber, rateWords } from './rate-words.ts';
import { type Counter, rateOver, ratesOf, type Sample } from './samples.ts';

const Chart = lazy(() => import('../../parts/chart.tsx').then((part) => ({ default: part.Chart })));

const HEIGHT = 150;
/** A line has two rates at least, and a rate lies between two samples. */
const MIN_SAMPLES = 3;
const rateFormat = (value: number) => `${rateNumber(value)}/s`;
/** Ticks between two whole keys have no label. */
const keysFormat = (value: number) => (Number.isInteger(value) ? count(value) : '');

interface ChartsProps {
  readonly samples: readonly Sample[];
  readonly status: Status;
  /** True if figures change, so that there will be more to see. */
  readonly isWorking: boolean;
}

/** Throughput, backlog, throttles and capacity over time. */
export const Charts = ({ samples, status, isWorking }: ChartsProps) => {
  const isEmpty = samples.length < MIN_SAMPLES && !isWorking;
  // nothing is left to watch: the report holds the totals
  if (isEmpty && isClosed(status)) return null;
  return (
    <Container header={<Header description={spanWords(samples)}>Over time</Header>}>
      {isEmpty ? (
        <Empty title="No figures over time">
          Charts show what this page sees while a migration works. The report holds the totals.
        </Empty>
      ) : (
        <ChartGrid samples={samples} status={status} />
      )}
    </Container>
  );
};

/** Says what time the charts cover. */
const spanWords = (samples: readonly Sample[]): string | undefined => {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || first === last) return undefined;
  return `The ${ticking(last.at - first.at)} that this page has watched`;
};

const ChartGrid = ({ samples, status }: Pick<ChartsProps, 'samples' | 'status'>) => {
  const times = useMemo(() => samples.map(({ at }) => at), [samples]);
  const throughput = useMemo(
    () => [
      { label: 'Copied', values: ratesOf(samples, 'copied') },
      { label: 'Applied', values: samples.map(({ applied }) => applied) },
      { label: 'Compared', values: ratesOf(samples, 'compared') },
      isUndone(status)
        ? { label: 'Copies deleted', values: ratesOf(samples, 'discarded') }
        : { label: 'Cleaned up', values: ratesOf(samples, 'cleaned') },
    ],
    [samples, status],
  );
  const capacity = useMemo(
    () => [
      { label: 'Write units', values: ratesOf(samples, 'writeUnits') },
      { label: 'Read units', values: ratesOf(samples, 'readUnits') },
    ],
    [samples],
  );
  const throttles = useMemo(
    () => [{ label: 'Throttled calls', values: ratesOf(samples, 'throttles') }],
    [samples],
  );
  const last = samples.at(-1);
  const now = (counter: Counter, unit: string) => rateWords(rateOver(samples, counter, RATE_MS), unit);
  const isBegun = samples.length >= MIN_SAMPLES;
  return (
    <div className="mig-charts">
      <Figure
        isBegun={isBegun}
        title="Throughput"
        now={`${isBegun ? `${now('copied', 'items')} copied, ` : ''}${bytes(last?.bytes ?? 0)} in all`}
      >
        <Chart
          label="Items a second over time"
          {...{ times, series: throughput, height: HEIGHT }}
          format={rateFormat}
        />
      </Figure>
      <Figure
        isBegun={isBegun}
        title="Capacity"
        now={
          isBegun ? `${now('writeUnits', 'write units')}, ${now('readUnits', 'read units')}` : 'not known yet'
        }
      >
        <Chart
          label="Capacity units a second over time"
          {...{ times, series: capacity, height: HEIGHT }}
          format={rateFormat}
        />
      </Figure>
      <Figure
        isBegun={isBegun}
        title="Throttles"
        now={`${isBegun ? `${now('throttles', 'calls')}, ` : ''}${counted(last?.throttles ?? 0, 'call')} in all`}
      >
        <Chart
          label="Throttled calls a second over time"
          {...{ times, series: throttles, height: HEIGHT }}
          format={rateFormat}
        />
      </Figure>
      <Backlog {...{ samples, status, times, isBegun }} />
    </div>
  );
};

interface BacklogProps extends Pick<ChartsProps, 'samples' | 'status'> {
  readonly times: readonly number[];
  readonly isBegun: boolean;
}

const Backlog = ({ samples, status, times, isBegun }: BacklogProps) => {
  const series = useMemo(
    () => [{ label: 'Keys left', values: samples.map(({ backlog }) => backlog) }],
    [samples],
  );
  return (
    <Figure
      isBegun={isBegun}
      isEmpty={samples.every(({ backlog }) => backlog === null)}
      title="Backlog"
      now={backlogWords(status, samples.at(-1))}
    >
      <Chart
        label="Keys left to apply over time"
        {...{ times, series, height: HEIGHT }}
        format={keysFormat}
      />
    </Figure>
  );
};

interface FigureProps {
  readonly title: string;
  /** The present values, in words. */
  readonly now: string;
  /** False while there is nothing to draw. */
  readonly isBegun: boolean;
  /** True if no sample has a value. */
  readonly isEmpty?: boolean;
  readonly children: ReactNode;
}

/** A chart with the present values above it. The place of the chart is held while its code is read. */
const Figure = ({ title, now, isBegun, isEmpty = false, children }: FigureProps) => (
  <div className="mig-chart">
    <h3>{title}</h3>
    <p className="note">{now}</p>
    <div className="mig-chart-place">
      {isBegun && !isEmpty ? (
        <Suspense>{children}</Suspense>
      ) : (
        <p className="note">
          {isBegun ? 'This page has seen none.' : 'The chart starts with the next figures.'}
        </p>
      )}
    </div>
  </div>
);
