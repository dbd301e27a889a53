import { counted } from '../../../functions/migration/counted.ts';

/** Formats numbers for people: in English whatever the machine's locale, so that output can be compared. */

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `34,567` */
export const formatCount = (n: number): string => grouped.format(n);

/** `1 item`, `34,567 items` */
export const formatCounted = counted;

const BYTE_UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** `412 B`, `13.6 MB`: steps of 1,024, as AWS's limits are. */
export const formatBytes = (n: number): string => {
  let step = 0;
  let value = n;
  while (value >= 1_024 && step < BYTE_UNITS.length - 1) {
    value /= 1_024;
    step += 1;
  }
  return `${step === 0 ? formatCount(value) : value.toFixed(1)} ${BYTE_UNITS[step]}`;
};

/** `$0.0412`, `$12.30`: four decimals below one dollar. */
export const formatUsd = (amount: number): string =>
  amount !== 0 && amount < 1 ? `$${amount.toFixed(4)}` : `$${amount.toFixed(2)}`;

/** `2026-03-04 05:06:07 UTC` */
export const formatTime = (epochMs: number): string =>
  `${new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** Returns a status for a heading: `rolledBack` as `ROLLED BACK`. */
export const capitalised = (status: string): string => status.replaceAll(/[A-Z]/g, ' $&').toUpperCase();
