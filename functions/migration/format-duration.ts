/** Renders a time in ms for people: `0 s`, `340 ms`, `4.2 s`, `3 min 05 s`, `2 h 07 min`, `1 d 02 h`. */
export const formatDuration = (ms: number): string => {
  if (ms <= 0) return '0 s';
  if (ms < 999.5) return `${Math.max(1, Math.round(ms))} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${twoDigits(hours % 24)} h`;
};

const twoDigits = (n: number): string => String(n).padStart(2, '0');
