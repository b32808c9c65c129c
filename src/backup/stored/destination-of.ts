import { Problem } from '../../problems.js';
import type { Destination } from '../destinations/destination.js';
import type { Destinations } from '../destinations/destinations.service.js';
import type { StoredRun } from './stored-run.js';

/** Where a stored copy lies. @throws Problem CONFLICT when the settings do not name that destination any more. */
export function destinationOf(destinations: Destinations, { id, stored }: StoredRun): Destination {
  if (destinations.has(stored.destination)) return destinations.get(stored.destination);
  throw new Problem(
    'CONFLICT',
    `backup ${id} lies in the destination ${JSON.stringify(stored.destination)}, which is not configured any more: name ` +
      'it in FLOWG_BACKUP_DESTINATIONS again, or choose another backup',
  );
}
