import type { PublishedEvent } from './published-event.ts';

/** Publishes events outside of Tierferry. */
export interface EventPublisher {
  /** Publishes the events in this order. Events that were published before may be published again. */
  publish(events: readonly PublishedEvent[]): Promise<void>;
}
