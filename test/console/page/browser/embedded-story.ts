import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Subject } from '../../../../functions/console/api/access/subject.ts';
import type { MigrationId } from '../../../../functions/migration/names.ts';
import type { ConsoleServer } from '../../../../scripts/console/serve-console.ts';
import {
  type EmbeddedWorld,
  type ServeWish,
  type StartWish,
  startEmbeddedWorld,
  type WrittenTenant,
} from './embedded-world.ts';
import { type OpenedPage, openPage, type ViewOptions } from './open-page.ts';
import { browserForFile } from './set-up.ts';

/** A story over the embedded stack. Its servers and pages are closed after each test, the stack after the last one. */
export interface EmbeddedStory {
  readonly world: EmbeddedWorld;
  serve(name: string, role?: Subject['role'], wish?: ServeWish): Promise<ConsoleServer>;
  open(served: ConsoleServer, path: string, options?: ViewOptions): Promise<OpenedPage>;
  /** Registers what is stopped after the test, the latest first. */
  stopLater(stop: () => Promise<unknown>): void;
  /** Starts a migration that waits before its cutover until it is released. */
  heldMigration(
    served: ConsoleServer,
    tenantId: string,
    wish?: Pick<StartWish, 'holdMs'>,
  ): Promise<HeldMigration>;
}

export interface HeldMigration {
  readonly tenant: WrittenTenant;
  readonly id: MigrationId;
}

/** Starts Chromium and the embedded stack for the calling file. */
export const embeddedStory = (): EmbeddedStory => {
  const browser = browserForFile();
  let started: EmbeddedWorld | undefined;
  const stops: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    started = await startEmbeddedWorld();
  });
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });
  afterAll(() => started?.stop());
  const current = (): EmbeddedWorld => {
    if (!started) throw new Error('the embedded stack has not started yet');
    return started;
  };
  const world: EmbeddedWorld = {
    get stack() {
      return current().stack;
    },
    serve: (...given) => current().serve(...given),
    addWrittenTenant: (tenantId) => current().addWrittenTenant(tenantId),
    start: (...given) => current().start(...given),
    untilIt: (...given) => current().untilIt(...given),
    requestsOf: (...given) => current().requestsOf(...given),
    stop: () => current().stop(),
  };
  return {
    world,
    async serve(name, role = 'operator', wish = {}) {
      const served = await world.serve(name, role, wish);
      stops.push(served.stop);
      return served;
    },
    async open(served, path, options) {
      const opened = await openPage(browser, served, path, options);
      stops.push(opened.close);
      return opened;
    },
    stopLater: (stop) => stops.push(stop),
    async heldMigration(served, tenantId, wish = {}) {
      const tenant = await world.addWrittenTenant(tenantId);
      const id = await world.start(served, tenant.tenantId, { ...wish, holdCutover: true });
      await world.untilIt(id, ({ status, stages }) => status === 'catchingUp' && stages.flip !== undefined);
      return { tenant, id };
    },
  };
};

/** Carries out an action by its button, with a reason, as an operator does. */
export const act = async (page: Page, button: string): Promise<void> => {
  await page.locator('main').getByRole('button', { name: button, exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill(`to see ${button.toLowerCase()}`);
  await dialog.getByRole('button', { name: button, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
};

/** Waits until the page shows the migration's status in these words. */
export const shows = (page: Page, status: string): Promise<void> =>
  page.getByText(status, { exact: true }).first().waitFor();

/** Stops the application. Fails if it lost a write or read a stale value. */
export const stopApplication = async ({ application }: WrittenTenant): Promise<void> =>
  expect((await application.stop()).wrongs).toEqual([]);
