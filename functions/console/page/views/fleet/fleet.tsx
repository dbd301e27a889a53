import './fleet.css';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import type { UseQueryResult } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useGet } from '../../api/use-get.ts';
import { useNow } from '../../parts/clock.ts';
import { Loaded, Skeleton } from '../../parts/loaded.tsx';
import { Page } from '../../parts/page.tsx';
import { paths, To } from '../../parts/to.tsx';
import { attentionOf } from './attention.ts';
import { AttentionList } from './attention-list.tsx';
import { Lanes } from './lanes.tsx';
import { NearLimit } from './near-limit.tsx';
import { openMigrations } from './open-migrations.ts';
import { TierTables } from './tier-tables.tsx';

const NEAR_PERCENT = 80;
const NEAR_ROWS = 12;
const TABLE_ROWS = 20;
const MINUTE_MS = 60_000;

/** The home view: what an operator has to do, the open migrations, the tenants near a limit, and the tier tables. */
export const Fleet = () => {
  const queue = useGet('/queue', {});
  const open = useAfterFlip();
  const failed = useGet('/migrations', { query: { status: 'failed', limit: 10 } });
  const near = useGet('/tenants', { query: { near: NEAR_PERCENT, limit: NEAR_ROWS } });
  const tables = useGet('/tables', { query: { limit: TABLE_ROWS } });
  const now = useNow(MINUTE_MS);
  const items = useMemo(
    () =>
      queue.data &&
      open &&
      isRead(failed) &&
      isRead(near) &&
      attentionOf({
        ...{ queue: queue.data.value, open, now },
        failed: failed.data?.value.migrations ?? [],
        outgrown: near.data?.value.tenants ?? [],
      }),
    [queue.data, open, failed, near, now],
  );
  return (
    <Page title="Fleet">
      <Container header={<Header counter={items && `(${items.length})`}>Needs a person</Header>}>
        <Loaded of={queue} lines={4}>
          {() => (items ? <AttentionList items={items} /> : <Skeleton lines={4} />)}
        </Loaded>
      </Container>
      <Container header={<UnderWayHeader waiting={queue.data?.value.waiting.length ?? 0} />}>
        <Loaded of={queue} lines={8}>
          {({ value }) =>
            open ? <Lanes migrations={openMigrations(value, open)} /> : <Skeleton lines={8} />
          }
        </Loaded>
      </Container>
      <div className="columns">
        <Container
          header={
            <Header description="Tenants at 80 % of their tier’s limit, or above it">Near a limit</Header>
          }
        >
          <Loaded of={near} lines={6}>
            {({ value }) => <NearLimit tenants={value.tenants} />}
          </Loaded>
          <p>
            <To path={`${paths.tenants}?near=${NEAR_PERCENT}`}>All tenants near a limit</To>
          </p>
        </Container>
        <Container
          header={
            <Header description="How many tenants each table holds, its configured capacity, and its largest tenants">
              Tier tables
            </Header>
          }
        >
          <Loaded of={tables} lines={6}>
            {({ value }) => <TierTables tables={value.tables} />}
          </Loaded>
          <p>
            <To path={paths.tables}>All tables</To>
          </p>
        </Container>
      </div>
    </Page>
  );
};

const UnderWayHeader = ({ waiting }: { readonly waiting: number }) => (
  <Header
    actions={
      <To path={paths.queue}>{waiting === 0 ? 'The queue is empty' : `${waiting} waiting in the queue`}</To>
    }
  >
    Under way
  </Header>
);

/** True once a document was read, or cannot be read: lists that are shown together appear together. */
const isRead = ({ data, error }: Pick<UseQueryResult, 'data' | 'error'>): boolean =>
  data !== undefined || error !== null;

/**
 * Returns migrations after the flip, or being rolled back; undefined until they are read. The queue contains only those
 * before the flip.
 */
const useAfterFlip = () => {
  const holding = useGet('/migrations', { query: { status: 'holding' } });
  const cleaning = useGet('/migrations', { query: { status: 'cleaningUp' } });
  const rollingBack = useGet('/migrations', { query: { status: 'rollingBack' } });
  return useMemo(() => {
    const lists = [rollingBack, cleaning, holding];
    return lists.every(isRead) ? lists.flatMap(({ data }) => data?.value.migrations ?? []) : undefined;
  }, [rollingBack, cleaning, holding]);
};
