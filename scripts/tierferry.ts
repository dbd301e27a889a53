#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// enabled before any other module is loaded, so that the next start compiles none of them
enableCompileCache();
const { main } = await import('./cli/main.ts');

// the reader has closed the pipe, e.g. `| head`
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await main(process.argv.slice(2), process.env);
