import { sentence } from '../../api/problem.ts';
import type { Event, Figures, Migration, MigrationDetail, TableRow } from '../../api/schema.ts';
import { count, counted, percent, ticking } from '../../parts/formats.ts';
import { isClosed } from '../../parts/migration-status.tsx';
import { cutoversWithoutFlip } from './cutovers-without-flip.ts';
import type { Pass } from './pass.ts';
import { RATE_MS } from './pass.ts';
import { rateWords } from './rate-words.ts';
import { rateOver, type Sample } from './samples.ts';

/** One thing that sets the pace of a migration, and what an operator can do about it. */
export interface PaceReason {
  readonly key: string;
  readonly level: 'error' | 'warning' | 'info' | 'success';
  readonly what: string;
  readonly todo?: string;
}

export interface PaceFacts {
  readonly detail: MigrationDetail;
  readonly figures: Figures | undefined;
  readonly samples: readonly Sample[];
  readonly pass: Pass | undefined;
  /** By the server's clock, in ms since 1970. */
  readonly now: number;
  /** Tables of the target's tier, if they are known. */
  readonly tables?: readonly TableRow[] | undefined;
  /** The latest event of the audit trail, if it is known. */
  readonly latest?: Event | undefined;
}

/** The share of a limit from which on the limit is what holds the work back. */
const USED_UP = 0.85;
/** Time without a gain after which a running pass is said to stand still, in ms. */
const STILL_MS = 120_000;
const SECOND_MS = 1_000;

const paceReason = (key: string, level: PaceReason['level'], what: string, todo?: string): PaceReason => ({
  key,
  level,
  what: sentence(what),
  ...(todo === undefined ? {} : { todo }),
});

type Rule = (facts: PaceFacts) => PaceReason | undefined;

const stopped: Rule = ({ detail: { execution, stoppedBy } }) => {
  if (execution !== 'stopped') return undefined;
  const reason = stoppedBy ? `: ${stoppedBy.error}: ${stoppedBy.cause}` : '';
  return paceReason('stopped', 'error', `Nothing works on it${reason}`, 'Mend the cause, then retry it.');
};

const queued: Rule = ({ detail: { migration } }) =>
  migration.status === 'queued' && !migration.dryRun
    ? paceReason('queued', 'info', 'It waits for its turn', 'The queue shows which limit it waits for.')
    : undefined;

const paused: Rule = ({ detail: { migration } }) =>
  migration.paused
    ? paceReason('paused', 'warning', 'It is paused; changes are captured meanwhile', 'Resume it.')
    : undefined;

const cutoverFailed: Rule = ({ detail: { migration } }) => {
  const { cutoverFailure: failed } = migration;
  if (!failed || isFlipped(migration)) return undefined;
  const past = failed.keysPastLeases;
  return paceReason(
    'cutover',
    'warning',
    `The latest of ${counted(cutoversWithoutFlip(migration), 'cutover')} gave up: ${failed.cause}`,
    past > 0
      ? `${counted(past, 'key')} were written past the router. Stop that writer, then release the cutover.`
      : 'It is tried again by itself.',
  );
};

const held: Rule = ({ detail: { migration } }) => {
  const { cutoverHeld, status, paused: isPaused } = migration;
  if (!cutoverHeld || isPaused || isFlipped(migration) || isClosed(status) || status === 'rollingBack')
    return undefined;
  return status === 'catchingUp'
    ? paceReason('held', 'info', 'The cutover is held until an operator releases it', 'Release the cutover.')
    : paceReason('held', 'info', 'The cutover will be held until an operator releases it');
};

const notConverging: Rule = ({ detail: { migration }, now }) => {
  const { convergence } = migration;
  if (!convergence) return undefined;
  const { backlog, journalledPerSecond: written, appliedPerSecond: applied, since } = convergence;
  const what = `The application changes ${rateWords(written, 'keys')} and ${rateWords(applied, 'keys')} are applied; ${count(backlog)} are left. It has been so for ${ticking(now - Date.parse(since))}`;
  return convergence.notConverging
    ? paceReason('convergence', 'warning', what, 'Raise the write limit, or wait for a quieter hour.')
    : paceReason('convergence', 'info', what);
};

const gap: Rule = ({ detail: { migration } }) =>
  migration.gap && !isClosed(migration.status)
    ? paceReason('gap', 'info', `All keys are compared again before the next flip: ${migration.gap.reason}`)
    : undefined;

/** Words for the consequence of a write without an answer that may still take effect, by the statuses that wait for it. */
const LATE_CALLS: Partial<Readonly<Record<Migration['status'], string>>> = {
  catchingUp: 'no flip comes before that',
  cuttingOver: 'no flip comes before that',
  cleaningUp: 'the clean-up does not end before that',
  rollingBack: 'the rollback does not end before that',
};

const lateCalls: Rule = ({ detail: { migration, rollback: undoing }, now }) => {
  const left = Date.parse(migration.lateCallsOutAt ?? '') - now;
  const consequence = LATE_CALLS[migration.status];
  if (!(left > 0) || consequence === undefined || undoing?.step === 'waiting') return undefined;
  return paceReason(
    'late',
    'info',
    `A write got no answer and may take effect for another ${ticking(left)}; ${consequence}`,
  );
};

const works = ({ detail: { migration, execution } }: PaceFacts): boolean =>
  execution === 'running' && !migration.paused && !isClosed(migration.status);

const limit =
  (kind: 'read' | 'write'): Rule =>
  (facts) => {
    const { figures, samples } = facts;
    const most = kind === 'read' ? figures?.limits.readUnitsPerSecond : figures?.limits.writeUnitsPerSecond;
    const used = rateOver(samples, kind === 'read' ? 'readUnits' : 'writeUnits', RATE_MS);
    if (!works(facts) || typeof most !== 'number' || used === undefined || used < most * USED_UP)
      return undefined;
    return paceReason(
      `limit-${kind}`,
      'info',
      `Its ${kind} limit of ${count(most)} units a second is used to ${percent(used / most)}`,
      'Raise the limit if neighbours in the table can spare it.',
    );
  };

/** Says how many write units the target has in all, if it has a maximum. */
const writeCapacityWords = ({ detail: { migration }, tables = [] }: PaceFacts): string => {
  const { table } = migration.target;
  const write = tables.find((one) => one.table === table)?.capacity?.write;
  return typeof write === 'number' ? `. ${table} has ${count(write)} write units/s for all its tenants` : '';
};

const throttled: Rule = (facts) => {
  const rate = rateOver(facts.samples, 'throttles', RATE_MS);
  if (!works(facts) || !rate) return undefined;
  return paceReason(
    'throttled',
    'warning',
    `DynamoDB throttles it (${rateWords(rate, 'calls')}): a table or a partition has no capacity left for it${writeCapacityWords(facts)}`,
    'It slows down by itself. Set a write limit so that the tenants beside it keep their capacity.',
  );
};

const standsStill: Rule = (facts) => {
  const { pass, samples, detail } = facts;
  const { status } = detail.migration;
  const isPass = status === 'copying' || status === 'cleaningUp';
  if (!works(facts) || !pass || !isPass || pass.done >= pass.total) return undefined;
  const last = samples.at(-1);
  const gained = samples.findLast((sample) => last && sample[pass.counter] < last[pass.counter]);
  const since = gained?.at ?? samples[0]?.at;
  if (!last || since === undefined || last.at - since < STILL_MS) return undefined;
  return paceReason(
    'still',
    'warning',
    `No item has been ${pass.label.toLowerCase()} for ${ticking(last.at - since)}`,
    'Open the execution, or run the doctor.',
  );
};

const rollback: Rule = (facts) => {
  const { cancellation, status } = facts.detail.migration;
  if (status !== 'rollingBack') return undefined;
  const who = cancellation ? `, requested by ${cancellation.by}: ${cancellation.reason}` : '';
  const level = cancellation ? 'info' : 'warning';
  return paceReason('rollback', level, `It is being undone${who}`, sentence(rollbackWords(facts)));
};

/** Says what a rollback does now, and what it waits for. */
const rollbackWords = ({ detail: { migration, rollback: undoing }, pass, now }: PaceFacts): string => {
  const { source, target, flippedAt } = migration;
  const hasReturned = flippedAt === undefined ? '' : `The tenant is in ${source.table} again. `;
  const from = target.table === undefined ? 'the target' : target.table;
  switch (undoing?.step) {
    case 'applying':
      return `Changes made since the flip are applied to ${source.table}; the flip back follows`;
    case 'fenced':
      return 'Writes are fenced for a moment; the flip back follows';
    case 'comparing':
      return `${hasReturned}${from} is compared with it before the copies are deleted`;
    case 'waiting': {
      const leftMs = Date.parse(undoing.waitsUntil ?? '') - now;
      return leftMs < SECOND_MS
        ? `${hasReturned}The copies are deleted from ${from} next`
        : `${hasReturned}A call that was made before may still arrive for ${ticking(leftMs)}; then the copies are deleted from ${from}`;
    }
    default:
      return pass && pass.done > 0
        ? `${hasReturned}The copies are deleted from ${from}: ${count(pass.done)} of ${counted(pass.total, 'item')} so far`
        : `${hasReturned}The copies are deleted from ${from}`;
  }
};

/** Stragglers refuse a rollback that would not discard them. */
const stragglers: Rule = ({ detail: { actions } }) => {
  const plain = actions.find(({ name }) => name === 'rollback');
  const discarding = actions.find(({ name }) => name === 'rollback-discarding');
  if (!discarding?.allowed || plain?.allowed !== false || plain.reason === null) return undefined;
  return paceReason('stragglers', 'warning', plain.reason);
};

const failed: Rule = ({ detail: { migration } }) =>
  migration.failure && migration.status !== 'completed' && migration.status !== 'cancelled'
    ? paceReason(
        'failed',
        'error',
        `${migration.failure.error}: ${migration.failure.cause}`,
        'Mend the cause, then retry it.',
      )
    : undefined;

const RULES: readonly Rule[] = [
  ...[
    stopped,
    failed,
    rollback,
    stragglers,
    paused,
    queued,
    cutoverFailed,
    notConverging,
    throttled,
    standsStill,
  ],
  ...[held, gap, lateCalls, limit('write'), limit('read')],
];

const isFlipped = ({ flippedAt }: MigrationDetail['migration']): boolean => flippedAt !== undefined;

/** Returns what sets the pace of a migration, the most urgent first. There is always at least one reason. */
export const paceReasons = (facts: PaceFacts): readonly PaceReason[] => {
  const found = RULES.flatMap((rule) => rule(facts) ?? []);
  return found.length > 0 ? found : [usual(facts)];
};

/** Says what happens in a migration that nothing holds up. */
const usual = (facts: PaceFacts): PaceReason => {
  const { detail, pass } = facts;
  const { migration } = detail;
  const at = pass?.rate ? `: ${rateWords(pass.rate, 'items')}` : '';
  const done = (what: string) => paceReason('usual', 'success', what);
  switch (migration.status) {
    case 'completed':
      return done(
        migration.dryRun ? 'The plan is ready' : `The tenant has moved to ${migration.target.table}`,
      );
    case 'cancelled':
    case 'rolledBack':
      return done(`The tenant is in ${migration.source.table}, as before${undoneWords(migration)}`);
    case 'failed':
      return paceReason('usual', 'info', 'It has ended');
    case 'holding':
      return done(holdWords(facts));
    case 'cuttingOver':
      return done('Writes are fenced for a moment; the flip follows');
    case 'catchingUp':
      return done(catchingUpWords(facts));
    case 'planning':
      return done(`The tenant's items are counted and surveyed${at}`);
    case 'provisioning':
      return done('The target is prepared, and changes of the source are captured from now on');
    case 'cleaningUp':
      return done(`The tenant's items are deleted from ${migration.source.table}${at}`);
    default:
      return done(at === '' ? 'The work begins' : `Nothing holds it up${at}`);
  }
};

/** Says what is left before the cutover. */
const catchingUpWords = ({ detail: { migration }, pass, now }: PaceFacts): string => {
  if (pass && pass.done < pass.total)
    return `All keys are compared before the cutover${pass.rate ? `: ${rateWords(pass.rate, 'items')}` : ''}`;
  const leasesMs = Date.parse(migration.longLeasesOutAt ?? '') - now;
  return leasesMs > 0
    ? `The cutover follows in ${ticking(leasesMs)}, once every router has a short lease; changes are applied meanwhile`
    : 'Few changes are left to apply; the cutover follows';
};

/** Says who had a migration undone, and why. */
const undoneWords = ({ cancellation, flippedAt }: MigrationDetail['migration']): string =>
  cancellation
    ? `: ${flippedAt === undefined ? 'cancelled' : 'rolled back'} by ${cancellation.by}: ${cancellation.reason}`
    : '';

/** Says how far the flipped items are verified, and for how long the source is kept. */
const holdWords = ({ detail: { rollbackUntil }, pass, now }: PaceFacts): string => {
  const verified =
    pass && pass.done < pass.total
      ? `The kept source is compared with the target: ${count(pass.done)} of ${counted(pass.total, 'item')} so far`
      : `All ${pass ? `${counted(pass.total, 'item')} ` : 'items '}are verified`;
  if (rollbackUntil === null) return `${verified}. The source is kept`;
  const leftMs = Date.parse(rollbackUntil) - now;
  return leftMs > 0
    ? `${verified}. The source is kept for another ${ticking(leftMs)}`
    : `${verified}. The hold is over; the source is compared again before it is deleted`;
};
