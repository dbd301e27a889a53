import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globals: false,
    // engines and command lines are processes of their own, which take seconds to start where cores are few
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // an engine has 512 MB and a core of its own
    maxWorkers: 2,
  },
});
