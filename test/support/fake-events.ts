import type { EventPublisher } from '../../functions/migration/events/events-port.ts';
import type { PublishedEvent } from '../../functions/migration/events/published-event.ts';

/** An event bus that keeps the published events. */
export class FakeEvents implements EventPublisher {
  readonly published: PublishedEvent[] = [];

  async publish(events: readonly PublishedEvent[]) {
    this.published.push(...structuredClone(events));
  }
}
