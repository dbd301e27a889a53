/**
 * Returns the maximum of the units in any window.
 * @param calls sorted by time, each with its time in ms.
 * @param windowMs length of the window, in ms.
 */
export const mostInWindow = (
  calls: readonly { readonly at: number; readonly units: number }[],
  windowMs: number,
): number => {
  let [most, sum, first] = [0, 0, 0];
  for (const { at, units } of calls) {
    sum += units;
    for (let oldest = calls[first]; oldest && oldest.at <= at - windowMs; oldest = calls[first]) {
      sum -= oldest.units;
      first += 1;
    }
    most = Math.max(most, sum);
  }
  return most;
};
