import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { ApiError, sentence, wordsOf } from '../api/problem.ts';
import { Time } from './time.tsx';

interface ProblemAlertProps {
  readonly error: unknown;
  readonly onRetry?: (() => void) | undefined;
}

/** Says what happened, the state it left, and what to do; and, if another operator was first, who and when. */
export const ProblemAlert = ({ error, onRetry }: ProblemAlertProps) => {
  const { title, detail, nextStep } = wordsOf(error);
  const { latest, lastChange, keys = [] } = error instanceof ApiError ? error.problem : {};
  return (
    <Alert
      type={latest || lastChange ? 'warning' : 'error'}
      header={title}
      action={onRetry && <Button onClick={onRetry}>Try again</Button>}
    >
      <div>
        {detail} {nextStep}
      </div>
      {latest && (
        <div>
          Latest event, by {latest.by}, at <Time at={latest.at} />: {sentence(latest.reason)}
        </div>
      )}
      {lastChange && (
        <div>
          Last change, by {lastChange.by}, at <Time at={lastChange.at} />
          {lastChange.reason === undefined ? '.' : `: ${sentence(lastChange.reason)}`}
        </div>
      )}
      {keys.length > 0 && <div>Keys: {keys.join(', ')}</div>}
    </Alert>
  );
};
