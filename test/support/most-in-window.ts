/**
 * Returns the most units that any window holds.
 * @param calls in order of time, each with its time in ms. @param windowMs the window's length, in ms.
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
