import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { endOperatorWait } from '../record/operator-wait.ts';
import { holdCutoverRefusal, releaseCutoverRefusal } from '../record/refusals.ts';
import type { AuditNote } from './audit-note.ts';
import { changeByOperator } from './control-migration.ts';

/** Holds the cutover until it is released. Changes continue to be applied. @throws NotSafe after the flip */
export const holdCutover = (ports: Ports, id: string, note: AuditNote): Promise<Migration> =>
  changeByOperator(ports, id, note, 'cutover held', holdCutoverRefusal, () => ({ cutoverHeld: true }));

/** Releases a held cutover. @throws NotSafe if it is not held */
export const releaseCutover = (ports: Ports, id: string, note: AuditNote): Promise<Migration> =>
  changeByOperator(ports, id, note, 'cutover released', releaseCutoverRefusal, (migration, at) => {
    const released = { cutoverHeld: false, cutoversPastLeases: undefined };
    // a paused migration still waits for its operator
    return migration.paused ? released : { ...released, ...endOperatorWait(migration, at) };
  });
