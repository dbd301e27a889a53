import type { Vector } from '../../../scripts/conformance/messages.ts';
import { clocks } from './scenarios/clocks.ts';
import { concurrency } from './scenarios/concurrency.ts';
import { failures } from './scenarios/failures.ts';
import { fence } from './scenarios/fence.ts';
import { lease } from './scenarios/lease.ts';
import { record } from './scenarios/record.ts';

/** The written vectors by the name of their file. `histories.json` is recorded (`record-histories.ts`). */
export const WRITTEN: Readonly<Record<string, readonly Vector[]>> = {
  record,
  lease,
  clocks,
  failures,
  fence,
  concurrency,
};

/** Returns vectors as JSON with one step per line, so that a difference shows which step has changed. */
export const toText = (vectors: readonly Vector[]): string => {
  const one = ({ steps, ...about }: Vector): string => {
    const fields = Object.entries(about).map(
      ([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},`,
    );
    const lines = steps.map((step) => `      ${JSON.stringify(step)}`);
    return ['  {', ...fields, '    "steps": [', lines.join(',\n'), '    ]', '  }'].join('\n');
  };
  return `[\n${vectors.map(one).join(',\n')}\n]\n`;
};

export const FOLDER = new URL('./vectors/', import.meta.url);

export const fileOf = (name: string): URL => new URL(`${name}.json`, FOLDER);
