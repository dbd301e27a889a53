import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { counted } from '../../parts/formats.ts';
import { FactTable } from './fact-table.tsx';
import type { Report } from './report-facts.ts';

const KINDS = {
  missing: 'Missing on the target',
  extra: 'Extra on the target',
  different: 'Different',
} as const;

/** Keys that differ, that another process wrote, or that were written past the leases; for operators only. */
export const Keys = ({ report }: { readonly report: Report }) => {
  const { differences, differing, foreign, pastLeases } = report;
  const past = pastLeases?.keys ?? [];
  if (differing === 0 && foreign.length === 0 && !pastLeases) return null;
  const rows = [
    ...differences.map(({ key, kind }) => ({ key: `d ${key}`, cells: [key, KINDS[kind]] })),
    ...foreign.map(({ key, kind }) => ({
      key: `f ${key}`,
      cells: [key, `${KINDS[kind]}, by another process`],
    })),
    ...past.map((key) => ({ key: `p ${key}`, cells: [key, 'Written after every lease had run out'] })),
  ];
  return (
    <Container header={<Header description="Keys only, never values">Keys to look at</Header>}>
      {rows.length === 0 ? (
        <p className="report-plain">
          {counted(differing, 'key')} differ. Operators see them; your role does not.
        </p>
      ) : (
        <FactTable label="Keys to look at" columns={['Key', 'Finding']} rows={rows} />
      )}
    </Container>
  );
};
