import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import type { ReactNode } from 'react';
import type { Figures, MigrationDetail } from '../../api/schema.ts';
import { useGet } from '../../api/use-get.ts';
import { useNow } from '../../parts/clock.ts';
import { FindingLine } from '../../parts/finding-line.tsx';
import { bytes, count, counted, duration, percent, ticking } from '../../parts/formats.ts';
import { isClosed, MigrationStatus, type Status } from '../../parts/migration-status.tsx';
import { StageLane } from '../../parts/stage-lane.tsx';
import { Countdown } from '../../parts/time.tsx';
import { paths, To } from '../../parts/to.tsx';
import { backlogFigure } from './backlog-words.ts';
import { paceReasons } from './pace.ts';
import { type Pass, RATE_MS } from './pass.ts';
import { rateNumber } from './rate-words.ts';
import { rateOver, type Sample } from './samples.ts';
import { type Tape, tapesOf } from './tape.ts';

const MOST_TABLES = 100;

interface OverviewProps {
  readonly detail: MigrationDetail;
  readonly figures: Figures | undefined;
  readonly samples: readonly Sample[];
  readonly pass: Pass | undefined;
}

/** The state of a migration: its stages, the figures that matter, and what sets its pace. */
export const Overview = ({ detail, figures, samples, pass }: OverviewProps) => {
  const now = useNow();
  const { migration, execution, liveTable } = detail;
  const isThrottled = (figures?.throttles ?? 0) > 0 && !isClosed(migration.status);
  const tables = useGet(
    '/tables',
    { query: { tier: migration.target.tier, limit: MOST_TABLES } },
    { enabled: isThrottled },
  );
  const reasons = paceReasons({ detail, figures, samples, pass, now, tables: tables.data?.value.tables });
  return (
    <Container
      header={
        <Header
          actions={<MigrationStatus migration={{ ...migration, execution }} />}
          description={`${migration.tenantId} lives in ${liveTable}`}
        >
          State
        </Header>
      }
    >
      {!migration.dryRun && <Progress {...{ detail, figures, samples, pass }} />}
      <h3 className="mig-pace-title">{paceTitle(migration.status)}</h3>
      <ul className="mig-pace">
        {reasons.map(({ key, level, what, todo }) => (
          <li key={key}>
            <FindingLine level={level}>
              {what} {todo} {key === 'queued' && <To path={paths.queue}>Open the queue</To>}
            </FindingLine>
          </li>
        ))}
      </ul>
    </Container>
  );
};

const paceTitle = (status: Status): string => {
  if (isClosed(status)) return 'Outcome';
  return status === 'holding' || status === 'rollingBack' ? 'What happens now' : 'What sets the pace';
};

/** The progress of a move, as a lane and in figures; a dry run has neither. */
const Progress = ({ detail, figures, samples, pass }: OverviewProps) => {
  const { migration, items } = detail;
  const copied = items.total > 0 ? items.copied / items.total : undefined;
  return (
    <>
      <StageLane migration={migration} copied={copied} />
      <dl className="mig-figures">
        <Done pass={pass} isPending={detail.rollback !== null && detail.rollback.step !== 'discarding'} />
        {isMeasured(migration) ? (
          <Running {...{ figures, samples, pass, status: migration.status }} />
        ) : (
          <Totals detail={detail} figures={figures} />
        )}
        <LastFigure detail={detail} />
      </dl>
    </>
  );
};

/** True while the speed matters: before the flip, and while the migration is undone. */
const isMeasured = ({ status, flippedAt }: MigrationDetail['migration']): boolean =>
  status === 'rollingBack' || (flippedAt === undefined && !isClosed(status));

const limitNote = (limit: number | null | undefined): string => {
  if (limit === undefined) return 'write units';
  return limit === null ? 'write units, no limit' : `write units, of ${count(limit)}/s`;
};

interface DoneProps {
  readonly pass: Pass | undefined;
  /** True for a rollback that does not delete copies yet. */
  readonly isPending: boolean;
}

const Done = ({ pass, isPending }: DoneProps) => {
  if (!pass) return <Figure label="Items">–</Figure>;
  const { label, done, total } = pass;
  if (isPending)
    return (
      <Figure label={label} note="not begun">
        –
      </Figure>
    );
  // beside the label, where there is room for it: a note of two lines would move what is below
  const share = total === 0 ? '' : ` (${percent(done / total)})`;
  return (
    <Figure label={`${label}${share}`} note={`of ${counted(total, 'item')}`}>
      {count(done)}
    </Figure>
  );
};

interface RunningProps extends Pick<OverviewProps, 'figures' | 'samples' | 'pass'> {
  readonly status: Status;
}

/** Figures of a migration that works towards its flip or its undoing: how fast it is. */
const Running = ({ figures, samples, pass, status }: RunningProps) => {
  const { label = '', rate, leftMs } = pass ?? {};
  const write = rateOver(samples, 'writeUnits', RATE_MS);
  const left = backlogFigure(status, figures?.backlog);
  return (
    <>
      <Figure label="Rate" note={`items, over ${ticking(RATE_MS)}`}>
        {perSecond(rate)}
      </Figure>
      {status === 'rollingBack' ? (
        <Figure label="Time left" note={leftMs === undefined ? 'not known' : `until ${label.toLowerCase()}`}>
          {leftMs === undefined ? '–' : ticking(leftMs)}
        </Figure>
      ) : (
        <FlipIn figures={figures} status={status} />
      )}
      <Figure label="Write capacity" note={limitNote(figures?.limits.writeUnitsPerSecond)}>
        {perSecond(write)}
      </Figure>
      <Figure label="Left to apply" note={left.note}>
        {left.value}
      </Figure>
    </>
  );
};

/** Time until the predicted flip. */
const FlipIn = ({ figures, status }: Pick<RunningProps, 'figures' | 'status'>) => {
  const now = useNow();
  const at = figures?.expectedFlipAt ?? null;
  if (status === 'cuttingOver')
    return (
      <Figure label="Flip in" note="writes wait for it">
        seconds
      </Figure>
    );
  return (
    <Figure label="Flip in" note={at === null ? 'not known' : 'at the speed so far'}>
      {at === null ? '–' : ticking(Math.max(0, Date.parse(at) - now))}
    </Figure>
  );
};

const perSecond = (rate: number | undefined): string => (rate === undefined ? '–' : `${rateNumber(rate)}/s`);

/** Figures of a migration after the flip, or after its end: what it took. */
const Totals = ({ detail, figures }: Pick<OverviewProps, 'detail' | 'figures'>) => {
  const { flippedAt, stages, requestedAt } = detail.migration;
  const startedAt = stages.provision?.startedAt ?? requestedAt;
  const used = Object.values(figures?.units ?? {});
  const sum = (kind: 'read' | 'write') =>
    figures === undefined ? '–' : count(used.reduce((all, units) => all + units[kind], 0));
  return (
    <>
      <Figure label="Size" note="copied to the target">
        {figures === undefined ? '–' : bytes(figures.bytesCopied)}
      </Figure>
      <Figure
        label="Time to the flip"
        note={flippedAt === undefined ? 'it did not flip' : 'from the first work'}
      >
        {flippedAt === undefined ? '–' : ticking(Date.parse(flippedAt) - Date.parse(startedAt))}
      </Figure>
      <Figure label="Write units" note="used so far">
        {sum('write')}
      </Figure>
      <Figure label="Read units" note="used so far">
        {sum('read')}
      </Figure>
    </>
  );
};

const gapNote = ({ status }: MigrationDetail['migration'], tape: Tape | undefined): string => {
  if (tape) return tape.direction === 'forward' ? 'from fence to flip' : 'of the flip back';
  return isClosed(status) ? 'it did not flip' : 'before the cutover';
};

/** The write gap once there is one; in the hold, until when a rollback is safe. */
const LastFigure = ({ detail: { migration, rollbackUntil } }: { readonly detail: MigrationDetail }) => {
  const now = useNow();
  if (rollbackUntil !== null && Date.parse(rollbackUntil) <= now)
    return (
      <Figure label="Hold" note="rollback is safe until the clean-up">
        over
      </Figure>
    );
  if (rollbackUntil !== null)
    return (
      <Figure label="Rollback is safe for" note="no write is lost">
        <Countdown until={rollbackUntil} />
      </Figure>
    );
  const tape = tapesOf(migration).at(-1);
  return (
    <Figure label="Write gap" note={gapNote(migration, tape)}>
      {tape ? duration(tape.gapMs) : '–'}
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
