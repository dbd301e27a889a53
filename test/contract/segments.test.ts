import { expect, test } from 'vitest';
import { Conflict, SegmentClaimed } from '../../functions/migration/errors.ts';
import {
  entityKey,
  epochMs,
  readUnits,
  type SegmentNumber,
  writeUnits,
} from '../../functions/migration/names.ts';
import type { UnfinishedPass } from '../../functions/migration/segment.ts';
import { aMigration, aSegment } from '../support/records.ts';
import { collect } from '../support/tenants.ts';
import { inBothWorlds } from '../support/worlds.ts';

const number = 0 as SegmentNumber;
const units = { read: readUnits(1.5), write: writeUnits(2) };
const MINUTE = 60_000;

inBothWorlds('segments', (ports) => {
  const copying = async () => {
    const migration = aMigration({ status: 'copying' });
    await ports().migrations.create(migration);
    await ports().segments.add(migration.migrationId, [aSegment(0)]);
    return migration;
  };
  const now = () => ports().clock.now();
  const claimOf = (worker: string, ms = MINUTE) => ({ worker, until: epochMs(now() + ms) });

  test('segments are listed by number, as they were added, in any number', async () => {
    const { migrationId } = aMigration();
    const added = Array.from({ length: 12 }, (_, n) =>
      aSegment(n, {
        range: {
          ...(n > 0 ? { after: entityKey(`k${n}`) } : {}),
          ...(n < 11 ? { through: entityKey('') } : {}),
        },
        units: { ...aSegment(n).units, survey: units },
      }),
    );
    await ports().segments.add(migrationId, added);
    expect(await collect(ports().segments.list(migrationId))).toEqual(added);
    expect(await ports().segments.get(migrationId, 11 as SegmentNumber)).toEqual(added[11]);
    await expect(ports().segments.get(migrationId, 12 as SegmentNumber)).rejects.toThrow(Conflict);
  });

  test('adding a segment again keeps its work; a different range is a conflict', async () => {
    const { migrationId } = await copying();
    await ports().segments.record(migrationId, number, { cleanUpDone: true }, 'cleanUp', units);
    await ports().segments.add(migrationId, [aSegment(0)]);
    expect((await ports().segments.get(migrationId, number)).cleanUpDone).toBe(true);
    const other = aSegment(0, { range: { through: entityKey('x') } });
    await expect(ports().segments.add(migrationId, [other])).rejects.toThrow(Conflict);
  });

  test('a claim excludes others until it is returned, or expires and is taken over exactly as read', async () => {
    const migration = await copying();
    const { segments } = ports();
    const { migrationId } = migration;
    await segments.claim(migration, number, claimOf('a'), now());
    const held = claimOf('a', 2 * MINUTE);
    await segments.claim(migration, number, held, now());
    await expect(segments.claim(migration, number, claimOf('b'), now())).rejects.toThrow(SegmentClaimed);
    await segments.release(migrationId, number, 'b');
    await expect(segments.claim(migration, number, claimOf('b'), now())).rejects.toThrow(SegmentClaimed);
    for (const other of [undefined, claimOf('x'), { ...held, until: epochMs(held.until - 1) }])
      await expect(
        segments.claim(migration, number, claimOf('b', 3 * MINUTE), held.until, other),
      ).rejects.toThrow(SegmentClaimed);
    await expect(segments.claim(migration, number, claimOf('b'), now(), held)).rejects.toThrow(
      SegmentClaimed,
    );
    await segments.claim(migration, number, claimOf('b', 3 * MINUTE), held.until, held);
    await segments.release(migrationId, number, 'b');
    expect((await segments.get(migrationId, number)).claim).toBeUndefined();
    const claim = claimOf('c');
    await segments.claim(migration, number, claim, now());
    expect((await segments.get(migrationId, number)).claim).toEqual(claim);
  });

  test('of two concurrent claims, one is given', async () => {
    const migration = await copying();
    const outcomes = await Promise.allSettled(
      ['a', 'b'].map((worker) => ports().segments.claim(migration, number, claimOf(worker), now())),
    );
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find((one) => one.status === 'rejected')?.reason).toBeInstanceOf(SegmentClaimed);
  });

  test('no claim is given once the migration is being rolled back, or another attempt has begun', async () => {
    const { migrations, segments } = ports();
    const migration = await copying();
    const event = { who: 'test', reason: 'to see', at: epochMs(1) };
    await migrations.transition(migration, 'rollingBack', event);
    await expect(segments.claim(migration, number, claimOf('a'), now())).rejects.toThrow(Conflict);
    const retried = await copying();
    await migrations.update(retried, { attempt: 2 });
    for (const attempt of [1, 3]) {
      const other = { ...retried, attempt };
      await expect(segments.claim(other, number, claimOf('a'), now())).rejects.toThrow(Conflict);
    }
    expect((await segments.get(retried.migrationId, number)).claim).toBeUndefined();
  });

  test('progress adds up and renews the claim', async () => {
    const migration = await copying();
    const { segments } = ports();
    const { migrationId } = migration;
    await segments.claim(migration, number, claimOf('a'), now());
    const step = { items: 3, bytes: 30, units, done: false };
    await segments.progress(migrationId, number, claimOf('a'), {
      ...{ ...step, through: entityKey('k'), throttles: 2 },
    });
    const claim = claimOf('a', 2 * MINUTE);
    await segments.progress(migrationId, number, claim, { ...step, throttles: 1, done: true });
    expect(await segments.get(migrationId, number)).toEqual(
      aSegment(0, {
        claim,
        copiedThrough: entityKey('k'),
        copied: { items: 6, bytes: 60 },
        copyDone: true,
        throttles: 3,
        units: { ...aSegment(0).units, copy: { read: readUnits(3), write: writeUnits(4) } },
      }),
    );
  });

  test('progress under another claim, no claim, or an expired claim is refused and changes nothing', async () => {
    const migration = await copying();
    const { segments } = ports();
    const { migrationId } = migration;
    const step = { items: 3, bytes: 30, units, done: true };
    const refused = async () => {
      const before = await segments.get(migrationId, number);
      await expect(segments.progress(migrationId, number, claimOf('a'), step)).rejects.toThrow(
        SegmentClaimed,
      );
      expect(await segments.get(migrationId, number)).toEqual(before);
    };
    await refused();
    const ranOut = claimOf('a', -1);
    await segments.claim(migration, number, ranOut, now());
    await refused();
    await segments.claim(migration, number, claimOf('b'), now(), ranOut);
    await refused();
  });

  test('results are set, and units are added to their pass', async () => {
    const { migrationId } = await copying();
    const { segments } = ports();
    const side = { items: 1, bytes: 2, checksum: 'ab' };
    const results = {
      survey: {
        byEntityType: { SCHOOL: { items: 1, bytes: 2 }, '': { items: 1, bytes: 2 } },
        largestItemBytes: 2,
        tableWriteUnits: 1,
        indexWriteUnits: 0,
      },
      verified: { source: side, target: side, changed: 1, attempt: 6 },
      compared: { items: 3, differing: 1, ms: 7, round: 1 },
      kept: side,
      keptAfterHold: side,
      mismatch: {
        differences: [{ key: entityKey('k'), kind: 'extra' as const }],
        differing: 1,
        since: epochMs(7),
        attempt: 6,
      },
      cleanUpDone: true,
    };
    await segments.record(migrationId, number, { survey: results.survey }, 'survey', units);
    await segments.record(migrationId, number, results, 'verify', units);
    await segments.record(migrationId, number, {}, 'verify', units);
    const twice = { read: readUnits(3), write: writeUnits(4) };
    expect(await segments.get(migrationId, number)).toEqual(
      aSegment(0, { ...results, units: { ...aSegment(0).units, survey: units, verify: twice } }),
    );
    const gone = 7 as SegmentNumber;
    await expect(segments.record(migrationId, gone, {}, 'verify', units)).rejects.toThrow(Conflict);
  });

  test('once keys are deleted, results and counts stay, and no late pass brings a key back', async () => {
    const { migrationId } = aMigration();
    const { segments } = ports();
    const key = entityKey('k');
    const byEntityType = { SCHOOL: { items: 1, bytes: 2 } };
    const movable = { byEntityType, largestItemBytes: 2, tableWriteUnits: 1, indexWriteUnits: 0 };
    const survey = { ...movable, unmovable: [{ kind: 'reserved-key' as const, items: 1, keys: [key] }] };
    const side = { items: 1, bytes: 2, checksum: 'ab' };
    const compared = { items: 3, differing: 1, ms: 7, round: 1 };
    const mismatch = { differences: [{ key, kind: 'extra' as const }], differing: 1 };
    const stays = { survey: movable, compared, mismatch, kept: side, cleanUpDone: true };
    await segments.add(migrationId, [aSegment(0, { range: { after: key, through: key } }), aSegment(1)]);
    const found = {
      ...stays,
      survey,
      surveying: { through: key, survey },
      comparing: { ...compared, through: key },
    };
    await segments.record(migrationId, number, found, 'survey', units);
    for (const hashes of [Uint8Array.from({ length: 12 * 60_000 }), Uint8Array.of(1)]) {
      await segments.saveDeletable(migrationId, number, hashes);
      await segments.saveExpiring(migrationId, number, hashes);
    }
    const read = { pass: 'verification', attempt: 1, through: key, read: side } as const;
    await segments.saveUnfinished(migrationId, number, read);
    for (let times = 0; times < 2; times += 1) await segments.forgetKeys(migrationId);
    expect(await collect(segments.list(migrationId))).toEqual([
      aSegment(0, { range: {}, ...stays, units: { ...aSegment(0).units, survey: units } }),
      aSegment(1, { range: {} }),
    ]);
    expect(await segments.deletable(migrationId, number)).toBeUndefined();
    expect(await segments.expiring(migrationId, number)).toBeUndefined();
    expect(await segments.unfinished(migrationId, number)).toBeUndefined();
    const late = segments.record(migrationId, number, { comparing: found.comparing }, 'verify', units);
    await expect(late).rejects.toThrow(Conflict);
  });

  test('hashes longer than an item are read complete, and so is an empty list', async () => {
    const { migrationId } = await copying();
    const { segments } = ports();
    expect(await segments.deletable(migrationId, number)).toBeUndefined();
    expect(await segments.expiring(migrationId, number)).toBeUndefined();
    for (const length of [12 * 60_000, 12, 0]) {
      const hashes = Uint8Array.from({ length }, (_, n) => (n * 7) % 256);
      await segments.saveDeletable(migrationId, number, hashes);
      await segments.saveExpiring(migrationId, number, hashes.toReversed());
      const read = await segments.deletable(migrationId, number);
      expect(read && Buffer.compare(read, hashes)).toBe(0);
      const noted = await segments.expiring(migrationId, number);
      expect(noted && Buffer.compare(noted, hashes.toReversed())).toBe(0);
    }
    const another = 1 as SegmentNumber;
    await segments.saveDeletable(migrationId, another, Uint8Array.of(1));
    for (let times = 0; times < 2; times += 1) await segments.forgetHashes(migrationId, number);
    expect(await segments.deletable(migrationId, number)).toBeUndefined();
    expect(await segments.expiring(migrationId, number)).toBeUndefined();
    expect(await segments.deletable(migrationId, another)).toHaveLength(1);
  });

  test('the progress of a pass is saved as one record, and deleted once it has ended', async () => {
    const { migrationId } = await copying();
    const { segments } = ports();
    expect(await segments.unfinished(migrationId, number)).toBeUndefined();
    const side = { items: 1, bytes: 2, checksum: 'ab' };
    const sum = { attempt: 2, through: entityKey('é#\u{1f600}') };
    const long = Buffer.alloc(12 * 60_000, 'x').toString('base64');
    const found = { differences: [{ key: entityKey('ü'), kind: 'extra' as const }], differing: 1 };
    const passes: UnfinishedPass[] = [
      {
        ...{ pass: 'comparison', ...sum, isAfterReverseFlip: true, startedAt: now(), unexplained: found },
        sides: { source: side, target: side, kept: side, changed: 3, expiring: long },
      },
      { pass: 'verification', ...sum, read: side, expiring: { unseen: '', changed: 1 } },
      { pass: 'verification', ...sum, read: side },
      { pass: 'differences', attempt: 2, keptAfterHold: side, expiringChanged: 0, found },
      { pass: 'deletable', ...sum, read: side, expiring: { unseen: long, changed: 0 }, hashes: long },
    ];
    for (const pass of passes) {
      await segments.saveUnfinished(migrationId, number, pass);
      expect(await segments.unfinished(migrationId, number)).toEqual(pass);
    }
    await segments.saveUnfinished(migrationId, number, undefined);
    expect(await segments.unfinished(migrationId, number)).toBeUndefined();
  });
});
