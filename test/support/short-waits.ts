/** Wait states that look again, by name, in ms: the engine on one machine is done at once. */
export const SHORT_WAITS = {
  WaitForTargetTable: 50,
  Hold: 20,
  WaitForDrop: 50,
  WaitForSourceCapture: 10,
  WaitForTargetCapture: 10,
  WaitToApply: 10,
  WaitToCatchUp: 10,
  WaitForLongLeases: 10,
  WaitToCutOver: 50,
  WritersFirst: 20,
  WaitForCapture: 20,
  WaitToCatchUpBack: 10,
  WaitForLongLeasesBack: 10,
  WaitToCutBack: 50,
  WaitToDiscard: 20,
  WaitForService: 20,
};
