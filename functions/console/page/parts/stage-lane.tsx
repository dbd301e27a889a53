import type { Migration } from '../api/schema.ts';
import { endOf, type StageName, type StageState, stageStateOf } from './stage-state.ts';
import { Elapsed } from './time.tsx';

/** The five stages in their order, with the words that people read. */
export const STAGES: readonly { readonly name: StageName; readonly label: string }[] = [
  { name: 'provision', label: 'Provision' },
  { name: 'copy', label: 'Copy' },
  { name: 'registry', label: 'Registry' },
  { name: 'flip', label: 'Flip' },
  { name: 'cleanUp', label: 'Clean up' },
];

const STATE_WORDS: Readonly<Record<StageState, string>> = {
  done: 'done',
  now: 'under way',
  kept: 'source kept',
  undoing: 'being undone',
  undone: 'undone',
  ended: 'not finished',
  next: 'not begun',
  unreached: 'not reached',
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
      const state = stageStateOf(migration, name);
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
          <StageTime
            startedAt={migration.stages[name]?.startedAt}
            endedAt={endOf(migration, name)}
            state={state}
          />
        </li>
      );
    })}
  </ol>
);

interface StageTimeProps {
  readonly startedAt: string | undefined;
  readonly endedAt: string | undefined;
  readonly state: StageState;
}

/** The time of a stage that is done or under way. Another stage has its state in words instead. */
const StageTime = ({ startedAt, endedAt, state }: StageTimeProps) => {
  const isTimed = startedAt !== undefined && (state === 'done' || state === 'now');
  if (!isTimed && state !== 'next') return <span className="lane-time">{STATE_WORDS[state]}</span>;
  return (
    <>
      <span className="lane-time">
        {isTimed ? <Elapsed from={startedAt} to={state === 'now' ? undefined : endedAt} /> : '–'}
      </span>
      <span className="visually-hidden">{STATE_WORDS[state]}</span>
    </>
  );
};
