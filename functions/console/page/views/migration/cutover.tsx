import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { sentence } from '../../api/problem.ts';
import type { Migration, MigrationDetail } from '../../api/schema.ts';
import { useGet } from '../../api/use-get.ts';
import { useNow } from '../../parts/clock.ts';
import { count, counted, duration } from '../../parts/formats.ts';
import { isClosed } from '../../parts/migration-status.tsx';
import { Countdown, Time } from '../../parts/time.tsx';
import { cutoverWords, willFlip } from './cutover-words.ts';
import { cutoversWithoutFlip } from './cutovers-without-flip.ts';
import { presentTape, type Tape, type TapeMoment, tapesOf } from './tape.ts';

const DIRECTIONS = { forward: 'Flip to the target', reverse: 'Flip back to the source' } as const;

/** The cutover: what it waits for, its tape, and until when a rollback is safe. */
export const Cutover = ({ detail }: { readonly detail: MigrationDetail }) => {
  const { migration, rollbackUntil } = detail;
  const present = presentTape(migration);
  const expected = useExpectedGap(migration);
  const earlier = tapesOf(migration).filter(({ direction }) => direction !== present?.direction);
  return (
    <Container fitHeight header={<Header description="How long writes were fenced, and why">Cutover</Header>}>
      {present && <TapeView tape={present} />}
      <div className={isClosed(migration.status) ? undefined : 'mig-cutover-words'}>
        {earlier.map((tape) => (
          <details key={tape.direction} className="mig-tape-earlier">
            <summary>{titleOf(tape)}</summary>
            <TapeBody tape={tape} />
          </details>
        ))}
        {present?.gapMs === undefined && <p className="mig-plain">{`${cutoverWords(detail)}${expected}`}</p>}
        <Abandoned migration={migration} />
        {rollbackUntil !== null && <SafeUntil at={rollbackUntil} />}
      </div>
    </Container>
  );
};

/** Until when a rollback is safe. The workflow polls for the end of the hold, so the clean-up begins somewhat later. */
const SafeUntil = ({ at }: { readonly at: string }) => {
  const isOver = Date.parse(at) <= useNow();
  if (isOver)
    return (
      <p className="mig-plain">
        The hold ended at <Time at={at} />. Safe to roll back until the clean-up begins: no write is lost.
      </p>
    );
  return (
    <p className="mig-plain">
      Safe to roll back until <Time at={at} />, for another{' '}
      <strong>
        <Countdown until={at} />
      </strong>
      : no write is lost.
    </p>
  );
};

/** Returns a sentence about the time for which the plan expects writes to be fenced; empty if none is expected any more. */
const useExpectedGap = (migration: Migration): string => {
  const { migrationId, status } = migration;
  const isToCome = willFlip(migration);
  const plan = useGet(
    '/migrations/{migrationId}/plan',
    { params: { migrationId } },
    { enabled: isToCome && status !== 'queued' && status !== 'planning', isLive: false },
  );
  const ms = plan.data?.value.plan.estimate.fenceMs;
  return isToCome && ms !== undefined ? ` The plan expects a write gap of at least ${duration(ms)}.` : '';
};

/** Cutovers that gave up: writes were opened again, and nothing was lost. */
const Abandoned = ({ migration }: { readonly migration: Migration }) => {
  const { fences, cutoverFailure } = migration;
  const failed = cutoversWithoutFlip(migration);
  if (failed <= 0 || !fences) return null;
  return (
    <p className="mig-plain">
      {counted(failed, 'cutover')} gave up and opened writes again; writes were fenced for{' '}
      {duration(fences.totalMs)} in all.
      {cutoverFailure && ` The latest: ${sentence(cutoverFailure.cause)}`}
    </p>
  );
};

const titleOf = ({ direction, gapMs }: Tape): string =>
  `${DIRECTIONS[direction]}: ${gapMs === undefined ? 'not yet' : `write gap ${duration(gapMs)}`}`;

const TapeView = ({ tape }: { readonly tape: Tape }) => (
  <>
    <h3>{titleOf(tape)}</h3>
    <TapeBody tape={tape} />
  </>
);

const TapeBody = ({ tape: { gapMs, moments } }: { readonly tape: Tape }) => (
  <div className="mig-tape">
    <div className="mig-tape-bar" aria-hidden="true">
      {moments.map(({ key, ms }) =>
        ms === undefined ? null : <span key={key} style={{ insetInlineStart: `${share(ms, gapMs)}%` }} />,
      )}
    </div>
    <ol>
      {moments.map(({ key, label, what, ms }, n) => (
        <li key={key}>
          <span className="mig-tape-ms">
            {ms === undefined ? <NoTime isToCome={gapMs === undefined} /> : `${count(ms)} ms`}
          </span>
          <span className="mig-tape-ms note">{gainedWords(moments.slice(0, n), ms)}</span>
          <span>
            <strong>{label}</strong>: {what}
          </span>
        </li>
      ))}
    </ol>
  </div>
);

const NoTime = ({ isToCome }: { readonly isToCome: boolean }) => (
  <>
    <span aria-hidden="true">–</span>
    <span className="visually-hidden">{isToCome ? 'not yet' : 'no time'}</span>
  </>
);

/** Returns the place of a moment in the bar, in percent. */
const share = (ms: number, gapMs = 0): number => (gapMs === 0 ? 0 : (ms / gapMs) * 100);

/** Says how long a moment took since the one before that was measured. */
const gainedWords = (earlier: readonly TapeMoment[], ms: number | undefined): string => {
  const from = earlier.findLast((moment) => moment.ms !== undefined)?.ms;
  return from === undefined || ms === undefined ? '' : `+${count(ms - from)}`;
};
