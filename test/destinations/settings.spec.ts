import { describe, expect, it } from 'vitest';
import { readSettings } from '#src/settings.js';

const nas = { type: 'folder', path: '/backups' };
const s3 = { type: 's3', bucket: 'backups' };
const keys = { access_key_id_file: '/run/id', secret_access_key_file: '/run/key' };

const settingsOf = (FLOWG_BACKUP_DESTINATIONS: string) =>
  readSettings({ FLOWG_BACKUP_DESTINATIONS }).backupDestinations;

describe('FLOWG_BACKUP_DESTINATIONS', () => {
  it('is nothing unless it is set', () => {
    expect(readSettings({}).backupDestinations).toEqual({});
    expect(settingsOf('{}')).toEqual({});
  });

  it('has what is left out by default', () => {
    expect(settingsOf(JSON.stringify({ nas, offsite: s3 }))).toEqual({
      nas,
      offsite: { ...s3, prefix: '', region: 'us-east-1', path_style: false, part_mb: 16 },
    });
  });

  it('takes everything that there is', () => {
    const whole = {
      ...s3,
      ...keys,
      prefix: 'flowg/logs-1/',
      region: 'eu-central-1',
      endpoint: 'https://s3.example.org:9000',
      path_style: true,
      part_mb: 64,
    };
    expect(settingsOf(JSON.stringify({ 'off-site.2': whole }))).toEqual({ 'off-site.2': whole });
  });

  it.each<[title: string, value: unknown, where: RegExp]>([
    ['no JSON', 'nas=/backups', /expected JSON$/],
    ['a list', [], /all of it is right: an object with a destination under each name/],
    ['another kind', { nas: { type: 'ftp' } }, /nas.* "type" is "folder" or "s3"/],
    ['no kind', { nas: {} }, /nas.* "type" is "folder" or "s3"/],
    ['a name with a slash', { 'a/b': nas }, /a\/b/],
    ['a long name', { ['x'.repeat(65)]: nas }, /x{65}/],
    ['a hidden name', { '.nas': nas }, /\.nas/],
    ['a relative path', { nas: { type: 'folder', path: 'backups' } }, /nas\.path is right: an absolute path/],
    ['no path', { nas: { type: 'folder' } }, /nas\.path/],
    ['a field that there is not', { nas: { ...nas, mode: 1 } }, /nas.*"mode"/],
    ['no bucket', { s3: { type: 's3' } }, /s3\.bucket/],
    [
      'a bucket that is a path',
      { s3: { ...s3, bucket: 'a/b' } },
      /s3\.bucket is right: the name of a bucket/,
    ],
    ['a prefix without its end', { s3: { ...s3, prefix: 'flowg' } }, /s3\.prefix is right: .*end with \//],
    ['a prefix out of the way', { s3: { ...s3, prefix: '../' } }, /s3\.prefix/],
    [
      'an endpoint with a user',
      { s3: { ...s3, endpoint: 'https://a:b@c' } },
      /s3\.endpoint is right: .*without user/,
    ],
    ['an endpoint with a path', { s3: { ...s3, endpoint: 'https://c/d' } }, /s3\.endpoint/],
    ['an endpoint of another protocol', { s3: { ...s3, endpoint: 'ftp://c' } }, /s3\.endpoint/],
    ['half of a pair of keys', { s3: { ...s3, access_key_id_file: '/run/id' } }, /both or none/],
    ['a relative key file', { s3: { ...s3, ...keys, access_key_id_file: 'id' } }, /s3\.access_key_id_file/],
    ['small parts', { s3: { ...s3, part_mb: 4 } }, /s3\.part_mb is right: .*5 to 5120/],
    ['a word for true', { s3: { ...s3, path_style: 'yes' } }, /s3\.path_style is right: true or false/],
    ['a key', { s3: { ...s3, secret_access_key: 'tell-nobody' } }, /"secret_access_key"/],
  ])('refuses %s, says where, and shows no value', (_title, value, where) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    let complaint = '';
    try {
      settingsOf(text);
    } catch (error) {
      complaint = (error as Error).message;
    }
    expect(complaint).toMatch(/^FLOWG_BACKUP_DESTINATIONS=\(a secret\) is not valid: expected [^\n]*$/);
    expect(complaint).toMatch(where);
    expect(complaint).not.toMatch(/tell-nobody|a:b@c|\/run\//);
  });
});
