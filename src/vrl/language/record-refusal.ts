/** Why a record has no new fields, in one line that a client may read. */
export class RecordRefusal extends Error {}
