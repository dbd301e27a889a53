import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { ReactNode } from 'react';
import { sentence } from '../../api/problem.ts';
import type { Plan } from '../../api/schema.ts';
import { bytes, count, counted, duration, usd } from '../../parts/formats.ts';
import { STAGES } from '../../parts/stage-lane.tsx';
import { Countdown } from '../../parts/time.tsx';
import { Comparison } from './comparison.tsx';
import { costParts, entityShares, type Finding, findingsInOrder, totalCost } from './plan-figures.ts';

const SECOND_MS = 1_000;
type Body = Plan['plan'];

interface PlanViewProps {
  readonly plan: Plan;
  readonly isExpired: boolean;
  readonly planAgain: ReactNode;
}

/** A plan: its findings with their remedies, the tenant today and afterwards, and the estimate of the move. */
export const PlanView = ({ plan: { plan, blocked, expiresAt }, isExpired, planAgain }: PlanViewProps) => (
  <Container
    header={
      <Header
        description={
          isExpired ? (
            'Expired'
          ) : (
            <>
              Valid for another <Countdown until={expiresAt} />
            </>
          )
        }
        actions={planAgain}
      >
        3. Plan
      </Header>
    }
  >
    <SpaceBetween size="l">
      {isExpired && (
        <Alert type="warning" header="The plan has expired">
          The tenant’s data may have changed since. Plan again; what you have typed is kept.
        </Alert>
      )}
      <Findings plan={plan} isBlocked={blocked} />
      <Comparison plan={plan} />
      <Expected plan={plan} />
      <div className="plan-tables">
        <Entities plan={plan} />
        <Stages estimate={plan.estimate} />
      </div>
    </SpaceBetween>
  </Container>
);

const Findings = ({ plan, isBlocked }: { readonly plan: Body; readonly isBlocked: boolean }) => (
  <section>
    <h3 className="plan-heading">Findings</h3>
    {plan.findings.length === 0 ? (
      <StatusIndicator type="success">Nothing stands in the way of the move</StatusIndicator>
    ) : (
      <>
        {isBlocked && <p>The move cannot be started until the blockers are resolved.</p>}
        <ul className="findings">
          {findingsInOrder(plan).map((finding) => (
            <FindingRow key={`${finding.code} ${finding.message}`} finding={finding} />
          ))}
        </ul>
      </>
    )}
  </section>
);

const FindingRow = ({ finding }: { readonly finding: Finding }) => {
  const { level, message, remedy, items, keys = [] } = finding;
  return (
    <li>
      <StatusIndicator type={level === 'blocker' ? 'error' : 'warning'}>
        {level === 'blocker' ? 'Blocker' : 'Warning'}
      </StatusIndicator>{' '}
      {sentence(message)}
      <div>{sentence(remedy)}</div>
      {items !== undefined && (
        <div className="note">
          {counted(items, 'item')}
          {keys.length > 0 && <>, among them {keys.join(', ')}</>}
        </div>
      )}
    </li>
  );
};

/** Time, capacity and money that the move takes. */
const Expected = ({ plan }: { readonly plan: Body }) => {
  const { estimate, items, segments, creates } = plan;
  const { seconds, fenceMs, readUnits, writeUnits, pricesAsOf } = estimate;
  return (
    <section>
      <h3 className="plan-heading">The move itself</h3>
      <KeyValuePairs
        columns={4}
        items={[
          {
            label: 'Until the flip',
            value: (
              <>
                {duration(seconds * SECOND_MS)}
                <div className="note">On AWS; a local engine has other times.</div>
              </>
            ),
          },
          {
            label: 'Expected write gap',
            value: (
              <>
                {duration(fenceMs)}
                <div className="note">
                  Writes wait meanwhile; reads continue. A stream that delivers late makes it longer.
                </div>
              </>
            ),
          },
          {
            label: 'Data',
            value: (
              <>
                {counted(items, 'item')}, {bytes(plan.bytes)}
                <div className="note">In {counted(segments, 'segment')}</div>
              </>
            ),
          },
          {
            label: 'Capacity',
            value: (
              <>
                {counted(readUnits, 'read unit')}
                <div>{counted(writeUnits, 'write unit')}</div>
              </>
            ),
          },
          {
            label: 'Cost',
            value: (
              <>
                {usd(totalCost(estimate))}
                <ul className="note">
                  {costParts(estimate).map(({ label, usd: amount }) => (
                    <li key={label}>
                      {label}: {usd(amount)}
                    </li>
                  ))}
                  <li>Prices of {pricesAsOf}</li>
                </ul>
              </>
            ),
          },
          {
            label: 'Largest item',
            value: bytes(plan.survey.largestItemBytes),
          },
          {
            label: 'Creates',
            value: creates.length === 0 ? 'No table' : creates.join(', '),
          },
        ]}
      />
    </section>
  );
};

const Bar = ({ share }: { readonly share: number }) => (
  <span className="figure-bar" aria-hidden="true">
    <span style={{ inlineSize: `${share * 100}%` }} />
  </span>
);

const Entities = ({ plan }: { readonly plan: Body }) => (
  <table className="figures">
    <caption>Data by entity type</caption>
    <thead>
      <tr>
        <th scope="col">Entity type</th>
        <th scope="col">Items</th>
        <th scope="col">Size</th>
      </tr>
    </thead>
    <tbody>
      {entityShares(plan.survey).map(({ type, items, bytes: size, itemsShare, bytesShare }) => (
        <tr key={type}>
          <th scope="row">{type}</th>
          <td>
            {count(items)}
            <Bar share={itemsShare} />
          </td>
          <td>
            {bytes(size)}
            <Bar share={bytesShare} />
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

const Stages = ({ estimate: { stages } }: { readonly estimate: Body['estimate'] }) => {
  const longest = Math.max(1, ...stages.map(({ seconds }) => seconds));
  return (
    <table className="figures">
      <caption>Stages, without the hold</caption>
      <thead>
        <tr>
          <th scope="col">Stage</th>
          <th scope="col">Duration</th>
          <th scope="col">Read units</th>
          <th scope="col">Write units</th>
        </tr>
      </thead>
      <tbody>
        {stages.map(({ stage, seconds, readUnits, writeUnits }) => (
          <tr key={stage}>
            <th scope="row">{STAGES.find(({ name }) => name === stage)?.label ?? stage}</th>
            <td>
              {duration(seconds * SECOND_MS)}
              <Bar share={seconds / longest} />
            </td>
            <td>{count(readUnits)}</td>
            <td>{count(writeUnits)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};
