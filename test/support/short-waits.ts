/** Wait states that look at a table again, by name, in ms: the engine on one machine is done at once. */
export const SHORT_WAITS = { WaitForTargetTable: 50, WaitForDrop: 50 };
