const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `1 item`, `34,567 items`; with a verb `1 key was`, `2 keys were`. In English whatever the machine's locale. */
export const counted = (n: number, one: string, many = `${one}s`): string =>
  `${grouped.format(n)} ${n === 1 ? one : many}`;
