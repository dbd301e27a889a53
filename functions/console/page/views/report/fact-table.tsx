import type { ReactNode } from 'react';

interface FactTableProps {
  /** Says what the table shows, for those who do not see it. */
  readonly label: string;
  readonly columns: readonly string[];
  /** Each row with the cell that names it first. */
  readonly rows: readonly { readonly key: string; readonly cells: readonly ReactNode[] }[];
}

/** A small table of facts. It scrolls sideways by itself on a narrow screen, also by the keyboard. */
export const FactTable = ({ label, columns, rows }: FactTableProps) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
  <section className="facts-place" aria-label={label} tabIndex={0}>
    <table className="facts-table">
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, cells: [name, ...cells] }) => (
          <tr key={key}>
            <th scope="row">{name}</th>
            {cells.map((cell, n) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: cells never change their order
              <td key={n}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);
