import type { Migration } from '../api/schema.ts';
import { isClosed } from './migration-status.tsx';
import { Elapsed } from './time.tsx';

type StageName = keyof Migration['stages'];

/** The five stages in their order, with the words that people read. */
export const STAGES: readonly { readonly name: StageName; readonly label: string }[] = [
  { name: 'provision', label: 'Provision' },
  { name: 'copy', label: 'Copy' },
  { name: 'registry', label: 'Registry' },
  { name: 'flip', label: 'Flip' },
  { name: 'cleanUp', label: 'Clean up' },
];

const STATE_WORDS = {
  done: 'done',
  now: 'under way',
  back: 'being undone',
  ended: 'not finished',
  next: 'not begun',
} as const;

/** Returns the state of a stage, which is shown as a word and as a colour. */
const stateOf = ({ status, stages }: Migration, name: StageName): keyof typeof STATE_WORDS => {
  const times = stages[name];
  if (!times) return 'next';
  if (status === 'rollingBack') return 'back';
  if (times.endedAt !== undefined) return 'done';
  return isClosed(status) ? 'ended' : 'now';
};

interface StageLaneProps {
  readonly migration: Migration;
  /** Share of the copy that is done, if it is known. */
  readonly copied?: number | undefined;
}

/** A migration as a lane over the five stages. */
export const StageLane = ({ migration, copied }: StageLaneProps) => (
  <ol className="lane" aria-label="Stages">
    {STAGES.map(({ name, label }) => {
      const state = stateOf(migration, name);
      const times = migration.stages[name];
      const share = name === 'copy' && state === 'now' ? copied : undefined;
      return (
        <li key={name} className={`lane-stage lane-${state}`}>
          {share !== undefined && (
            <span
              className="lane-fill"
              aria-hidden="true"
              style={{ inlineSize: `${Math.min(1, share) * 100}%` }}
            />
          )}
          <span className="lane-label">{label}</span>
          <span className="lane-time">
            {times ? <Elapsed from={times.startedAt} to={times.endedAt} /> : '–'}
          </span>
          <span className="visually-hidden">{STATE_WORDS[state]}</span>
        </li>
      );
    })}
  </ol>
);
