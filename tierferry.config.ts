import { defineConfig } from './functions/migration/settings/config.ts';

/**
 * The deployment: read by `npx cdk deploy` and by the command line. What is left out has its default; every field is
 * explained in functions/migration/settings/settings.ts and config.ts.
 */
export default defineConfig({
  prefix: 'saas',
});
