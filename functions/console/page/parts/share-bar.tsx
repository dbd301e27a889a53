import { percent } from './formats.ts';

interface ShareBarProps {
  readonly used: number;
  /** Null for no limit. */
  readonly limit: number | null;
  /** Kind of what is counted, e.g. `schools`. */
  readonly unit: string;
  /** Share from which it counts as near the limit. */
  readonly nearAt?: number;
}

/** Used share of a limit: a bar with its numbers next to it. */
export const ShareBar = ({ used, limit, unit, nearAt = 0.8 }: ShareBarProps) => {
  if (limit === null)
    return (
      <span className="share">
        {used} {unit}, no limit
      </span>
    );
  const share = limit === 0 ? 1 : used / limit;
  const level = share > 1 ? 'over' : share >= nearAt ? 'near' : 'below';
  return (
    <span className="share">
      <span className={`share-bar share-${level}`} aria-hidden="true">
        <span style={{ inlineSize: `${Math.min(share, 1) * 100}%` }} />
      </span>
      <span className="share-text">
        {used} of {limit} {unit} ({percent(share)})
      </span>
    </span>
  );
};
