import { expect, test } from 'vitest';
import type { PublishedEvent } from '../../../functions/migration/events/published-event.ts';
import { epochMs, type MigrationId, type TenantId } from '../../../functions/migration/names.ts';
import { renderEvent } from '../../../scripts/cli/render/render-event.ts';

const event = {
  at: epochMs(Date.UTC(2030, 0, 1)),
  tenantId: 'cedar-valley' as TenantId,
  migrationId: 'mig-20300101000000-1a2b3c4d' as MigrationId,
  dryRun: false,
  from: 'copying',
  to: 'catchingUp',
  who: 'workflow',
  reason: 'all items are copied and have been compared with the source',
} as PublishedEvent;

test('an event is one line where there is no terminal, or a wide one', () => {
  expect(renderEvent(event)).toHaveLength(1);
  expect(renderEvent(event, 200)).toEqual(renderEvent(event));
});

test('an event that is too wide for the terminal is broken between words', () => {
  expect(renderEvent(event, 80)).toEqual([
    '2030-01-01 00:00:00 UTC  cedar-valley  mig-20300101000000-1a2b3c4d',
    '    copying to catchingUp, by workflow: all items are copied and have been',
    '    compared with the source',
  ]);
});

test('an event with long ids, also of a dry run, is no wider than the terminal', () => {
  const long = { ...event, tenantId: 'harbour-heights-unified' as TenantId, dryRun: true };
  const lines = renderEvent(long, 80);
  expect(lines).toEqual([
    '2030-01-01 00:00:00 UTC  harbour-heights-unified  mig-20300101000000-1a2b3c4d',
    '    (dry run) copying to catchingUp, by workflow: all items are copied and have',
    '    been compared with the source',
  ]);
  for (const line of renderEvent(long, 50)) expect(line.length).toBeLessThanOrEqual(50);
});
