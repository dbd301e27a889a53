import type { Metric, Metrics } from '../../functions/migration/metrics-port.ts';

/** Keeps the figures that were put. */
export class FakeMetrics implements Metrics {
  readonly given: Partial<Record<Metric, number>>[] = [];

  put(values: Partial<Record<Metric, number>>) {
    this.given.push({ ...values });
  }
}
