import { execFileSync } from 'node:child_process';
import { withDefaults } from '../../state-machines/defaults.ts';
import { definitionOf, MACHINES } from '../../state-machines/machines.ts';

/*
 * `node scripts/state-machines/compare.ts COMMIT [MACHINE=EARLIER-NAME]`: compares the state machines as they are deployed with
 * those of an earlier commit, field by field, comments apart. A pair is for a machine that had another name. Exits with 1 if a
 * field differs.
 */

/** The fields of a definition at every depth, by their path. */
const fieldsOf = (value: unknown, path = ''): [path: string, value: string][] => {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (inner.length === 0) return [[path, JSON.stringify(value)]];
  return inner.flatMap(([key, one]) => (key === 'Comment' ? [] : fieldsOf(one, `${path}/${key}`)));
};

const [commit = 'HEAD', ...renamed] = process.argv.slice(2);
const earlierNames = new Map(
  renamed.map((pair) => {
    const [now = '', earlier = now] = pair.split('=');
    return [now, earlier];
  }),
);

for (const machine of MACHINES) {
  const file = `state-machines/${earlierNames.get(machine) ?? machine}.asl.json`;
  const asl = execFileSync('git', ['show', `${commit}:${file}`], { encoding: 'utf8' });
  const before = new Map(fieldsOf(JSON.parse(withDefaults(asl))));
  const after = new Map(fieldsOf(JSON.parse(definitionOf(machine))));
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  const different = paths.filter((path) => before.get(path) !== after.get(path));
  process.stdout.write(
    `${machine}: ${paths.length - different.length} of ${paths.length} fields are equal\n`,
  );
  for (const path of different)
    process.stdout.write(`  ${path}: ${before.get(path) ?? 'absent'} -> ${after.get(path) ?? 'absent'}\n`);
  if (different.length > 0) process.exitCode = 1;
}
