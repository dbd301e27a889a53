import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useId } from 'react';
import { sentence } from '../../api/problem.ts';
import type { Figures, MigrationDetail } from '../../api/schema.ts';
import { useRoleRefusal } from '../../api/use-role.ts';
import { count, ticking } from '../../parts/formats.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import type { SteerResult } from '../../parts/use-action.ts';
import { isWorkingNow } from './freshness.ts';
import { type Limit, limitWords, stopsWith } from './limit-stops.ts';
import { RATE_MS } from './pass.ts';
import { rateWords } from './rate-words.ts';
import { rateOver, type Sample } from './samples.ts';
import { useLimit } from './use-limit.ts';

interface LimitsProps {
  readonly detail: MigrationDetail;
  readonly figures: Figures | undefined;
  readonly samples: readonly Sample[];
  readonly steered: SteerResult;
}

/** The capacity limits of a migration, as sliders that act at once. */
export const Limits = ({ detail, figures, samples, steered }: LimitsProps) => {
  const { migration, actions } = detail;
  const action = actions.find(({ name }) => name === 'limit');
  const refusal = useRoleRefusal('operator') ?? action?.reason ?? undefined;
  const shared = { steered, refusal, isWorking: isWorkingNow(detail) };
  return (
    <Container
      fitHeight
      header={
        <Header description="Capacity units a second over all its workers. A change takes effect within seconds.">
          Limits
        </Header>
      }
    >
      <div className="mig-limits">
        <LimitSlider
          {...shared}
          kind="write"
          current={migration.writeUnitsPerSecond ?? 'none'}
          used={rateOver(samples, 'writeUnits', RATE_MS)}
        />
        <LimitSlider
          {...shared}
          kind="read"
          current={migration.readUnitsPerSecond ?? 'none'}
          inForce={figures?.limits.readUnitsPerSecond}
          used={rateOver(samples, 'readUnits', RATE_MS)}
        />
      </div>
      {refusal !== undefined && <p className="note">The limits cannot be changed. {sentence(refusal)}</p>}
    </Container>
  );
};

/** Says how many units are used now. A migration without work has no samples, or old ones. */
const usedWords = (used: number | undefined, isWorking: boolean, kind: 'read' | 'write'): string => {
  if (!isWorking) return 'Nothing is read or written now';
  return used === undefined
    ? 'Use is not known yet'
    : `${rateWords(used, `${kind} units`)} used, over the last ${ticking(RATE_MS)}`;
};

interface LimitSliderProps {
  readonly kind: 'read' | 'write';
  readonly current: Limit;
  /** The limit that holds if the migration has none of its own. */
  readonly inForce?: number | undefined;
  /** Units a second that are used now; undefined while it is not known. */
  readonly used: number | undefined;
  readonly isWorking: boolean;
  readonly steered: SteerResult;
  /** Why the limit cannot be changed; undefined if it can. */
  readonly refusal: string | undefined;
}

const LimitSlider = ({ kind, current, inForce, used, isWorking, steered, refusal }: LimitSliderProps) => {
  const { shown, isPending, error, choose } = useLimit(kind, current, steered);
  const id = useId();
  // the stops stay while the slider moves
  const stops = stopsWith(current);
  const words = limitWords(shown, kind);
  const whole = shown === 'none' && inForce !== undefined ? `${words} of ${count(inForce)} units/s` : words;
  return (
    <div className="mig-limit">
      <label htmlFor={id}>{kind === 'write' ? 'Write limit' : 'Read limit'}</label>
      <span className="mig-limit-value">{whole}</span>
      <input
        id={id}
        type="range"
        min={0}
        max={stops.length - 1}
        step={1}
        value={stops.indexOf(shown)}
        aria-valuetext={whole}
        disabled={refusal !== undefined}
        onChange={({ target }) => choose(stops[target.valueAsNumber] ?? 'none')}
      />
      <span className="note" role="status">
        {isPending ? 'Setting the limit …' : usedWords(used, isWorking, kind)}
      </span>
      {error !== null && <ProblemAlert error={error} />}
    </div>
  );
};
