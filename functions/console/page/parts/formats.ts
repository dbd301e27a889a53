/** Numbers as people read them, in English whatever the browser's language, as the command line prints them. */

/** `34,567`. Without `Intl`, whose first formatter in a page takes 100 ms and more to make on a slow machine. */
export const count = (n: number): string => n.toFixed(0).replace(/\B(?=(?:\d{3})+$)/g, ',');

/** `1 item`, `34,567 items` */
export const counted = (n: number, one: string, many = `${one}s`): string =>
  `${count(n)} ${n === 1 ? one : many}`;

/** `schools` as a heading: `Schools` */
export const heading = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

const BYTE_UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** `412 B`, `13.6 MB`: steps of 1,024, as AWS's limits are. */
export const bytes = (n: number): string => {
  let step = 0;
  let value = n;
  while (value >= 1_024 && step < BYTE_UNITS.length - 1) {
    value /= 1_024;
    step += 1;
  }
  return `${step === 0 ? count(value) : value.toFixed(1)} ${BYTE_UNITS[step]}`;
};

const two = (n: number): string => String(n).padStart(2, '0');

/** `0 s`, `340 ms`, `4.2 s`, `3 min 05 s`, `2 h 07 min`, `1 d 02 h` */
export const duration = (ms: number): string => {
  if (ms <= 0) return '0 s';
  if (ms < 999.5) return `${Math.max(1, Math.round(ms))} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  return longDuration(ms);
};

/** The same without fractions of a second, for a time that goes on: `4 s`, `3 min 05 s` */
export const ticking = (ms: number): string =>
  ms < 60_000 ? `${Math.max(0, Math.floor(ms / 1_000))} s` : longDuration(ms);

const longDuration = (ms: number): string => {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${two(hours % 24)} h`;
};

/** `85 %` */
export const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** `$0.0412`, `$12.30`: four decimals while they matter. */
export const usd = (amount: number): string =>
  amount !== 0 && amount < 1 ? `$${amount.toFixed(4)}` : `$${amount.toFixed(2)}`;
