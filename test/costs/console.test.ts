import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseSettings } from '../../functions/migration/settings/settings.ts';
import { CONSOLE_PERMISSIONS } from '../../infra/step-permissions.ts';
import { formatUsd } from '../../scripts/cli/render/figures.ts';

const DOC = readFileSync(new URL('../../docs/cost.md', import.meta.url), 'utf8');

test('docs/cost.md says what an open page of a deployed console costs an hour', () => {
  const { memory } = CONSOLE_PERMISSIONS.ServeConsole;
  const { perLambdaGbSecond } = parseSettings({}).prices;
  expect(DOC).toContain(
    `At ${memory} MB that is ${formatUsd((memory / 1_024) * 3_600 * perLambdaGbSecond)} an hour`,
  );
});
