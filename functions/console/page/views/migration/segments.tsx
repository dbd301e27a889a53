import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import type { MigrationDetail } from '../../api/schema.ts';
import { useGet } from '../../api/use-get.ts';
import { Empty } from '../../parts/empty.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { isUndone } from '../../parts/migration-status.tsx';
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
            isUndone(status) ? '. The states stay as they were before the rollback' : ''
          }`}
        >
          Segments
        </Header>
      }
    >
      <Loaded of={segments} lines={5}>
        {({ value }) =>
          value.segments.length === 0 ? (
            <Empty title="There are no segments yet">They appear once the tenant’s items are counted.</Empty>
          ) : (
            <SegmentMap segments={value.segments} />
          )
        }
      </Loaded>
    </Container>
  );
};
