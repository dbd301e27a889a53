import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Toggle from '@cloudscape-design/components/toggle';
import { type ReactNode, useMemo } from 'react';
import { useGet } from '../../api/use-get.ts';
import { Empty } from '../../parts/empty.tsx';
import { bytes, count, counted } from '../../parts/formats.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { useSearchState } from '../../parts/use-search-state.ts';
import { Pager } from '../migration/pager.tsx';
import { pageOf } from '../migration/trail.ts';
import { Checksum } from './checksum.tsx';
import { FactTable } from './fact-table.tsx';
import { type SegmentComparison, type SideFacts, segmentResult, sideOf } from './report-facts.ts';
import { usePrinting } from './use-printing.ts';

const DEFAULTS = { segments: '', page: '1' };
const PAGE_SEGMENTS = 50;
const COLUMNS = ['Segment', 'Result', 'Source', 'Source checksum', 'Target', 'Target checksum'];

/** Both sides of each segment: counts, sizes and checksums. */
export const SegmentTable = ({ migrationId }: { readonly migrationId: string }) => {
  const comparisons = useGet('/migrations/{migrationId}/comparisons', { params: { migrationId } });
  return (
    <Container header={<Header description="Both sides as they were compared">Segments</Header>}>
      <Loaded of={comparisons} lines={8}>
        {({ value }) => <Rows segments={value.segments} />}
      </Loaded>
    </Container>
  );
};

const Rows = ({ segments }: { readonly segments: readonly SegmentComparison[] }) => {
  const [{ segments: shown, page: wanted }, change] = useSearchState(DEFAULTS);
  const isPrinting = usePrinting();
  const found = useMemo(
    () => (shown === 'differing' ? segments.filter((one) => segmentResult(one) === 'differs') : segments),
    [segments, shown],
  );
  const { rows, ...place } = pageOf(found, Number(wanted), isPrinting ? found.length || 1 : PAGE_SEGMENTS);
  return (
    <>
      <div className="report-filter">
        <Toggle
          checked={shown === 'differing'}
          onChange={({ detail }) => change({ segments: detail.checked ? 'differing' : '', page: '1' })}
        >
          Only segments that differ
        </Toggle>
      </div>
      {rows.length === 0 ? (
        <Empty title={segments.length === 0 ? 'There are no segments' : 'No segment differs'} />
      ) : (
        <FactTable label="Segments" columns={COLUMNS} rows={rows.map(rowOf)} />
      )}
      <Pager
        {...place}
        unit="segments"
        total={found.length}
        shown={rows.length}
        onPage={(page) => change({ page: String(page) })}
      />
    </>
  );
};

const rowOf = (segment: SegmentComparison): { key: string; cells: readonly ReactNode[] } => {
  const { number, verified } = segment;
  const [source, target] = [verified?.source, verified?.target].map((side) => side && sideOf(side));
  return {
    key: String(number),
    cells: [
      count(number),
      <Result key="result" segment={segment} />,
      sizeOf(source),
      sumOf(source),
      sizeOf(target),
      sumOf(target),
    ],
  };
};

const sizeOf = (side: SideFacts | undefined): string =>
  side ? `${counted(side.items, 'item')}, ${bytes(side.bytes)}` : '–';
const sumOf = (side: SideFacts | undefined): ReactNode => (side ? <Checksum value={side.checksum} /> : '–');

const Result = ({ segment }: { readonly segment: SegmentComparison }) => (
  <span className="report-result">{resultWords(segment)}</span>
);

const resultWords = (segment: SegmentComparison): ReactNode => {
  switch (segmentResult(segment)) {
    case 'equal':
      return <StatusIndicator type="success">Equal</StatusIndicator>;
    case 'differs':
      return (
        <StatusIndicator type="error">
          {counted(segment.differing, 'key differs', 'keys differ')}
        </StatusIndicator>
      );
    default:
      return <StatusIndicator type="pending">Not compared</StatusIndicator>;
  }
};
