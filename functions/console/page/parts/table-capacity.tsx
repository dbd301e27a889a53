import type { TableRow } from '../api/schema.ts';
import { capacityWords, isOvercommitted, useWords } from './capacity.ts';
import { FindingLine } from './finding-line.tsx';

/** The capacity that a table is configured with, and what migrations may use of it. */
export const TableCapacity = ({ table }: { readonly table: Pick<TableRow, 'capacity' | 'use'> }) => {
  const { capacity, use } = table;
  const used = useWords(use);
  return (
    <div className="note">
      {capacityWords(capacity)}
      {used !== undefined &&
        (isOvercommitted(table) ? (
          <FindingLine level="warning">{used}: more than the table has</FindingLine>
        ) : (
          <div>{used}</div>
        ))}
    </div>
  );
};
