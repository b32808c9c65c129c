import { z } from 'zod';
import { lenientInteger, lenientList, lenientObject, lenientText } from '../../http/lenient.schema.js';

/** `ttl` in seconds, `size` in mebibytes, 0 and less for no limit, as in the reference. */
export const streamConfigSchema = lenientObject({
  ttl: lenientInteger,
  size: lenientInteger,
  indexed_fields: lenientList(lenientText),
}).meta({ example: { ttl: 0, size: 0, indexed_fields: [] } });

export type StreamConfig = z.output<typeof streamConfigSchema>;

export const configureStreamSchema = z.object({ config: streamConfigSchema });
