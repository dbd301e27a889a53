import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { statusOf } from '../../api/problem.ts';
import type { Plan } from '../../api/schema.ts';
import { useGet } from '../../api/use-get.ts';
import { FindingLine } from '../../parts/finding-line.tsx';
import { bytes, count, counted, duration, usd } from '../../parts/formats.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { paths, To } from '../../parts/to.tsx';

const MS = 1_000;

/** The findings of a dry run: the plan in short. */
export const PlanSummary = ({ migrationId }: { readonly migrationId: string }) => {
  const plan = useGet('/migrations/{migrationId}/plan', { params: { migrationId } });
  const isMissing = statusOf(plan.error) === 404;
  return (
    <Container header={<Header description="A dry run changes nothing: it ends with a plan">Plan</Header>}>
      {isMissing ? (
        <p className="mig-plain">There is no plan yet. It appears here when the dry run has ended.</p>
      ) : (
        <Loaded of={plan} lines={5}>
          {({ value }) => <Planned plan={value} />}
        </Loaded>
      )}
    </Container>
  );
};

const Planned = ({ plan: { plan, blocked } }: { readonly plan: Plan }) => {
  const { estimate, findings, tenantId } = plan;
  return (
    <>
      <p className="mig-plain">
        {counted(plan.items, 'item')} ({bytes(plan.bytes)}) in {counted(plan.segments, 'segment')};{' '}
        {duration(estimate.seconds * MS)} to the flip, writes fenced for at least {duration(estimate.fenceMs)}
        ; {count(estimate.writeUnits)} write units, {count(estimate.readUnits)} read units,{' '}
        {usd(estimate.usd.total ?? 0)}.
      </p>
      <ul className="mig-pace">
        {findings.map(({ level, code, message }) => (
          <li key={`${code} ${message}`}>
            <FindingLine level={level === 'blocker' ? 'error' : 'warning'}>{message}.</FindingLine>
          </li>
        ))}
        {findings.length === 0 && (
          <li>
            <FindingLine level="success">Nothing stands in its way.</FindingLine>
          </li>
        )}
      </ul>
      <p className="mig-plain">
        <To path={paths.start(tenantId)}>{blocked ? 'Plan again' : 'Plan and start the move'}</To>
      </p>
    </>
  );
};
