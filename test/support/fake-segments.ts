import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../functions/migration/clock-port.ts';
import { Conflict, SegmentClaimed } from '../../functions/migration/errors.ts';
import type { Migration, Units } from '../../functions/migration/migration.ts';
import {
  type EpochMs,
  type MigrationId,
  readUnits,
  type SegmentNumber,
  writeUnits,
} from '../../functions/migration/names.ts';
import type { Claim, Segment, UnfinishedPass } from '../../functions/migration/segment.ts';
import type { CopyProgress, Pass, Segments } from '../../functions/migration/segments/segments-port.ts';
import { changed, type FakeMigrations } from './fake-migrations.ts';

export class FakeSegments implements Segments {
  readonly #segments = new Map<MigrationId, Map<SegmentNumber, Segment>>();
  readonly #expiring = new Map<string, Uint8Array>();
  readonly #deletable = new Map<string, Uint8Array>();
  readonly #forgotten = new Set<MigrationId>();
  readonly #unfinished = new Map<string, UnfinishedPass | undefined>();
  readonly #migrations: FakeMigrations;
  readonly #clock: Clock;

  constructor(migrations: FakeMigrations, clock: Clock) {
    this.#migrations = migrations;
    this.#clock = clock;
  }

  async add(migrationId: MigrationId, segments: readonly Segment[]) {
    const all = this.#all(migrationId);
    for (const segment of segments) {
      const before = all.get(segment.number);
      if (before && !isDeepStrictEqual(before.range, segment.range)) {
        throw new Conflict(`segment ${segment.number} has another range`);
      }
      if (!before) all.set(segment.number, structuredClone(segment));
    }
  }

  async get(migrationId: MigrationId, number: SegmentNumber) {
    return structuredClone(this.#one(migrationId, number));
  }

  async *list(migrationId: MigrationId) {
    const inOrder = [...this.#all(migrationId).values()].sort((a, b) => a.number - b.number);
    for (const segment of inOrder) yield structuredClone(segment);
  }

  async claim(migration: Migration, number: SegmentNumber, claim: Claim, now: EpochMs, ranOut?: Claim) {
    const { migrationId, status, attempt } = migration;
    const current = this.#migrations.records.get(migrationId);
    if (current?.status !== status || current.attempt !== attempt)
      throw new Conflict(`${migrationId} has moved on`);
    const held = this.#one(migrationId, number).claim;
    if (held && held.worker !== claim.worker && (held.until > now || !isDeepStrictEqual(held, ranOut)))
      throw new SegmentClaimed(`segment ${number}`);
    this.#set(migrationId, number, { claim });
  }

  async release(migrationId: MigrationId, number: SegmentNumber, worker: string) {
    if (this.#all(migrationId).get(number)?.claim?.worker === worker) {
      this.#set(migrationId, number, { claim: undefined });
    }
  }

  async progress(migrationId: MigrationId, number: SegmentNumber, claim: Claim, done: CopyProgress) {
    const segment = this.#all(migrationId).get(number);
    const held = segment?.claim;
    if (held?.worker !== claim.worker || held.until <= this.#clock.now()) {
      throw new SegmentClaimed(`segment ${number}`);
    }
    this.#set(migrationId, number, {
      claim,
      copyDone: done.done,
      ...(done.through === undefined ? {} : { copiedThrough: done.through }),
      copied: {
        items: (segment?.copied.items ?? 0) + done.items,
        bytes: (segment?.copied.bytes ?? 0) + done.bytes,
      },
      ...(done.throttles ? { throttles: (segment?.throttles ?? 0) + done.throttles } : {}),
    });
    this.#addUnits(migrationId, number, 'copy', done.units);
  }

  async record(
    migrationId: MigrationId,
    number: SegmentNumber,
    result: Partial<Segment>,
    pass: Pass,
    units: Units,
  ) {
    if (this.#forgotten.has(migrationId)) throw new Conflict(`${migrationId} has closed`);
    this.#set(migrationId, number, result);
    this.#addUnits(migrationId, number, pass, units);
  }

  async forgetKeys(migrationId: MigrationId) {
    this.#forgotten.add(migrationId);
    for (const [number, { survey }] of this.#all(migrationId)) {
      const { unmovable: _, ...movable } = survey ?? {};
      this.#set(migrationId, number, {
        ...{ range: {}, copiedThrough: undefined, surveying: undefined, comparing: undefined },
        ...(survey ? { survey: movable } : {}),
      });
      this.#expiring.delete(`${migrationId}/${number}`);
      this.#deletable.delete(`${migrationId}/${number}`);
      this.#unfinished.delete(`${migrationId}/${number}`);
    }
  }

  async saveExpiring(migrationId: MigrationId, number: SegmentNumber, noted: Uint8Array) {
    this.#expiring.set(`${migrationId}/${number}`, Uint8Array.from(noted));
  }
  async expiring(migrationId: MigrationId, number: SegmentNumber) {
    return this.#expiring.get(`${migrationId}/${number}`);
  }

  async forgetHashes(migrationId: MigrationId, number: SegmentNumber) {
    this.#expiring.delete(`${migrationId}/${number}`);
    this.#deletable.delete(`${migrationId}/${number}`);
  }

  async saveDeletable(migrationId: MigrationId, number: SegmentNumber, hashes: Uint8Array) {
    this.#deletable.set(`${migrationId}/${number}`, Uint8Array.from(hashes));
  }
  async deletable(migrationId: MigrationId, number: SegmentNumber) {
    return this.#deletable.get(`${migrationId}/${number}`);
  }

  async saveUnfinished(migrationId: MigrationId, number: SegmentNumber, pass: UnfinishedPass | undefined) {
    this.#unfinished.set(`${migrationId}/${number}`, structuredClone(pass));
  }
  async unfinished(migrationId: MigrationId, number: SegmentNumber) {
    return structuredClone(this.#unfinished.get(`${migrationId}/${number}`));
  }

  #all(migrationId: MigrationId): Map<SegmentNumber, Segment> {
    const all = this.#segments.get(migrationId) ?? new Map<SegmentNumber, Segment>();
    this.#segments.set(migrationId, all);
    return all;
  }

  #one(migrationId: MigrationId, number: SegmentNumber): Segment {
    const segment = this.#all(migrationId).get(number);
    if (!segment) throw new Conflict(`there is no segment ${number}`);
    return segment;
  }

  #set(migrationId: MigrationId, number: SegmentNumber, change: { [F in keyof Segment]?: unknown }) {
    this.#all(migrationId).set(number, changed(this.#one(migrationId, number), change));
  }

  #addUnits(migrationId: MigrationId, number: SegmentNumber, pass: Pass, { read, write }: Units) {
    const { units } = this.#one(migrationId, number);
    const sum = { read: readUnits(units[pass].read + read), write: writeUnits(units[pass].write + write) };
    this.#set(migrationId, number, { units: { ...units, [pass]: sum } });
  }
}
