import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../functions/migration/items/items.ts';
import type { SeededRandom } from './random.ts';
import { academicYear, type Kind, keys, momentOf, scatteredId, schoolDay } from './school-keys.ts';
import {
  ATTENDANCE_NOTES,
  FIRST_NAMES,
  LAST_NAMES,
  REMARKS,
  SCHOOL_KINDS,
  SCHOOL_NAMES,
  SUBJECTS,
  TASKS,
} from './words.ts';

export type EntityType =
  | 'SCHOOL'
  | 'ACADEMIC_YEAR'
  | 'TEACHER'
  | 'CLASSROOM'
  | 'COURSE'
  | 'STUDENT'
  | 'ASSIGNMENT'
  | 'GRADE'
  | 'ATTENDANCE';

export interface District {
  readonly tenantId: string;
  readonly counts: Readonly<Record<EntityType, number>>;
  readonly random: SeededRandom;
}

type EntityMaker = (district: District, n: number) => Item;

const text = (value: string): AttributeValue => ({ S: value });
const number = (value: number): AttributeValue => ({ N: String(value) });

/** Returns the id of the entity that the n-th one belongs to, one of `count` in turn. */
const ownerAttributes = (kind: Kind, n: number, count: number): string =>
  scatteredId(kind, n % Math.max(1, count));
const schoolOf = ({ counts }: District, n: number): string => ownerAttributes('school', n, counts.SCHOOL);

const user = (random: SeededRandom): string => `user-${scatteredId('user', random.between(0, 60))}`;

/** Returns the attributes that every item has: keys, entity type, author and last change. */
const baseAttributes = (
  { tenantId, random }: District,
  entityType: EntityType,
  key: string,
  n: number,
): Item => {
  const created = schoolDay(n % 190);
  const isChanged = random.chance(0.4);
  const author = user(random);
  const createdAt = momentOf(created, random.between(0, 599));
  return {
    tenantId: text(tenantId),
    entityKey: text(key),
    entityType: text(entityType),
    createdAt: text(createdAt),
    createdBy: text(author),
    updatedAt: text(isChanged ? momentOf(schoolDay((n % 190) + 5), random.between(0, 599)) : createdAt),
    updatedBy: text(isChanged ? user(random) : author),
    version: number(isChanged ? random.between(2, 9) : 1),
  };
};

/** Returns an index key. The indexes are sparse: an item has the keys of those in which the application looks for it. */
const byType = ({ tenantId }: District, type: EntityType): Item => ({
  tenantEntityType: text(`${tenantId}#${type}`),
});
const bySchool = ({ tenantId }: District, school: string): Item => ({
  tenantSchool: text(`${tenantId}#${school}`),
});
const byPerson = ({ tenantId }: District, person: string): Item => ({
  tenantPerson: text(`${tenantId}#${person}`),
});

const personName = (random: SeededRandom): Item => ({
  firstName: text(random.pick(FIRST_NAMES)),
  lastName: text(random.pick(LAST_NAMES)),
});

/** Returns an expiry for TTL, far in the future so that the demo's data stays. */
const keptUntil = (n: number): AttributeValue => number(Date.UTC(2055, 7, 1) / 1_000 + n);

const school: EntityMaker = (district, n) => {
  const { random } = district;
  const id = scatteredId('school', n);
  return {
    ...baseAttributes(district, 'SCHOOL', keys.school(id), n),
    ...byType(district, 'SCHOOL'),
    name: text(`${random.pick(SCHOOL_NAMES)} ${random.pick(SCHOOL_KINDS)}`),
    address: {
      M: {
        street: text(`${random.between(1, 900)} ${random.pick(SCHOOL_NAMES)} Road`),
        latitude: number(random.between(-90_000_000, 90_000_000) / 1e6),
        longitude: number(random.between(-180_000_000, 180_000_000) / 1e6),
      },
    },
    gradeLevels: { NS: ['6', '7', '8', '9'] },
    crest: { B: random.bytes(32) },
    doorCodes: { BS: [random.bytes(6), Uint8Array.of(n % 256, n >> 8, 0, 1)] },
    bellTimes: { L: [text('08:10'), text('09:00'), text('09:50'), text('10:55'), text('13:20')] },
    isOpen: { BOOL: true },
    closedOn: { NULL: true },
  };
};

const year: EntityMaker = (district, n) => {
  const id = schoolOf(district, n);
  const name = academicYear(Math.floor(n / district.counts.SCHOOL));
  return {
    ...baseAttributes(district, 'ACADEMIC_YEAR', keys.year(id, name), n),
    ...byType(district, 'ACADEMIC_YEAR'),
    ...bySchool(district, id),
    schoolId: text(id),
    name: text(name),
    terms: {
      L: ['autumn', 'spring', 'summer'].map((term) => ({
        M: { term: text(term), weeks: number(district.random.between(11, 15)) },
      })),
    },
    isCurrent: { BOOL: n < district.counts.SCHOOL },
  };
};

const teacher: EntityMaker = (district, n) => {
  const { random } = district;
  const id = scatteredId('teacher', n);
  const first = random.between(0, SUBJECTS.length - 2);
  return {
    ...baseAttributes(district, 'TEACHER', keys.teacher(id), n),
    ...byType(district, 'TEACHER'),
    ...bySchool(district, schoolOf(district, n)),
    ...personName(random),
    schoolId: text(schoolOf(district, n)),
    subjects: { SS: SUBJECTS.slice(first, first + random.between(1, 2)) },
    employment: { N: (random.between(20, 100) / 100).toFixed(2) },
    badge: { B: random.bytes(16) },
    onLeaveSince: { NULL: true },
  };
};

const classroom: EntityMaker = (district, n) => {
  const { random } = district;
  const id = schoolOf(district, n);
  return {
    ...baseAttributes(district, 'CLASSROOM', keys.classroom(id, scatteredId('classroom', n)), n),
    ...byType(district, 'CLASSROOM'),
    ...bySchool(district, id),
    schoolId: text(id),
    building: text(random.pick(['Main', 'North', 'South', 'Annex'])),
    seats: number(random.between(16, 34)),
    area: { N: (random.between(400, 950) / 10).toFixed(1) },
    hasProjector: { BOOL: random.chance(0.8) },
    equipment: { SS: ['whiteboard', 'blinds', ...(random.chance(0.3) ? ['sink'] : [])] },
  };
};

const course: EntityMaker = (district, n) => {
  const { random, counts } = district;
  const id = schoolOf(district, n);
  return {
    ...baseAttributes(district, 'COURSE', keys.course(id, scatteredId('course', n)), n),
    ...byType(district, 'COURSE'),
    ...bySchool(district, id),
    ...byPerson(district, ownerAttributes('teacher', n, counts.TEACHER)),
    schoolId: text(id),
    teacherId: text(ownerAttributes('teacher', n, counts.TEACHER)),
    title: text(`${random.pick(SUBJECTS)} ${random.between(1, 4)}`),
    credits: { N: (random.between(2, 12) / 2).toFixed(1) },
    schedule: {
      L: [1, 3].map((day) => ({ M: { day: number(day), period: number(random.between(1, 7)) } })),
    },
    syllabus: text(random.pick(REMARKS)),
  };
};

const student: EntityMaker = (district, n) => {
  const { random } = district;
  const id = scatteredId('student', n);
  return {
    ...baseAttributes(district, 'STUDENT', keys.student(id), n),
    ...byType(district, 'STUDENT'),
    ...bySchool(district, schoolOf(district, n)),
    ...personName(random),
    schoolId: text(schoolOf(district, n)),
    bornOn: text(`${random.between(2008, 2014)}-0${random.between(1, 9)}-${random.between(10, 28)}`),
    gradeLevel: number(random.between(6, 12)),
    average: { N: (random.between(1_000, 4_000) / 1_000).toFixed(3) },
    guardians: {
      L: [{ M: { ...personName(random), phone: text(`+1-555-01${random.between(10, 99)}`) } }],
    },
    photoHash: { B: random.bytes(20) },
    middleName: random.chance(0.5) ? { NULL: true } : text(''),
    usesBus: { BOOL: random.chance(0.4) },
  };
};

const assignment: EntityMaker = (district, n) => {
  const { random, counts } = district;
  const courseN = n % counts.COURSE;
  const id = schoolOf(district, courseN);
  return {
    ...baseAttributes(
      district,
      'ASSIGNMENT',
      keys.assignment(id, scatteredId('course', courseN), scatteredId('assignment', n)),
      n,
    ),
    ...byType(district, 'ASSIGNMENT'),
    ...bySchool(district, id),
    schoolId: text(id),
    courseId: text(scatteredId('course', courseN)),
    title: text(`${random.pick(TASKS)} ${random.between(1, 12)}`),
    dueOn: text(schoolDay((n % 180) + 7)),
    weight: { N: (random.between(5, 40) / 100).toFixed(2) },
    rubric: {
      L: ['content', 'form'].map((part) => ({
        M: { part: text(part), points: number(random.between(5, 50)) },
      })),
    },
  };
};

const grade: EntityMaker = (district, n) => {
  const { random, counts } = district;
  const who = ownerAttributes('student', n, counts.STUDENT);
  return {
    ...baseAttributes(district, 'GRADE', keys.grade(who, scatteredId('grade', n)), n),
    ...byPerson(district, who),
    studentId: text(who),
    assignmentId: text(ownerAttributes('assignment', n, counts.ASSIGNMENT)),
    score: { N: (random.between(300, 1_000) / 10).toFixed(1) },
    isFinal: { BOOL: random.chance(0.8) },
    remark: text(random.pick(REMARKS)),
  };
};

const attendance: EntityMaker = (district, n) => {
  const { random, counts } = district;
  const who = ownerAttributes('student', n, counts.STUDENT);
  const day = schoolDay(Math.floor(n / counts.STUDENT));
  return {
    ...baseAttributes(district, 'ATTENDANCE', keys.attendance(who, day), n),
    ...byPerson(district, who),
    studentId: text(who),
    day: text(day),
    status: text(random.pick(['present', 'present', 'present', 'late', 'excused'])),
    lessons: { NS: Array.from({ length: random.between(3, 7) }, (_, lesson) => String(lesson + 1)) },
    note: text(random.pick(ATTENDANCE_NOTES)),
    ...(random.chance(0.5) ? { expiresAt: keptUntil(n) } : {}),
  };
};

export const makers: Readonly<Record<EntityType, EntityMaker>> = {
  SCHOOL: school,
  ACADEMIC_YEAR: year,
  TEACHER: teacher,
  CLASSROOM: classroom,
  COURSE: course,
  STUDENT: student,
  ASSIGNMENT: assignment,
  GRADE: grade,
  ATTENDANCE: attendance,
};
