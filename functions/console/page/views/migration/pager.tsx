import './pager.css';
import Button from '@cloudscape-design/components/button';
import { count } from '../../parts/formats.ts';

interface PagerProps {
  /** Plural name of the rows, e.g. `events`. */
  readonly unit: string;
  readonly total: number;
  readonly first: number;
  readonly shown: number;
  readonly page: number;
  readonly pages: number;
  readonly onPage: (page: number) => void;
}

/** Leads through a list that is cut into pages. */
export const Pager = ({ unit, total, first, shown, page, pages, onPage }: PagerProps) => (
  <div className="pager">
    <span role="status">
      {total === 0
        ? `No ${unit}`
        : `${count(first)} to ${count(first + shown - 1)} of ${count(total)} ${unit}`}
    </span>
    {pages > 1 && (
      <span className="pager-buttons">
        <Button
          iconName="angle-left"
          ariaLabel={`Previous page of ${unit}`}
          disabled={page <= 1}
          onClick={() => onPage(page - 1)}
        />
        <span>
          Page {count(page)} of {count(pages)}
        </span>
        <Button
          iconName="angle-right"
          ariaLabel={`Next page of ${unit}`}
          disabled={page >= pages}
          onClick={() => onPage(page + 1)}
        />
      </span>
    )}
  </div>
);
