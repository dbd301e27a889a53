import './report.css';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useLocation, useParams } from 'wouter';
import { sentence, statusOf } from '../../api/problem.ts';
import { useGet } from '../../api/use-get.ts';
import { Empty } from '../../parts/empty.tsx';
import { FindingLine } from '../../parts/finding-line.tsx';
import { bytes, count, counted } from '../../parts/formats.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { STATUS_LABELS } from '../../parts/migration-status.tsx';
import { Page } from '../../parts/page.tsx';
import { transferOf } from '../../parts/tiers.ts';
import { Time } from '../../parts/time.tsx';
import { MigrationLink, paths, TenantLink } from '../../parts/to.tsx';
import { Checksum } from './checksum.tsx';
import { download } from './download.ts';
import { FactTable } from './fact-table.tsx';
import { Keys } from './keys.tsx';
import {
  durationRows,
  omittedOf,
  predictionRows,
  type Report,
  type SideFacts,
  sideOf,
  unitsRows,
  verdictsOf,
} from './report-facts.ts';
import { SegmentTable } from './segment-table.tsx';
import { useLightPaper } from './use-printing.ts';
import { WhoDidWhat } from './who-did-what.tsx';

/** The report of a migration: both sides, prediction beside fact, and who did what. */
export const ReportView = () => {
  const { migrationId } = useParams<{ migrationId: string }>();
  useLightPaper();
  const report = useGet('/migrations/{migrationId}/report', { params: { migrationId } });
  const value = report.data?.value.report;
  return (
    <Page
      title={value ? `Report: ${value.tenantId}, ${transferOf(value)}` : 'Report'}
      description={<MigrationLink migrationId={migrationId} />}
      actions={value && <Actions report={value} />}
    >
      {statusOf(report.error) === 404 && !value ? (
        <NoReport migrationId={migrationId} />
      ) : (
        <Loaded of={report} lines={14}>
          {(loaded) => <Whole report={loaded.value.report} />}
        </Loaded>
      )}
    </Page>
  );
};

const NoReport = ({ migrationId }: { readonly migrationId: string }) => (
  <Empty title="There is no report yet">
    It comes when the migration has ended, or when a key has to be looked at. Watch it:{' '}
    <MigrationLink migrationId={migrationId} />
  </Empty>
);

const Actions = ({ report }: { readonly report: Report }) => {
  const [, navigate] = useLocation();
  const { migrationId } = report;
  return (
    <span className="report-actions">
      <SpaceBetween direction="horizontal" size="xs">
        <Button onClick={() => navigate(paths.compare(migrationId, ''))}>Compare</Button>
        <Button onClick={() => window.print()}>Print</Button>
        <Button onClick={() => download(`report-${migrationId}.json`, report)}>Download JSON</Button>
      </SpaceBetween>
    </span>
  );
};

const Whole = ({ report }: { readonly report: Report }) => (
  <div className="report">
    <Conclusion report={report} />
    <Prediction report={report} />
    <div className="report-columns">
      <Times report={report} />
      <Capacity report={report} />
    </div>
    <Keys report={report} />
    <WhoDidWhat migrationId={report.migrationId} />
    <SegmentTable migrationId={report.migrationId} />
    <Notes report={report} />
  </div>
);

const Conclusion = ({ report }: { readonly report: Report }) => {
  const { outcome, tenantId, source, target, attempts, cutovers, closedAt } = report;
  return (
    <Container header={<Header>{STATUS_LABELS[outcome]}</Header>}>
      <ul className="report-verdicts">
        {verdictsOf(report).map(({ type, words }) => (
          <li key={words}>
            <FindingLine level={type}>{words}</FindingLine>
          </li>
        ))}
      </ul>
      <p className="report-plain">
        <TenantLink tenantId={tenantId} /> from {source.table} to {target.table ?? `tier ${target.tier}`},
        closed at <Time at={closedAt} />. {counted(attempts, 'attempt')}, {counted(cutovers, 'cutover')}.
      </p>
      <Sides report={report} />
    </Container>
  );
};

const Sides = ({ report: { verified, keptSource } }: { readonly report: Report }) => {
  const row = (name: string, side: SideFacts | undefined, omitted: string | undefined) =>
    side
      ? [
          {
            key: name,
            cells: [
              name,
              <Items key="items" items={side.items} omitted={omitted} />,
              bytes(side.bytes),
              <Checksum key="sum" value={side.checksum} />,
            ],
          },
        ]
      : [];
  const { changed, expiring } = omittedOf({ verified, keptSource });
  const rows = [
    ...row('Source', verified && sideOf(verified.source), changed),
    ...row('Target', verified && sideOf(verified.target), changed),
    ...row('Kept source at the flip', keptSource && sideOf(keptSource.atFlip), expiring),
    ...row('Kept source after the hold', keptSource?.afterHold && sideOf(keptSource.afterHold), expiring),
  ];
  if (rows.length === 0) return null;
  return (
    <>
      <FactTable label="Both sides" columns={['Side', 'Items', 'Bytes', 'Checksum']} rows={rows} />
      {expiring !== undefined && (
        <p className="note">
          DynamoDB may delete items that may expire, so the counts and checksums of the kept source leave them
          out. They are compared one by one.
        </p>
      )}
    </>
  );
};

/** A number of items, with those that it leaves out. */
const Items = ({ items, omitted }: { readonly items: number; readonly omitted: string | undefined }) => (
  <>
    {count(items)}
    {omitted !== undefined && <span className="note report-omitted">without {omitted}</span>}
  </>
);

const Prediction = ({ report }: { readonly report: Report }) => (
  <Container
    header={
      <Header
        description={
          report.outcome === 'completed'
            ? 'What the plan said, and what happened'
            : 'The plan is that of a whole migration; this one ended early'
        }
      >
        Prediction and fact
      </Header>
    }
  >
    <FactTable
      label="Prediction and fact"
      columns={['Figure', 'Predicted', 'Fact', 'Difference']}
      rows={predictionRows(report).map(({ label, predicted, actual, change }) => ({
        key: label,
        cells: [label, predicted, actual, change],
      }))}
    />
    <p className="note">
      Predicted times are those of DynamoDB on AWS; a local engine has others. Read and write units are those
      of the work that a plan predicts, without applied changes and discarded copies.
    </p>
  </Container>
);

const Times = ({ report }: { readonly report: Report }) => (
  <Container
    fitHeight
    header={<Header description="From the first work of a stage to the end of its last">Time</Header>}
  >
    <FactTable
      label="Time by stage"
      columns={['Stage', 'Time']}
      rows={durationRows(report).map(({ label, value }) => ({ key: label, cells: [label, value] }))}
    />
  </Container>
);

const Capacity = ({ report }: { readonly report: Report }) => (
  <Container fitHeight header={<Header description="Work that was repeated counts twice">Capacity</Header>}>
    <FactTable
      label="Capacity by kind of work"
      columns={['Work', 'Read units', 'Write units']}
      rows={unitsRows(report).map(({ label, read, write }) => ({
        key: label,
        cells: [label, count(read), count(write)],
      }))}
    />
  </Container>
);

const Notes = ({ report: { notes, sha256 } }: { readonly report: Report }) => (
  <Container header={<Header>Notes</Header>}>
    {notes.length > 0 && (
      <ul className="report-notes">
        {notes.map((event) => (
          <li key={event}>{sentence(event)}</li>
        ))}
      </ul>
    )}
    <p className="report-plain">
      SHA-256 of the report: <code className="report-sum">{sha256}</code>{' '}
      <span className="note">of its other fields, as JSON with sorted keys, keys of items included.</span>
    </p>
  </Container>
);
