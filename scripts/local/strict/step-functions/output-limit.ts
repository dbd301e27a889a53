import { STATE_PAYLOAD_BYTES } from '../../../../functions/migration/limits.ts';
import type { ExecutionResult } from '../../history.ts';
import type { InterpreterEvent } from '../../interpreter.ts';

/**
 * Returns the end of the execution if this event is the exit of a state with too large an output. No Catch handles it.
 * [Error names: States.DataLimitExceeded]
 */
export const outputTooLarge = (event: InterpreterEvent): ExecutionResult | undefined => {
  if (event.type !== 'StateExited') return undefined;
  const { name, output } = event.state;
  if (Buffer.byteLength(JSON.stringify(output ?? null)) <= STATE_PAYLOAD_BYTES) return undefined;
  return {
    status: 'FAILED',
    error: 'States.DataLimitExceeded',
    cause: `The state/task '${name}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  };
};
