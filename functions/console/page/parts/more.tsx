import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import { count } from './formats.ts';

interface MoreProps {
  /** Kind of the rows, e.g. `tenants`. */
  readonly unit: string;
  readonly shown: number;
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly onMore: () => void;
}

/** The end of a list that is read page by page. */
export const More = ({ unit, shown, hasMore, isLoading, onMore }: MoreProps) => (
  <Box textAlign="center" color="text-body-secondary">
    <span role="status">
      {count(shown)} {unit} shown{hasMore ? '' : ', which is all of them'}.
    </span>{' '}
    {hasMore && (
      <Button loading={isLoading} onClick={onMore}>
        Show more
      </Button>
    )}
  </Box>
);
