import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Talk to DynamoDB: they share one warm engine, each file with a database of its own. */
const ENGINE = [
  'test/adversary/**/*.test.ts',
  'test/contract/**/*.test.ts',
  'test/workflow/**/*.test.ts',
  'test/aws/{control-tables,stream-readers}.test.ts',
  'test/cli/commands.test.ts',
  'test/docs/sign-up-permissions.test.ts',
  'test/live/clients.test.ts',
  'test/local/{capture,engine-schemas,streams-on-engines}.test.ts',
  'test/router/moved-tenant.test.ts',
  'test/strict/{dynamodb-{control-plane,probes,throughput},tenant-removal}.test.ts',
];
const MODEL = ['test/model/**/*.test.ts'];
/** Synthesise whole stacks. */
const SYNTHESIS = ['test/infra/**/*.test.ts', 'test/verify-aws/plan.test.ts'];
/**
 * Install or bundle packages, start engines and programs, record every call, search whole state spaces, or do again what
 * `npm test` does once: kills, and each state that fails at the other time.
 */
const SLOW = [
  'test/adversary/{restore,late-put,journal-whole,journal-whole-more,past-leases,slow-shortening}.test.ts',
  'test/package/**/*.test.ts',
  'test/ci/within-budget.test.ts',
  'test/console/page/stream-cuts.test.ts',
  'test/demo/demo.test.ts',
  'test/docs/{applications-moved,school-service}.test.ts',
  'test/infra/{bundles,console-actions,used-actions}.test.ts',
  'test/local/{engine,local-command}.test.ts',
  'test/model/{crashes,without-effect}.test.ts',
  'test/workflow/{cost,deployed-bundles,fidelity,interleavings,late-tables,left-overs}.test.ts',
  'test/workflow/{retire-table,several-partitions,slow-machine,stream-consumers,strict-migration}.test.ts',
  'test/router/{routed-client-moved,protocol/conformance}.test.ts',
  'test/strict/{mappings,throttled}-stack.test.ts',
  'test/testing/tenant-move.test.ts',
  'test/upgrade/**/*.test.ts',
  'test/workflow/{expired-items,failing-after,failing-states-rest,failing-rollback,failing-rollback-rest,kill-more}.test.ts',
];
/** Take minutes to hours in full, and start engines of their own. */
const CAMPAIGNS = [
  'test/faults/**/*.test.ts',
  'test/live/{migrations-live,broken-protocol,routed-clients}.test.ts',
  'test/model/{journal,partitions}/combined.test.ts',
  'test/model/crashes-more.test.ts',
];

/** Takes minutes: in the project `strict`, and, where CI asks for fewer items, beside the slow tests, since it waits much. */
const STRICT = ['test/strict/everything.test.ts'];
if (process.env.STRICT_ITEMS !== undefined) SLOW.push(...STRICT);
/** Sets up a table that is still being created. */
const NOT_STRICT = ['test/workflow/adopted-table.test.ts'];
/** Start Chromium, and look at the built page: `npm run test:console`. */
const BROWSER = ['test/console/page/browser/**/*.test.ts'];
/** Prints what a plan says about a table that has everything wrong. */
const LISTING = 'test/migration/plan/everything-wrong.test.ts';

/** The longest files, longest first: begun late, one of them would end long after everything else. */
const LONGEST = [
  ...['workflow/kill', 'workflow/failing-before', 'workflow/migration', 'workflow/operator'],
  ...[
    'strict/everything',
    'package/installed',
    'router/protocol/conformance',
    'workflow/failing-states-rest',
  ],
  ...['demo/demo', 'workflow/kill-more', 'workflow/failing-after', 'workflow/failing-rollback-rest'],
  ...['browser/views', 'browser/embedded', 'browser/start', 'browser/tenants', 'browser/counted-names'],
];

/** Starts the longest files first, also in a fresh clone, in which Vitest has no times of earlier runs. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return at < 0 ? LONGEST.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

const startEngine = 'test/support/start-engine.ts';

export default defineConfig({
  // examples import the package that their readers install
  resolve: {
    alias: {
      '@tierferry/router': fileURLToPath(new URL('functions/router/router.ts', import.meta.url)),
      'tierferry/admin': fileURLToPath(new URL('functions/admin/admin.ts', import.meta.url)),
      'tierferry/testing': fileURLToPath(new URL('scripts/testing/testing.ts', import.meta.url)),
      'tierferry/router': fileURLToPath(new URL('functions/router/router.ts', import.meta.url)),
    },
  },
  test: {
    // bundles of handlers are loaded by Node itself, as on Lambda
    server: { deps: { external: [/\/index\.mjs$/] } },
    // only a hang takes so long: engines and command lines are processes of their own, slow on a busy machine
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // modules are compiled once per worker, and not once per file
    isolate: false,
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: 'engine', include: ENGINE, exclude: SLOW, globalSetup: startEngine } },
      { extends: true, test: { name: 'model', include: MODEL, exclude: [...SLOW, ...CAMPAIGNS] } },
      { extends: true, test: { name: 'synthesis', include: SYNTHESIS, exclude: SLOW } },
      { extends: true, test: { name: 'slow', include: SLOW, globalSetup: startEngine } },
      { extends: true, test: { name: 'campaigns', include: CAMPAIGNS } },
      { extends: true, test: { name: 'console', include: BROWSER, globalSetup: startEngine } },
      // the whole contract of the strict layer, and every workflow on strict stacks; its files are in other projects, too
      {
        extends: true,
        test: {
          name: 'strict',
          include: ['test/strict/**/*.test.ts', 'test/workflow/**/*.test.ts', LISTING],
          exclude: NOT_STRICT,
          env: { STRICT_STACKS: '1' },
          globalSetup: startEngine,
        },
      },
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...ENGINE, ...MODEL, ...SYNTHESIS, ...SLOW, ...CAMPAIGNS, ...STRICT, ...BROWSER],
        },
      },
    ],
  },
});
