/** Ids and keys of the sample data: scattered like real ones, and unique within their kind. */

/**
 * Returns a seven-letter id for the n-th entity of a kind. Multiplication by an odd number modulo 2^32 is one-to-one, and
 * so is the exclusive or that keeps the kinds apart.
 */
export const scatteredId = (kind: Kind, n: number): string =>
  ((Math.imul(n + 1, 2_654_435_761) ^ KINDS[kind]) >>> 0).toString(36).padStart(7, '0');

export type Kind = keyof typeof KINDS;
const KINDS = {
  school: 0x1b873593,
  teacher: 0x7ed55d16,
  classroom: 0x38495ab5,
  course: 0x5a308d23,
  student: 0x6c8e9cf5,
  assignment: 0x27d4eb2f,
  grade: 0x165667b1,
  user: 0x4cf5ad43,
} as const;

const DAY_MS = 86_400_000;
/** A Monday. */
const FIRST_DAY = Date.UTC(2025, 7, 18);

/** Returns the n-th school day since 18 August 2025, Monday to Friday. */
export const schoolDay = (n: number): string =>
  isoDay(FIRST_DAY + (Math.floor(n / 5) * 7 + (n % 5)) * DAY_MS);

/** Returns a time between 7:00 and 16:59 on a day. */
export const momentOf = (day: string, minute: number): string =>
  `${day}T${twoDigits(7 + (Math.floor(minute / 60) % 10))}:${twoDigits(minute % 60)}:00.000Z`;

/** Returns an academic year: `2025-2026` for 0, then the ones before it. */
export const academicYear = (yearsAgo: number): string => `${2025 - yearsAgo}-${2026 - yearsAgo}`;

const isoDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const twoDigits = (n: number): string => String(n).padStart(2, '0');

export const keys = {
  school: (school: string) => `SCHOOL#${school}`,
  year: (school: string, year: string) => `SCHOOL#${school}#ACADEMIC_YEAR#${year}`,
  classroom: (school: string, freeSlots: string) => `SCHOOL#${school}#CLASSROOM#${freeSlots}`,
  course: (school: string, course: string) => `SCHOOL#${school}#COURSE#${course}`,
  assignment: (school: string, course: string, assignment: string) =>
    `SCHOOL#${school}#COURSE#${course}#ASSIGNMENT#${assignment}`,
  teacher: (teacher: string) => `TEACHER#${teacher}`,
  student: (student: string) => `STUDENT#${student}`,
  grade: (student: string, grade: string) => `STUDENT#${student}#GRADE#${grade}`,
  attendance: (student: string, day: string) => `STUDENT#${student}#ATTENDANCE#${day}`,
};
