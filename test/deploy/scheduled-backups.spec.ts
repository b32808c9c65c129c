import { describe, expect, it } from 'vitest';
import { readSettings } from '#src/settings.js';
import { complaint, hasHelm, only, podOf, render, type Rendered, type Values } from './helm.js';

const FOLDER = { nas: { type: 'folder', existingClaim: 'flowg-backups' } };
const S3 = {
  offsite: { type: 's3', bucket: 'b', prefix: 'flowg/', region: 'eu-central-1', existingSecret: 'my-keys' },
};
const NIGHTLY = {
  name: 'nightly',
  database: 'all',
  cron: '0 3 * * *',
  destination: 'nas',
  keep: { daily: 7, weekly: 4 },
};

/** A setting as the pod has it; undefined when it has none. */
function setting(objects: Rendered[], name: string): string | undefined {
  return podOf(objects).containers[0].env.find((one: { name: string }) => one.name === name)?.value;
}

const destinations = (objects: Rendered[]) => JSON.parse(setting(objects, 'FLOWG_BACKUP_DESTINATIONS')!);
const mounts = (objects: Rendered[]) => podOf(objects).containers[0].volumeMounts.slice(1);

/** Read from what helm renders: the backups that the server takes by itself. */
describe.skipIf(!hasHelm)('backups that the chart schedules', () => {
  it('are none, and to nowhere, by default', () => {
    const objects = render();
    expect(setting(objects, 'FLOWG_BACKUP_DESTINATIONS')).toBeUndefined();
    expect(setting(objects, 'FLOWG_BACKUP_SCHEDULES')).toBeUndefined();
    expect(podOf(objects).volumes).toBeUndefined();
  });

  it('reach the server as they were written', () => {
    const values = { backup: { destinations: FOLDER, schedules: [NIGHTLY] } };
    const objects = render(values);
    expect(JSON.parse(setting(objects, 'FLOWG_BACKUP_SCHEDULES')!)).toEqual([NIGHTLY]);
    const { env } = podOf(objects).containers[0];
    const told = env.filter(({ name }: { name: string }) => name.startsWith('FLOWG_BACKUP_'));
    const read = readSettings(Object.fromEntries(told.map(({ name, value }: any) => [name, value])));
    expect(JSON.stringify(read.backupDestinations)).toContain('/backups/nas');
  });

  it('lie on a claim of yours, mounted below /backups or where you say', () => {
    const objects = render({ backup: { destinations: FOLDER } });
    expect(destinations(objects)).toEqual({ nas: { type: 'folder', path: '/backups/nas' } });
    expect(mounts(objects)).toEqual([{ name: 'backup-folder-nas', mountPath: '/backups/nas' }]);
    expect(podOf(objects).volumes).toEqual([
      { name: 'backup-folder-nas', persistentVolumeClaim: { claimName: 'flowg-backups' } },
    ]);
    const elsewhere = render({ backup: { destinations: { nas: { ...FOLDER.nas, path: '/mnt/nas' } } } });
    expect(destinations(elsewhere).nas.path).toBe('/mnt/nas');
    expect(mounts(elsewhere)[0].mountPath).toBe('/mnt/nas');
  });

  it('lie in a folder of a volume that you mount yourself', () => {
    const objects = render({ backup: { destinations: { nas: { type: 'folder', path: '/mnt/nas' } } } });
    expect(destinations(objects)).toEqual({ nas: { type: 'folder', path: '/mnt/nas' } });
    expect(mounts(objects)).toEqual([]);
  });

  it('get the keys of S3 from a Secret of yours, as files that only the server can read', () => {
    const objects = render({ backup: { destinations: S3 } });
    expect(destinations(objects)).toEqual({
      offsite: {
        type: 's3',
        bucket: 'b',
        prefix: 'flowg/',
        region: 'eu-central-1',
        access_key_id_file: '/etc/flowg/backup/offsite/access-key-id',
        secret_access_key_file: '/etc/flowg/backup/offsite/secret-access-key',
      },
    });
    expect(mounts(objects)).toEqual([
      { name: 'backup-keys-offsite', mountPath: '/etc/flowg/backup/offsite', readOnly: true },
    ]);
    expect(podOf(objects).volumes).toEqual([
      { name: 'backup-keys-offsite', secret: { secretName: 'my-keys', defaultMode: 0o440 } },
    ]);
  });

  it('leave the keys of S3 to the platform where you name no Secret', () => {
    const offsite = { type: 's3', bucket: 'b', region: 'eu-central-1' };
    const objects = render({ backup: { destinations: { offsite } } });
    expect(destinations(objects)).toEqual({ offsite });
    expect(podOf(objects).volumes).toBeUndefined();
  });

  describe('where what goes out is limited', () => {
    const peers = [{ ipBlock: { cidr: '203.0.113.0/24' } }];
    const egress = (destination: object) => {
      const offsite = { ...S3.offsite, egressTo: peers, ...destination };
      const values = { backup: { destinations: { offsite } }, networkPolicy: { restrictEgress: true } };
      return only(render(values), 'NetworkPolicy').spec.egress;
    };

    it.each([
      [443, {}],
      [443, { endpoint: 'https://s3.example.org' }],
      [80, { endpoint: 'http://minio.storage.svc' }],
      [9000, { endpoint: 'http://minio.storage.svc:9000' }],
    ])('reach what is behind the endpoint at port %i, and only that: %j', (port, destination) => {
      const [dns, ...others] = egress(destination);
      expect(dns.ports.map((one: { port: number }) => one.port)).toEqual([53, 53]);
      expect(others).toEqual([{ to: peers, ports: [{ port }] }]);
    });

    it('have no rule of their own where yours has them, and none that lets out to everybody', () => {
      expect(egress({ egressTo: [] })).toHaveLength(1);
    });
  });

  it.each<[string, Values, RegExp]>([
    [
      'that go to a place which is not there',
      { backup: { destinations: FOLDER, schedules: [{ ...NIGHTLY, destination: 'moon' }] } },
      /backup.schedules: nightly goes to "moon", which is not in backup.destinations/,
    ],
    [
      'of one name twice',
      { backup: { destinations: FOLDER, schedules: [NIGHTLY, NIGHTLY] } },
      /there are two of the name nightly/,
    ],
    [
      'that would be lost with the data',
      { backup: { destinations: { nas: { type: 'folder', path: '/data/backups' } } } },
      /destinations.nas: \/data\/backups is on the volume of the data/,
    ],
    [
      'that could not get out',
      { backup: { destinations: S3 }, networkPolicy: { restrictEgress: true } },
      /destinations.offsite needs egressTo/,
    ],
    ['in a folder of no volume', { backup: { destinations: { nas: { type: 'folder' } } } }, /existingClaim/],
    [
      'with a key among the values',
      { backup: { destinations: { s3: { type: 's3', bucket: 'b', secret_access_key: 'x' } } } },
      /secret_access_key/,
    ],
    ['to an unknown kind', { backup: { destinations: { nas: { type: 'ftp' } } } }, /destinations\/nas\/type/],
    [
      'with a misspelt retention',
      { backup: { destinations: FOLDER, schedules: [{ ...NIGHTLY, keep: { day: 7 } }] } },
      /keep/,
    ],
    [
      'sealed for what is no public key of age',
      { backup: { destinations: FOLDER, schedules: [{ ...NIGHTLY, recipients: ['AGE-SECRET-KEY-1'] }] } },
      /recipients/,
    ],
  ])('are refused %s', (_, values, message) => {
    expect(complaint(values)).toMatch(message);
  });
});
