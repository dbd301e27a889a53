/**
 * Returns the numbers from 0 to `count - 1` in an order in which neighbours are far apart (bit reversal). DynamoDB
 * splits a partition for heat only if traffic is spread over the sort key. [Best practices for partition keys]
 */
export const spreadOrder = (count: number): number[] => {
  const bits = Math.ceil(Math.log2(Math.max(count, 1)));
  const reversed = (n: number): number => {
    let result = 0;
    for (let bit = 0; bit < bits; bit += 1) if (n & (1 << bit)) result |= 1 << (bits - 1 - bit);
    return result;
  };
  return Array.from({ length: 2 ** bits }, (_, n) => reversed(n)).filter((n) => n < count);
};
