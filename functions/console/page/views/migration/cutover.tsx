import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { sentence } from '../../api/problem.ts';
import type { Migration, MigrationDetail } from '../../api/schema.ts';
import { useGet } from '../../api/use-get.ts';
import { useNow } from '../../parts/clock.ts';
import { counted, duration } from '../../parts/formats.ts';
import { isClosed } from '../../parts/migration-status.tsx';
import { Countdown, Time } from '../../parts/time.tsx';
import { cutoversWithoutFlip } from './cutovers-without-flip.ts';
import { type Tape, tapesOf } from './tape.ts';

const DIRECTIONS = { forward: 'Flip to the target', reverse: 'Flip back to the source' } as const;

/** The cutover: before it what it waits for, after it its tape, and until when a rollback is safe. */
export const Cutover = ({ detail }: { readonly detail: MigrationDetail }) => {
  const { migration, rollbackUntil } = detail;
  const tapes = tapesOf(migration);
  return (
    <Container fitHeight header={<Header description="How long writes were fenced, and why">Cutover</Header>}>
      {tapes.map((tape) => (
        <TapeView key={tape.direction} tape={tape} />
      ))}
      {tapes.length === 0 && (
        <p className="mig-plain">
          {before(migration)} <Expected migration={migration} />
        </p>
      )}
      <Abandoned migration={migration} />
      {rollbackUntil !== null && <SafeUntil at={rollbackUntil} />}
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

/** Time for which the plan expects writes to be fenced. */
const Expected = ({ migration: { migrationId, status } }: { readonly migration: Migration }) => {
  const isToCome = !isClosed(status) && status !== 'rollingBack';
  const plan = useGet(
    '/migrations/{migrationId}/plan',
    { params: { migrationId } },
    { enabled: isToCome && status !== 'queued' && status !== 'planning', isLive: false },
  );
  const ms = plan.data?.value.plan.estimate.fenceMs;
  return isToCome && ms !== undefined ? `The plan expects a write gap of at least ${duration(ms)}.` : null;
};

/** Says what a cutover waits for that has not come. */
const before = ({ status, cutoverHeld, dryRun }: Migration): string => {
  if (dryRun) return 'A dry run has no cutover.';
  if (isClosed(status)) return 'It ended before the flip: the tenant’s writes were never moved.';
  if (status === 'rollingBack') return 'It is undone before the flip: the tenant stays on the source.';
  if (cutoverHeld) return 'It is held until an operator releases it.';
  if (status === 'cuttingOver') return 'Writes are fenced now; the flip follows within seconds.';
  return 'It begins by itself once the copy is complete and little is left to apply.';
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

const TapeView = ({ tape: { direction, gapMs, moments } }: { readonly tape: Tape }) => (
  <div className="mig-tape">
    <h3>
      {DIRECTIONS[direction]}: write gap {duration(gapMs)}
    </h3>
    <div className="mig-tape-bar" aria-hidden="true">
      {moments.map(({ key, ms }) => (
        <span key={key} style={{ insetInlineStart: `${gapMs === 0 ? 0 : (ms / gapMs) * 100}%` }} />
      ))}
    </div>
    <ol>
      {moments.map(({ key, label, what, ms }, n) => (
        <li key={key}>
          <span className="mig-tape-ms">{ms.toLocaleString('en-US')} ms</span>
          <span>
            <strong>{label}</strong>: {what}
            {n > 0 && (
              <span className="note"> (+{(ms - (moments[n - 1]?.ms ?? 0)).toLocaleString('en-US')} ms)</span>
            )}
          </span>
        </li>
      ))}
    </ol>
  </div>
);
