import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import type { MigrationDetail } from '../../api/schema.ts';
import { useGet } from '../../api/use-get.ts';
import { Empty } from '../../parts/empty.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { isClosed, isUndone } from '../../parts/migration-status.tsx';
import { figuresFreshness } from './freshness.ts';
import { SegmentMap } from './segment-map.tsx';

/** The segments change without events while a pass runs, in ms. */
const EVERY_MS = 4_000;

/** The segments of a migration by state. */
export const Segments = ({ detail }: { readonly detail: MigrationDetail }) => {
  const { migrationId, status } = detail.migration;
  const segments = useGet(
    '/migrations/{migrationId}/segments',
    { params: { migrationId } },
    figuresFreshness(detail, EVERY_MS),
  );
  return (
    <Container
      header={
        <Header
          description={`Sort-key ranges of the tenant, each copied and compared by itself${
            isClosed(status) && isUndone(status)
              ? '. The states are the last ones before the copies were deleted'
              : ''
          }`}
        >
          Segments
        </Header>
      }
    >
      <Loaded of={segments} lines={5}>
        {({ value }) =>
          value.segments.length === 0 ? (
            <NoSegments isClosed={isClosed(status)} />
          ) : (
            <SegmentMap segments={value.segments} />
          )
        }
      </Loaded>
    </Container>
  );
};

const NoSegments = ({ isClosed: hasEnded }: { readonly isClosed: boolean }) =>
  hasEnded ? (
    <Empty title="There are no segments">It ended before the tenant’s items were counted.</Empty>
  ) : (
    <Empty title="There are no segments yet">They appear once the tenant’s items are counted.</Empty>
  );
