import { definitionOf, MACHINES } from '../../state-machines/machines.ts';

/* `npm run print:asl -- rollback`: prints a state machine as it is deployed, with placeholders for ARNs. */

const [given = 'tier-migration'] = process.argv.slice(2);
const machine = MACHINES.find((name) => name === given);
if (machine === undefined) {
  process.stderr.write(`no state machine ${given}: use one of ${MACHINES.join(', ')}\n`);
  process.exitCode = 2;
} else process.stdout.write(`${definitionOf(machine)}\n`);
