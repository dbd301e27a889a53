import { capture } from './capture.ts';
import { type Guards, guards } from './guards.ts';
import { type Found, search } from './search.ts';
import { type Bounds, NOTHING_HAPPENS } from './state.ts';
import { watching } from './watchdog.ts';
import { isOver, workflow } from './workflow.ts';
import { application } from './writer.ts';

/** Everybody, and every order in which they may act. */
export const explore = (bounds: Partial<Bounds>, given: Guards = guards): Found =>
  search([...workflow, ...application, ...capture, ...watching], {
    bounds: { ...NOTHING_HAPPENS, ...bounds },
    guards: given,
    isEnd: isOver,
  });
