import { cutover } from './cutover.ts';
import { dataPath } from './data-path.ts';
import { drawDiagram } from './diagram.ts';
import { drawnMachine } from './state-machine.ts';

/** The drawn pictures of `docs/pictures`, by file name. `watch.svg` is not drawn but taken from a real run. */
export const pictures: Readonly<Record<string, string>> = {
  'data-path.svg': drawDiagram(dataPath),
  'cutover.svg': drawDiagram(cutover),
  'tier-migration.svg': drawDiagram(
    drawnMachine(
      'tier-migration',
      'The state machine tier-migration: five stages one below the other, each with its states in order. Failures of the first four stages lead to RollBack, those of the fifth to RecordFailure.',
    ),
  ),
  'rollback.svg': drawDiagram(
    drawnMachine(
      'rollback',
      'The state machine rollback. After the flip it first moves the tenant back by a cutover in reverse; then, as before the flip, it reopens writes, discards the target and releases the tenant lock. Failures lead to RecordRollbackFailure.',
    ),
  ),
};
