import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // minutes to an hour each, with scripts of their own: npm run test:live, npm run test:faults
    exclude: process.env.LONG_TESTS
      ? []
      : ['test/faults/**', 'test/live/migrations-live.test.ts', 'test/live/broken-protocol.test.ts'],
    globals: false,
    // bundles of handlers are loaded by Node itself, as on Lambda
    server: { deps: { external: [/\/index\.mjs$/] } },
    // engines and command lines are processes of their own, which take seconds to start where cores are few
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // an engine has 512 MB and a core of its own
    maxWorkers: 2,
  },
});
