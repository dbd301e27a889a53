import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Toggle from '@cloudscape-design/components/toggle';
import { memo, useMemo } from 'react';
import { sentence } from '../../api/problem.ts';
import type { Event } from '../../api/schema.ts';
import { Empty } from '../../parts/empty.tsx';
import { count } from '../../parts/formats.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { Time } from '../../parts/time.tsx';
import { useSearchState } from '../../parts/use-search-state.ts';
import { Pager } from './pager.tsx';
import { changeWords, filteredTrail, isByPerson, type NumberedEvent, PAGE_EVENTS, pageOf } from './trail.ts';
import { useTrail } from './use-trail.ts';

const DEFAULTS = { find: '', who: '', page: '1' };

/** The audit trail: who did what when, and why. */
export const AuditTrail = ({ migrationId }: { readonly migrationId: string }) => {
  const trail = useTrail(migrationId);
  const total = trail.data?.length;
  return (
    <Container
      header={
        <Header
          counter={total === undefined ? '' : `(${count(total)})`}
          description="Who did what, when and why; the latest first"
        >
          Audit trail
        </Header>
      }
    >
      <Loaded of={trail} lines={8}>
        {(events) => <Trail events={events} />}
      </Loaded>
    </Container>
  );
};

const Trail = ({ events }: { readonly events: readonly Event[] }) => {
  const [{ find, who, page: wanted }, change] = useSearchState(DEFAULTS);
  const found = useMemo(() => filteredTrail(events, { find, who }), [events, find, who]);
  const { rows, ...place } = pageOf(found, Number(wanted), PAGE_EVENTS);
  return (
    <>
      <div className="mig-trail-filter">
        <Input
          type="search"
          value={find}
          placeholder="Find in the trail"
          ariaLabel="Find in the audit trail"
          clearAriaLabel="Clear"
          onChange={({ detail }) => change({ find: detail.value, page: '1' })}
        />
        <Toggle
          checked={who === 'people'}
          onChange={({ detail }) => change({ who: detail.checked ? 'people' : '', page: '1' })}
        >
          People only
        </Toggle>
      </div>
      {rows.length === 0 ? (
        <Empty title="No event is found">Change the filter to see others.</Empty>
      ) : (
        <ol className="mig-trail" aria-label="Events">
          {rows.map((row) => (
            <TrailRow key={row.number} {...row} />
          ))}
        </ol>
      )}
      <Pager
        {...place}
        unit="events"
        total={found.length}
        shown={rows.length}
        onPage={(page) => change({ page: String(page) })}
      />
    </>
  );
};

/** An event never changes once it is there. */
const TrailRow = memo(({ event }: NumberedEvent) => {
  const changed = changeWords(event);
  return (
    <li>
      <span className="mig-trail-time">
        <Time at={event.at} />
      </span>
      <span className={isByPerson(event) ? 'mig-trail-person' : 'note'}>{event.by}</span>
      <span>
        {sentence(event.reason)}
        {changed !== undefined && <span className="note mig-trail-change"> {changed}</span>}
      </span>
    </li>
  );
});
