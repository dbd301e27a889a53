import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { ReactNode } from 'react';
import type { Figures, MigrationDetail } from '../../api/schema.ts';
import { count, duration, percent, perSecond, ticking } from '../../parts/formats.ts';
import { MigrationStatus } from '../../parts/migration-status.tsx';
import { StageLane } from '../../parts/stage-lane.tsx';
import { Countdown } from '../../parts/time.tsx';
import { paths, To } from '../../parts/to.tsx';
import type { PaceReason } from './pace.ts';
import { type Pass, RATE_MS } from './pass.ts';
import { rateOver, type Sample } from './samples.ts';
import { tapesOf } from './tape.ts';

interface OverviewProps {
  readonly detail: MigrationDetail;
  readonly figures: Figures | undefined;
  readonly samples: readonly Sample[];
  readonly pass: Pass | undefined;
  readonly reasons: readonly PaceReason[];
}

/** Where a migration stands: its stages, the figures that matter, and what sets its pace. */
export const Overview = ({ detail, figures, samples, pass, reasons }: OverviewProps) => {
  const { migration, execution, items } = detail;
  const copied = items.total > 0 ? items.copied / items.total : undefined;
  return (
    <Container
      header={<Header actions={<MigrationStatus migration={{ ...migration, execution }} />}>State</Header>}
    >
      <StageLane migration={migration} copied={copied} />
      <dl className="mig-figures">
        <PassFigures pass={pass} />
        <Figure label="Write capacity" note={limitNote(figures?.limits.writeUnitsPerSecond)}>
          {units(rateOver(samples, 'writeUnits', RATE_MS))}
        </Figure>
        <Figure label="Left to apply" note="changed keys">
          {figures === undefined ? '–' : figures.backlog === null ? 'few' : count(figures.backlog)}
        </Figure>
        <LastFigure detail={detail} />
      </dl>
      <h3 className="mig-pace-title">What sets the pace</h3>
      <ul className="mig-pace">
        {reasons.map(({ key, level, what, todo }) => (
          <li key={key}>
            <StatusIndicator type={level}>
              {what}
              {todo !== undefined && <span className="mig-todo"> {todo}</span>}
            </StatusIndicator>{' '}
            {key === 'queued' && <To path={paths.queue}>Open the queue</To>}
          </li>
        ))}
      </ul>
    </Container>
  );
};

const units = (rate: number | undefined): string => (rate === undefined ? '–' : `${perSecond(rate)}`);

const limitNote = (limit: number | null | undefined): string => {
  if (limit === undefined) return 'write units';
  return limit === null ? 'write units, no limit' : `write units of ${count(limit)}/s`;
};

const PassFigures = ({ pass }: { readonly pass: Pass | undefined }) => {
  if (!pass)
    return (
      <>
        <Figure label="Items">–</Figure>
        <Figure label="Rate">–</Figure>
        <Figure label="Time left">–</Figure>
      </>
    );
  const { label, done, total, rate, leftMs } = pass;
  const share = total === 0 ? undefined : done / total;
  return (
    <>
      <Figure
        label={label}
        note={`of ${count(total)} items${share === undefined ? '' : ` (${percent(share)})`}`}
      >
        {count(done)}
      </Figure>
      <Figure label="Rate" note={`items, over ${duration(RATE_MS)}`}>
        {rate === undefined ? '–' : perSecond(rate)}
      </Figure>
      <Figure label="Time left" note={leftMs === undefined ? 'not known' : `until ${label.toLowerCase()}`}>
        {leftMs === undefined ? '–' : ticking(leftMs)}
      </Figure>
    </>
  );
};

/** The write gap once there is one; in the hold, until when a rollback is safe. */
const LastFigure = ({ detail: { migration, rollbackUntil } }: { readonly detail: MigrationDetail }) => {
  if (rollbackUntil !== null)
    return (
      <Figure label="Rollback is safe for" note="no write is lost">
        <Countdown until={rollbackUntil} />
      </Figure>
    );
  const gap = tapesOf(migration).at(-1)?.gapMs;
  return (
    <Figure label="Write gap" note={gap === undefined ? 'before the cutover' : 'from fence to flip'}>
      {gap === undefined ? '–' : duration(gap)}
    </Figure>
  );
};

interface FigureProps {
  readonly label: string;
  readonly note?: string;
  readonly children: ReactNode;
}

const Figure = ({ label, note, children }: FigureProps) => (
  <div>
    <dt>{label}</dt>
    <dd>
      <span className="mig-value">{children}</span>
      <span className="note">{note ?? ' '}</span>
    </dd>
  </div>
);
