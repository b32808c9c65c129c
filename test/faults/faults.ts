import type { Fault } from './failing-io.js';

const CHANGES = ['create', 'write', 'sync', 'truncate', 'rename', 'unlink'] as const;

/** What is tried at each file operation. */
export const FAULTS: readonly Fault[] = [
  { name: 'one change fails', calls: CHANGES, error: 'EIO', lasting: false },
  { name: 'every change fails from then on', calls: CHANGES, error: 'EIO', lasting: true },
  { name: 'the disk is full from then on', calls: ['create', 'write'], error: 'ENOSPC', lasting: true },
  { name: 'one sync fails', calls: ['sync'], error: 'EIO', lasting: false },
  { name: 'one write stops half way', calls: ['write'], error: 'half', lasting: false },
  { name: 'one rename would cross file systems', calls: ['rename'], error: 'EXDEV', lasting: false },
  { name: 'no descriptor is left from then on', calls: ['open', 'create'], error: 'EMFILE', lasting: true },
  { name: 'one read fails', calls: ['read'], error: 'EIO', lasting: false },
];
