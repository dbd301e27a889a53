import type { Notice } from '../../functions/migration/notices/notice.ts';
import type { Notices } from '../../functions/migration/ports.ts';

/** An event bus that keeps the published events. */
export class FakeNotices implements Notices {
  readonly told: Notice[] = [];

  async publish(notices: readonly Notice[]) {
    this.told.push(...structuredClone(notices));
  }
}
