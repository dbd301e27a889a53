import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useMemo } from 'react';
import { sentence } from '../../api/problem.ts';
import type { Event } from '../../api/schema.ts';
import { counted } from '../../parts/formats.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { Time } from '../../parts/time.tsx';
import { paths, To } from '../../parts/to.tsx';
import { isByPerson } from '../migration/trail.ts';
import { useTrail } from '../migration/use-trail.ts';
import { storyOf } from './story.ts';

/** The requests of persons to the migration, its changes of status and its flips, in the order of time. */
export const WhoDidWhat = ({ migrationId }: { readonly migrationId: string }) => {
  const trail = useTrail(migrationId);
  return (
    <Container header={<Header>Who did what</Header>}>
      <Loaded of={trail} lines={6}>
        {(events) => <Story events={events} migrationId={migrationId} />}
      </Loaded>
    </Container>
  );
};

interface StoryProps {
  readonly events: readonly Event[];
  readonly migrationId: string;
}

const Story = ({ events, migrationId }: StoryProps) => {
  const rows = useMemo(() => storyOf(events), [events]);
  return (
    <>
      <ol className="report-story">
        {rows.map(({ number, event, changed }) => (
          <li key={number}>
            <Time at={event.at} />
            <span className={isByPerson(event) ? 'report-person' : 'note'}>{event.by}</span>
            <span>
              {sentence(event.reason)}
              {changed !== undefined && <span className="note"> {changed}</span>}
            </span>
          </li>
        ))}
      </ol>
      <p className="note">
        {counted(events.length, 'event')} in all:{' '}
        <To path={paths.migration(migrationId)}>open the audit trail</To>
      </p>
    </>
  );
};
