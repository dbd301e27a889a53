#!/usr/bin/env node
/*
 * The `tierferry` command. In a checkout it runs the TypeScript; in the package, the JavaScript built from it. It is
 * CommonJS without new syntax, so that a Node that is too old for the rest can still run it and report that.
 */
'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

/** The first version that runs TypeScript without a flag, as in `engines` of package.json. */
const NEEDED = [22, 18];
const [major, minor] = process.versions.node.split('.').map(Number);

if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) {
  const built = join(__dirname, 'tierferry.js');
  import(pathToFileURL(existsSync(built) ? built : join(__dirname, 'tierferry.ts')).href);
} else {
  process.stderr.write(
    `tierferry: Tierferry needs Node ${NEEDED.join('.')} or newer, and this is Node ${process.versions.node}. Nothing was run. Install Node 24 (https://nodejs.org), then run the command again.\n`,
  );
  process.exitCode = 2;
}
