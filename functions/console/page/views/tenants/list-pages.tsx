import Button from '@cloudscape-design/components/button';
import { count } from '../../parts/formats.ts';

/** The cursor of the page before each page, as far as it was read since the console was opened. */
const before = new Map<string, string>();

export interface PagePlace {
  readonly cursor: string;
  readonly page: string;
}

interface ListPagesProps extends PagePlace {
  readonly rows: number;
  /** Null at the end of the list. */
  readonly next: string | null;
  readonly onChange: (place: PagePlace) => void;
}

/** The pages of a list that the server reads page by page. */
export const ListPages = ({ cursor, page, rows, next, onChange }: ListPagesProps) => {
  const number = Math.max(1, Math.floor(Number(page)) || 1);
  const previous = before.get(cursor);
  const isFirst = cursor === '';
  return (
    <nav className="list-pages" aria-label="Pages of the list">
      <span role="status">
        Page {count(number)}: {count(rows)} {rows === 1 ? 'tenant' : 'tenants'}
        {next === null ? ', the last page.' : '.'}
      </span>
      <Button disabled={isFirst} onClick={() => onChange({ cursor: '', page: '1' })}>
        First page
      </Button>
      <Button
        disabled={isFirst || previous === undefined}
        onClick={() => onChange({ cursor: previous ?? '', page: String(Math.max(1, number - 1)) })}
      >
        Previous
      </Button>
      <Button
        disabled={next === null}
        onClick={() => {
          if (next === null) return;
          before.set(next, cursor);
          onChange({ cursor: next, page: String(number + 1) });
        }}
      >
        Next
      </Button>
    </nav>
  );
};
