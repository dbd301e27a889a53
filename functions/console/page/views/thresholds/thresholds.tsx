import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useMemo } from 'react';
import type { Catalogue, Queue } from '../../api/schema.ts';
import { useCountedNames } from '../../api/use-counted-names.ts';
import { useGet } from '../../api/use-get.ts';
import { count, heading } from '../../parts/formats.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { Page } from '../../parts/page.tsx';
import { paths, To } from '../../parts/to.tsx';

type Tier = Catalogue['tiers'][number];

const placementWords = ({ placement, dedicatedOnRequest }: Tier): string => {
  if (placement === 'dedicated') return 'Dedicated';
  return dedicatedOnRequest ? 'Shared, or dedicated if the tenant asks for it' : 'Shared';
};

const ofTier = (tier: string): string => new URLSearchParams({ tier }).toString();

const columns = (counted: string): readonly TableProps.ColumnDefinition<Tier>[] => [
  { id: 'name', header: 'Tier', isRowHeader: true, cell: ({ name }) => name },
  { id: 'placement', header: 'Tables', minWidth: 180, cell: placementWords },
  {
    id: 'counted',
    header: `${heading(counted)} per tenant, at most`,
    cell: ({ maxSchools }) => (maxSchools === undefined ? 'No limit' : count(maxSchools)),
  },
  {
    id: 'tenants',
    header: 'Tenants per table, at most',
    cell: ({ maxTenants }) => count(maxTenants),
  },
  {
    id: 'links',
    header: 'Show',
    minWidth: 270,
    cell: ({ name }) => (
      <>
        <To path={`${paths.tenants}?${ofTier(name)}`} ariaLabel={`Tenants of tier ${name}`}>
          Tenants
        </To>
        {', '}
        <To
          path={`${paths.tenants}?${ofTier(name)}&near=80`}
          ariaLabel={`Tenants of tier ${name} near the limit`}
        >
          near the limit
        </To>
        {', '}
        <To path={`${paths.tables}?${ofTier(name)}`} ariaLabel={`Tables of tier ${name}`}>
          tables
        </To>
      </>
    ),
  },
];

/** The catalogue: what each tier holds, when a tenant moves, and how many move at once. */
export const Thresholds = () => {
  const catalogue = useGet('/catalogue', {});
  const queue = useGet('/queue', {});
  const { labels } = useCountedNames();
  const columnDefinitions = useMemo(() => columns(labels), [labels]);
  return (
    <Page
      title="Thresholds"
      description={`A tenant belongs in the lowest tier whose limit holds its ${labels}.`}
    >
      <Loaded of={catalogue} lines={6}>
        {({ value }) => (
          <Table
            items={value.tiers}
            columnDefinitions={columnDefinitions}
            trackBy="name"
            wrapLines
            enableKeyboardNavigation
            ariaLabels={{ tableLabel: 'Tiers' }}
            header={<Header description="From the lowest to the highest">Tiers</Header>}
          />
        )}
      </Loaded>
      <Loaded of={queue} lines={3}>
        {({ value }) => <Admission limits={value.limits} counted={labels} />}
      </Loaded>
      <Container header={<Header>How tenants move</Header>}>
        <Box>
          When a tenant has more {labels} than its tier holds, a migration to the tier that holds them is
          requested; it may skip tiers. A tenant never moves down by itself. Each tenant’s page has its
          preferences: no automatic moves, one tier only, a table of its own.
        </Box>
        <Box>
          These numbers are settings of the deployment: <code>tierferry.config.ts</code>. They change with the
          next deployment.
        </Box>
      </Container>
    </Page>
  );
};

interface AdmissionProps extends Pick<Queue, 'limits'> {
  /** Name of several counted items. */
  readonly counted: string;
}

const Admission = ({ limits, counted }: AdmissionProps) => (
  <Container header={<Header description="Until they have flipped">Migrations at once, at most</Header>}>
    <KeyValuePairs
      columns={4}
      items={[
        { label: 'In all', value: count(limits.total) },
        { label: 'From one table', value: count(limits.perSource) },
        { label: 'Into the shared tables of one tier', value: count(limits.perTarget) },
        { label: 'Urgent from', value: `${limits.urgentShare} times the ${counted} that the tier holds` },
      ]}
    />
  </Container>
);
