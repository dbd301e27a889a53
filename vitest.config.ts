import { defineConfig } from 'vitest/config';

/** Tests that talk to DynamoDB: they share one warm engine, each file with a database of its own. */
const ENGINE = [
  'test/contract/**/*.test.ts',
  'test/workflow/**/*.test.ts',
  'test/aws/{control-tables,stream-readers}.test.ts',
  'test/cli/{commands,without-a-stack}.test.ts',
  'test/demo/demo.test.ts',
  'test/infra/deployment.test.ts',
  'test/live/clients.test.ts',
  'test/local/{capture,engine,local-command,streams-on-engines}.test.ts',
  'test/router/moved-tenant.test.ts',
];
const MODEL = ['test/model/**/*.test.ts'];
/** Install packages, or record every call of every state. */
const PACKAGE = ['test/package/**/*.test.ts', 'test/infra/used-actions.test.ts'];
/** Take minutes to hours, and have engines of their own. */
const CAMPAIGNS = [
  'test/faults/**/*.test.ts',
  'test/live/{migrations-live,broken-protocol}.test.ts',
];

export default defineConfig({
  test: {
    // bundles of handlers are loaded by Node itself, as on Lambda
    server: { deps: { external: [/\/index\.mjs$/] } },
    // only a hang takes so long: engines and command lines are processes of their own, slow on a busy machine
    testTimeout: 300_000,
    hookTimeout: 300_000,
    isolate: false,
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'engine', include: ENGINE, globalSetup: 'test/support/start-engine.ts' } },
      { extends: true, test: { name: 'model', include: MODEL } },
      { extends: true, test: { name: 'package', include: PACKAGE, globalSetup: 'test/support/start-engine.ts' } },
      { extends: true, test: { name: 'campaigns', include: CAMPAIGNS } },
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...ENGINE, ...MODEL, ...PACKAGE, ...CAMPAIGNS],
        },
      },
    ],
  },
});
