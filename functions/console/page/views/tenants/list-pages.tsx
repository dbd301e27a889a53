import Button from '@cloudscape-design/components/button';
import { count, counted } from '../../parts/formats.ts';

/** The cursor of the page before each page, as far as it was read since the console was opened. */
const before = new Map<string, string>();

export interface PagePosition {
  readonly cursor: string;
  readonly page: string;
}

interface ListPagesProps extends PagePosition {
  readonly rows: number;
  /** Null at the end of the list. */
  readonly next: string | null;
  readonly onChange: (place: PagePosition) => void;
}

/** The pages of a list that the server reads page by page. */
export const ListPages = ({ cursor, page, rows, next, onChange }: ListPagesProps) => {
  const number = Math.max(1, Math.floor(Number(page)) || 1);
  const previous = before.get(cursor);
  const isFirst = cursor === '';
  const open = (place: PagePosition) => {
    onChange(place);
    window.scrollTo(0, 0);
  };
  return (
    <nav className="list-pages" aria-label="Pages of the list">
      <span role="status">
        Page {count(number)}: {counted(rows, 'tenant')}
        {next === null ? ', the last page.' : '.'}
      </span>
      <PageButton refusal={isFirst ? IS_FIRST : undefined} onOpen={() => open({ cursor: '', page: '1' })}>
        First page
      </PageButton>
      <PageButton
        refusal={isFirst ? IS_FIRST : previous === undefined ? IS_UNKNOWN : undefined}
        onOpen={() => open({ cursor: previous ?? '', page: String(Math.max(1, number - 1)) })}
      >
        Previous
      </PageButton>
      <PageButton
        refusal={next === null ? 'This is the last page.' : undefined}
        onOpen={() => {
          if (next === null) return;
          before.set(next, cursor);
          open({ cursor: next, page: String(number + 1) });
        }}
      >
        Next
      </PageButton>
    </nav>
  );
};

const IS_FIRST = 'This is the first page.';
const IS_UNKNOWN = 'Earlier pages are not known after a reload. Open the first page.';

interface PageButtonProps {
  readonly refusal: string | undefined;
  readonly children: string;
  readonly onOpen: () => void;
}

/** A button that keeps the focus when it becomes disabled. */
const PageButton = ({ refusal, children, onOpen }: PageButtonProps) => (
  <Button
    disabled={refusal !== undefined}
    {...(refusal === undefined ? {} : { disabledReason: refusal })}
    onClick={onOpen}
  >
    {children}
  </Button>
);
